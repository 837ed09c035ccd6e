#include "cli/doctor_criteria.h"

#include "base/text.h"
#include "criteria/note.h"

enum { NOTES_MAX = 20, LINE_ROOM = 1 << 16 };

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

static const struct {
	enum cli_level level;
	const char *code, *remedy;
} noted[CRITERIA_NOTES] = {
	[CRITERIA_NOTE_NAME] = { CLI_LEVEL_NOTE, "criterion",
				 "write what it says, if that is meant" },
	[CRITERIA_NOTE_NEVER] = { CLI_LEVEL_WARNING, "criterion-never",
				  "write what it says, or remove the line: it matches nothing" },
	[CRITERIA_NOTE_FIELD] = { CLI_LEVEL_NOTE, "criterion",
				  "write what it says, if recipients are meant" },
	[CRITERIA_NOTE_COVERED] = { CLI_LEVEL_NOTE, "criterion-covered",
				    "remove it, or make the other line narrower" },
};

/* False: there is nothing of that kind. */
static bool add_note(const struct criteria *c, size_t i, enum criteria_note kind,
		     struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf note = BUF_MAX(LINE_ROOM), line = BUF_MAX(LINE_ROOM);

	criteria_note_one(c, i, kind, &note);
	struct str rest = buf_str(&note), text;
	if (!str_line(&rest, &text))
		return false;
	text_escape(&line, criteria_name(c));
	buf_addf(&line, ":%u: %.*s", criteria_at(c, i)->line_no, STR_ARG(text));
	cli_finding_add_line(findings, noted[kind].level, noted[kind].code, noted[kind].remedy,
			     buf_str(&line));
	return true;
}

void cli_doctor_criteria_notes(const struct criteria *c, const char *check,
			       struct cli_findings *findings)
{
	size_t n = 0;

	for (size_t i = 0; i < criteria_count(c); i++)
		for (int kind = 0; kind < CRITERIA_NOTES; kind++) {
			n += add_note(c, i, (enum criteria_note)kind, findings);
			if (n < NOTES_MAX)
				continue;
			cli_finding_add(findings, CLI_LEVEL_NOTE, "criteria-notes", check,
					"there may be more notes");
			return;
		}
}
