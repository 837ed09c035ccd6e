/* Words of who is logged in become values of an order; what comes of it is answered. */
#include "console/command.h"

#include "base/text.h"
#include "console/waiting.h"
#include "console/words.h"
#include "os/clock.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

enum { WORDS_MAX = 1 << 20, VALUES_MAX = 4 * CONSOLE_ORDER_VALUES, DONE = 0, NO = 1 };

#define OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

static bool is_command(struct str word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < 'a' || word.p[i] > 'z')
			return false;
	return word.n > 0;
}

/* What a command said on standard error, without its name and where to read on. */
static struct str complaint(struct str err)
{
	struct str line = STR_NONE, name, rest;

	(void)str_line(&err, &line);
	if (str_starts(line, STR("signpost: "))) {
		line = str_skip(line, STR("signpost: ").n);
		rest = line;
		if (str_cut(&rest, ':', &name) && is_command(name))
			line = str_trim(rest);
	}
	for (size_t i = 0; i < line.n; i++)
		if (str_starts(str_skip(line, i), STR(" (see signpost ")))
			line = str_head(line, i);
	return line.n ? line : STR("the command could not be run");
}

/* An answer of JSON is an answer, whatever its status says of it; else the words say why not. */
static void said(void *arg, const struct console_hand_end *end)
{
	struct console_request *r = arg;

	if (end->out.n > 0 && end->exit >= 0)
		console_request_json(r->x, 200, end->out);
	else
		console_request_refuse(r->x, end->exit < 0 || end->exit == EX_CONFIG ? 503 : 400,
				       complaint(end->err));
}

static void run(struct console_request *r, const struct console_order *o, struct str input,
		void (*done)(void *arg, const struct console_hand_end *end))
{
	enum err e = ERR_OK;

	if (!console_order_ok(o))
		console_request_refuse(r->x, 400, STR("too many words, or one that is none"));
	else if ((e = console_hand(r->site->hands, o, input, done, r)) != ERR_OK)
		console_request_unbegun(r->x, e);
}

void console_command_doctor(struct console_request *r)
{
	struct console_order o = { .kind = CONSOLE_ORDER_DOCTOR };

	if (console_request_bare(r))
		run(r, &o, STR_NONE, said);
}

/* A parameter that must be there; empty: it was refused. */
static struct str must(struct console_request *r, const char *name)
{
	struct str value = console_parameter(&r->target.query, name);
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);

	if (value.n)
		return value;
	buf_addf(&why, "%s is missing: say which", name);
	console_request_refuse(r->x, 400, buf_str(&why));
	return STR_NONE;
}

void console_command_route(struct console_request *r)
{
	static const char *const known[] = { "domain", NULL };
	struct console_order o = { .kind = CONSOLE_ORDER_ROUTE };
	struct str domain;

	if (!console_request_known(r, known) || !(domain = must(r, "domain")).n)
		return;
	console_order_add(&o, CONSOLE_ORDER_BARE, domain);
	run(r, &o, STR_NONE, said);
}

void console_command_lookup(struct console_request *r)
{
	static const char *const known[] = { "name", "type", NULL };
	struct console_order o = { .kind = CONSOLE_ORDER_LOOKUP };
	struct str name, types = console_parameter(&r->target.query, "type"), type;

	if (!console_request_known(r, known) || !(name = must(r, "name")).n)
		return;
	console_order_add(&o, CONSOLE_ORDER_BARE, name);
	while (str_word(&types, &type))
		console_order_add(&o, CONSOLE_ORDER_BARE, type);
	run(r, &o, STR_NONE, said);
}

/* Commas and opening brackets outside strings: what makes a value takes 50 times its octets. */
static size_t values_in(struct str json)
{
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < json.n; i++) {
		if (json.p[i] == '"')
			quoted = !quoted;
		else if (quoted)
			i += json.p[i] == '\\'; /* and what it escapes */
		else
			n += str_has(STR(",[{"), json.p[i]);
	}
	return n;
}

/* The body as a JSON object, which is all that is asked with; NULL: it was refused. */
static json_t *read_body(struct console_request *r)
{
	struct str body = console_exchange_body(r->x);
	json_t *object = NULL;

	if (!console_request_bare(r))
		return NULL;
	if (values_in(body) > VALUES_MAX) {
		console_request_refuse(r->x, 400, STR("the body has too many values"));
		return NULL;
	}
	object = json_loadb(body.p, body.n, JSON_ALLOW_NUL, NULL);
	if (json_is_object(object))
		return object;
	json_decref(object);
	console_request_refuse(r->x, 400, STR("the body is not a JSON object"));
	return NULL;
}

/* A member that is text, or not there; false: it is something else. */
static bool text_of(const json_t *object, const char *key, struct str *out)
{
	const json_t *value = json_object_get(object, key);

	*out = value ? (struct str){ json_string_value(value), json_string_length(value) }
		     : STR_NONE;
	return !value || json_is_null(value) || json_is_string(value);
}

static bool add_recipients(struct console_order *o, const json_t *to)
{
	const json_t *one;
	size_t i;

	if (to && !json_is_array(to) && !json_is_null(to))
		return false;
	json_array_foreach(to, i, one)
	{
		if (!json_is_string(one))
			return false;
		console_order_add(o, CONSOLE_ORDER_TO,
				  (struct str){ json_string_value(one), json_string_length(one) });
	}
	return true;
}

void console_command_explain(struct console_request *r)
{
	struct console_order o = { .kind = CONSOLE_ORDER_EXPLAIN };
	json_t *body = read_body(r);
	struct str message, from;

	if (!body)
		return;
	if (!text_of(body, "message", &message) || !text_of(body, "from", &from) ||
	    !add_recipients(&o, json_object_get(body, "to"))) {
		console_request_refuse(r->x, 400,
				       STR("message and from are text, and to is a list of text"));
	} else if (message.n == 0) {
		console_request_refuse(r->x, 400, STR("message is missing: paste one"));
	} else {
		if (json_is_string(json_object_get(body, "from")))
			console_order_add(&o, CONSOLE_ORDER_FROM, from);
		run(r, &o, message, said);
	}
	json_decref(body);
}

/* The records do not hold what the line asks: nothing is known of it, and the words say why. */
static void answer_unknown(struct console_request *r, struct str why)
{
	json_t *records = json_pack("{s:n,s:[],s:[],s:s%}", "since", "criteria", "domains", "note",
				    why.p, why.n);

	if (records)
		console_waiting_answer(r, records);
	else
		console_request_unbegun(r->x, ERR_NOMEM);
}

/* What the parser says of the line stands behind "--try:1: ". */
static void tried(void *arg, const struct console_hand_end *end)
{
	struct console_request *r = arg;
	struct str words = end->err, parser = STR("--try:1: ");
	json_t *records =
		end->exit == DONE ? json_loadb(end->out.p, end->out.n, JSON_ALLOW_NUL, NULL) : NULL;

	if (records)
		console_waiting_answer(r, records);
	else if (str_starts(words, parser))
		console_request_refuse(r->x, 422, complaint(str_skip(words, parser.n)));
	else if (end->exit == NO)
		answer_unknown(r, complaint(words));
	else
		console_request_refuse(r->x, end->exit < 0 ? 503 : 400, complaint(words));
}

void console_command_try(struct console_request *r)
{
	struct console_order o = { .kind = CONSOLE_ORDER_TRY };
	json_t *body = read_body(r);
	struct str line, since;

	if (!body)
		return;
	if (!text_of(body, "line", &line) || !text_of(body, "since", &since) || line.n == 0) {
		console_request_refuse(r->x, 400, STR("line and since are text"));
	} else {
		console_order_add(&o, CONSOLE_ORDER_LINE, line);
		if (since.n)
			console_order_add(&o, CONSOLE_ORDER_SINCE, since);
		if (!console_order_ok(&o) || console_waiting_prepare(r, line))
			run(r, &o, STR_NONE, tried);
	}
	json_decref(body);
}

/* Below: metrics. */

static void measured(void *arg, const struct console_hand_end *end)
{
	struct console_request *r = arg;

	if (end->exit == DONE && end->out.n > 0)
		console_exchange_answer(r->x, &(struct console_answer){ .status = 200,
									.type = OPENMETRICS,
									.body = end->out });
	else
		console_request_refuse(r->x, 503, complaint(end->err));
}

static void measure(struct console_request *r)
{
	struct console_order o = { .kind = CONSOLE_ORDER_METRICS };

	run(r, &o, STR_NONE, measured);
}

static void ask_who(struct console_request *r)
{
	console_exchange_answer(
		r->x,
		&(struct console_answer){
			.status = 401,
			.type = "application/json",
			.body = STR("{\"message\":\"" CONSOLE_WORDS_NOBODY "\"}\n"),
			.field = { { "WWW-Authenticate", STR("Basic realm=\"signpost\"") } } });
}

static void unjudged(struct console_request *r, enum err e)
{
	console_request_untry(r);
	console_request_unbegun(r->x, e);
}

static void judged(void *arg, enum err e, enum console_role role)
{
	struct console_request *r = arg;

	if (e != ERR_OK) {
		unjudged(r, e);
		return;
	}
	if (role == CONSOLE_NOBODY) {
		ask_who(r);
		return;
	}
	console_request_untry(r);
	measure(r);
}

/* Whoever reaches a unix socket, who is logged in, and who says name and password. */
void console_command_metrics(struct console_request *r)
{
	struct str field = console_exchange_field(r->x, "Authorization"), name, password;
	CLEANUP(buf_wipe) struct buf text = BUF_MAX(WORDS_MAX);

	if (r->site->place.at.ip.family == 0 || r->role != CONSOLE_NOBODY)
		measure(r);
	else if (console_head_authorization(field, &text, &name, &password) != ERR_OK)
		ask_who(r);
	else if (!console_request_try(r, name))
		console_request_refuse(r->x, 429, STR(CONSOLE_WORDS_OFTEN));
	else if (!console_desk_open(r->site->desk))
		ask_who(r);
	else {
		enum err e = console_desk_ask(r->site->desk, name, password, judged, r);
		if (e != ERR_OK)
			unjudged(r, e);
	}
}
