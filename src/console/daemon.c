/*
 * The daemon's documents go through as they are.  Of the queue, a page at a time: the daemon
 * finds by state and domain, what a text stands in is looked at here.
 */
#include "console/daemon.h"

#include "base/jsonw.h"
#include "base/text.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>

#define NO_MESSAGE "no such message in the queue"

enum { REQUEST_MAX = 16384, BODY_MAX = 16 << 20, EXIT_USAGE = 2, ID_MAX = 64 };

/* It was not done: the daemon is away, and a field says since when, or will not. */
static void refuse(struct console_exchange *x, const struct console_ask_end *end, int no)
{
	char text[TIME_TEXT_MAX];

	if (end->how == CONSOLE_ASK_ABSENT)
		console_request_refuse_with(
			x, 503, end->why,
			(struct console_field){ "X-Signpost-Since",
						time_rfc3339(end->since_wall_ms, text) });
	else
		console_request_refuse(x, end->exit == EXIT_USAGE ? 400 : no, end->why);
}

static void ask(struct console_request *r, const struct buf *request,
		const struct console_ask_ops *ops)
{
	enum err e = buf_err(request);

	if (e == ERR_OK)
		e = console_ask(r->site->asks, r->role, buf_str(request), ops, r);
	if (e != ERR_OK)
		console_request_unbegun(r->x, e);
}

/* Below: the state. */

static void free_buf(void *work)
{
	buf_free(work);
	free(work);
}

static bool keep_document(void *arg, struct str json)
{
	struct console_request *r = arg;

	buf_add(r->work, json);
	return true;
}

static void status_ended(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	struct buf *document = r->work;

	if (end->how != CONSOLE_ASK_DONE) {
		refuse(r->x, end, 503);
		return;
	}
	console_request_document(r->x, document);
}

static void servers_ended(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	const struct buf *document = r->work;

	if (end->how != CONSOLE_ASK_DONE) {
		refuse(r->x, end, 503);
		return;
	}
	json_t *status = json_loadb(document->p, document->n, 0, NULL);
	char *servers = json_dumps(json_object_get(status, "servers"), JSON_COMPACT);
	if (servers)
		console_request_json(r->x, 200, str_of(servers));
	else
		console_request_refuse(r->x, 503, STR("the daemon tells of no servers"));
	free(servers);
	json_decref(status);
}

static void ask_status(struct console_request *r, const struct console_ask_ops *ops)
{
	CLEANUP(buf_free) struct buf request = BUF_MAX(REQUEST_MAX);
	struct buf *document;

	if (!console_request_bare(r))
		return;
	document = console_request_work(r, sizeof(*document), free_buf);
	if (!document)
		return;
	*document = BUF_MAX(BODY_MAX);
	buf_add(&request, STR("{\"command\":\"status\"}"));
	ask(r, &request, ops);
}

void console_daemon_status(struct console_request *r)
{
	static const struct console_ask_ops ops = { keep_document, status_ended };

	ask_status(r, &ops);
}

void console_daemon_servers(struct console_request *r)
{
	static const struct console_ask_ops ops = { keep_document, servers_ended };

	ask_status(r, &ops);
}

/* Below: the list of the queue. */

/* The daemon looks at LOOK messages in one answer; it is asked for the next while there is time. */
enum { LIMIT_USUAL = 100, LIMIT_MAX = 1000, LOOK = 2048, PAGES_MS = 150 };

struct listing {
	uint32_t limit;
	size_t n;      /* found */
	int64_t until; /* no more pages from then on */
	struct buf body;
	char last[ID_MAX]; /* looked at; "" none */
	bool full;         /* no more is wanted */
};

static void listing_free(void *work)
{
	struct listing *l = work;

	buf_free(&l->body);
	free(l);
}

static bool listed(void *arg, struct str json)
{
	struct console_request *r = arg;
	struct listing *l = r->work;
	json_t *m = json_loadb(json.p, json.n, 0, NULL);

	if (l->n == l->limit) {
		l->full = true;
	} else if (m) {
		(void)str_copy(l->last, sizeof(l->last),
			       str_of(json_string_value(json_object_get(m, "id"))));
		buf_add(&l->body, l->n++ ? STR(",\n") : STR(""));
		buf_add(&l->body, json);
	}
	json_decref(m);
	return !l->full;
}

static void list_ended(void *arg, const struct console_ask_end *end);
static const struct console_ask_ops list_ops = { listed, list_ended };

static void write_text(struct jsonw *j, const char *key, struct str value)
{
	if (value.n)
		jsonw_str(j, key, value);
}

/* The messages after the last that was looked at. */
static void ask_list(struct console_request *r)
{
	const struct listing *l = r->work;
	CLEANUP(buf_free) struct buf request = BUF_MAX(REQUEST_MAX), to = BUF_MAX(REQUEST_MAX);
	struct str domain = console_parameter(&r->target.query, "domain");
	struct jsonw j = jsonw_to(&request);

	if (domain.n && !str_has(domain, '@'))
		buf_addc(&to, '@');
	buf_add(&to, domain);
	jsonw_object(&j, NULL);
	jsonw_str(&j, "command", STR("queue-list"));
	jsonw_int(&j, "look", LOOK);
	write_text(&j, "after", str_of(l->last));
	write_text(&j, "state", console_parameter(&r->target.query, "state"));
	write_text(&j, "from", console_parameter(&r->target.query, "from"));
	write_text(&j, "to", buf_str(&to));
	write_text(&j, "text", console_parameter(&r->target.query, "text"));
	jsonw_object_end(&j);
	ask(r, &request, &list_ops);
}

/* Where there is more, a field says after which ID. */
static void list_ended(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	struct listing *l = r->work;
	bool more = l->full || json_is_true(json_object_get(end->last, "more"));
	const char *last = json_string_value(json_object_get(end->last, "last"));

	if (end->how != CONSOLE_ASK_DONE) {
		refuse(r->x, end, 503);
		return;
	}
	if (!l->full && last) /* beyond what was found */
		(void)str_copy(l->last, sizeof(l->last), str_of(last));
	if (more && !l->full && l->n < l->limit && loop_now(r->site->loop) < l->until) {
		ask_list(r);
		return;
	}
	buf_add(&l->body, STR("]\n"));
	if (buf_err(&l->body) != ERR_OK) {
		console_request_unbegun(r->x, buf_err(&l->body));
		return;
	}
	struct console_answer a = { .status = 200,
				    .type = "application/json",
				    .body = buf_str(&l->body) };
	if (more)
		a.field[0] = (struct console_field){ "X-Signpost-After", str_of(l->last) };
	console_exchange_answer(r->x, &a);
}

void console_daemon_queue(struct console_request *r)
{
	static const char *const known[] = { "state", "from",  "domain", "text",
					     "after", "limit", NULL };
	const struct console_parameters *q = &r->target.query;
	struct str limit = console_parameter(q, "limit"), after = console_parameter(q, "after");
	struct listing *l;

	if (!console_request_known(r, known))
		return;
	l = console_request_work(r, sizeof(*l), listing_free);
	if (!l)
		return;
	*l = (struct listing){ .limit = LIMIT_USUAL,
			       .until = loop_now(r->site->loop) + PAGES_MS,
			       .body = BUF_MAX(BODY_MAX) };
	if ((limit.n && !str_u32(limit, &l->limit)) || l->limit == 0 || l->limit > LIMIT_MAX)
		console_request_refuse(r->x, 400, STR("limit is not a number from 1 to 1000"));
	else if (!str_copy(l->last, sizeof(l->last), after))
		console_request_refuse(r->x, 400, STR("after is not a queue ID"));
	else {
		buf_addc(&l->body, '[');
		ask_list(r);
	}
}

/* Below: one message. */

enum { HEADER_MAX = 1 << 20 };

struct showing {
	json_t *message;
	struct buf content; /* its beginning */
};

static void showing_free(void *work)
{
	struct showing *w = work;

	json_decref(w->message);
	buf_free(&w->content);
	free(w);
}

/* The length of the header, up to the empty line; 0: it is not all there. */
static size_t header_length(struct str content)
{
	struct str rest = content, line;

	while (str_line(&rest, &line))
		if (line.n == 0)
			return (size_t)(line.p - content.p);
	return 0;
}

/* The message, then its octets until the header is there. */
static bool shown(void *arg, struct str json)
{
	struct console_request *r = arg;
	struct showing *w = r->work;
	json_t *frame = json_loadb(json.p, json.n, 0, NULL);
	const char *octets = json_string_value(json_object_get(frame, "content"));

	if (!w->message) {
		w->message = frame;
		return frame != NULL;
	}
	if (octets && text_unbase64(&w->content, str_of(octets)) != ERR_OK)
		octets = NULL;
	json_decref(frame);
	return octets && header_length(buf_str(&w->content)) == 0 && w->content.n < HEADER_MAX;
}

static void show_ended(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	struct showing *w = r->work;
	CLEANUP(buf_free) struct buf body = BUF_MAX(BODY_MAX);
	struct jsonw j = jsonw_to(&body);
	const char *key;
	json_t *value;

	if (end->how != CONSOLE_ASK_DONE) {
		refuse(r->x, end, 404);
		return;
	}
	if (!w->message) {
		console_request_unbegun(r->x, ERR_NOMEM);
		return;
	}
	size_t n = header_length(buf_str(&w->content));
	jsonw_object(&j, NULL);
	json_object_foreach(w->message, key, value)
	{
		char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		jsonw_raw(&j, key, str_of(text));
		if (!text)
			body.err = ERR_NOMEM;
		free(text);
	}
	jsonw_str(&j, "header", str_head(buf_str(&w->content), n ? n : w->content.n));
	jsonw_object_end(&j);
	console_request_document(r->x, &body);
}

void console_daemon_message(struct console_request *r)
{
	static const struct console_ask_ops ops = { shown, show_ended };
	CLEANUP(buf_free) struct buf request = BUF_MAX(REQUEST_MAX);
	struct jsonw j = jsonw_to(&request);
	struct showing *w;

	if (!console_request_bare(r) || !(w = console_request_work(r, sizeof(*w), showing_free)))
		return;
	w->content = BUF_MAX(2 * BODY_MAX);
	jsonw_object(&j, NULL);
	jsonw_str(&j, "command", STR("queue-show"));
	jsonw_str(&j, "id", r->id);
	jsonw_bool(&j, "content", true);
	jsonw_object_end(&j);
	ask(r, &request, &ops);
}

/* Below: what is done to one message. */

static bool passed_over(void *arg, struct str json)
{
	(void)arg;
	(void)json;
	return true;
}

/* Of a list of one: it was touched, or could not be, or is not there. */
static void errand_ended(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	const json_t *why = json_object_get(end->last, "why");

	if (end->how == CONSOLE_ASK_NO && end->exit == EXIT_USAGE) /* it is no ID at all */
		console_request_refuse(r->x, 404, STR(NO_MESSAGE));
	else if (end->how != CONSOLE_ASK_DONE)
		refuse(r->x, end, 409);
	else if (json_integer_value(json_object_get(end->last, "count")) > 0)
		console_exchange_answer(r->x, &(struct console_answer){ .status = 204 });
	else if (why)
		console_request_refuse(r->x, 409, str_of(json_string_value(why)));
	else
		console_request_refuse(r->x, 404, STR(NO_MESSAGE));
}

static const char *errand_name(enum console_asked asked)
{
	static const struct {
		enum console_asked asked;
		const char *name;
	} names[] = { { CONSOLE_RETRY, "queue-retry" },
		      { CONSOLE_HOLD, "queue-hold" },
		      { CONSOLE_RELEASE, "queue-release" },
		      { CONSOLE_REMOVE, "queue-remove" },
		      { CONSOLE_BOUNCE, "queue-bounce" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].asked == asked)
			return names[i].name;
	abort();
}

/* An ID of the queue is letters and digits; what is none is not asked for. */
static bool may_be_id(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = str_fold(id.p[i]);
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
	}
	return id.n > 0 && id.n < ID_MAX;
}

void console_daemon_errand(struct console_request *r)
{
	static const struct console_ask_ops ops = { passed_over, errand_ended };
	CLEANUP(buf_free) struct buf request = BUF_MAX(REQUEST_MAX);
	struct jsonw j = jsonw_to(&request);

	if (!console_request_bare(r))
		return;
	if (!may_be_id(r->id)) {
		console_request_refuse(r->x, 404, STR(NO_MESSAGE));
		return;
	}
	jsonw_object(&j, NULL);
	jsonw_str(&j, "command", str_of(errand_name(r->asked)));
	jsonw_array(&j, "ids");
	jsonw_str(&j, NULL, r->id);
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	ask(r, &request, &ops);
}
