#include "cli/doctor_via.h"

#include "base/text.h"
#include "cli/dns.h"

#include <stdlib.h>

enum { LINE_ROOM = 8192 };

static const uint16_t types[2] = { DNS_TYPE_A, DNS_TYPE_AAAA };

/* One question. */
struct asked {
	struct cli_dns *dns;
	enum dns_outcome outcome;
};

void cli_doctor_via_judge(const struct conf *conf, const struct conf_route *route,
			  const enum dns_outcome outcome[static 2], struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_ROOM);
	bool found = outcome[0] == DNS_DATA || outcome[1] == DNS_DATA;
	bool no_name = outcome[0] == DNS_NO_NAME || outcome[1] == DNS_NO_NAME;
	bool denied = no_name || (outcome[0] == DNS_NODATA && outcome[1] == DNS_NODATA);

	conf_given_where(&line, &conf->given, "route", route->title, "via");
	buf_add(&line, STR("route \""));
	text_escape(&line, str_of(route->title));
	buf_addf(&line, "\": %s ", route->host);
	buf_add(&line, found    ? STR("has an address")
		       : denied ? STR("has no address: mail for it bounces")
				: STR("could not be looked up"));
	cli_finding_add_line(findings,
			     found    ? CLI_LEVEL_OK
			     : denied ? CLI_LEVEL_PROBLEM
				      : CLI_LEVEL_NOTE,
			     "route-via",
			     found    ? ""
			     : denied ? "correct via"
				      : "try again when the DNS answers",
			     buf_str(&line));
}

static void answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct asked *one = arg;

	(void)id;
	one->outcome = a->outcome;
	cli_dns_done(one->dns);
}

/* Of one route, two questions; without memory for it the outcome is none. */
static void ask(struct cli_dns *dns, const char *host, struct asked *two)
{
	struct resolve_question q = { .type = types[0] };
	bool named = dns_name_from_text(str_of(host), &q.name) == ERR_OK;

	for (size_t i = 0; i < 2; i++) {
		two[i] = (struct asked){ .dns = dns, .outcome = DNS_NO_ANSWER };
		q.type = types[i];
		if (named)
			dns->waiting += resolve_ask(dns->resolver, &q, answered, &two[i]) != 0;
	}
}

int cli_doctor_via(struct cli *cli, struct cli_findings *findings)
{
	const struct conf *conf = cli->conf;
	struct asked *all = calloc(conf->n_route, 2 * sizeof(*all));
	struct cli_dns dns;
	int status = all ? cli_dns_open(cli, NULL, &dns) : cli_nomem();

	if (status != CLI_DONE) {
		free(all);
		return status;
	}
	for (size_t i = 0; i < conf->n_route; i++)
		if (conf->route[i].host)
			ask(&dns, conf->route[i].host, &all[2 * i]);
	status = cli_dns_run(&dns);
	cli_dns_close(&dns);
	for (size_t i = 0; status == CLI_DONE && i < conf->n_route; i++) {
		const enum dns_outcome outcome[] = { all[2 * i].outcome, all[2 * i + 1].outcome };
		if (conf->route[i].host)
			cli_doctor_via_judge(conf, &conf->route[i], outcome, findings);
	}
	free(all);
	return status;
}
