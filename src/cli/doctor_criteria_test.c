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

static const struct {
	struct str file;
	struct {
		const char *code; /* NULL: no more */
		enum cli_level level;
		const char *text;
	} want[2];
} notes[] = {
	{ STR_INIT("To *\nSubject \"a b\"\n"),
	  { { "criterion-covered", CLI_LEVEL_NOTE,
	      "f:2: it changes nothing beside line 1: To *" } } },
	{ STR_INIT("X a\n"), { { NULL, CLI_LEVEL_OK, NULL } } },
	{ STR_INIT("Envelope-To bank.example SECURE\n"),
	  { { "criterion-never", CLI_LEVEL_WARNING,
	      "f:1: no address is without an @: Envelope-To *@bank.example SECURE" } } },
	{ STR_INIT("X \" a\"\n"),
	  { { "criterion-never", CLI_LEVEL_WARNING,
	      "f:1: no field begins or ends with white space" } } },
	{ STR_INIT("X a\nX a\nSubjct b\n"),
	  { { "criterion-covered", CLI_LEVEL_NOTE, "f:2: it is the same as line 1: X a" },
	    { "criterion", CLI_LEVEL_NOTE,
	      "f:3: Subjct is no header that is well known, but near one: Subject b" } } },
};

static void check_notes(void)
{
	for (size_t i = 0; i < COUNT_OF(notes); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "criteria" };
		CLEANUP(criteria_free) struct criteria *c = NULL;
		CLEANUP(buf_free) struct buf why = BUF_MAX(4096);
		size_t n = 0;
		CHECK_INT(notes[i].file.p, criteria_parse(notes[i].file, STR("f"), &c, &why),
			  ERR_OK);
		if (!c)
			continue;
		cli_doctor_criteria_notes(c, "check", &f);
		while (n < COUNT_OF(notes[i].want) && notes[i].want[n].code)
			n++;
		CHECK_INT(notes[i].file.p, (long long)f.n, (long long)n);
		for (size_t k = 0; k < n && k < f.n; k++) {
			CHECK_STR(notes[i].file.p, str_of(f.all[k].code),
				  str_of(notes[i].want[k].code));
			CHECK_STR(notes[i].file.p, str_of(f.all[k].text),
				  str_of(notes[i].want[k].text));
			CHECK_INT(notes[i].file.p, f.all[k].level, notes[i].want[k].level);
		}
	}
}

/* A screen holds 20 of them; where the rest is stands below. */
static void check_many(void)
{
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "criteria" };
	CLEANUP(criteria_free) struct criteria *c = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096), file = BUF_MAX(4096);

	for (size_t i = 0; i < 30; i++)
		buf_add(&file, STR("X a\n"));
	CHECK_INT("many", criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_OK);
	if (!c)
		return;
	cli_doctor_criteria_notes(c, "check", &f);
	CHECK_INT("many", (long long)f.n, 21);
	CHECK_STR("many", str_of(f.all[f.n - 1].code), STR("criteria-notes"));
	CHECK_STR("many", str_of(f.all[f.n - 1].remedy), STR("check"));
}

int main(void)
{
	check_notes();
	check_many();
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
