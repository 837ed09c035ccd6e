#include "cli/doctor_criteria.h"

/* To *, Envelope-To * and Envelope-From * are every message (SPEC section 2). */
static bool is_everything(const struct criterion *k)
{
	bool all = str_eq_nocase(k->header, STR("To")) ||
		   str_eq_nocase(k->header, STR("Envelope-To")) ||
		   str_eq_nocase(k->header, STR("Envelope-From"));

	for (size_t i = 0; all && i < k->pattern.n; i++)
		all = k->pattern.p[i] == '*';
	return all && k->pattern.n > 0;
}

static void judge_off(const struct criteria *c, struct cli_findings *findings)
{
	size_t n = 0;

	for (size_t i = 0; i < criteria_count(c); i++)
		n += criteria_at(c, i)->modifier->service == CRITERIA_REQUIRED;
	if (n > 0)
		cli_finding_add(findings, CLI_LEVEL_WARNING, "secure-while-off",
				"remove enabled = false from dnssec { }",
				"%zu %s SECURE, which nothing is held to: enabled = false", n,
				n == 1 ? "criterion asks for" : "criteria ask for");
}

void cli_doctor_criteria(const struct criteria *c, enum cli_doctor_service service,
			 struct cli_findings *findings)
{
	if (service == CLI_DOCTOR_SERVICE_OFF) {
		judge_off(c, findings);
		return;
	}
	for (size_t i = 0; i < criteria_count(c); i++) {
		const struct criterion *k = criteria_at(c, i);
		if (k->modifier->service != CRITERIA_REQUIRED || !is_everything(k))
			continue;
		cli_finding_add(findings, CLI_LEVEL_WARNING, "requires-everything",
				"name the domains (Envelope-To *@bank.example SECURE), or write "
				"OBSERVE in place of SECURE, which tries it",
				"%.*s:%u: %.*s is all mail: what goes to a domain that is not "
				"signed bounces",
				STR_ARG(criteria_name(c)), k->line_no, STR_ARG(k->line));
		return;
	}
}
