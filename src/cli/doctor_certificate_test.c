#include "cli/doctor_certificate.h"

#include "base/test.h"

#define NOW INT64_C(1790000000000) /* 2026-09-21T14:13:20Z */
#define DAY INT64_C(86400000)

static const struct {
	int64_t until;
	enum cli_level level;
	const char *code;
} cases[] = {
	{ NOW - DAY, CLI_LEVEL_PROBLEM, "certificate-ended" },
	{ NOW, CLI_LEVEL_PROBLEM, "certificate-ended" },
	{ NOW + 1, CLI_LEVEL_WARNING, "certificate-ends" },
	{ NOW + 14 * DAY - 1, CLI_LEVEL_WARNING, "certificate-ends" },
	{ NOW + 14 * DAY, CLI_LEVEL_OK, "certificate" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "tls" };

		cli_doctor_certificate_judge("127.0.0.1:25", "a.pem", cases[i].until, NOW, &f);
		CHECK_INT(cases[i].code, (long long)f.n, 1);
		CHECK_INT(cases[i].code, f.all[0].level, cases[i].level);
		CHECK_STR(cases[i].code, str_of(f.all[0].code), str_of(cases[i].code));
		CHECK_INT(cases[i].code, f.all[0].remedy[0] != '\0',
			  cases[i].level != CLI_LEVEL_OK);
	}
	return TEST_EXIT();
}
