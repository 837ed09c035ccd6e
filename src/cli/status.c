/*
 * `signpost status`: what the daemon says of itself, on one screen.
 */
#include "base/text.h"
#include "cli/client.h"
#include "cli/measure.h"
#include "cli/words.h"
#include "route/verdict.h"

enum { STATUSES = DNS_STATUSES + 1, WIDTH = 14 };

static void add_text(struct buf *out, const json_t *object, const char *key)
{
	text_escape(out, str_of(cli_client_text(object, key)));
}

static void add_count(struct buf *out, const json_t *object, const char *key, const char *one,
		      const char *many)
{
	text_count(out, (uint64_t)cli_client_number(object, key), one, many);
}

static void show_head(struct buf *out, const json_t *s)
{
	const json_t *criteria = json_object_get(s, "criteria");

	buf_add(out, STR("signpost "));
	add_text(out, s, "version");
	buf_add(out, STR(" on "));
	add_text(out, s, "hostname");
	buf_add(out, STR(", up "));
	cli_measure_span(out, cli_client_number(s, "uptime_ms"));
	buf_addf(out, ", pid %lld, workers %lld\n", (long long)cli_client_number(s, "pid"),
		 (long long)cli_client_number(s, "workers"));
	buf_add(out, STR("configuration  "));
	if (json_is_string(json_object_get(s, "config")))
		add_text(out, s, "config");
	else
		buf_add(out, STR("none: built-in defaults"));
	buf_add(out, STR("\ncriteria       "));
	add_text(out, criteria, "file");
	buf_addf(out, ": %lld%s\n", (long long)cli_client_number(criteria, "count"),
		 cli_client_true(criteria, "enabled") ? "" : ", not in force: enabled = false");
}

static void show_queue(struct buf *out, const json_t *s)
{
	const json_t *q = json_object_get(s, "queue");

	buf_add(out, STR("\nqueue          "));
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
static void show_disk(struct buf *out, const json_t *s)
{
	const json_t *disk = json_object_get(s, "disk");

	buf_add(out, STR("disk           "));
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

static void show_exemptions(struct buf *out, const json_t *s)
{
	const json_t *rows = json_object_get(s, "exemptions"), *row;
	size_t n;

	json_array_foreach(rows, n, row)
	{
		buf_add(out, STR("exemption      of "));
		add_text(out, row, "domain");
		buf_add(out, STR(" ends when "));
		add_text(out, row, "until");
		buf_add(out, STR(" begins (UTC): "));
		add_text(out, row, "reason");
		buf_addc(out, '\n');
	}
}

static void show_connections(struct buf *out, const json_t *s)
{
	const json_t *c = json_object_get(s, "connections");

	buf_addf(out, "connections    %lld in, %lld out\n", (long long)cli_client_number(c, "in"),
		 (long long)cli_client_number(c, "out"));
}

static void show_incoming(struct buf *out, const json_t *s)
{
	json_t *refused = json_object_get(s, "refused"), *n;
	const char *reason, *before = "; refused: ";

	buf_add(out, STR("came in        "));
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

static void show_deliveries(struct buf *out, const json_t *s)
{
	int64_t by_service[ROUTE_SERVICES][ROUTE_ACTIONS] = { 0 }, by_status[STATUSES] = { 0 };
	const json_t *rows = json_object_get(s, "deliveries"), *row;
	size_t n;

	json_array_foreach(rows, n, row)
	{
		int service = index_of(service_of, ROUTE_SERVICES, cli_client_text(row, "service"));
		int outcome = index_of(outcome_of, ROUTE_ACTIONS, cli_client_text(row, "outcome"));
		int status = index_of(status_of, STATUSES, cli_client_text(row, "status"));
		int64_t count = cli_client_number(row, "count");
		if (service >= 0 && outcome >= 0)
			by_service[service][outcome] += count;
		if (status >= 0)
			by_status[status] += count;
	}
	buf_add(out, STR("\ndeliveries    "));
	for (int o = 0; o < ROUTE_ACTIONS; o++)
		buf_addf(out, "%*.*s", WIDTH, STR_ARG(outcome_of(o)));
	for (int v = 0; v < ROUTE_SERVICES; v++) {
		buf_addf(out, "\n  %-12.*s", STR_ARG(service_of(v)));
		for (int o = 0; o < ROUTE_ACTIONS; o++)
			buf_addf(out, "%*lld", WIDTH, (long long)by_service[v][o]);
	}
	buf_add(out, STR("\n  by MX status "));
	for (int t = 0; t < STATUSES; t++)
		buf_addf(out, "%s%.*s %lld", t ? ", " : "", STR_ARG(status_of(t)),
			 (long long)by_status[t]);
	buf_addc(out, '\n');
}

static void show_tls(struct buf *out, const json_t *s)
{
	const char *how, *before = "";
	json_t *n;

	buf_add(out, STR("  by TLS       "));
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

static void show_server(struct buf *out, const json_t *server)
{
	buf_add(out, STR("  "));
	add_text(out, server, "server");
	buf_addc(out, ' ');
	add_text(out, server, "channel");
	buf_add(out,
		cli_client_true(server, "trusted") ? STR(", trusted: ") : STR(", not trusted: "));
	add_text(out, server, "trust_reason");
	buf_add(out, STR("; probe: "));
	add_text(out, server, "probe");
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

static void show_servers(struct buf *out, const json_t *s)
{
	const json_t *servers = json_object_get(s, "servers"), *server;
	const json_t *cache = json_object_get(s, "cache");
	size_t n;

	buf_add(out, STR("\nservers\n"));
	json_array_foreach(servers, n, server) show_server(out, server);
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

	cli_client_ask(&c, &(struct cli_request){ .command = "metrics" });
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
	cli_client_ask(&c, &(struct cli_request){ .command = "status" });
	for (json_t *s; (s = cli_client_next(&c)) != NULL && !cli_client_last(s);) {
		if (cli_json(cli)) {
			cli_client_json(&j, NULL, s);
			buf_addc(&cli->out, '\n');
			continue;
		}
		show_head(&cli->out, s);
		show_queue(&cli->out, s);
		show_disk(&cli->out, s);
		show_exemptions(&cli->out, s);
		show_connections(&cli->out, s);
		show_incoming(&cli->out, s);
		show_deliveries(&cli->out, s);
		show_tls(&cli->out, s);
		show_servers(&cli->out, s);
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
