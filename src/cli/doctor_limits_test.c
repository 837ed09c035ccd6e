#include "cli/doctor_limits.h"

#include "base/test.h"

static const struct {
	const char *label;
	unsigned wanted_in, wanted_out;
	uint64_t in, out;
	enum cli_level level;
	struct str text;
} cases[] = {
	{ "as many as wanted", 1000, 2000, 1000, 2000, CLI_LEVEL_OK,
	  STR_INIT("there are descriptors for 1000 connections in and 2000 out") },
	{ "more, after the file was changed", 10, 20, 1000, 2000, CLI_LEVEL_OK,
	  STR_INIT("there are descriptors for 10 connections in and 20 out") },
	{ "fewer", 1000, 2000, 302, 606, CLI_LEVEL_WARNING,
	  STR_INIT("there are descriptors for 302 connections in and 606 out, not for 1000 and "
		   "2000: no more are taken") },
	{ "fewer in", 1000, 2000, 999, 2000, CLI_LEVEL_WARNING,
	  STR_INIT("there are descriptors for 999 connections in and 2000 out, not for 1000 and "
		   "2000: no more are taken") },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct conf conf = { .limits = { .connections = cases[i].wanted_in },
				     .delivery = { .total = cases[i].wanted_out } };
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "limits" };

		cli_doctor_limits_judge(&conf, cases[i].in, cases[i].out, &f);
		CHECK_INT(cases[i].label, (long long)f.n, 1);
		CHECK_INT(cases[i].label, f.all[0].level, cases[i].level);
		CHECK_STR(cases[i].label, str_of(f.all[0].text), cases[i].text);
		CHECK_INT("a remedy where there is something to mend", f.all[0].remedy[0] != '\0',
			  cases[i].level != CLI_LEVEL_OK);
	}
	return TEST_EXIT();
}
