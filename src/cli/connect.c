/*
 * `signpost connect`: as far as a delivery would go, without sending mail.  Each address is asked
 * once for each thing that a level needs of it, the strongest first.
 */
#include "base/text.h"
#include "base/time.h"
#include "cli/dial.h"
#include "cli/dns.h"
#include "cli/path.h"
#include "cli/progress.h"
#include "cli/question.h"
#include "cli/reach.h"
#include "cli/tree.h"
#include "cli/way.h"
#include "os/clock.h"
#include "routing/secure.h"
#include "tls/certificate.h"

#include <string.h>

enum { WHY_MAX = 1 << 20, LEVELS = 4, DIALS_MAX = LEVELS + 1, INDENT = 12, NAME_ROOM = 1100 };

static const struct {
	const char *word;
	enum route_service service;
	enum route_dane dane;
} levels[LEVELS] = {
	{ "off", ROUTE_OFF, ROUTE_DANE_USED },
	{ "requested", ROUTE_REQUESTED, ROUTE_DANE_USED },
	{ "required", ROUTE_REQUIRED, ROUTE_DANE_USED },
	{ "dane", ROUTE_REQUIRED, ROUTE_DANE_DEMANDED },
};

static const struct cli_option options[] = {
	{ "level", '\0', "LEVEL", "off, requested (unless given), required, dane" },
	{ "json", '\0', NULL, "for machines: JSON" },
	CLI_COLOR_OPTION,
	{ 0 },
};

static const char details[] =
	"The route, and for each address its greeting, extensions, TLS, certificate, and what\n"
	"each service level would do with it: \"dane\" is SECURE DANE.  No mail is sent.\n"
	"\n"
	"Exits 0 where some address would take mail at LEVEL, else 1.\n";

/* One conversation with an address, for one need. */
struct dial {
	struct route_need need;
	bool clear; /* MAY, and TLS had failed: without */
	struct cli_dial got;
};

struct connecting {
	struct cli *cli;
	struct jsonw j;
	size_t level; /* that was asked for */
	struct routing_settings *settings;
	struct cli_dns dns;
	struct routing_pathfinder *finder;
	const struct routing_path *path;
	struct cli_way way;
	struct route_verdict v[LEVELS];
	struct dial dial[DIALS_MAX]; /* of the address at hand */
	size_t n_dial;
	bool takes; /* at the level that was asked for */
};

static void forget_dials(struct connecting *x)
{
	for (size_t i = 0; i < x->n_dial; i++)
		cli_dial_clear(&x->dial[i].got);
	x->n_dial = 0;
}

static void connecting_clear(struct connecting *x)
{
	forget_dials(x);
	for (size_t i = 0; i < LEVELS; i++)
		route_verdict_clear(&x->v[i]);
	routing_pathfinder_free(&x->finder);
	cli_dns_close(&x->dns);
	routing_settings_drop(&x->settings);
}

static int find_level(struct connecting *x)
{
	const char *word = cli_options_value(&x->cli->options, "level");

	for (x->level = 0; x->level < LEVELS; x->level++)
		if (strcmp(word ? word : "requested", levels[x->level].word) == 0)
			return CLI_DONE;
	return cli_usage(x->cli, "--level %s: off, requested, required or dane", word);
}

static int find_way(struct connecting *x)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	const char *domain = cli_word(x->cli, 0);

	if (!domain || cli_word(x->cli, 1))
		return cli_usage(x->cli, "it takes one DOMAIN");
	if (cli_question_domain(domain, &why) != ERR_OK)
		return cli_usage(x->cli, "%.*s", STR_ARG(buf_str(&why)));
	int status = find_level(x);
	if (status == CLI_DONE)
		status = cli_dns_open(x->cli, NULL, &x->dns);
	if (status == CLI_DONE)
		status = cli_dns_settings(x->cli, &x->settings);
	if (status == CLI_DONE)
		status = cli_dns_find(&x->dns, x->settings->conf, str_of(domain),
				      ROUTE_SENDER_SILENT, &x->finder, &x->path);
	if (status == CLI_DONE &&
	    cli_way_find(x->settings->conf, str_of(domain), os_clock_wall(), &x->way) != ERR_OK)
		status = cli_nomem();
	for (size_t i = 0; status == CLI_DONE && i < LEVELS; i++)
		if (cli_way_judge(&x->way, x->finder, levels[i].service, levels[i].dane,
				  &x->v[i]) != ERR_OK)
			status = cli_nomem();
	return status;
}

/* NULL: the level does not dial it. */
static const struct route_target *target_of(const struct route_verdict *v,
					    const struct route_address *at)
{
	for (size_t i = 0; v->action == ROUTE_DELIVER && i < v->n_target; i++)
		if (v->target[i].address == at)
			return &v->target[i];
	return NULL;
}

static bool same_need(const struct route_need *a, const struct route_need *b)
{
	return a->tls == b->tls && a->tlsa == b->tlsa && str_eq(a->name, b->name);
}

static struct dial *dial_of(struct connecting *x, const struct route_need *need, bool clear)
{
	for (size_t i = 0; i < x->n_dial; i++)
		if (x->dial[i].clear == clear && same_need(&x->dial[i].need, need))
			return &x->dial[i];
	return NULL;
}

/* For the callback of a dial. */
struct securing {
	const struct connecting *x;
	const struct route_target *t;
};

static struct tls_session *secure(void *arg)
{
	const struct securing *s = arg;

	return routing_secure_session(s->x->settings, s->x->path, s->t, NULL, STR_NONE);
}

static enum smtp_client_tls starttls_of(enum route_tls tls, bool clear)
{
	if (clear || tls == ROUTE_TLS_NONE)
		return SMTP_CLIENT_TLS_NEVER;
	if (tls == ROUTE_TLS_OFFERED)
		return SMTP_CLIENT_TLS_OFFERED;
	return tls == ROUTE_TLS_MAY ? SMTP_CLIENT_TLS_MAY : SMTP_CLIENT_TLS_MUST;
}

static int dial_target(struct connecting *x, const struct route_target *t, bool clear)
{
	const struct conf_delivery *how = x->path->how;
	struct securing s = { x, t };
	struct cli_dial_ask ask = {
		.at = t->address->at,
		.from = t->address->at.ip.family == 4 ? how->bind4 : how->bind6,
		.host = str_of(x->settings->conf->hostname),
		.connect_ms = how->connect_timeout_ms,
		.command_ms = how->command_timeout_ms,
		.starttls = starttls_of(t->need.tls, clear),
		.at_once = how->tls_at_once && !clear,
		.secure = secure,
		.arg = &s,
	};
	struct dial *d = &x->dial[x->n_dial++];

	char text[IP_TEXT_MAX];

	d->need = t->need;
	d->clear = clear;
	cli_progress_begin("connecting to %.*s", STR_ARG(ip_port_text(&ask.at, text)));
	enum err e = cli_dial(&ask, &d->got);
	cli_progress_end();
	return e == ERR_OK ? CLI_DONE : cli_nomem();
}

/* All that the levels need of it, from the strongest level on. */
static int dial_address(struct connecting *x, const struct route_address *at)
{
	int status = CLI_DONE;

	for (size_t i = LEVELS; status == CLI_DONE && i-- > 0;) {
		const struct route_target *t = target_of(&x->v[i], at);
		if (!t || dial_of(x, &t->need, false))
			continue;
		status = dial_target(x, t, false);
		const struct cli_dial *got = &x->dial[x->n_dial - 1].got;
		if (status == CLI_DONE && t->need.tls == ROUTE_TLS_MAY && !got->greeted &&
		    got->tls_failed)
			status = dial_target(x, t, true);
	}
	return status;
}

static struct cli_reach_found found_of(const struct connecting *x, const struct dial *d)
{
	bool tls = d->got.tls && !d->got.tls_failed;

	return (struct cli_reach_found){ .greeted = d->got.greeted,
					 .tls = tls,
					 .auth = tls ? tls_session_auth(d->got.tls)
						     : TLS_NOT_AUTHENTICATED,
					 .why = buf_str(&d->got.why),
					 .login = x->path->how->user && x->path->how->user[0] };
}

static void judge(struct connecting *x, size_t level, const struct route_address *at,
		  struct cli_reach *out)
{
	const struct route_target *t = target_of(&x->v[level], at);
	const struct dial *one = t ? dial_of(x, &t->need, false) : NULL;
	const struct dial *two = t ? dial_of(x, &t->need, true) : NULL;
	struct cli_reach_found found = { 0 }, clear = { 0 };

	if (one)
		found = found_of(x, one);
	if (two)
		clear = found_of(x, two);
	*out = (struct cli_reach){ .text = BUF_MAX(WHY_MAX) };
	cli_reach_judge(&x->v[level], t, &found, two ? &clear : NULL, out);
	x->takes |= level == x->level && out->takes;
}

static void add_certificate(struct buf *out, const struct tls_session *tls)
{
	CLEANUP(tls_certificate_clear) struct tls_certificate c = { 0 };
	char from[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
	struct str names, name;

	if (tls_certificate_of(tls, &c) != ERR_OK)
		return;
	buf_add(out, STR("    certificate of "));
	text_escape(out, buf_str(&c.subject));
	buf_add(out, STR(", by "));
	text_escape(out, buf_str(&c.issuer));
	buf_addf(out, "\n    valid from %.*s until %.*s", STR_ARG(time_date(c.from_wall_ms, from)),
		 STR_ARG(time_date(c.until_wall_ms, until)));
	names = buf_str(&c.names);
	buf_add(out, STR(", for"));
	while (str_line(&names, &name)) {
		buf_addc(out, ' ');
		text_escape(out, name);
	}
	buf_add(out, c.names.n ? STR("\n    pin ") : STR(" no names\n    pin "));
	text_base64(out, (struct str){ (const char *)c.pin, sizeof(c.pin) });
	buf_addc(out, '\n');
}

static void show_dial(struct connecting *x, const struct dial *d)
{
	struct buf *out = &x->cli->text.text;
	struct str rest = buf_str(&d->got.dialogue), line;

	while (str_line(&rest, &line)) {
		buf_add(out, STR("    "));
		text_escape(out, line);
		buf_addc(out, '\n');
	}
	if (d->got.tls && !d->got.tls_failed) {
		buf_add(out, STR("    TLS: "));
		routing_secure_text(out, d->got.tls, &d->need);
		buf_addc(out, '\n');
		add_certificate(out, d->got.tls);
	}
	if (!d->got.greeted) {
		buf_addf(out, "    %s: ", d->got.client ? "it ended" : "no connection");
		text_escape(out, buf_str(&d->got.why));
		buf_addc(out, '\n');
	}
}

static void add_name(struct buf *out, const struct route_host *h)
{
	struct route_target t = { .host = h };

	route_target_host(out, &t);
}

/* What a level would do with the address: its first word has the tone. */
static void show_level(struct connecting *x, size_t level, const struct route_address *at)
{
	struct term_text *t = &x->cli->text;
	struct cli_reach reach;

	judge(x, level, at, &reach);
	buf_addf(&t->text, "    %-*s", INDENT, levels[level].word);
	term_text_hang(t);
	struct str rest = buf_str(&reach.text), word;
	if (str_cut(&rest, ' ', &word)) {
		term_text_word(t, word);
		buf_addc(&t->text, ' ');
	}
	buf_add(&t->text, rest);
	buf_addc(&t->text, '\n');
	buf_free(&reach.text);
}

static void show_address(struct connecting *x, const struct route_host *h,
			 const struct route_address *at)
{
	struct term_text *t = &x->cli->text;
	struct buf *out = &t->text;
	char text[IP_TEXT_MAX];

	buf_addc(out, '\n');
	add_name(out, h);
	buf_addf(out, "%s%.*s", h->name.len ? " " : "", STR_ARG(ip_port_text(&at->at, text)));
	const struct route_target *target = target_of(&x->v[x->level], at);
	if (target && target->authenticated) {
		buf_addc(out, ' ');
		term_text_word(t, STR("DNSSEC"));
	}
	buf_addc(out, '\n');
	for (size_t i = 0; i < x->n_dial; i++) {
		if (i > 0)
			buf_addf(out, "    once more, %s:\n",
				 x->dial[i].clear ? "without TLS" : "as other levels need it");
		show_dial(x, &x->dial[i]);
	}
	for (size_t i = 0; i < LEVELS; i++)
		show_level(x, i, at);
}

static void json_certificate(struct jsonw *j, const struct tls_session *tls)
{
	CLEANUP(tls_certificate_clear) struct tls_certificate c = { 0 };
	CLEANUP(buf_free) struct buf pin = BUF_MAX(NAME_ROOM);
	char text[TIME_TEXT_MAX];
	struct str names, name;

	if (tls_certificate_of(tls, &c) != ERR_OK)
		return;
	text_base64(&pin, (struct str){ (const char *)c.pin, sizeof(c.pin) });
	jsonw_object(j, "certificate");
	jsonw_str(j, "subject", buf_str(&c.subject));
	jsonw_str(j, "issuer", buf_str(&c.issuer));
	jsonw_array(j, "names");
	names = buf_str(&c.names);
	while (str_line(&names, &name))
		jsonw_str(j, NULL, name);
	jsonw_array_end(j);
	jsonw_str(j, "from", time_rfc3339(c.from_wall_ms, text));
	jsonw_str(j, "until", time_rfc3339(c.until_wall_ms, text));
	jsonw_str(j, "pin", buf_str(&pin));
	jsonw_object_end(j);
}

static void json_dial(struct connecting *x, const struct dial *d)
{
	CLEANUP(buf_free) struct buf how = BUF_MAX(WHY_MAX);
	struct str rest = buf_str(&d->got.dialogue), line;
	struct jsonw *j = &x->j;

	jsonw_object(j, NULL);
	jsonw_bool(j, "greeted", d->got.greeted);
	jsonw_str(j, "error", buf_str(&d->got.why));
	jsonw_array(j, "dialogue");
	while (str_line(&rest, &line))
		jsonw_str(j, NULL, line);
	jsonw_array_end(j);
	if (d->got.tls && !d->got.tls_failed) {
		routing_secure_text(&how, d->got.tls, &d->need);
		jsonw_str(j, "tls", tls_session_version(d->got.tls));
		jsonw_str(j, "cipher", tls_session_cipher(d->got.tls));
		jsonw_str(j, "authenticated", buf_str(&how));
		json_certificate(j, d->got.tls);
	} else {
		jsonw_str(j, "tls", STR(""));
	}
	jsonw_object_end(j);
}

static void json_address(struct connecting *x, const struct route_host *h,
			 const struct route_address *at)
{
	CLEANUP(buf_free) struct buf name = BUF_MAX(NAME_ROOM);
	char text[IP_TEXT_MAX];
	struct jsonw *j = &x->j;

	add_name(&name, h);
	jsonw_object(j, NULL);
	jsonw_str(j, "host", buf_str(&name));
	jsonw_str(j, "address", ip_port_text(&at->at, text));
	jsonw_str(j, "status", dns_status_text(at->status));
	jsonw_array(j, "connections");
	for (size_t i = 0; i < x->n_dial; i++)
		json_dial(x, &x->dial[i]);
	jsonw_array_end(j);
	jsonw_object(j, "levels");
	for (size_t i = 0; i < LEVELS; i++) {
		struct cli_reach reach;
		judge(x, i, at, &reach);
		jsonw_object(j, levels[i].word);
		jsonw_bool(j, "takes", reach.takes);
		jsonw_str(j, "text", buf_str(&reach.text));
		jsonw_object_end(j);
		buf_free(&reach.text);
	}
	jsonw_object_end(j);
	jsonw_object_end(j);
}

static void show_route(struct connecting *x)
{
	CLEANUP(term_tree_free) struct term_tree tree = TERM_TREE(WHY_MAX);
	struct cli *cli = x->cli;
	const struct route_verdict *v = &x->v[x->level];

	cli_way_text(&cli->text, x->settings->conf, &x->way);
	if (cli_wide(cli)) {
		cli_tree_route(&tree, str_of(cli_word(cli, 0)), x->path->facts, v);
		cli_show_tree(cli, &tree, 0);
		buf_addc(&cli->text.text, '\n');
	} else {
		cli_path_text(&cli->text, x->path->facts, v);
	}
	buf_addf(&cli->text.text, "%-*s", INDENT, levels[x->level].word);
	cli_path_verdict(&cli->text, v, INDENT);
}

static void show_head(struct connecting *x)
{
	if (!cli_json(x->cli)) {
		show_route(x);
		return;
	}
	jsonw_object(&x->j, NULL);
	jsonw_str(&x->j, "domain", str_of(cli_word(x->cli, 0)));
	jsonw_str(&x->j, "level", str_of(levels[x->level].word));
	cli_way_json(&x->j, &x->way);
	cli_path_json(&x->j, x->path->facts);
	jsonw_array(&x->j, "addresses");
}

static void show_end(struct connecting *x)
{
	if (!cli_json(x->cli))
		return;
	jsonw_array_end(&x->j);
	jsonw_bool(&x->j, "takes", x->takes);
	jsonw_object_end(&x->j);
	buf_addc(&x->cli->out, '\n');
}

static int try_host(struct connecting *x, const struct route_host *h)
{
	int status = CLI_DONE;

	for (size_t i = 0; status == CLI_DONE && i < h->n_address; i++) {
		status = dial_address(x, &h->address[i]);
		if (status == CLI_DONE && cli_json(x->cli))
			json_address(x, h, &h->address[i]);
		else if (status == CLI_DONE)
			show_address(x, h, &h->address[i]);
		forget_dials(x);
		if (status == CLI_DONE && !cli_json(x->cli))
			status = cli_flush(x->cli, status); /* the next may take its time */
	}
	return status;
}

static int run(struct cli *cli)
{
	CLEANUP(connecting_clear) struct connecting x = { .cli = cli, .j = jsonw_to(&cli->out) };
	int status = find_way(&x);

	if (status != CLI_DONE)
		return status;
	show_head(&x);
	for (size_t i = 0; status == CLI_DONE && i < x.path->facts->n_host; i++)
		status = try_host(&x, &x.path->facts->host[i]);
	show_end(&x);
	return status != CLI_DONE ? status : x.takes ? CLI_DONE : CLI_NO;
}

const struct cli_command cli_connect = {
	.name = "connect",
	.usage = "DOMAIN",
	.summary = "go as far as a delivery would, without sending mail",
	.details = details,
	.options = options,
	.read = conf_read_without_login,
	.run = run,
};
