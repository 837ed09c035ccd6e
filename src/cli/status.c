/*
 * `signpost status`: what the daemon says of itself, on one screen.
 */
#include "base/text.h"
#include "cli/client.h"
#include "cli/measure.h"
#include "cli/words.h"
#include "route/verdict.h"

#include <stdio.h>

enum { STATUSES = DNS_STATUSES + 1, WIDTH = 14, TABLE_MAX = 1 << 16, NUMBER_MAX = 24 };

static void add_text(struct buf *out, const json_t *object, const char *key)
{
	text_escape(out, str_of(cli_client_text(object, key)));
}

static void add_count(struct buf *out, const json_t *object, const char *key, const char *one,
		      const char *many)
{
	text_count(out, (uint64_t)cli_client_number(object, key), one, many);
}

/* What a line is about; its text begins in that column. */
static struct buf *add_label(struct term_text *t, const char *label)
{
	buf_addf(&t->text, "%-15s", label);
	term_text_hang(t);
	return &t->text;
}

static void show_head(struct term_text *t, const json_t *s)
{
	struct buf *out = &t->text;
	const json_t *criteria = json_object_get(s, "criteria");

	buf_add(out, STR("signpost "));
	add_text(out, s, "version");
	buf_add(out, STR(" on "));
	add_text(out, s, "hostname");
	buf_add(out, STR(", up "));
	cli_measure_span(out, cli_client_number(s, "uptime_ms"));
	buf_addf(out, ", pid %lld, workers %lld\n", (long long)cli_client_number(s, "pid"),
		 (long long)cli_client_number(s, "workers"));
	(void)add_label(t, "configuration");
	if (json_is_string(json_object_get(s, "config")))
		add_text(out, s, "config");
	else
		buf_add(out, STR("none: built-in defaults"));
	buf_addc(out, '\n');
	(void)add_label(t, "criteria");
	add_text(out, criteria, "file");
	buf_addf(out, ": %lld%s\n", (long long)cli_client_number(criteria, "count"),
		 cli_client_true(criteria, "enabled") ? "" : ", not in force: enabled = false");
}

static void show_queue(struct term_text *t, const json_t *s)
{
	const json_t *q = json_object_get(s, "queue");

	buf_addc(&t->text, '\n');
	struct buf *out = add_label(t, "queue");
	if (!json_is_object(q)) {
		buf_add(out, STR("it cannot be read\n"));
		return;
	}
	add_count(out, q, "messages", "message", "messages");
	buf_add(out, STR(", "));
	add_count(out, q, "recipients", "recipient waits", "recipients wait");
	buf_addf(out, ", %lld held, %lld failed, ", (long long)cli_client_number(q, "held"),
		 (long long)cli_client_number(q, "failed"));
	cli_measure_size(out, (uint64_t)cli_client_number(q, "octets"));
	if (cli_client_text(q, "oldest")[0]) {
		buf_add(out, STR("; the oldest came "));
		add_text(out, q, "oldest");
	}
	buf_addc(out, '\n');
}

/* Where there is enough, that is enough. */
static void show_disk(struct term_text *t, const json_t *s)
{
	const json_t *disk = json_object_get(s, "disk");
	struct buf *out = add_label(t, "disk");

	if (cli_client_true(disk, "short")) {
		add_text(out, disk, "text");
	} else if (json_is_object(disk)) {
		cli_measure_size(out, (uint64_t)cli_client_number(disk, "free"));
		buf_add(out, STR(" free"));
	} else {
		buf_add(out, STR("it cannot be asked"));
	}
	buf_addc(out, '\n');
}

static void show_exemptions(struct term_text *t, const json_t *s)
{
	const json_t *rows = json_object_get(s, "exemptions"), *row;
	size_t n;

	json_array_foreach(rows, n, row)
	{
		struct buf *out = add_label(t, "exemption");
		buf_add(out, STR("of "));
		add_text(out, row, "domain");
		buf_add(out, STR(" ends when "));
		add_text(out, row, "until");
		buf_add(out, STR(" begins (UTC): "));
		add_text(out, row, "reason");
		buf_addc(out, '\n');
	}
}

static void show_connections(struct term_text *t, const json_t *s)
{
	const json_t *c = json_object_get(s, "connections");

	buf_addf(add_label(t, "connections"), "%lld in, %lld out\n",
		 (long long)cli_client_number(c, "in"), (long long)cli_client_number(c, "out"));
}

static void show_incoming(struct term_text *t, const json_t *s)
{
	struct buf *out = add_label(t, "came in");
	json_t *refused = json_object_get(s, "refused"), *n;
	const char *reason, *before = "; refused: ";

	add_count(out, s, "accepted", "message", "messages");
	json_object_foreach(refused, reason, n)
	{
		if (json_integer_value(n) == 0)
			continue;
		buf_add(out, str_of(before));
		text_escape(out, str_of(reason));
		buf_addf(out, " %lld", (long long)json_integer_value(n));
		before = ", ";
	}
	buf_addc(out, '\n');
}

/* The words of a row of deliveries, by number. */
static struct str service_of(int i)
{
	return route_service_text((enum route_service)i);
}

static struct str outcome_of(int i)
{
	return route_action_text((enum route_action)i);
}

static struct str status_of(int i)
{
	const enum dns_status status = (enum dns_status)i;

	return route_status_text(i < DNS_STATUSES ? &status : NULL);
}

static int index_of(struct str (*word)(int i), int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (str_eq(word(i), str_of(text)))
			return i;
	return -1;
}

/* Recipients by service and outcome, and by the status of the MX. */
struct deliveries {
	int64_t by_service[ROUTE_SERVICES][ROUTE_ACTIONS], by_status[STATUSES];
};

static void count_deliveries(const json_t *s, struct deliveries *d)
{
	const json_t *rows = json_object_get(s, "deliveries"), *row;
	size_t n;

	json_array_foreach(rows, n, row)
	{
		int service = index_of(service_of, ROUTE_SERVICES, cli_client_text(row, "service"));
		int outcome = index_of(outcome_of, ROUTE_ACTIONS, cli_client_text(row, "outcome"));
		int status = index_of(status_of, STATUSES, cli_client_text(row, "status"));
		int64_t count = cli_client_number(row, "count");
		if (service >= 0 && outcome >= 0)
			d->by_service[service][outcome] += count;
		if (status >= 0)
			d->by_status[status] += count;
	}
}

static void show_services(struct term_text *t, const struct deliveries *d)
{
	struct buf *out = &t->text;

	buf_add(out, STR("deliveries    "));
	for (int o = 0; o < ROUTE_ACTIONS; o++)
		buf_addf(out, "%*.*s", WIDTH, STR_ARG(outcome_of(o)));
	for (int v = 0; v < ROUTE_SERVICES; v++) {
		buf_addf(out, "\n  %-12.*s", STR_ARG(service_of(v)));
		for (int o = 0; o < ROUTE_ACTIONS; o++)
			buf_addf(out, "%*lld", WIDTH, (long long)d->by_service[v][o]);
	}
	buf_addc(out, '\n');
}

/* The same, as wide as a terminal is. */
static void table_services(struct cli *cli, const struct deliveries *d)
{
	struct term_column columns[1 + ROUTE_ACTIONS] = { { STR_INIT("deliveries"), 9, TERM_WHOLE,
							    0, TERM_LEFT } };
	CLEANUP(term_table_free)
	struct term_table table = TERM_TABLE(columns, 1 + ROUTE_ACTIONS, TABLE_MAX);
	char number[NUMBER_MAX];

	for (int o = 0; o < ROUTE_ACTIONS; o++)
		columns[1 + o] = (struct term_column){ outcome_of(o), (unsigned)o, TERM_WHOLE, 0,
						       TERM_RIGHT };
	for (int v = 0; v < ROUTE_SERVICES; v++) {
		term_table_add(&table, &(struct term_cell){ service_of(v), TERM_PLAIN });
		for (int o = 0; o < ROUTE_ACTIONS; o++) {
			(void)snprintf(number, sizeof(number), "%lld",
				       (long long)d->by_service[v][o]);
			term_table_add(&table, &(struct term_cell){ str_of(number), TERM_PLAIN });
		}
	}
	cli_show_table(cli, &table);
}

static void show_deliveries(struct cli *cli, const json_t *s)
{
	struct term_text *t = &cli->text;
	struct deliveries d = { 0 };

	count_deliveries(s, &d);
	buf_addc(&t->text, '\n');
	if (cli_wide(cli))
		table_services(cli, &d);
	else
		show_services(t, &d);
	(void)add_label(t, "  by MX status");
	for (int i = 0; i < STATUSES; i++) {
		buf_add(&t->text, i ? STR(", ") : STR(""));
		term_text_word(t, status_of(i));
		buf_addf(&t->text, " %lld", (long long)d.by_status[i]);
	}
	buf_addc(&t->text, '\n');
}

static void show_tls(struct term_text *t, const json_t *s)
{
	struct buf *out = add_label(t, "  by TLS");
	const char *how, *before = "";
	json_t *n;

	json_object_foreach(json_object_get(s, "tls"), how, n)
	{
		buf_add(out, str_of(before));
		text_escape(out, str_of(how));
		buf_addf(out, " %lld", (long long)json_integer_value(n));
		before = ", ";
	}
	buf_addc(out, '\n');
}

/* What is known of it, and no more. */
static const char *answering(const json_t *server)
{
	if (cli_client_true(server, "answering"))
		return "answering";
	if (!json_is_boolean(json_object_get(server, "answering")))
		return "not asked yet";
	return cli_client_number(server, "answers") ? "not answering" : "has never answered";
}

static void show_server(struct term_text *t, const json_t *server)
{
	struct str probe = str_of(cli_client_text(server, "probe"));
	struct buf *out = &t->text;

	buf_add(out, STR("  "));
	add_text(out, server, "server");
	buf_addc(out, ' ');
	add_text(out, server, "channel");
	buf_add(out, STR(", "));
	term_text_word(t, cli_client_true(server, "trusted") ? STR("trusted") : STR("not trusted"));
	buf_add(out, STR(": "));
	add_text(out, server, "trust_reason");
	buf_add(out, STR("; probe: "));
	if (term_text_tone(probe) == TERM_PLAIN)
		add_text(out, server, "probe");
	else
		term_text_word(t, probe);
	if (cli_client_text(server, "probe_reason")[0]) {
		buf_add(out, STR(", "));
		add_text(out, server, "probe_reason");
	}
	buf_addf(out, "\n      %s, ", answering(server));
	add_count(out, server, "questions", "question, ", "questions, ");
	add_count(out, server, "answers", "answer, ", "answers, ");
	add_count(out, server, "dropped", "dropped, ", "dropped, ");
	add_count(out, server, "timeouts", "timeout, ", "timeouts, ");
	cli_measure_us(out, cli_client_number(server, "rtt_us"));
	buf_addc(out, '\n');
}

static void show_servers(struct term_text *t, const json_t *s)
{
	struct buf *out = &t->text;
	const json_t *servers = json_object_get(s, "servers"), *server;
	const json_t *cache = json_object_get(s, "cache");
	size_t n;

	buf_add(out, STR("\nservers\n"));
	json_array_foreach(servers, n, server) show_server(t, server);
	buf_add(out, STR("  cache: "));
	add_count(out, cache, "entries", "entry, ", "entries, ");
	cli_measure_size(out, (uint64_t)cli_client_number(cache, "octets"));
	buf_add(out, STR("; "));
	add_count(out, cache, "asked", "question, ", "questions, ");
	add_count(out, cache, "hits", "answered by it; ", "answered by it; ");
	add_count(out, cache, "prefetches", "entry asked for anew before it ended\n",
		  "entries asked for anew before they ended\n");
}

static const struct cli_option options[] = {
	{ "openmetrics", '\0', NULL, "for monitoring: OpenMetrics text" },
	{ "json", '\0', NULL, "for machines: JSON" },
	CLI_COLOR_OPTION,
	{ 0 },
};

static int show_metrics(struct cli *cli)
{
	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);

	cli_client_ask(&c, &(struct cli_request){ .command = "metrics", .soon = true });
	for (json_t *s; (s = cli_client_next(&c)) != NULL && !cli_client_last(s);)
		buf_add(&cli->out, str_of(cli_client_text(s, "openmetrics")));
	return c.status;
}

static int run(struct cli *cli)
{
	if (cli_word(cli, 0))
		return cli_usage(cli, CLI_WORDS_NO_WORDS);
	if (cli_options_has(&cli->options, "openmetrics") && cli_json(cli))
		return cli_usage(cli, "--openmetrics and --json: leave one out");
	if (cli_options_has(&cli->options, "openmetrics"))
		return show_metrics(cli);

	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);
	struct jsonw j = jsonw_to(&cli->out);
	cli_client_ask(&c, &(struct cli_request){ .command = "status", .soon = true });
	for (json_t *s; (s = cli_client_next(&c)) != NULL && !cli_client_last(s);) {
		if (cli_json(cli)) {
			cli_client_json(&j, NULL, s);
			buf_addc(&cli->out, '\n');
			continue;
		}
		show_head(&cli->text, s);
		show_queue(&cli->text, s);
		show_disk(&cli->text, s);
		show_exemptions(&cli->text, s);
		show_connections(&cli->text, s);
		show_incoming(&cli->text, s);
		show_deliveries(cli, s);
		show_tls(&cli->text, s);
		show_servers(&cli->text, s);
	}
	return c.status;
}

const struct cli_command cli_status = {
	.name = "status",
	.usage = "",
	.summary = "show the daemon's state on one screen",
	.options = options,
	.run = run,
	.read = conf_read_paths,
};
