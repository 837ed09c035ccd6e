#include "cli/doctor_modes.h"

#include "base/test.h"

#define REFUSED CLI_DOCTOR_STAKE_REFUSED
#define KEY CLI_DOCTOR_STAKE_KEY
#define ORDERS CLI_DOCTOR_STAKE_ORDERS

static const struct {
	enum cli_doctor_stake stake;
	mode_t mode;
	enum cli_level level;
	const char *text; /* NULL: nothing is found */
} cases[] = {
	{ REFUSED, 0100600, CLI_LEVEL_OK, NULL },
	{ REFUSED, 0100660, CLI_LEVEL_OK, NULL },
	{ REFUSED, 0100711, CLI_LEVEL_OK, NULL },
	{ REFUSED, 0100644, CLI_LEVEL_PROBLEM, "k: others may read /f: it is not taken" },
	{ REFUSED, 0100602, CLI_LEVEL_PROBLEM, "k: others may write /f: it is not taken" },
	{ REFUSED, 0100666, CLI_LEVEL_PROBLEM, "k: others may read and write /f: it is not taken" },
	{ KEY, 0100640, CLI_LEVEL_OK, NULL },
	{ KEY, 0100644, CLI_LEVEL_WARNING, "k: others may read /f" },
	{ KEY, 0100646, CLI_LEVEL_WARNING, "k: others may read and write /f" },
	{ ORDERS, 0100664, CLI_LEVEL_OK, NULL },
	{ ORDERS, 0100646, CLI_LEVEL_WARNING,
	  "k: others may write /f, and so decide what becomes of mail" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "files" };
		char label[32];

		(void)snprintf(label, sizeof(label), "%d %o", cases[i].stake, cases[i].mode);
		cli_doctor_modes_judge("k", "/f", cases[i].stake, cases[i].mode, &f);
		CHECK_INT(label, (long long)f.n, cases[i].text != NULL);
		if (f.n == 0 || !cases[i].text)
			continue;
		CHECK_INT(label, f.all[0].level, cases[i].level);
		CHECK_STR(label, str_of(f.all[0].code), STR("file-mode"));
		CHECK_STR(label, str_of(f.all[0].text), str_of(cases[i].text));
		CHECK_INT(label, f.all[0].remedy[0] != '\0', true);
	}
	return TEST_EXIT();
}
