#include "cli/doctor_criteria.h"

#include "base/test.h"

static const struct {
	struct str file;
	enum cli_doctor_service service;
	const char *code; /* "": nothing is found */
	const char *text;
} cases[] = {
	{ STR_INIT("To *\nEnvelope-To *@b.example SECURE\n"), CLI_DOCTOR_SERVICE_ON, "", "" },
	{ STR_INIT("Subject * SECURE\nTo a* SECURE\nTo \"\" SECURE\n"), CLI_DOCTOR_SERVICE_ON, "",
	  "" },
	{ STR_INIT("To * OBSERVE\n"), CLI_DOCTOR_SERVICE_ON, "", "" },
	{ STR_INIT("X a\nto: ** SECURE\nTo * SECURE\n"), CLI_DOCTOR_SERVICE_ON,
	  "requires-everything",
	  "f:2: to: ** SECURE is all mail: what goes to a domain that is not signed bounces" },
	{ STR_INIT("Envelope-From * SECURE DANE\n"), CLI_DOCTOR_SERVICE_ON, "requires-everything",
	  "f:1: Envelope-From * SECURE DANE is all mail: what goes to a domain that is not signed "
	  "bounces" },
	{ STR_INIT("To *\nX a OBSERVE\n"), CLI_DOCTOR_SERVICE_OFF, "", "" },
	{ STR_INIT(""), CLI_DOCTOR_SERVICE_OFF, "", "" },
	{ STR_INIT("To * SECURE\n"), CLI_DOCTOR_SERVICE_OFF, "secure-while-off",
	  "1 criterion asks for SECURE, which nothing is held to: enabled = false" },
	{ STR_INIT("To * SECURE\nX a\nX b SECURE\n"), CLI_DOCTOR_SERVICE_OFF, "secure-while-off",
	  "2 criteria ask for SECURE, which nothing is held to: enabled = false" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "criteria" };
		CLEANUP(criteria_free) struct criteria *c = NULL;
		CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
		CHECK_INT(cases[i].text, criteria_parse(cases[i].file, STR("f"), &c, &why), ERR_OK);
		if (!c)
			continue;
		cli_doctor_criteria(c, cases[i].service, &f);
		CHECK_INT(cases[i].text, (long long)f.n, cases[i].code[0] != '\0');
		if (f.n == 0)
			continue;
		CHECK_STR(cases[i].text, str_of(f.all[0].code), str_of(cases[i].code));
		CHECK_STR(cases[i].text, str_of(f.all[0].text), str_of(cases[i].text));
		CHECK_INT(cases[i].text, f.all[0].remedy[0] != '\0', true);
	}
	return TEST_EXIT();
}
