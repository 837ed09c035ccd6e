#include "criteria/line.h"

#include "base/test.h"
#include "criteria/glob.h"

enum { OFF = CRITERIA_OFF, REQUESTED = CRITERIA_REQUESTED, REQUIRED = CRITERIA_REQUIRED };

/* In .glob a wildcard is shown as '*' or '?', and an octet that only looks like one as '!'. */
static const struct {
	const char *label;
	struct str line, header, pattern, glob, text;
	int service;
	bool observe, exact;
} good[] = {
	{ "any", STR_INIT("To *"), STR_INIT("To"), STR_INIT("*"), STR_INIT("*"), STR_INIT("To *"),
	  REQUESTED, false, false },
	{ "white space", STR_INIT(" \tTo \t  *@bank.example \t SECURE\t "), STR_INIT("To"),
	  STR_INIT("*@bank.example"), STR_INIT("*@bank.example"),
	  STR_INIT("To *@bank.example SECURE"), REQUIRED, false, false },
	{ "colon", STR_INIT("sUBJECT: x"), STR_INIT("sUBJECT"), STR_INIT("x"), STR_INIT("x"),
	  STR_INIT("sUBJECT: x"), REQUESTED, false, false },
	{ "words", STR_INIT("Subject  top   secret  SECURE"), STR_INIT("Subject"),
	  STR_INIT("top secret"), STR_INIT("top secret"), STR_INIT("Subject top secret SECURE"),
	  REQUIRED, false, false },
	{ "quotes", STR_INIT("X \"top  secret \" SECURE"), STR_INIT("X"), STR_INIT("top  secret "),
	  STR_INIT("top  secret "), STR_INIT("X \"top  secret \" SECURE"), REQUIRED, false, true },
	{ "quotes without space", STR_INIT("X \"top\"secret"), STR_INIT("X"), STR_INIT("topsecret"),
	  STR_INIT("topsecret"), STR_INIT("X \"top\"secret"), REQUESTED, false, false },
	{ "quotes in a word", STR_INIT("X *\"a b\"*"), STR_INIT("X"), STR_INIT("*a b*"),
	  STR_INIT("*a b*"), STR_INIT("X *\"a b\"*"), REQUESTED, false, true },
	{ "wildcards in quotes", STR_INIT("X \"*?\""), STR_INIT("X"), STR_INIT("*?"),
	  STR_INIT("*?"), STR_INIT("X \"*?\""), REQUESTED, false, false },
	{ "escaped wildcards", STR_INIT("X \\*\\?*?"), STR_INIT("X"), STR_INIT("*?*?"),
	  STR_INIT("!!*?"), STR_INIT("X \\*\\?*?"), REQUESTED, false, false },
	{ "escaped in quotes", STR_INIT("X \"\\*\\?\\\"\\\\\\a\""), STR_INIT("X"),
	  STR_INIT("*?\"\\a"), STR_INIT("!!\"\\a"), STR_INIT("X \"\\*\\?\\\"\\\\\\a\""), REQUESTED,
	  false, false },
	{ "escaped quote", STR_INIT("X \\\"a"), STR_INIT("X"), STR_INIT("\"a"), STR_INIT("\"a"),
	  STR_INIT("X \\\"a"), REQUESTED, false, false },
	{ "escaped spaces", STR_INIT("X  \\ a\\  "), STR_INIT("X"), STR_INIT(" a "),
	  STR_INIT(" a "), STR_INIT("X \\ a\\ "), REQUESTED, false, true },
	{ "escaped character of UTF-8", STR_INIT("X \\äb"), STR_INIT("X"), STR_INIT("äb"),
	  STR_INIT("äb"), STR_INIT("X \\äb"), REQUESTED, false, false },
	{ "empty", STR_INIT("Envelope-From \"\""), STR_INIT("Envelope-From"), STR_INIT(""),
	  STR_INIT(""), STR_INIT("Envelope-From \"\""), REQUESTED, false, false },
	{ "empty and secure", STR_INIT("X \"\" SECURE"), STR_INIT("X"), STR_INIT(""), STR_INIT(""),
	  STR_INIT("X \"\" SECURE"), REQUIRED, false, false },
	{ "value SECURE in quotes", STR_INIT("X \"SECURE\""), STR_INIT("X"), STR_INIT("SECURE"),
	  STR_INIT("SECURE"), STR_INIT("X \"SECURE\""), REQUESTED, false, false },
	{ "value SECURE escaped", STR_INIT("X \\SECURE"), STR_INIT("X"), STR_INIT("SECURE"),
	  STR_INIT("SECURE"), STR_INIT("X \\SECURE"), REQUESTED, false, false },
	{ "name with a modifier in it", STR_INIT("X-Secure a"), STR_INIT("X-Secure"), STR_INIT("a"),
	  STR_INIT("a"), STR_INIT("X-Secure a"), REQUESTED, false, false },
	{ "name near a modifier", STR_INIT("Observer a"), STR_INIT("Observer"), STR_INIT("a"),
	  STR_INIT("a"), STR_INIT("Observer a"), REQUESTED, false, false },
	{ "SECURE within", STR_INIT("X SECURE mail"), STR_INIT("X"), STR_INIT("SECURE mail"),
	  STR_INIT("SECURE mail"), STR_INIT("X SECURE mail"), REQUESTED, false, false },
	{ "SECURE as a part of a word", STR_INIT("X a\"\"SECURE"), STR_INIT("X"),
	  STR_INIT("aSECURE"), STR_INIT("aSECURE"), STR_INIT("X a\"\"SECURE"), REQUESTED, false,
	  false },
	{ "observe", STR_INIT("X * OBSERVE"), STR_INIT("X"), STR_INIT("*"), STR_INIT("*"),
	  STR_INIT("X * OBSERVE"), REQUESTED, true, false },
	{ "SECURE within, observed", STR_INIT("X a SECURE b OBSERVE"), STR_INIT("X"),
	  STR_INIT("a SECURE b"), STR_INIT("a SECURE b"), STR_INIT("X a SECURE b OBSERVE"),
	  REQUESTED, true, false },
	{ "SECURE in quotes, observed", STR_INIT("X \"SECURE\" OBSERVE"), STR_INIT("X"),
	  STR_INIT("SECURE"), STR_INIT("SECURE"), STR_INIT("X \"SECURE\" OBSERVE"), REQUESTED, true,
	  false },
	{ "not in capitals, in quotes", STR_INIT("X a \"secure\""), STR_INIT("X"),
	  STR_INIT("a secure"), STR_INIT("a secure"), STR_INIT("X a \"secure\""), REQUESTED, false,
	  false },
	{ "not in capitals, before SECURE", STR_INIT("X a secure SECURE"), STR_INIT("X"),
	  STR_INIT("a secure"), STR_INIT("a secure"), STR_INIT("X a secure SECURE"), REQUIRED,
	  false, false },
	{ "colon of the value, in quotes", STR_INIT("To \":\" x"), STR_INIT("To"), STR_INIT(": x"),
	  STR_INIT(": x"), STR_INIT("To \":\" x"), REQUESTED, false, false },
	{ "every kind of octet of a name", STR_INIT("aZ0-9_.z: x"), STR_INIT("aZ0-9_.z"),
	  STR_INIT("x"), STR_INIT("x"), STR_INIT("aZ0-9_.z: x"), REQUESTED, false, false },
	{ "DANE in quotes", STR_INIT("X SECURE \"DANE\""), STR_INIT("X"), STR_INIT("SECURE DANE"),
	  STR_INIT("SECURE DANE"), STR_INIT("X SECURE \"DANE\""), REQUESTED, false, false },
	{ "SECURE DANE", STR_INIT("X a SECURE DANE"), STR_INIT("X"), STR_INIT("a"), STR_INIT("a"),
	  STR_INIT("X a SECURE DANE"), REQUIRED, false, false },
	{ "domain that begins as a modifier", STR_INIT("X secure.example y"), STR_INIT("X"),
	  STR_INIT("secure.example y"), STR_INIT("secure.example y"),
	  STR_INIT("X secure.example y"), REQUESTED, false, false },
	{ "hash in a value", STR_INIT("X # y"), STR_INIT("X"), STR_INIT("# y"), STR_INIT("# y"),
	  STR_INIT("X # y"), REQUESTED, false, false },
	{ "tab in quotes", STR_INIT("X \"\t\""), STR_INIT("X"), STR_INIT("\t"), STR_INIT("\t"),
	  STR_INIT("X \"\t\""), REQUESTED, false, true },
};

#define ENDLESS_QUOTE "quote without an end; write \\\" for a quote that is part of the value"
#define ENDLESS_ESCAPE                                                                             \
	"\"\\\" at the end of the line escapes nothing; write \"\\\\\" for a backslash"
#define BOTH                                                                                       \
	"SECURE and OBSERVE exclude each other; where "                                            \
	"one is part of the value, write it in quotes"
#define NO_VALUE "no value; write \"\" for the empty value, * for any"

#define QUOTE_IT "; where it is part of the value, write it in quotes"
#define NEAR(word, modifier)                                                                       \
	"\"" word                                                                                  \
	"\" is one letter away from a modifier; where it is part of the value, write it in "       \
	"quotes; else write " modifier
#define NO_MODIFIER(word, modifier) "\"" word "\" is no modifier; write " modifier QUOTE_IT
#define DANE_ALONE "\"DANE\" stands after SECURE alone; write SECURE DANE" QUOTE_IT
#define COMMENT                                                                                    \
	" is the last word of no line; a comment begins with # as the first character of a "       \
	"line of its own" QUOTE_IT
#define TWICE " stands there twice; write it once" QUOTE_IT
#define FIRST(word, line)                                                                          \
	"\"" word "\" is no header field, but a modifier, which stands at the end: " line
#define NAME "a name begins with a letter, and is of letters, digits, \"-\", \"_\" and \".\""

static const struct {
	const char *label;
	struct str line, why;
} bad[] = {
	{ "not in capitals", STR_INIT("To *@b secure"), STR_INIT(NO_MODIFIER("secure", "SECURE")) },
	{ "a letter left out", STR_INIT("To *@b SECUR"), STR_INIT(NEAR("SECUR", "SECURE")) },
	{ "a dot", STR_INIT("To *@b SECURE."), STR_INIT(NO_MODIFIER("SECURE.", "SECURE")) },
	{ "a comment", STR_INIT("To *@b SECURE#x"), STR_INIT(NO_MODIFIER("SECURE#x", "SECURE")) },
	{ "a name", STR_INIT("Subject Dave"), STR_INIT(NEAR("Dave", "DANE")) },
	{ "in brackets", STR_INIT("To * (SECURE)"), STR_INIT(NO_MODIFIER("(SECURE)", "SECURE")) },
	{ "behind a no-break space", STR_INIT("To *\xc2\xa0SECURE"),
	  STR_INIT(NO_MODIFIER("*\\xc2\\xa0SECURE", "SECURE")) },
	{ "and no value", STR_INIT("To Secure"), STR_INIT(NO_MODIFIER("Secure", "SECURE")) },
	{ "SECURE dane", STR_INIT("To * SECURE dane"), STR_INIT(NO_MODIFIER("dane", "DANE")) },
	{ "SECURE-DANE", STR_INIT("To * SECURE-DANE"),
	  STR_INIT(NEAR("SECURE-DANE", "SECURE DANE")) },
	{ "observed", STR_INIT("To * OBSERVED"), STR_INIT(NEAR("OBSERVED", "OBSERVE")) },
	{ "comment", STR_INIT("To *@b SECURE # the bank"), STR_INIT("\"SECURE\"" COMMENT) },
	{ "comment, two of them", STR_INIT("To * secur #a SECURE #b"),
	  STR_INIT("\"secur\"" COMMENT) },
	{ "comment that ends in SECURE", STR_INIT("To * OBSERVE #not SECURE"),
	  STR_INIT("\"OBSERVE\"" COMMENT) },
	{ "comment after a modifier's last letter", STR_INIT("X a SECURE# the staff"),
	  STR_INIT("\"SECURE#\"" COMMENT) },
	{ "comment that begins in the word", STR_INIT("X a SECURE DANE#all of it"),
	  STR_INIT("\"DANE#all\"" COMMENT) },
	{ "sentence after a sentence", STR_INIT("X a secur. The staff."),
	  STR_INIT("\"secur.\"" COMMENT) },
	{ "comment of C", STR_INIT("X a SECURE // b"), STR_INIT("\"SECURE\"" COMMENT) },
	{ "comment of DNS", STR_INIT("X a SECURE ;b"), STR_INIT("\"SECURE\"" COMMENT) },
	{ "a dot of its own", STR_INIT("To * SECURE ."), STR_INIT("\"SECURE\"" COMMENT) },
	{ "DANE alone", STR_INIT("X DANE"), STR_INIT(DANE_ALONE) },
	{ "DANE without SECURE", STR_INIT("X a DANE"), STR_INIT(DANE_ALONE) },
	{ "DANE before SECURE", STR_INIT("X a DANE SECURE"), STR_INIT(DANE_ALONE) },
	{ "DANE, observed", STR_INIT("X a b DANE OBSERVE"), STR_INIT(DANE_ALONE) },
	{ "SECURE twice", STR_INIT("X SECURE SECURE"), STR_INIT("\"SECURE\"" TWICE) },
	{ "OBSERVE twice", STR_INIT("X a OBSERVE OBSERVE"), STR_INIT("\"OBSERVE\"" TWICE) },
	{ "SECURE as a value, observed", STR_INIT("X SECURE OBSERVE"), STR_INIT(BOTH) },
	{ "a modifier first", STR_INIT("SECURE To *@bank.example"),
	  STR_INIT(FIRST("SECURE", "To *@bank.example SECURE")) },
	{ "a modifier first, in letters of another case", STR_INIT("secure: To: *@b "),
	  STR_INIT(FIRST("secure:", "To: *@b SECURE")) },
	{ "SECURE DANE first", STR_INIT("SECURE DANE To *@b"),
	  STR_INIT(FIRST("SECURE", "To *@b SECURE DANE")) },
	{ "DANE first", STR_INIT("Dane To *@b"), STR_INIT(FIRST("Dane", "To *@b SECURE DANE")) },
	{ "OBSERVE first, and no header", STR_INIT("OBSERVE *@b"),
	  STR_INIT(FIRST("OBSERVE", "HEADER VALUE OBSERVE")) },
	{ "a modifier on both sides", STR_INIT("SECURE To * SECURE"),
	  STR_INIT(FIRST("SECURE", "To * SECURE")) },
	{ "a modifier alone", STR_INIT("SECURE"),
	  STR_INIT(FIRST("SECURE", "HEADER VALUE SECURE")) },
	{ "equals sign", STR_INIT("To = *@b SECURE"),
	  STR_INIT("leave out the \"=\" before the value; where the value begins with it, "
		   "write the value in quotes") },
	{ "colon of the value", STR_INIT("To :x"),
	  STR_INIT("leave out the \":\" before the value; where the value begins with it, "
		   "write the value in quotes") },
	{ "equals sign in the name", STR_INIT("To=*@b SECURE"),
	  STR_INIT("\"To=*@b\" is not the name of a header field; "
		   "write a space in place of the \"=\"") },
	{ "comment of another program", STR_INIT("; a comment"),
	  STR_INIT("\";\" is not the name of a header field; a comment begins with #") },
	{ "digit first", STR_INIT("2To x"),
	  STR_INIT("\"2To\" is not the name of a header field; " NAME) },
	{ "another character", STR_INIT("X+Y x"),
	  STR_INIT("\"X+Y\" is not the name of a header field; " NAME) },
	{ "no value", STR_INIT("To"), STR_INIT(NO_VALUE) },
	{ "no value after a colon", STR_INIT("To: "), STR_INIT(NO_VALUE) },
	{ "no value before SECURE", STR_INIT("To SECURE"),
	  STR_INIT("no value before SECURE; where it is the value itself, "
		   "write \"SECURE\" in quotes") },
	{ "no value before OBSERVE", STR_INIT("To OBSERVE"),
	  STR_INIT("no value before OBSERVE; where it is the value itself, "
		   "write \"OBSERVE\" in quotes") },
	{ "no value before SECURE DANE", STR_INIT("To SECURE DANE"),
	  STR_INIT("no value before SECURE DANE; where it is the value itself, "
		   "write \"SECURE DANE\" in quotes") },
	{ "quote", STR_INIT("To \"a"), STR_INIT(ENDLESS_QUOTE) },
	{ "quote in a word", STR_INIT("To a\" SECURE"), STR_INIT(ENDLESS_QUOTE) },
	{ "quote that is escaped", STR_INIT("To \"a\\\""), STR_INIT(ENDLESS_QUOTE) },
	{ "backslash", STR_INIT("To a\\"), STR_INIT(ENDLESS_ESCAPE) },
	{ "backslash in a quote", STR_INIT("To \"a\\"), STR_INIT(ENDLESS_ESCAPE) },
	{ "SECURE and OBSERVE", STR_INIT("To * SECURE OBSERVE"), STR_INIT(BOTH) },
	{ "OBSERVE and SECURE", STR_INIT("To * OBSERVE SECURE"), STR_INIT(BOTH) },
	{ "DANE and OBSERVE", STR_INIT("To * SECURE DANE OBSERVE"),
	  STR_INIT("SECURE DANE and OBSERVE exclude each other; where "
		   "one is part of the value, write it in quotes") },
	{ "DANE and SECURE", STR_INIT("To * SECURE DANE SECURE"),
	  STR_INIT("SECURE and SECURE DANE exclude each other; where "
		   "one is part of the value, write it in quotes") },
	{ "no space after the colon", STR_INIT("To:* SECURE"),
	  STR_INIT("\"To:*\" is not the name of a header field; write a space after the colon") },
	{ "header in quotes and UTF-8", STR_INIT("\"Tö\" *"),
	  STR_INIT("\"\"Tö\"\" is not the name of a header field; " NAME) },
	{ "only a colon", STR_INIT(": *"),
	  STR_INIT("\":\" is not the name of a header field; " NAME) },
	{ "two colons", STR_INIT("To:: *"),
	  STR_INIT("\"To::\" is not the name of a header field; write a space after the colon") },
	{ "comment further in", STR_INIT(" # To *"),
	  STR_INIT("a comment begins with # as the first character of the line") },
	{ "not UTF-8", STR_INIT("To \xff"),
	  STR_INIT("the line is not UTF-8: save the file as UTF-8") },
	{ "control character", STR_INIT("To a\0b"),
	  STR_INIT("there is a control character in the line: remove it") },
	{ "delete", STR_INIT("To \x7f"),
	  STR_INIT("there is a control character in the line: remove it") },
	{ "CR in a line", STR_INIT("To a\rb"),
	  STR_INIT("there is a control character in the line: remove it") },
};

static void show_glob(struct buf *out, struct str glob)
{
	for (size_t i = 0; i < glob.n; i++) {
		char c = glob.p[i];
		buf_addc(out, c == CRITERIA_GLOB_RUN   ? '*'
			      : c == CRITERIA_GLOB_ONE ? '?'
			      : c == '*' || c == '?'   ? '!'
						       : c);
	}
}

static void check_good(void)
{
	struct buf shown = BUF_MAX(4096), why = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct criteria_line line;
		enum err e = criteria_line_read(good[i].line, &line, &why);
		CHECK_INT(good[i].label, e, ERR_OK);
		if (e != ERR_OK)
			continue;
		buf_clear(&shown);
		show_glob(&shown, line.glob);
		CHECK_STR(good[i].label, line.header, good[i].header);
		CHECK_STR(good[i].label, line.pattern, good[i].pattern);
		CHECK_STR(good[i].label, buf_str(&shown), good[i].glob);
		CHECK_STR(good[i].label, line.text, good[i].text);
		CHECK_INT(good[i].label, line.modifier->service, good[i].service);
		CHECK_INT(good[i].label, line.modifier->observe, good[i].observe);
		CHECK_INT(good[i].label, line.exact, good[i].exact);
		criteria_line_clear(&line);
	}
	CHECK_STR("nothing to complain of", buf_str(&why), STR(""));
	buf_free(&shown), buf_free(&why);
}

int main(void)
{
	struct buf why = BUF_MAX(8192);
	struct criteria_line line;

	check_good();
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		buf_clear(&why);
		CHECK_INT(bad[i].label, criteria_line_read(bad[i].line, &line, &why), ERR_SYNTAX);
		CHECK_STR(bad[i].label, buf_str(&why), bad[i].why);
	}
	struct buf longest = BUF_MAX(4097);
	buf_add(&longest, STR("To "));
	while (longest.n < 4096)
		buf_addc(&longest, 'x');
	CHECK_INT("4096 octets", criteria_line_read(buf_str(&longest), &line, &why), ERR_OK);
	criteria_line_clear(&line);
	buf_clear(&why);
	buf_addc(&longest, 'x');
	CHECK_INT("4097 octets", criteria_line_read(buf_str(&longest), &line, &why), ERR_SYNTAX);
	CHECK_STR("4097 octets", buf_str(&why), STR("the line is longer than 4096 octets"));
	buf_free(&longest);
	buf_free(&why);

	CHECK_INT("blank", criteria_line_idle(STR("")), true);
	CHECK_INT("blank", criteria_line_idle(STR(" \t")), true);
	CHECK_INT("comment", criteria_line_idle(STR("#To *")), true);
	CHECK_INT("no comment", criteria_line_idle(STR(" #")), false);
	CHECK_INT("line", criteria_line_idle(STR("To *")), false);
	return TEST_EXIT();
}
