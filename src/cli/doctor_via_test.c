#include "cli/doctor_via.h"

#include "base/test.h"

#define ROUTE "c:7: route \"*\": smtp.a.example "

int main(void)
{
	static const struct {
		enum dns_outcome outcome[2];
		enum cli_level level;
		const char *text;
	} cases[] = {
		{ { DNS_DATA, DNS_NODATA }, CLI_LEVEL_OK, ROUTE "has an address" },
		{ { DNS_NODATA, DNS_DATA }, CLI_LEVEL_OK, ROUTE "has an address" },
		{ { DNS_FAILED, DNS_DATA }, CLI_LEVEL_OK, ROUTE "has an address" },
		{ { DNS_NO_NAME, DNS_NO_NAME },
		  CLI_LEVEL_PROBLEM,
		  ROUTE "has no address: mail for it bounces" },
		{ { DNS_NO_ANSWER, DNS_NO_NAME },
		  CLI_LEVEL_PROBLEM,
		  ROUTE "has no address: mail for it bounces" },
		{ { DNS_NODATA, DNS_NODATA },
		  CLI_LEVEL_PROBLEM,
		  ROUTE "has no address: mail for it bounces" },
		{ { DNS_NODATA, DNS_FAILED }, CLI_LEVEL_NOTE, ROUTE "could not be looked up" },
		{ { DNS_NO_ANSWER, DNS_NO_ANSWER },
		  CLI_LEVEL_NOTE,
		  ROUTE "could not be looked up" },
	};
	static char title[] = "*", host[] = "smtp.a.example", via[] = "smtp.a.example:25";
	char *value[] = { via };
	struct conf_given_key key = { "route", title, "via", value, 1, 7 };
	struct conf conf = { .given = { .file = "c", .all = &key, .n = 1 } };
	const struct conf_route route = { .title = title, .host = host };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "names" };
		char label[32];

		(void)snprintf(label, sizeof(label), "%d %d", cases[i].outcome[0],
			       cases[i].outcome[1]);
		cli_doctor_via_judge(&conf, &route, cases[i].outcome, &f);
		CHECK_INT(label, (long long)f.n, 1);
		if (f.n == 0)
			continue;
		CHECK_INT(label, f.all[0].level, cases[i].level);
		CHECK_STR(label, str_of(f.all[0].text), str_of(cases[i].text));
		CHECK_INT(label, f.all[0].remedy[0] != '\0', cases[i].level != CLI_LEVEL_OK);
	}
	return TEST_EXIT();
}
