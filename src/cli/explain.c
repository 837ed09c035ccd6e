/*
 * `signpost explain`: what would become of a message, by the very functions
 * that decide it in the daemon.
 */
#include "base/text.h"
#include "cli/dns.h"
#include "cli/envelope.h"
#include "cli/path.h"
#include "cli/tree.h"
#include "cli/way.h"
#include "criteria/criteria.h"
#include "message/word.h"
#include "os/clock.h"
#include "routing/aim.h"
#include "routing/demand.h"
#include "routing/exempt.h"
#include "routing/settings.h"
#include "schedule/rcpt.h"
#include "smtp/path.h"

#include <string.h>
#include <sysexits.h>

enum { WHY_MAX = 1 << 20, INDENT = 16 };

static const struct cli_option options[] = {
	{ "from", '\0', "ADDRESS", "the envelope sender (else that of From)" },
	{ "to", '\0', "ADDRESS", "an envelope recipient, may be repeated (else To, Cc, Bcc)" },
	{ "json", '\0', NULL, "for machines: JSON" },
	CLI_COLOR_OPTION,
	{ 0 },
};

static const char details[] =
	"Reads a message from FILE or standard input: which criteria it matches, the service\n"
	"it gets, and for each recipient the route and the outcome.\n"
	"\n"
	"Exits 0 where all would be delivered, 69 where some would bounce, 75 where some\n"
	"would be deferred and none bounce; 64 usage, 65 not a message, 66 no such file,\n"
	"78 configuration.\n";

struct explaining {
	struct cli *cli;
	struct jsonw j;
	struct cli_envelope envelope;
	struct routing_settings *settings;
	struct criteria_match *match; /* NULL: no criteria */
	struct cli_dns dns;
	bool bounced, deferred;
	/* Of the recipient whose turn it is. */
	enum route_service service;
	enum route_dane dane;
	enum route_sender_tls sender;
	const struct conf_exempt *exempt; /* or NULL */
};

static void explaining_clear(struct explaining *x)
{
	cli_dns_close(&x->dns);
	criteria_match_free(&x->match);
	routing_settings_drop(&x->settings);
	cli_envelope_clear(&x->envelope);
}

static int read_all(struct explaining *x)
{
	struct cli *cli = x->cli;

	if (cli_word(cli, 1))
		return cli_usage(cli, "it takes one FILE");
	int status = cli_file_word(cli, 0);
	if (status == CLI_DONE)
		status = cli_envelope_read(cli, cli_word(cli, 0), &x->envelope);
	if (status == CLI_DONE && x->envelope.n_rcpt == 0)
		status = cli_usage(cli, "the message names no recipients: give them with --to");
	if (status == CLI_DONE)
		status = cli_dns_open(cli, NULL, &x->dns);
	if (status == CLI_DONE)
		status = cli_dns_settings(cli, &x->settings);
	if (status != CLI_DONE || !x->settings->criteria)
		return status;
	x->match = criteria_match_new(x->settings->criteria, buf_str(&x->envelope.message),
				      x->envelope.from, x->envelope.rcpt, x->envelope.n_rcpt);
	return x->match ? CLI_DONE : cli_nomem();
}

/* The label of a line, and where its text goes. */
static struct buf *add_label(struct explaining *x, const char *label)
{
	struct term_text *t = &x->cli->text;

	buf_addf(&t->text, "  %-*s", INDENT - 2, label);
	term_text_hang(t);
	return &t->text;
}

static void add_criterion(struct buf *out, const struct criteria *c, const struct criterion *k)
{
	buf_add(out, STR("criterion \""));
	text_escape_own(out, k->line);
	buf_add(out, STR("\", "));
	text_escape(out, criteria_name(c));
	buf_addf(out, ":%u", k->line_no);
}

/* The section route by which mail to domain goes. */
static enum err show_section(struct explaining *x, struct str domain)
{
	const struct conf *conf = x->settings->conf;
	const struct conf_route *route = NULL;
	enum err e = routing_aim_via(conf, domain, &route);

	if (e == ERR_OK && cli_json(x->cli)) {
		jsonw_str(&x->j, "route_section", str_of(route ? route->title : ""));
	} else if (route) {
		struct buf *out = add_label(x, "by");
		cli_way_route(out, conf, route);
		buf_addc(out, '\n');
	}
	return e;
}

/* What the recipient gets by the criterion that decides, by exemption, and by the sender's word. */
static enum err find_service(struct explaining *x, struct str rcpt, const struct criterion *decides)
{
	const struct routing_message message = { .content = buf_str(&x->envelope.message) };

	x->service = routing_settings_service(decides, ROUTING_SETTINGS_OTHERS);
	x->dane = routing_settings_dane(decides, ROUTING_SETTINGS_OTHERS);
	x->sender = routing_demand_sender(&message, x->service);
	x->exempt = NULL;
	if (x->service != ROUTE_REQUIRED)
		return ERR_OK;
	enum err e = routing_exempt_find(x->settings->conf, schedule_domain(rcpt), os_clock_wall(),
					 &x->exempt);
	if (e == ERR_OK && x->exempt) {
		x->service = ROUTE_REQUESTED;
		x->dane = ROUTE_DANE_USED;
	}
	return e;
}

static void show_exempt(struct explaining *x)
{
	if (!x->exempt)
		return;
	struct buf *out = add_label(x, "exempt");
	cli_way_exempt(out, x->exempt);
	buf_addc(out, '\n');
}

/* What the sender's own word takes away (RFC 8689). */
static void show_sender(struct explaining *x)
{
	if (x->sender != ROUTE_SENDER_WAIVES_TLS)
		return;
	buf_add(add_label(x, "TLS-Required"),
		STR("No: nothing counts of TLS that the service alone asks for\n"));
}

/* The criteria that hold for one recipient, and the service that follows. */
static void show_service(struct explaining *x, struct str rcpt, const struct criterion *decides)
{
	const struct criteria *c = x->settings->criteria;
	struct buf *out = add_label(x, "service");

	buf_add(out, route_service_text(x->service));
	if (decides) {
		buf_add(out, STR(" ("));
		add_criterion(out, c, decides);
		buf_addc(out, ')');
	} else {
		buf_add(out, c                                   ? STR(" (no criterion matches)")
			     : x->settings->conf->dnssec.enabled ? STR(" (there are no criteria)")
								 : STR(" (enabled = false)"));
	}
	buf_addc(out, '\n');
	show_exempt(x);
	show_sender(x);
	for (size_t i = 0; x->match && i < criteria_count(c); i++) {
		const struct criterion *k = criteria_at(c, i);
		if (k == decides || !criteria_match_has(x->match, i, rcpt))
			continue;
		(void)add_label(x, "also matches");
		add_criterion(out, c, k);
		buf_addc(out, '\n');
	}
}

static void json_service(struct explaining *x, struct str rcpt, const struct criterion *decides,
			 const struct criterion *observed)
{
	const struct criteria *c = x->settings->criteria;

	jsonw_str(&x->j, "to", rcpt);
	jsonw_str(&x->j, "service", route_service_text(x->service));
	jsonw_str(&x->j, "exempt", str_of(x->exempt ? x->exempt->title : ""));
	jsonw_bool(&x->j, "waives_tls", x->sender == ROUTE_SENDER_WAIVES_TLS);
	jsonw_str(&x->j, "criterion", decides ? decides->line : STR(""));
	jsonw_bool(&x->j, "observe", observed != NULL);
	jsonw_array(&x->j, "matches");
	for (size_t i = 0; x->match && i < criteria_count(c); i++) {
		const struct criterion *k = criteria_at(c, i);
		if (!criteria_match_has(x->match, i, rcpt))
			continue;
		jsonw_object(&x->j, NULL);
		jsonw_str(&x->j, "file", criteria_name(c));
		jsonw_int(&x->j, "line_number", k->line_no);
		jsonw_str(&x->j, "line", k->line);
		jsonw_bool(&x->j, "decides", k == decides);
		jsonw_object_end(&x->j);
	}
	jsonw_array_end(&x->j);
}

/* What SECURE would have done, where a criterion wants it tried: OBSERVE. */
static void show_observed(struct explaining *x, const struct routing_pathfinder *finder)
{
	struct route_verdict v = { 0 };

	if (routing_pathfinder_judge(finder, ROUTE_REQUIRED, ROUTE_DANE_USED, &v) != ERR_OK)
		return;
	if (cli_json(x->cli)) {
		jsonw_object(&x->j, "observed");
		cli_path_verdict_json(&x->j, &v);
		jsonw_object_end(&x->j);
	} else {
		buf_add(add_label(x, "observed"), STR("SECURE would have it so: "));
		cli_path_verdict(&x->cli->text, &v, INDENT);
	}
	route_verdict_clear(&v);
}

static void note_outcome(struct explaining *x, enum route_action action)
{
	x->bounced |= action == ROUTE_BOUNCE;
	x->deferred |= action == ROUTE_DEFER;
}

/* The route, as a tree where there is room, and what becomes of the message on it. */
static void show_path(struct explaining *x, struct str domain, const struct route_facts *facts,
		      const struct route_verdict *v)
{
	CLEANUP(term_text_free) struct term_text route = TERM_TEXT(WHY_MAX);
	CLEANUP(term_tree_free) struct term_tree tree = TERM_TREE(WHY_MAX);

	if (cli_wide(x->cli)) {
		cli_tree_route(&tree, domain, facts, v);
		cli_show_tree(x->cli, &tree, 2);
	} else {
		cli_path_text(&route, facts, v);
		term_text_indent(&x->cli->text, &route, 2);
	}
	(void)add_label(x, "outcome");
	cli_path_verdict(&x->cli->text, v, INDENT);
}

static int show_route(struct explaining *x, struct str domain, const struct criterion *observed)
{
	CLEANUP(routing_pathfinder_free) struct routing_pathfinder *finder = NULL;
	CLEANUP(route_verdict_clear) struct route_verdict v = { 0 };
	const struct routing_path *path = NULL;
	int status = cli_dns_find(&x->dns, x->settings->conf, domain, x->sender, &finder, &path);

	if (status != CLI_DONE)
		return status;
	if (routing_pathfinder_judge(finder, x->service, x->dane, &v) != ERR_OK ||
	    show_section(x, domain) != ERR_OK)
		return cli_nomem();
	note_outcome(x, v.action);
	if (cli_json(x->cli)) {
		cli_path_json(&x->j, path->facts);
		cli_path_verdict_json(&x->j, &v);
	} else {
		show_path(x, domain, path->facts, &v);
	}
	if (observed)
		show_observed(x, finder);
	return CLI_DONE;
}

/* A recipient that no message can be sent to. */
static void show_no_address(struct explaining *x)
{
	static const struct str words = STR_INIT("this is not a mail address");

	note_outcome(x, ROUTE_BOUNCE);
	if (cli_json(x->cli)) {
		jsonw_str(&x->j, "action", STR("bounce"));
		jsonw_str(&x->j, "status", STR("5.1.3"));
		jsonw_str(&x->j, "text", words);
		return;
	}
	struct buf *out = add_label(x, "outcome");
	term_text_word(&x->cli->text, STR("bounce"));
	buf_addf(out, " 5.1.3: %.*s\n", STR_ARG(words));
}

static int explain_one(struct explaining *x, struct str rcpt)
{
	const struct criterion *decides = x->match ? criteria_match_rcpt(x->match, rcpt) : NULL;
	const struct criterion *observed =
		x->match ? criteria_match_observed(x->match, rcpt) : NULL;
	struct smtp_mailbox box;
	int status = CLI_DONE;

	if (x->match && criteria_match_err(x->match) != ERR_OK)
		return cli_nomem();
	if (find_service(x, rcpt, decides) != ERR_OK)
		return cli_nomem();
	if (cli_json(x->cli)) {
		jsonw_object(&x->j, NULL);
		json_service(x, rcpt, decides, observed);
	} else {
		struct buf *out = &x->cli->text.text;
		buf_addc(out, '\n');
		text_escape(out, rcpt);
		buf_addc(out, '\n');
		show_service(x, rcpt, decides);
	}
	if (smtp_path_mailbox(rcpt, &box) != ERR_OK) {
		show_no_address(x);
	} else {
		/* Postmaster without a domain is this host's (RFC 5321 section 4.1.1.3). */
		struct str own = str_of(x->settings->conf->hostname);
		status = show_route(x, box.kind == SMTP_DOMAIN_NONE ? own : box.domain, observed);
	}
	if (cli_json(x->cli))
		jsonw_object_end(&x->j);
	return status;
}

static void show_head(struct explaining *x)
{
	const struct criteria *c = x->settings->criteria;
	struct buf *out = &x->cli->text.text;

	if (cli_json(x->cli)) {
		jsonw_object(&x->j, NULL);
		jsonw_str(&x->j, "from", x->envelope.from);
		jsonw_array(&x->j, "recipients");
		return;
	}
	buf_add(out, STR("from <"));
	text_escape(out, x->envelope.from);
	buf_add(out, STR(">, "));
	text_count(out, x->envelope.message.n, "octet; ", "octets; ");
	if (c) {
		text_escape(out, criteria_name(c));
		buf_add(out, STR(": "));
		text_count(out, criteria_count(c), "criterion\n", "criteria\n");
	} else {
		buf_add(out, x->settings->conf->dnssec.enabled ? STR("no criteria\n")
							       : STR("enabled = false\n"));
	}
	struct str names = x->match ? criteria_match_undecoded(x->match) : STR_NONE;
	while (message_word_note(&names, out))
		buf_addc(out, '\n');
}

static int run(struct cli *cli)
{
	CLEANUP(explaining_clear) struct explaining x = { .cli = cli, .j = jsonw_to(&cli->out) };
	int status = read_all(&x);

	if (status != CLI_DONE)
		return status;
	show_head(&x);
	for (size_t i = 0; status == CLI_DONE && i < x.envelope.n_rcpt; i++)
		status = explain_one(&x, x.envelope.rcpt[i]);
	if (status != CLI_DONE)
		return status;
	if (cli_json(cli)) {
		jsonw_array_end(&x.j);
		jsonw_object_end(&x.j);
		buf_addc(&cli->out, '\n');
	}
	return x.bounced ? EX_UNAVAILABLE : x.deferred ? EX_TEMPFAIL : EX_OK;
}

const struct cli_command cli_explain = {
	.name = "explain",
	.usage = "[FILE]",
	.summary = "say what would become of a message, sending nothing",
	.details = details,
	.options = options,
	.read = conf_read_without_login,
	.run = run,
	.usage_exit = EX_USAGE,
	.conf_exit = EX_CONFIG,
};
