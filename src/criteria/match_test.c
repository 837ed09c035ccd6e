#include "criteria/criteria.h"

#include "base/test.h"
#include "criteria/set_priv.h"

#define BOB STR_INIT("bob@x.example")

/*
 * What a message gets: .file is the criteria, .hits the lines of those that match, as
 * digits, and .wins the one that decides (0: none).  Without .rcpt it is Bob.
 */
static const struct {
	const char *label;
	struct str file, message, from, rcpt;
	const char *hits;
	unsigned wins;
} cases[] = {
	{ "no criteria", STR_INIT(""), STR_INIT("To: a@b\n\n"), BOB, BOB, "", 0 },
	{ "no field", STR_INIT("X *"), STR_INIT("To: a@b\n\n"), BOB, BOB, "", 0 },
	{ "any value", STR_INIT("X *"), STR_INIT("X: y\n\n"), BOB, BOB, "1", 1 },
	{ "any value of an empty field", STR_INIT("X *\nX ?*"), STR_INIT("X:\n\n"), BOB, BOB, "1",
	  1 },
	{ "empty value", STR_INIT("X \"\""), STR_INIT("X: \r\n\n"), BOB, BOB, "1", 1 },
	{ "empty value, but there is one", STR_INIT("X \"\""), STR_INIT("X: a\n\n"), BOB, BOB, "",
	  0 },
	{ "header in any case", STR_INIT("x-CLASS: a"), STR_INIT("X-Class: a\n\n"), BOB, BOB, "1",
	  1 },
	{ "the whole value", STR_INIT("X a\nX *a\nX a*\nX *a*"), STR_INIT("X: bac\n\n"), BOB, BOB,
	  "4", 4 },
	{ "not in the body", STR_INIT("X *"), STR_INIT("Y: a\n\nX: b\n"), BOB, BOB, "", 0 },
	{ "repeated field", STR_INIT("X b"), STR_INIT("X: a\nX: b\nX: c\n\n"), BOB, BOB, "1", 1 },
	{ "no head at all", STR_INIT("X *\nTo *"), STR_INIT("hello"), BOB, BOB, "2", 2 },
	{ "behind the From of a mailbox", STR_INIT("Subject *payroll*\nTo *@b"),
	  STR_INIT("From a@b Mon Nov 30 10:00:00\nTo: a@b\nSubject: the payroll\n\n"), BOB, BOB,
	  "12", 1 },
	{ "behind a line that is no field", STR_INIT("Subject *payroll*\nTo *@b"),
	  STR_INIT("To: a@b\nno field\nSubject: the payroll\n\n"), BOB, BOB, "12", 1 },
	{ "message that is empty", STR_INIT("X *\nTo *"), STR_INIT(""), BOB, BOB, "2", 2 },

	{ "case", STR_INIT("X TOP secret"), STR_INIT("X: top SECRET\n\n"), BOB, BOB, "1", 1 },
	{ "case of all letters", STR_INIT("X *GEHÄLTER*"), STR_INIT("X: die Gehälter\n\n"), BOB,
	  BOB, "1", 1 },
	{ "decomposed", STR_INIT("X *gehälter*"), STR_INIT("X: Geha\xcc\x88lter\n\n"), BOB, BOB,
	  "1", 1 },
	{ "one character", STR_INIT("X g?lter\nX stra?e\nX g??lter"),
	  STR_INIT("X: GÄLTER\nX: Straße\n\n"), BOB, BOB, "12", 1 },
	{ "escaped wildcard", STR_INIT("X a\\*\nX a\\?"), STR_INIT("X: a*\n\n"), BOB, BOB, "1", 1 },
	{ "escaped wildcard is no wildcard", STR_INIT("X a\\*\nX a\\?"), STR_INIT("X: ab\n\n"), BOB,
	  BOB, "", 0 },
	{ "wildcard in quotes", STR_INIT("X \"a *\""), STR_INIT("X: a bc\n\n"), BOB, BOB, "1", 1 },

	{ "unfolded", STR_INIT("X a b c"), STR_INIT("X: a\r\n b\r\n\tc\r\n\r\n"), BOB, BOB, "1",
	  1 },
	{ "folded anew", STR_INIT("X a b\nX \"a b\"\nX \"a  b\""), STR_INIT("X: a\r\n  b\r\n\r\n"),
	  BOB, BOB, "123", 1 },
	{ "a fold is one space, or what it is", STR_INIT("X \"*top secret*\"\nX \"*top\tsecret*\""),
	  STR_INIT("X: a top\r\n\tsecret\r\n\r\n"), BOB, BOB, "12", 1 },
	{ "fold with white space on both sides", STR_INIT("X \"top secret\"\nX \"top  secret\""),
	  STR_INIT("X: top \t\n \t secret\n\n"), BOB, BOB, "1", 1 },
	{ "folds among spaces as written", STR_INIT("X \"a  b c d\"\nX \"a b c d\""),
	  STR_INIT("X: a  b\n\tc\r\n   d\n\n"), BOB, BOB, "1", 1 },
	{ "fold before encoded words", STR_INIT("X \"the payroll\""),
	  STR_INIT("X: the\r\n\t=?utf-8?Q?pay?=\r\n\t=?us-ascii?B?cm9sbA==?=\r\n\r\n"), BOB, BOB,
	  "1", 1 },
	{ "folded name of an address", STR_INIT("To \"Bob B <b@x>\""),
	  STR_INIT("To: Bob\r\n\tB <b@x>\r\n\r\n"), BOB, BOB, "1", 1 },
	{ "spaces as written", STR_INIT("X a  b\nX \"a  b\"\nX \"a b\""), STR_INIT("X: a b\n\n"),
	  BOB, BOB, "13", 1 },
	{ "encoded words", STR_INIT("X *payroll*"),
	  STR_INIT("X: the =?utf-8?Q?pay?=\r\n =?us-ascii?B?cm9sbA==?= of May\r\n\r\n"), BOB, BOB,
	  "1", 1 },
	{ "word that leaves a shift open", STR_INIT("X *payroll*"),
	  STR_INIT("X: =?ISO-2022-JP?B?GyRC?= =?ISO-2022-JP?Q?payroll?=\n\n"), BOB, BOB, "1", 1 },
	{ "word that ends in a lead octet", STR_INIT("X *payroll*"),
	  STR_INIT("X: =?Shift_JIS?Q?Memo_=81?= =?Shift_JIS?Q?payroll?=\n\n"), BOB, BOB, "1", 1 },
	{ "shift left open in UTF-7", STR_INIT("X *payroll*"),
	  STR_INIT("X: =?UTF-7?Q?+?= =?UTF-7?Q?payroll?=\n\n"), BOB, BOB, "1", 1 },
	{ "encoded words in another charset", STR_INIT("X gehälter"),
	  STR_INIT("X: =?iso-8859-1?Q?Geh=E4lter?=\n\n"), BOB, BOB, "1", 1 },
	{ "octets that are no UTF-8", STR_INIT("X geh?lter"), STR_INIT("X: Geh\xe4lter\n\n"), BOB,
	  BOB, "1", 1 },

	{ "address alone", STR_INIT("To *@bank.example\nTo c@bank.example\nTo d@x"),
	  STR_INIT("To: A <a@b>, \"C, C\" <c@bank.example>,\r\n d@x (D)\r\n\r\n"), BOB, BOB, "123",
	  1 },
	{ "address field as a whole", STR_INIT("From \"C*<c@x>\"\nFrom *C*"),
	  STR_INIT("From: =?utf-8?Q?C_C?= <c@x>\n\n"), BOB, BOB, "12", 1 },
	{ "every address field",
	  STR_INIT("From a@x\nSender a@x\nReply-To a@x\nTo a@x\nCc a@x\nBcc a@x\n"
		   "Resent-From a@x\nResent-To a@x\nX a@x\n"),
	  STR_INIT("From: <a@x>\nSender: <a@x>\nReply-To: <a@x>\nTo: <a@x>\nCc: <a@x>\nBcc: <a@x>\n"
		   "Resent-From: <a@x>\nResent-To: <a@x>\nX: <a@x>\n\n"),
	  BOB, BOB, "12345678", 1 },
	{ "address in a name", STR_INIT("To a@x"), STR_INIT("To: \"a@x\" <b@y>\n\n"), BOB, BOB, "",
	  0 },
	{ "comma in an encoded name", STR_INIT("To a@x"),
	  STR_INIT("To: =?utf-8?Q?a=40x=2C?= <b@y>\n\n"), BOB, BOB, "", 0 },
	{ "group", STR_INIT("To b@x"), STR_INIT("To: Us: a@x, b@x;\n\n"), BOB, BOB, "1", 1 },
	{ "U-label matches A-label",
	  STR_INIT("To *@müller.example\nTo *@MÜLLER.example\nCc *@müller.example"),
	  STR_INIT("To: a@XN--mller-kva.example\n\n"), BOB, BOB, "12", 1 },
	{ "A-label matches U-label", STR_INIT("To *@xn--mller-kva.example\nTo *@müller.*"),
	  STR_INIT("To: a@Müller.Example\n\n"), BOB, BOB, "12", 1 },
	{ "local part of UTF-8", STR_INIT("To Ä@müller.example"),
	  STR_INIT("To: ä@xn--mller-kva.example\n\n"), BOB, BOB, "1", 1 },
	{ "label that is none", STR_INIT("To *@xn--q"), STR_INIT("To: a@xn--q\n\n"), BOB, BOB, "1",
	  1 },

	{ "To is every message", STR_INIT("To *"), STR_INIT("To:\n\n"), BOB, BOB, "1", 1 },
	{ "To without address", STR_INIT("To *\nTo bob@x.example"),
	  STR_INIT("To: undisclosed-recipients:;\n\n"), BOB, BOB, "1", 1 },
	{ "To by the envelope", STR_INIT("To *\nTo bob@*\nTo al@*\nTo eve@*"),
	  STR_INIT("Cc: a@b\n\n"), BOB, BOB, "123", 1 },
	{ "To that is there is not empty", STR_INIT("To \"\""), STR_INIT("To: a@b\n\n"), BOB, BOB,
	  "", 0 },
	{ "recipients are not empty", STR_INIT("To \"\""), STR_INIT("X: y\n\n"), BOB, BOB, "", 0 },
	{ "Cc not by the envelope", STR_INIT("Cc bob@*"), STR_INIT("X: y\n\n"), BOB, BOB, "", 0 },
	{ "To in the body", STR_INIT("To bob@*"), STR_INIT("X: y\n\nTo: z\n"), BOB, BOB, "1", 1 },
	{ "To by the envelope, U-label", STR_INIT("To *@müller.example"), STR_INIT("X: y\n\n"), BOB,
	  BOB, "", 0 },

	{ "Envelope-From", STR_INIT("Envelope-From bob@*\nEnvelope-From \"\"\nEnvelope-From *"),
	  STR_INIT("X: y\n\n"), BOB, BOB, "13", 1 },
	{ "null sender", STR_INIT("Envelope-From \"\"\nEnvelope-From *\nEnvelope-From ?*"),
	  STR_INIT("X: y\n\n"), STR_INIT(""), BOB, "12", 1 },
	{ "Envelope-From, A-label", STR_INIT("Envelope-From *@müller.example"),
	  STR_INIT("X: y\n\n"), STR_INIT("a@xn--mller-kva.example"), BOB, "1", 1 },
	{ "Envelope-To", STR_INIT("Envelope-To BOB@*\nenvelope-to: al@*\nEnvelope-To *"),
	  STR_INIT("X: y\n\n"), BOB, BOB, "13", 1 },
	{ "Envelope-To, U-label", STR_INIT("Envelope-To *@xn--mller-kva.example"),
	  STR_INIT("X: y\n\n"), BOB, STR_INIT("a@müller.example"), "1", 1 },
	{ "Envelope-To, quotes that are not needed",
	  STR_INIT("Envelope-To joe@bank.example\nEnvelope-To \"\\\"joe\\\"@bank.example\""),
	  STR_INIT("X: y\n\n"), BOB, STR_INIT("\"joe\"@bank.example"), "12", 1 },
	{ "Envelope-To, quotes and a pair", STR_INIT("Envelope-To joe@*"), STR_INIT("X: y\n\n"),
	  BOB, STR_INIT("\"j\\oe\"@bank.example"), "1", 1 },
	{ "Envelope-To, quotes that are", STR_INIT("Envelope-To \"joe x@*\"\nEnvelope-To *joe*"),
	  STR_INIT("X: y\n\n"), BOB, STR_INIT("\"joe x\"@bank.example"), "2", 2 },
	{ "Envelope-To, quotes and a U-label", STR_INIT("Envelope-To joe@xn--mller-kva.example"),
	  STR_INIT("X: y\n\n"), BOB, STR_INIT("\"joe\"@müller.example"), "1", 1 },
	{ "Envelope-To, a final dot of another kind", STR_INIT("Envelope-To *@bank.example"),
	  STR_INIT("X: y\n\n"), BOB, STR_INIT("joe@bank.example。"), "1", 1 },
	{ "fields called as the envelope", STR_INIT("Envelope-To z\nEnvelope-From z"),
	  STR_INIT("Envelope-To: z\nEnvelope-From: z\n\n"), BOB, BOB, "", 0 },

	{ "SECURE DANE goes before SECURE", STR_INIT("X * SECURE\nX a SECURE DANE\nX a SECURE"),
	  STR_INIT("X: a\n\n"), BOB, BOB, "123", 2 },
	{ "SECURE DANE of the recipient's", STR_INIT("To * SECURE\nEnvelope-To bob@* SECURE DANE"),
	  STR_INIT("X: b\n\n"), BOB, BOB, "12", 2 },
	{ "SECURE DANE that does not match", STR_INIT("X * SECURE\nX b SECURE DANE"),
	  STR_INIT("X: a\n\n"), BOB, BOB, "1", 1 },
	{ "strongest", STR_INIT("X *\nX a SECURE\nX * SECURE"), STR_INIT("X: a\n\n"), BOB, BOB,
	  "123", 2 },
	{ "first among equals", STR_INIT("X b\nX a\nX *\nY *"), STR_INIT("Y: 1\nX: a\n\n"), BOB,
	  BOB, "234", 2 },
	{ "observe is as requested", STR_INIT("X *\nX * OBSERVE\nX a SECURE"), STR_INIT("X: b\n\n"),
	  BOB, BOB, "12", 1 },
	{ "observe first", STR_INIT("X * OBSERVE\nX *"), STR_INIT("X: b\n\n"), BOB, BOB, "12", 1 },
	{ "recipient makes it stronger", STR_INIT("To *\nEnvelope-To bob@* SECURE\nX * SECURE"),
	  STR_INIT("X: b\n\n"), BOB, BOB, "123", 2 },
	{ "recipient, but later", STR_INIT("To *\nEnvelope-To bob@*"), STR_INIT("X: b\n\n"), BOB,
	  BOB, "12", 1 },
	{ "recipient, and first", STR_INIT("Envelope-To bob@*\nTo *"), STR_INIT("X: b\n\n"), BOB,
	  BOB, "12", 1 },
	{ "recipient, weaker", STR_INIT("Envelope-To bob@*\nTo * SECURE"), STR_INIT("X: b\n\n"),
	  BOB, BOB, "12", 2 },
	{ "another recipient", STR_INIT("To *\nEnvelope-To bob@* SECURE"), STR_INIT("X: b\n\n"),
	  BOB, STR_INIT("al@x.example"), "1", 1 },
};

static void check_cases(void)
{
	const struct str rcpts[] = { BOB, STR_INIT("al@x.example") };
	struct buf hits = BUF_MAX(256), why = BUF_MAX(256);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct criteria *c = NULL;
		CHECK_INT(cases[i].label, criteria_parse(cases[i].file, STR("f"), &c, &why),
			  ERR_OK);
		struct criteria_match *m =
			criteria_match_new(c, cases[i].message, cases[i].from, rcpts, 2);
		const struct criterion *k = criteria_match_rcpt(m, cases[i].rcpt);
		CHECK_INT(cases[i].label, k ? k->line_no : 0, cases[i].wins);
		buf_clear(&hits);
		for (size_t j = 0; j < criteria_count(c); j++)
			if (criteria_match_has(m, j, cases[i].rcpt))
				buf_addu(&hits, criteria_at(c, j)->line_no);
		CHECK_STR(cases[i].label, buf_str(&hits), str_of(cases[i].hits));
		CHECK_INT("no such criterion",
			  criteria_match_has(m, criteria_count(c), cases[i].rcpt), false);
		criteria_match_free(&m);
		criteria_free(&c);
	}
	buf_free(&hits), buf_free(&why);
}

/* OBSERVE is seen whatever requests the service beside it, unless SECURE decides. */
static void check_observed(void)
{
	static const struct {
		const char *label;
		struct str file, rcpt;
		unsigned line;
	} observed[] = {
		{ "none", STR_INIT("X *\nX a"), BOB, 0 },
		{ "alone", STR_INIT("X * OBSERVE"), BOB, 1 },
		{ "not the first that requests", STR_INIT("To *\nX * OBSERVE"), BOB, 2 },
		{ "the first of two", STR_INIT("To *\nX b OBSERVE\nX a OBSERVE\nX * OBSERVE"), BOB,
		  3 },
		{ "SECURE decides", STR_INIT("X * OBSERVE\nX a SECURE"), BOB, 0 },
		{ "SECURE that does not match", STR_INIT("X * OBSERVE\nX b SECURE"), BOB, 1 },
		{ "the recipient's", STR_INIT("To *\nEnvelope-To bob@* OBSERVE"), BOB, 2 },
		{ "another recipient's", STR_INIT("To *\nEnvelope-To bob@* OBSERVE"),
		  STR_INIT("al@x.example"), 0 },
	};
	struct buf why = BUF_MAX(256);

	for (size_t i = 0; i < COUNT_OF(observed); i++) {
		struct criteria *c = NULL;
		CHECK_INT(observed[i].label, criteria_parse(observed[i].file, STR("f"), &c, &why),
			  ERR_OK);
		struct criteria_match *m =
			criteria_match_new(c, STR("X: a\n\n"), STR_NONE, &observed[i].rcpt, 1);
		const struct criterion *k = criteria_match_observed(m, observed[i].rcpt);
		CHECK_INT(observed[i].label, k ? k->line_no : 0, observed[i].line);
		criteria_match_free(&m);
		criteria_free(&c);
	}
	buf_free(&why);
}

static void check_no_recipients(void)
{
	struct buf why = BUF_MAX(256);
	struct criteria *c = NULL;

	CHECK_INT("parsed", criteria_parse(STR("To *\nTo ?*"), STR("f"), &c, &why), ERR_OK);
	struct criteria_match *m = criteria_match_new(c, STR("X: y\n\n"), STR_NONE, NULL, 0);
	CHECK_INT("To * is every message", criteria_match_has(m, 0, STR_NONE), true);
	CHECK_INT("but there is nobody", criteria_match_has(m, 1, STR_NONE), false);
	criteria_match_free(&m);
	CHECK_INT("freed", m == NULL, true);
	criteria_match_free(&m);
	criteria_free(&c);
	buf_free(&why);
}

/* A head of 256 KiB, the worst of its kind: what is not linear would take minutes. */
static void check_large(struct str begin, struct str part)
{
	struct buf file = BUF_MAX(1 << 20), message = BUF_MAX(1 << 19), why = BUF_MAX(256);
	struct criteria *c = NULL;

	for (unsigned i = 0; i < 50; i++)
		buf_addf(&file, "To *@bank%u.example SECURE\nSubject *aaaa?aa%u* SECURE\n", i, i);
	buf_add(&message, begin);
	while (message.n < 1 << 18)
		buf_add(&message, part);
	CHECK_INT("parsed", criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_OK);
	struct criteria_match *m = criteria_match_new(c, buf_str(&message), STR_NONE, NULL, 0);
	CHECK_INT("none", criteria_match_rcpt(m, STR("a@b")) == NULL, true);
	criteria_match_free(&m);
	criteria_free(&c);
	buf_free(&file), buf_free(&message), buf_free(&why);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void add_letters(struct buf *out, uint32_t *state, struct str letters, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_addc(out, letters.p[next_random(state) % letters.n]);
}

/* What is found by what stands in a value is what would match it, were each pattern tried. */
static void check_found(uint32_t seed)
{
	struct buf file = BUF_MAX(4096), message = BUF_MAX(4096), why = BUF_MAX(256);
	struct criteria *c = NULL;

	for (int i = 0; i < 40; i++) {
		buf_add(&file, STR("X "));
		add_letters(&file, &seed, STR("aab**?"), 1 + next_random(&seed) % 12);
		buf_addc(&file, '\n');
	}
	add_letters(&message, &seed, STR("aab"), next_random(&seed) % 24);
	struct str value = buf_str(&message);
	CHECK_INT("parsed", criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_OK);
	struct buf head = BUF_MAX(4096);
	buf_addf(&head, "X:%.*s\n\n", STR_ARG(value));
	struct criteria_match *m = criteria_match_new(c, buf_str(&head), STR_NONE, NULL, 0);
	for (size_t i = 0; i < criteria_count(c); i++)
		CHECK_INT("as if tried", criteria_match_has(m, i, STR_NONE),
			  criteria_glob_match(&c->rules[i].glob, value));
	criteria_match_free(&m);
	criteria_free(&c);
	buf_free(&file), buf_free(&message), buf_free(&why), buf_free(&head);
}

/* How often a pattern is looked at for a message of N fields, each another, by 1000 lines. */
static size_t tries(const char *line, const char *field, unsigned n)
{
	struct buf file = BUF_MAX(1 << 20), message = BUF_MAX(1 << 20), why = BUF_MAX(256);
	struct criteria *c = NULL;

	for (unsigned i = 0; i < 1000; i++) {
		buf_add(&file, str_of(line));
		buf_addf(&file, "%u.*\n", i);
	}
	for (unsigned i = 0; i < n; i++) {
		buf_add(&message, str_of(field));
		buf_addf(&message, "%u;\n", i);
	}
	CHECK_INT("parsed", criteria_parse(buf_str(&file), STR("f"), &c, &why), ERR_OK);
	struct criteria_match *m = criteria_match_new(c, buf_str(&message), STR_NONE, NULL, 0);
	CHECK_INT("none", criteria_match_rcpt(m, STR("a@b")) == NULL, true);
	size_t done = criteria_match_tries(m);
	criteria_match_free(&m);
	criteria_free(&c);
	buf_free(&file), buf_free(&message), buf_free(&why);
	return done;
}

/* A message of many short fields does not have each of them held against every pattern. */
static void check_many_fields(void)
{
	CHECK_INT("nothing in common", tries("Subject *quarter ", "Subject: ", 12000) <= 12000,
		  true);
	CHECK_INT("all in common but the end",
		  tries("Subject *invoice ", "Subject: invoice ", 12000) <= 12000 * 20, true);
	CHECK_INT("addresses", tries("To *@*.bank", "To: a@b.bank", 12000) <= 2 * 12000 * 20, true);
}

/* Nor is a value that says again and again what a pattern asks for held against it each time. */
static void check_repeated(void)
{
	struct buf field = BUF_MAX(1 << 16);

	buf_add(&field, STR("Subject: "));
	for (unsigned i = 0; i < 1000; i++)
		buf_add(&field, STR("uarter 999."));
	buf_addc(&field, '\0');
	CHECK_INT("once", tries("Subject *quarter ", field.p, 1) <= 10, true);
	buf_free(&field);
}

int main(void)
{
	check_repeated();
	for (uint32_t seed = 1; seed <= 500; seed++)
		check_found(seed);
	check_many_fields();
	check_cases();
	check_observed();
	check_no_recipients();
	check_large(STR("Subject: "), STR("a"));
	check_large(STR("To: "), STR("a@b,"));
	check_large(STR("To: "), STR("a@\xc3\xa4,"));
	check_large(STR("To: \"\"\"\"\"\"\"<a@x.b"), STR(",<"));
	check_large(STR("To: q\r\n"), STR("To:a\r\n"));
	return TEST_EXIT();
}
