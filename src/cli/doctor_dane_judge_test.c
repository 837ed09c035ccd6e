#include "cli/doctor_dane_judge.h"

#include "base/test.h"

static const struct {
	enum dns_outcome outcome;
	enum dns_status status;
	size_t usable, fit;
	const char *codes;    /* each with a space behind it */
	enum cli_level level; /* of the last */
} cases[] = {
	{ DNS_NODATA, DNS_SECURE, 0, 0, "", CLI_LEVEL_OK },
	{ DNS_NO_NAME, DNS_INSECURE, 0, 0, "", CLI_LEVEL_OK },
	{ DNS_NO_ANSWER, DNS_INDETERMINATE, 0, 0, "", CLI_LEVEL_OK },
	{ DNS_DATA, DNS_SECURE, 2, 1, "tlsa ", CLI_LEVEL_OK },
	{ DNS_DATA, DNS_INDETERMINATE, 1, 1, "tlsa ", CLI_LEVEL_OK },
	{ DNS_DATA, DNS_SECURE, 1, 0, "tlsa-mismatch ", CLI_LEVEL_PROBLEM },
	{ DNS_DATA, DNS_SECURE, 0, 0, "tlsa-unusable ", CLI_LEVEL_WARNING },
	{ DNS_DATA, DNS_INSECURE, 1, 0, "tlsa-not-secure tlsa-mismatch ", CLI_LEVEL_PROBLEM },
	{ DNS_DATA, DNS_INSECURE, 1, 1, "tlsa-not-secure tlsa ", CLI_LEVEL_OK },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "tls" };
		CLEANUP(buf_free) struct buf codes = BUF_MAX(256);
		struct cli_doctor_dane d = { .certificate = "a.pem",
					     .owner = "_25._tcp.mx.example.",
					     .record = "3 1 1 00",
					     .outcome = cases[i].outcome,
					     .status = cases[i].status,
					     .usable = cases[i].usable,
					     .fit = cases[i].fit };

		cli_doctor_dane_judge(&d, &f);
		for (size_t k = 0; k < f.n; k++) {
			buf_addf(&codes, "%s ", f.all[k].code);
			CHECK_INT(f.all[k].code, f.all[k].remedy[0] != '\0',
				  f.all[k].level != CLI_LEVEL_OK);
		}
		CHECK_STR(cases[i].codes, buf_str(&codes), str_of(cases[i].codes));
		CHECK_INT(cases[i].codes, f.n ? f.all[f.n - 1].level : CLI_LEVEL_OK,
			  cases[i].level);
	}
	return TEST_EXIT();
}
