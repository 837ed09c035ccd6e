#include "criteria/note.h"

#include "base/test.h"
#include "criteria/set_priv.h"

#define FIELD(header)                                                                              \
	"it is the field " header " that is matched, as its sender wrote it; Envelope-To judges "  \
	"each recipient: "

#define SLIP "Subjct is no header that is well known, but near one: Subject "

/* A file, and all notes on it, each behind the number of its line. */
static const struct {
	const char *label;
	struct str file, notes;
} cases[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "nothing odd",
	  STR_INIT(
		  "To *\nEnvelope-To *@b.example SECURE\nSubject *pay roll* SECURE\n"
		  "From a@b SECURE\nEnvelope-From \"\" SECURE\nCc *@b OBSERVE\nBcc \"\" OBSERVE\n"),
	  STR_INIT("") },
	{ "the SECURE that is every message", STR_INIT("To * SECURE"), STR_INIT("") },

	{ "a slip in a name",
	  STR_INIT("Evelope-To *@bank.example SECURE\nSubjct: *pay roll*\nX-Foo a\nX-Foe a"),
	  STR_INIT("1: Evelope-To is no header that is well known, but near one: "
		   "Envelope-To *@bank.example SECURE\n"
		   "2: Subjct is no header that is well known, but near one: "
		   "Subject *pay roll*\n") },

	{ "no @", STR_INIT("From bank.example SECURE\nEnvelope-To bob\n"),
	  STR_INIT("1: no address is without an @: From *@bank.example SECURE\n"
		   "2: no address is without an @: Envelope-To bob@*\n") },
	{ "a side of the @", STR_INIT("From: @bank.example\nSender bob@ SECURE"),
	  STR_INIT("1: no address begins or ends with @: From *@bank.example\n"
		   "2: no address begins or ends with @: Sender bob@* SECURE\n") },
	{ "a dot at the end",
	  STR_INIT("From *@bank.example. SECURE\nFrom bank.example.\nFrom *@b. OBSERVE\n"
		   "From a.\\@b..\nFrom: *@c: SECURE"),
	  STR_INIT("1: no address ends with a dot or a colon: From *@bank.example SECURE\n"
		   "2: no address is without an @: From *@bank.example\n"
		   "3: no address ends with a dot or a colon: From *@b OBSERVE\n"
		   "4: no address ends with a dot or a colon: From a.@b\n"
		   "5: no address ends with a dot or a colon: From *@c SECURE\n") },
	{ "wildcards", STR_INIT("From *bank.example\nFrom o?b\nFrom *\nFrom a\\*b"),
	  STR_INIT("1: it changes nothing beside line 3: From *\n"
		   "2: it changes nothing beside line 3: From *\n"
		   "4: no address is without an @: From a*b\n"
		   "4: it changes nothing beside line 3: From *\n") },
	{ "list", STR_INIT("From *@a.example, b.example;c@d SECURE"),
	  STR_INIT("1: no address is a list; write a line for each: From *@a.example SECURE and "
		   "From *@b.example SECURE and From c@d SECURE\n") },
	{ "list that ends", STR_INIT("From a@b,"),
	  STR_INIT("1: no address is a list; write a line for each: From a@b\n") },
	{ "brackets", STR_INIT("From \"Bob <bob@x>\"\nFrom <c@x>\nFrom a@x>"),
	  STR_INIT("1: no address has < or > in it: From bob@x\n"
		   "2: no address has < or > in it: From c@x\n"
		   "3: no address has < or > in it: From a@x\n") },
	{ "white space", STR_INIT("From Bob bob@x\nFrom Bob Smith\nFrom *Bob Smith*"),
	  STR_INIT("1: no address has white space in it: From bob@x\n"
		   "2: no address has white space in it: From Bob*Smith@*\n"
		   "2: it changes nothing beside line 3: From *Bob Smith*\n"
		   "3: no address has white space in it: From *Bob*Smith*\n") },
	{ "what was meant as SECURE",
	  STR_INIT("Envelope-To *@a.example REQUIRED\nFrom: b.example  must\nCc a@b, c@d Require\n"
		   "To * MANDATORY\nSender <a@x> must use dnssec"),
	  STR_INIT("1: REQUIRED is no modifier; write SECURE: Envelope-To *@a.example SECURE\n"
		   "2: must is no modifier; write SECURE: From *@b.example SECURE\n"
		   "3: Require is no modifier; write SECURE: Cc a@b SECURE and Cc c@d SECURE\n"
		   "4: MANDATORY is no modifier; write SECURE: To * SECURE\n"
		   "5: dnssec is no modifier; write SECURE: Sender a@x SECURE\n") },
	{ "not meant as SECURE",
	  STR_INIT("From \"a@b REQUIRED\"\nFrom a@c \"MUST\"\nFrom a@d MUST OBSERVE\n"
		   "From MUST\nFrom a@e MUSTER\nSubject a MUST"),
	  STR_INIT("1: no address has white space in it: From a@b\n"
		   "2: no address has white space in it: From a@c\n"
		   "3: no address has white space in it: From a@d OBSERVE\n"
		   "4: no address is without an @: From MUST@*\n"
		   "5: no address has white space in it: From a@e\n") },
	{ "marks of others",
	  STR_INIT("From '*@a.example' SECURE\nFrom /.*@b\\.example/\nFrom ^*@c.example$\n"
		   "From [a-z]*@d.example\nFrom mailto:x@e.example\nFrom (*@f.example)\n"
		   "From *'\nFrom *!b@g.example\nFrom a@[192.0.2.1]\nFrom a'b@h.example"),
	  STR_INIT("1: no address has such marks before or behind it: From *@a.example SECURE\n"
		   "2: no address has such marks before or behind it: From *@b.example\n"
		   "3: no address has such marks before or behind it: From *@c.example\n"
		   "4: no address has such marks before or behind it: From *@d.example\n"
		   "5: no address has such marks before or behind it: From x@e.example\n"
		   "6: no address has such marks before or behind it: From *@f.example\n") },
	{ "SECURE in the midst",
	  STR_INIT("From *@a.example SECURE please\nFrom *@b.example SECURE DANE yes\n"
		   "From *@c.example \"SECURE\" x\nFrom *@d.example x SECURE y"),
	  STR_INIT("1: SECURE is the last word of no line: From *@a.example SECURE\n"
		   "2: SECURE DANE is the last word of no line: From *@b.example SECURE DANE\n"
		   "3: no address has white space in it: From *@c.example\n"
		   "4: SECURE is the last word of no line: From *@d.example SECURE\n") },
	{ "a name in two words",
	  STR_INIT("Envelope To *@a.example SECURE\nRCPT TO:<*@b.example> SECURE\n"
		   "Header: To *@c.example\nnot Subject *x*\nEnvelope x\nHeader a:b\nIf To\n"
		   "Any *d*"),
	  STR_INIT("1: Envelope is no header that is well known, but near one: Envelope-To "
		   "*@a.example SECURE\n"
		   "2: RCPT is no header that is well known, but near one: Envelope-To *@b.example "
		   "SECURE\n"
		   "3: Header is no header that is well known, but near one: To *@c.example\n"
		   "8: Any is no header that is well known, but near one: To *d*\n") },
	{ "too short", STR_INIT("From ?\nFrom a?\nFrom ??a"),
	  STR_INIT("1: no address is without an @: From ?@*\n"
		   "2: no address is without an @: From a?@*\n") },
	{ "two signs", STR_INIT("From a@b@c SECURE"),
	  STR_INIT("1: no address has more than one @: From *@c SECURE\n") },
	{ "local part in quotes", STR_INIT("From \\\"a,\\ b\\\"@x"), STR_INIT("") },
	{ "the null sender", STR_INIT("Envelope-From <> SECURE\nFrom <>"),
	  STR_INIT("1: no address has < or > in it: Envelope-From \"\" SECURE\n"
		   "2: no address has < or > in it: From *\n") },
	{ "what has to be in quotes",
	  STR_INIT("Subjct \"\" SECURE\nSubjct \"a b\"\nSubjct \":a\"\nSubjct \"x SECUR\"\n"
		   "From \"=a, c@d\"\n"),
	  STR_INIT("1: " SLIP "\"\" SECURE\n"
		   "2: " SLIP "\"a b\"\n"
		   "3: " SLIP "\":a\"\n"
		   "4: " SLIP "\"x SECUR\"\n"
		   "5: no address is a list; write a line for each: From \"=a@*\" and "
		   "From c@d\n") },
	{ "what has to be escaped",
	  STR_INIT("Subjct \\\"a\nSubjct a\\\\\nFrom a\\\"\nX \\\"\nX \\\""),
	  STR_INIT("1: " SLIP "\\\"a\n"
		   "2: " SLIP "a\\\\\n"
		   "3: no address is without an @: From a\\\"@*\n"
		   "5: it is the same as line 4: X \\\"\n") },
	{ "a field without text, which no recipient is", STR_INIT("To \"\" SECURE"), STR_INIT("") },
	{ "no recipient is empty", STR_INIT("Envelope-To \"\""),
	  STR_INIT("1: no address is empty: Envelope-To *\n") },
	{ "white space at an end", STR_INIT("X \" a\"\nX b\\ \nY \" *\"\nX \"a b\""),
	  STR_INIT("1: no field begins or ends with white space\n"
		   "2: no field begins or ends with white space\n"
		   "3: no field begins or ends with white space\n") },
	{ "no address field", STR_INIT("X bank.example\nX a, b"), STR_INIT("") },

	{ "the field", STR_INIT("to: *@b.example SECURE\nCc * SECURE\nBCC a@b SECURE\nTo c@d"),
	  STR_INIT("1: " FIELD("to") "Envelope-To *@b.example SECURE\n"
				     "2: " FIELD("Cc") "Envelope-To * SECURE\n"
						       "3: " FIELD(
							       "BCC") "Envelope-To a@b SECURE\n") },
	{ "the field, and no address", STR_INIT("To b.example SECURE"),
	  STR_INIT("1: no address is without an @: To *@b.example SECURE\n"
		   "1: " FIELD("To") "write that in place of it\n") },

	{ "twice", STR_INIT("X a\nY a\nx:  A\nX a SECURE\n"),
	  STR_INIT("1: it changes nothing beside line 4: X a SECURE\n"
		   "3: it is the same as line 1: X a\n") },
	{ "pattern twice", STR_INIT("X a?b*\nX a?b*\n"),
	  STR_INIT("2: it is the same as line 1: X a?b*\n") },
	{ "covered by a domain", STR_INIT("From *@b\nFrom a@b\nFrom a*@b\nFrom *@c\nFrom *@a.b\n"),
	  STR_INIT("2: it changes nothing beside line 1: From *@b\n"
		   "3: it changes nothing beside line 1: From *@b\n") },
	{ "covered by a later one", STR_INIT("X ab\nX a*\n"),
	  STR_INIT("1: it changes nothing beside line 2: X a*\n") },
	{ "covered by '?'", STR_INIT("X ab\nX a?\nX ?b\nX a*\nX ??"),
	  STR_INIT("1: it changes nothing beside line 2: X a?\n"
		   "2: it changes nothing beside line 4: X a*\n"
		   "3: it changes nothing beside line 5: X ??\n") },
	{ "a run is no character", STR_INIT("X a*b\nX a?b*\nX *a?b"), STR_INIT("") },
	{ "stronger", STR_INIT("X a*\nX ab SECURE\nX ac OBSERVE\n"), STR_INIT("") },
	{ "weaker", STR_INIT("X ab\nX a*b SECURE\nX aob OBSERVE\n"),
	  STR_INIT("1: it changes nothing beside line 2: X a*b SECURE\n"
		   "3: it changes nothing beside line 2: X a*b SECURE\n") },
	{ "observed as well", STR_INIT("X *a* OBSERVE\nX ab\nX abc OBSERVE"),
	  STR_INIT("2: it changes nothing beside line 1: X *a* OBSERVE\n"
		   "3: it changes nothing beside line 1: X *a* OBSERVE\n") },
	{ "every message", STR_INIT("X a\nTo *\nEnvelope-To *\nX b SECURE\nX c OBSERVE"),
	  STR_INIT("1: it changes nothing beside line 2: To *\n"
		   "3: it changes nothing beside line 2: To *\n") },
	{ "white space that counts", STR_INIT("X \"a b\"\nX a b\nX a*b"),
	  STR_INIT("2: it changes nothing beside line 3: X a*b\n") },
	{ "the two forms of a domain",
	  STR_INIT("From *@b\xc3\xbc"
		   "cher.example\nFrom *@XN--bcher-kva.example\nFrom a@xn--bcher-kva.example\n"
		   "Envelope-To *@*.xn--mller-kva.x\nEnvelope-To b@?.M\xc3\x9c"
		   "ller.x\nX *@b\xc3\xbc"
		   "cher.example\nX *@xn--bcher-kva.example\nCc *@xn--q\nCc *@q"),
	  STR_INIT("2: it is the same as line 1: From *@b\xc3\xbc"
		   "cher.example\n"
		   "3: it changes nothing beside line 2: From *@XN--bcher-kva.example\n"
		   "5: it changes nothing beside line 4: Envelope-To *@*.xn--mller-kva.x\n") },
	{ "escaped wildcard", STR_INIT("X a\\*\nX ab\nX \\**\nX *a"), STR_INIT("") },
};

/*
 * A file of so many patterns, in whose format '#' is a number, and as many plain values: how many
 * lines are looked at, for all of them together, to find what covers each.
 */
static size_t tries_of(unsigned lines, const char *format)
{
	CLEANUP(buf_free) struct buf file = BUF_MAX(16 << 20), why = BUF_MAX(4096);
	CLEANUP(criteria_free) struct criteria *c = NULL;
	size_t tries = 0;

	for (unsigned i = 0; i < lines; i++) {
		buf_addf(&file, "Subject \"");
		for (const char *f = format; *f; f++)
			if (*f == '#')
				buf_addf(&file, "%05u", i);
			else
				buf_addc(&file, *f);
		buf_addf(&file, "\"\nX-Id v%05u\n", i);
	}
	CHECK_INT(format, criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_OK);
	for (size_t i = 0; c && i < criteria_count(c); i++)
		tries += criteria_note_tries(c, i);
	return tries;
}

/* What notes cost grows with the lines, and not with their square. */
static void check_cost(void)
{
	static const char *const formats[] = { "*word#*", "*#word*", "*?#*", "*a#b#*c*" };
	enum { FEW = 2000, TIMES = 8 };

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		size_t few = tries_of(FEW, formats[i]), many = tries_of(TIMES * FEW, formats[i]);
		CHECK_INT(formats[i], many <= 2 * TIMES * few, true);
		CHECK_INT(formats[i], many <= (size_t)TIMES * FEW * 100, true);
	}
	CHECK_INT("alike", tries_of(FEW, "*word*#") <= (size_t)FEW * 2 * 1000, true);
}

int main(void)
{
	check_cost();
	struct buf why = BUF_MAX(4096), out = BUF_MAX(8192), one = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct criteria *c = NULL;
		enum err e = criteria_parse(cases[i].file, STR("f"), &c, &why);
		CHECK_INT(cases[i].label, e, ERR_OK);
		buf_clear(&out);
		for (size_t k = 0; c && k < criteria_count(c); k++) {
			buf_clear(&one);
			criteria_note_add(c, k, &one);
			struct str rest = buf_str(&one), line;
			while (str_line(&rest, &line))
				buf_addf(&out, "%u: %.*s\n", criteria_at(c, k)->line_no,
					 STR_ARG(line));
		}
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].notes);
		criteria_free(&c);
	}
	buf_free(&why), buf_free(&out), buf_free(&one);
	return TEST_EXIT();
}
