#include "cli/doctor_logs.h"

#include "base/test.h"

#include <errno.h>

#define DAY (24 * INT64_C(3600000))
#define M ((uint64_t)1 << 20)

static const struct {
	const char *label;
	struct cli_doctor_logs logs;
	const char *text; /* NULL: nothing is found */
	enum cli_level level;
} cases[] = {
	{ "no day is over", { .octets = 5 * M, .keep_ms = 90 * DAY }, NULL, CLI_LEVEL_OK },
	{ "room",
	  { .octets = 30 * M,
	    .past_octets = 20 * M,
	    .past_days = 2,
	    .free = 870 * M,
	    .keep_ms = 90 * DAY },
	  "the logs in /l are 10M a day, and log-keep of 90d has room",
	  CLI_LEVEL_OK },
	{ "no room",
	  { .octets = 30 * M,
	    .past_octets = 20 * M,
	    .past_days = 2,
	    .free = 870 * M - 1,
	    .keep_ms = 90 * DAY },
	  "the logs in /l are 10M a day, so that log-keep of 90d is 900M: 869M are free there",
	  CLI_LEVEL_WARNING },
	{ "more than is kept",
	  { .octets = 200 * M, .past_octets = 200 * M, .past_days = 20, .keep_ms = 10 * DAY },
	  "the logs in /l are 10M a day, and log-keep of 10d has room",
	  CLI_LEVEL_OK },
	{ "who cannot read them to the end counts nothing",
	  { .past_octets = 20 * M, .past_days = 2, .keep_ms = 90 * DAY, .error = EIO },
	  "the logs in /l cannot be counted: Input/output error",
	  CLI_LEVEL_WARNING },
	{ "empty days",
	  { .past_days = 3, .keep_ms = 10 * DAY },
	  "the logs in /l are 0 a day, and log-keep of 10d has room",
	  CLI_LEVEL_OK },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "disk" };
		struct cli_doctor_logs l = cases[i].logs;

		l.directory = "/l";
		cli_doctor_logs_judge(&l, &f);
		CHECK_INT(cases[i].label, (long long)f.n, cases[i].text != NULL);
		if (f.n == 0 || !cases[i].text)
			continue;
		CHECK_STR(cases[i].label, str_of(f.all[0].code), STR("log-keep"));
		CHECK_STR(cases[i].label, str_of(f.all[0].text), str_of(cases[i].text));
		CHECK_INT(cases[i].label, f.all[0].level, cases[i].level);
		CHECK_INT(cases[i].label, f.all[0].remedy[0] != '\0',
			  cases[i].level != CLI_LEVEL_OK);
	}
	return TEST_EXIT();
}
