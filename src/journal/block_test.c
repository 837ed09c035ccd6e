#include "journal/journal.h"

#include "base/test.h"

#include <stdlib.h>
#include <string.h>

#define T0 INT64_C(1795489445678) /* 2026-11-24T03:04:05.678Z */
#define HEAD "2026-11-24T03:04:05.678Z [S1] "

static const struct {
	const char *label;
	enum journal_mark mark;
	struct str text;
	struct str line;
} cases[] = {
	{ "plain", JOURNAL_PLAIN, STR_INIT("<-- 250 ok"), STR_INIT(HEAD "<-- 250 ok\n") },
	{ "marked", JOURNAL_DNSSEC, STR_INIT("MX of a.: 10 b."),
	  STR_INIT(HEAD "MX of a.: 10 b. DNSSEC\n") },
	{ "empty", JOURNAL_PLAIN, STR_INIT(""), STR_INIT(HEAD "\n") },
	{ "forged", JOURNAL_PLAIN, STR_INIT("<-- 250 ok DNSSEC"),
	  STR_INIT(HEAD "<-- 250 ok DNSSE\\x43\n") },
	{ "forged, the word alone", JOURNAL_PLAIN, STR_INIT("DNSSEC"),
	  STR_INIT(HEAD "DNSSE\\x43\n") },
	{ "forged, blanks after", JOURNAL_PLAIN, STR_INIT("x DNSSEC  "),
	  STR_INIT(HEAD "x DNSSE\\x43  \n") },
	{ "forged, no blank before", JOURNAL_PLAIN, STR_INIT("xDNSSEC"),
	  STR_INIT(HEAD "xDNSSE\\x43\n") },
	{ "forged by a line break", JOURNAL_PLAIN, STR_INIT("x DNSSEC\r\n"),
	  STR_INIT(HEAD "x DNSSEC\\x0d\\x0a\n") },
	{ "the word inside", JOURNAL_PLAIN, STR_INIT("DNSSEC service required (\"To *\")"),
	  STR_INIT(HEAD "DNSSEC service required (\"To *\")\n") },
	{ "another case is no mark", JOURNAL_PLAIN, STR_INIT("no dnssec"),
	  STR_INIT(HEAD "no dnssec\n") },
	{ "five letters", JOURNAL_PLAIN, STR_INIT("NSSEC"), STR_INIT(HEAD "NSSEC\n") },
	{ "marked, the word before", JOURNAL_DNSSEC, STR_INIT("TXT of a.: DNSSEC"),
	  STR_INIT(HEAD "TXT of a.: DNSSEC DNSSEC\n") },
	{ "an outcome is never marked", JOURNAL_DNSSEC, STR_INIT("outcome: delivered"),
	  STR_INIT(HEAD "outcome: delivered\n") },
	{ "an outcome with a peer's word", JOURNAL_PLAIN, STR_INIT("outcome: 550 no DNSSEC"),
	  STR_INIT(HEAD "outcome: 550 no DNSSE\\x43\n") },
	{ "two lines are one", JOURNAL_PLAIN, STR_INIT("a\n2026 [S2] b\r"),
	  STR_INIT(HEAD "a\\x0a2026 [S2] b\\x0d\n") },
	{ "controls, backslash", JOURNAL_PLAIN, STR_INIT("\033[1m \\ \x7f\t"),
	  STR_INIT(HEAD "\\x1b[1m \\\\ \\x7f\\x09\n") },
	{ "our own", JOURNAL_OWN, STR_INIT("a\\* \xe2\x80\x8b\"\n"),
	  STR_INIT(HEAD "a\\* \\xe2\\x80\\x8b\"\\x0a\n") },
	{ "our own, forged", JOURNAL_OWN, STR_INIT("\\ DNSSEC"), STR_INIT(HEAD "\\ DNSSE\\x43\n") },
	{ "UTF-8", JOURNAL_PLAIN, STR_INIT("j\xc3\xb6rg \xff"),
	  STR_INIT(HEAD "j\xc3\xb6rg \\xff\n") },
};

static void check_lines(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct journal_block b;

		journal_block_init(&b, JOURNAL_OUT, STR("S1"));
		journal_line(&b, T0, cases[i].mark, cases[i].text);
		CHECK_STR(cases[i].label, buf_str(&b.lines), cases[i].line);
		buf_clear(&b.lines);
		journal_linef(&b, T0, cases[i].mark, "%.*s", STR_ARG(cases[i].text));
		CHECK_STR(cases[i].label, buf_str(&b.lines), cases[i].line);
		journal_block_clear(&b);
	}
}

static void check_sessions(void)
{
	static const struct {
		const char *given, *kept;
	} sessions[] = {
		{ "0aZ9", "0aZ9" },
		{ "a] DNSSEC\n-b", "aDNSSECb" },
		{ "abcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstuvw" },
		{ "abcdefghijklmnopqrstuvwx", "abcdefghijklmnopqrstuvw" },
	};

	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		struct journal_block b;

		journal_block_init(&b, JOURNAL_OUT, str_of(sessions[i].given));
		CHECK_STR(sessions[i].given, str_of(b.session), str_of(sessions[i].kept));
		journal_block_clear(&b);
	}
}

/* A text of n octets, by journal_line() and by journal_linef(): what is shown, what is counted. */
static void check_length(size_t n, const char *rest)
{
	char *text = malloc(n + 1);
	struct journal_block b, f;

	if (!text)
		abort();
	memset(text, 'x', n);
	text[n] = '\0';
	journal_block_init(&b, JOURNAL_OUT, STR("S1"));
	journal_block_init(&f, JOURNAL_OUT, STR("S1"));
	journal_line(&b, T0, JOURNAL_PLAIN, (struct str){ text, n });
	journal_linef(&f, T0, JOURNAL_PLAIN, "%s", text);
	size_t shown = n < JOURNAL_TEXT_MAX ? n : JOURNAL_TEXT_MAX;
	CHECK_STR("long line", str_skip(buf_str(&b.lines), strlen(HEAD) + shown), str_of(rest));
	CHECK_STR("long line", buf_str(&f.lines), buf_str(&b.lines));
	journal_block_clear(&b);
	journal_block_clear(&f);
	free(text);
}

/* A line is cut between characters, and never so that a mark stands at its end. */
static void check_cuts(void)
{
	char text[JOURNAL_TEXT_MAX + 8];
	struct journal_block b;

	memset(text, 'x', sizeof(text));
	memcpy(text + JOURNAL_TEXT_MAX - 2, "\xe2\x82\xac", 3);
	journal_block_init(&b, JOURNAL_OUT, STR("S1"));
	journal_line(&b, T0, JOURNAL_PLAIN, (struct str){ text, sizeof(text) });
	CHECK_STR("cut before a character",
		  str_skip(buf_str(&b.lines), strlen(HEAD) + JOURNAL_TEXT_MAX - 4),
		  STR("xx... (10 octets more)\n"));
	buf_clear(&b.lines);
	memcpy(text + JOURNAL_TEXT_MAX - 7, " DNSSEC", 7);
	journal_line(&b, T0, JOURNAL_PLAIN, (struct str){ text, sizeof(text) });
	CHECK_INT("cut after the word", str_ends(buf_str(&b.lines), STR(" DNSSEC\n")), false);
	journal_block_clear(&b);
}

static size_t count(struct str s, struct str what)
{
	struct str line;
	size_t n = 0;

	while (str_line(&s, &line))
		n += str_ends(line, what);
	return n;
}

enum { REPLY = 4 * JOURNAL_TEXT_MAX };

/* An outcome as long and as ugly as it can be. */
static void end(struct journal_block *b)
{
	static char reply[REPLY];

	memset(reply, 1, sizeof(reply));
	memcpy(reply, "outcome: ", 9);
	journal_line(b, T0, JOURNAL_PLAIN, (struct str){ reply, sizeof(reply) });
}

/* A session that never stops talking: bounded, said so, counted, and its outcome is there. */
static void check_flood(enum journal_way way, struct str text)
{
	struct journal_block b;

	journal_block_init(&b, way, STR("S1"));
	while (!b.left_out)
		journal_line(&b, T0, JOURNAL_PLAIN, text);
	for (int i = 0; i < 1000; i++) {
		journal_line(&b, T0, JOURNAL_PLAIN, text);
		journal_line(&b, T0, JOURNAL_PLAIN, STR("short"));
	}
	size_t at_most = way == JOURNAL_OUT ? JOURNAL_BLOCK_MAX : JOURNAL_IN_MAX + 256;
	CHECK_INT("bounded", b.lines.n <= at_most, true);
	bool fits = way == JOURNAL_OUT || text.n < 1024;
	CHECK_INT("filled", b.lines.n > at_most / 2, fits);
	size_t long_lines = count(buf_str(&b.lines), STR("octets more)"));
	end(&b);
	CHECK_INT("no failure", buf_err(&b.lines), ERR_OK);
	CHECK_INT("bounded", b.lines.n <= JOURNAL_BLOCK_MAX, true);
	CHECK_INT("said once", (long long)count(buf_str(&b.lines), STR("the block is full")), 1);
	CHECK_INT("none after", (long long)count(buf_str(&b.lines), STR("short")), 0);
	CHECK_INT("counted", (long long)count(buf_str(&b.lines), STR("2001 lines were left out")),
		  1);
	CHECK_INT("the outcome", (long long)count(buf_str(&b.lines), STR("octets more)")),
		  (long long)long_lines + 1);
	CHECK_INT("ends", str_ends(buf_str(&b.lines), STR(" octets more)\n")), true);
	journal_block_clear(&b);
}

/* What is notable is told where the dialogue is left out, and has a bound of its own. */
static void check_notable(void)
{
	struct journal_block b;
	long long told;

	journal_block_init(&b, JOURNAL_IN, STR("S1"));
	while (!b.left_out)
		journal_line(&b, T0, JOURNAL_PLAIN, STR("<-- NOOP"));
	journal_line(&b, T0, JOURNAL_NOTABLE, STR("message 1"));
	CHECK_INT("told", str_ends(buf_str(&b.lines), STR("] message 1\n")), true);
	for (int i = 0; i < 10000; i++)
		journal_line(&b, T0, JOURNAL_NOTABLE, STR("message"));
	CHECK_INT("bounded", b.lines.n <= 2 * JOURNAL_IN_MAX, true);
	told = (long long)count(buf_str(&b.lines), STR("] message"));
	CHECK_INT("many", told > 500, true);
	CHECK_INT("the others are counted", (long long)b.left_out, 1 + 10000 - told);
	end(&b);
	CHECK_INT("no failure", buf_err(&b.lines), ERR_OK);
	journal_block_clear(&b);
}

int main(void)
{
	static char worst[2 * JOURNAL_TEXT_MAX];

	check_lines();
	check_sessions();
	check_length(1022, "\n");
	check_length(1023, "\n");
	check_length(1024, "\n");
	check_length(1025, "\n");
	check_length(JOURNAL_TEXT_MAX, "\n");
	check_length(JOURNAL_TEXT_MAX + 1, "... (1 octet more)\n");
	check_cuts();
	for (enum journal_way way = JOURNAL_OUT; way < JOURNAL_WAYS; way++) {
		check_flood(way, STR("a line of the usual length, as there are many in a session"));
		check_flood(way, (struct str){ worst, sizeof(worst) });
	}
	check_notable();
	return TEST_EXIT();
}
