#include "smtp/reply.h"

#include "base/test.h"

#include <string.h>

#define TEN(x) x x x x x x x x x x
#define LINES_99                                                                                   \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	TEN("250-\r\n")                                                                            \
	"250-\r\n250-\r\n250-\r\n250-\r\n250-\r\n250-\r\n250-"                                     \
	"\r\n250-\r\n250-\r\n"

/* Each case is read whole and, one more octet each time, from its first octet on. */
static const struct {
	const char *label;
	struct str in;
	enum err err;
	size_t used; /* 0: more is needed */
	int code;
	const char *enhanced;
	struct str text;
} cases[] = {
	{ "plain", STR_INIT("220 mx ready\r\n"), ERR_OK, 14, 220, "", STR_INIT("mx ready") },
	{ "no text", STR_INIT("250 \r\n"), ERR_OK, 6, 250, "", STR_INIT("") },
	{ "no space", STR_INIT("250\r\n"), ERR_OK, 5, 250, "", STR_INIT("") },
	{ "bare LF", STR_INIT("250 ok\n"), ERR_OK, 7, 250, "", STR_INIT("ok") },
	{ "bare CR is text", STR_INIT("250 o\rk\r\r\n"), ERR_OK, 10, 250, "", STR_INIT("o\rk\r") },
	{ "enhanced", STR_INIT("550 5.1.1 no such user\r\n"), ERR_OK, 24, 550, "5.1.1",
	  STR_INIT("no such user") },
	{ "enhanced alone", STR_INIT("250 2.0.0\r\n"), ERR_OK, 11, 250, "2.0.0", STR_INIT("") },
	{ "enhanced in each line", STR_INIT("550-5.7.1 a\r\n550 5.7.1 b\r\n"), ERR_OK, 26, 550,
	  "5.7.1", STR_INIT("a\nb") },
	{ "enhanced in the second line", STR_INIT("550-a\r\n550 5.7.1 b\r\n"), ERR_OK, 20, 550, "",
	  STR_INIT("a\nb") },
	{ "three lines", STR_INIT("250-mx\r\n250-SIZE 10\r\n250 DSN\r\n"), ERR_OK, 30, 250, "",
	  STR_INIT("mx\nSIZE 10\nDSN") },
	{ "last line without text", STR_INIT("250-a\r\n250\r\n"), ERR_OK, 12, 250, "",
	  STR_INIT("a\n") },
	{ "lowest code", STR_INIT("200 x\r\n"), ERR_OK, 7, 200, "", STR_INIT("x") },
	{ "highest code", STR_INIT("599 x\r\n"), ERR_OK, 7, 599, "", STR_INIT("x") },
	{ "NUL is text", STR_INIT("250 a\0b\r\n"), ERR_OK, 9, 250, "", STR_INIT("a\0b") },
	{ "most lines", STR_INIT(LINES_99 "250 x\r\n"), ERR_OK, 601, 250, "",
	  STR_INIT(TEN("\n\n\n\n\n\n\n\n\n") "\n\n\n\n\n\n\n\n\nx") },
	{ "a line too many", STR_INIT(LINES_99 "250-x\r\n250 y\r\n"), ERR_LIMIT, 0, 0, "",
	  STR_INIT("") },
	{ "nothing", STR_INIT(""), ERR_OK, 0, 0, "", STR_INIT("") },
	{ "half a line", STR_INIT("250 ok\r"), ERR_OK, 0, 0, "", STR_INIT("") },
	{ "half a reply", STR_INIT("250-ok\r\n"), ERR_OK, 0, 0, "", STR_INIT("") },
	{ "code below", STR_INIT("199 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "code above", STR_INIT("600 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "code of two digits", STR_INIT("25 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "code of four digits", STR_INIT("2500 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "letter first", STR_INIT("x50 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "letter second", STR_INIT("2x0 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "colon second", STR_INIT("2:0 x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "letter third", STR_INIT("25x x\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "empty line", STR_INIT("\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
	{ "two codes", STR_INIT("250-a\r\n251 b\r\n"), ERR_OK, 14, 251, "", STR_INIT("250 a\nb") },
	{ "a greeting that turns into a refusal",
	  STR_INIT("220-mx ESMTP\r\n220-2.0.0 hi\r\n521 5.3.2 go away\r\n"), ERR_OK, 47, 521,
	  "5.3.2", STR_INIT("220 mx ESMTP\n220 2.0.0 hi\ngo away") },
	{ "a refusal that turns into a yes", STR_INIT("550-5.1.1 no\r\n250-2.0.0 a\r\n250 b\r\n"),
	  ERR_OK, 34, 250, "2.0.0", STR_INIT("550 5.1.1 no\na\nb") },
	{ "to and fro", STR_INIT("250-a\r\n451-4.3.0 b\r\n250 2.1.0 c\r\n"), ERR_OK, 33, 250, "",
	  STR_INIT("a\n451 4.3.0 b\nc") },
	{ "a line without a code", STR_INIT("220-a\r\nb\r\n220 c\r\n"), ERR_SYNTAX, 0, 0, "",
	  STR_INIT("") },
	{ "a code that is none", STR_INIT("220-a\r\n699 b\r\n"), ERR_SYNTAX, 0, 0, "",
	  STR_INIT("") },
	{ "HTTP", STR_INIT("HTTP/1.1 400 Bad Request\r\n"), ERR_SYNTAX, 0, 0, "", STR_INIT("") },
};

static const struct {
	struct str in;
	bool yes;
	const char *enhanced;
	struct str rest;
} codes[] = {
	{ STR_INIT("5.1.1 x"), true, "5.1.1", STR_INIT("x") },
	{ STR_INIT("2.0.0"), true, "2.0.0", STR_INIT("") },
	{ STR_INIT("4.999.999 x y"), true, "4.999.999", STR_INIT("x y") },
	{ STR_INIT("5.1.1000 x"), false, "", STR_INIT("") },
	{ STR_INIT("5.1000.1 x"), false, "", STR_INIT("") },
	{ STR_INIT("55.1.1 x"), false, "", STR_INIT("") },
	{ STR_INIT("3.1.1 x"), false, "", STR_INIT("") },
	{ STR_INIT("5.1 x"), false, "", STR_INIT("") },
	{ STR_INIT("5.1. x"), false, "", STR_INIT("") },
	{ STR_INIT("5..1 x"), false, "", STR_INIT("") },
	{ STR_INIT("5-1.1 x"), false, "", STR_INIT("") },
	{ STR_INIT("5.1-1 x"), false, "", STR_INIT("") },
	{ STR_INIT("5"), false, "", STR_INIT("") },
	{ STR_INIT("5.1.1x"), false, "", STR_INIT("") },
	{ STR_INIT("5.1.1.1 x"), false, "", STR_INIT("") },
	{ STR_INIT(""), false, "", STR_INIT("") },
};

/* The case from its first n octets, in memory that ends there. */
static enum err read_prefix(size_t i, size_t n, struct buf *scratch, struct smtp_reply *r,
			    size_t *used)
{
	struct buf exact = BUF_MAX(n + 1);

	buf_add(&exact, str_head(cases[i].in, n));
	enum err e = smtp_reply_read(buf_str(&exact), scratch, r, used);
	buf_free(&exact);
	return e;
}

static void check_case(size_t i, size_t first)
{
	CLEANUP(buf_free) struct buf scratch = BUF_MAX(SMTP_REPLY_OCTETS_MAX);
	struct smtp_reply r = { .code = 0 };
	enum err e = ERR_OK;
	size_t used = 0;

	for (size_t n = first; n <= cases[i].in.n && e == ERR_OK && used == 0; n++)
		e = read_prefix(i, n, &scratch, &r, &used);
	CHECK_INT(cases[i].label, e, cases[i].err);
	if (e != ERR_OK)
		return;
	CHECK_INT(cases[i].label, (long long)used, (long long)cases[i].used);
	if (used == 0)
		return;
	CHECK_INT(cases[i].label, r.code, cases[i].code);
	CHECK_STR(cases[i].label, str_of(r.enhanced), str_of(cases[i].enhanced));
	CHECK_STR(cases[i].label, r.text, cases[i].text);
}

static void check_code(size_t i)
{
	char enhanced[12] = "";
	struct str rest = STR("");

	CHECK_INT(codes[i].in.p, smtp_reply_enhanced(codes[i].in, enhanced, &rest), codes[i].yes);
	CHECK_STR(codes[i].in.p, str_of(enhanced), str_of(codes[i].enhanced));
	CHECK_STR(codes[i].in.p, rest, codes[i].rest);
}

/* A reply of one line of n octets, or of one of n - 10 and another; end: with its last LF. */
static enum err read_long(size_t n, bool two_lines, bool end)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(2 * SMTP_REPLY_OCTETS_MAX);
	CLEANUP(buf_free) struct buf scratch = BUF_MAX(SMTP_REPLY_OCTETS_MAX);
	struct smtp_reply r = { .code = 0 };
	size_t used = 0;

	char *p = buf_room(&in, n);
	if (!p)
		return ERR_NOMEM;
	memset(p, 'x', n);
	in.n = n;
	memcpy(p, two_lines ? "250-" : "250 ", 4);
	if (two_lines)
		memcpy(p + n - 10, "\r\n250 ", 6);
	memcpy(p + n - 2, "\r\n", 2);
	if (!end)
		in.n--;
	enum err e = smtp_reply_read(buf_str(&in), &scratch, &r, &used);
	if (e == ERR_OK)
		CHECK_INT("all of it, or none", (long long)used, end ? (long long)n : 0);
	return e;
}

static void check_lengths(void)
{
	size_t max = SMTP_REPLY_OCTETS_MAX;

	CHECK_INT("longest", read_long(max, false, true), ERR_OK);
	CHECK_INT("too long", read_long(max + 1, false, true), ERR_LIMIT);
	CHECK_INT("longest of two lines", read_long(max, true, true), ERR_OK);
	CHECK_INT("too long in two lines", read_long(max + 1, true, true), ERR_LIMIT);
	CHECK_INT("longest, not yet whole", read_long(max + 1, false, false), ERR_OK);
	CHECK_INT("too long without an end", read_long(max + 2, false, false), ERR_LIMIT);
}

static void check_written(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(2000);
	CLEANUP(buf_free) struct buf text = BUF_MAX(2000);

	smtp_reply_write(&out, 451, STR("4.3.0 a\r\n250 b\0\xc3\xb6"));
	CHECK_STR("no second line", buf_str(&out), STR("451 4.3.0 a??250 b?\xc3\xb6\r\n"));
	for (size_t n = 0; n < 1000; n++)
		buf_addc(&text, 'x');
	for (size_t n = SMTP_REPLY_LINE_MAX - 7; n <= SMTP_REPLY_LINE_MAX - 5; n++) {
		size_t more = n + 6 > SMTP_REPLY_LINE_MAX ? 6 : 0;
		buf_clear(&out);
		smtp_reply_write(&out, 250, str_head(buf_str(&text), n));
		CHECK_INT("length", (long long)out.n, (long long)(n + 6 + more));
		CHECK_INT("end", str_ends(buf_str(&out), STR("x\r\n")), true);
	}
}

/* Words that do not fit in a line go on in the next, each with the codes; and there is an end. */
static void check_long(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(4000), text = BUF_MAX(4000);
	struct str rest, line;
	size_t words = 0;

	buf_add(&text, STR("5.7.4"));
	for (size_t n = 0; n < 200; n++)
		buf_add(&text, STR(" word"));
	smtp_reply_write(&out, 550, buf_str(&text));
	for (rest = buf_str(&out); str_line(&rest, &line);) {
		CHECK_INT("fits", line.n + 1 <= SMTP_REPLY_LINE_MAX, true);
		CHECK_INT(
			"codes",
			str_starts(line, rest.n ? STR("550-5.7.4 word ") : STR("550 5.7.4 word ")),
			true);
		line = str_skip(line, sizeof("550 5.7.4") - 1);
		for (struct str word; str_word(&line, &word); words++)
			CHECK_STR("whole", str_trim(word), STR("word"));
	}
	CHECK_INT("all of them", (long long)words, 200);
	for (size_t n = 0; n < 400; n++)
		buf_add(&text, STR(" word"));
	buf_clear(&out);
	smtp_reply_write(&out, 550, buf_str(&text));
	CHECK_INT("bounded", out.n <= SMTP_REPLY_LINES_WRITTEN * SMTP_REPLY_LINE_MAX, true);
}

/* What is shown of what is no reply. */
static const struct {
	struct str in, junk;
} junks[] = {
	{ STR_INIT("HTTP/1.1 400\r\nDate: x\r\n"), STR_INIT("HTTP/1.1 400\r\n") },
	{ STR_INIT("220-a\r\nb\r\n220 c\r\n"), STR_INIT("220-a\r\nb\r\n") },
	{ STR_INIT("220-a\r\n6"), STR_INIT("") }, /* not yet junk */
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(junks); i++)
		CHECK_STR(junks[i].in.p, smtp_reply_junk(junks[i].in), junks[i].junk);
	CLEANUP(buf_free) struct buf scratch = BUF_MAX(64);
	struct smtp_reply r;
	size_t used;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_case(i, cases[i].in.n);
		check_case(i, 0);
	}
	for (size_t i = 0; i < COUNT_OF(codes); i++)
		check_code(i);
	check_lengths();
	check_written();
	check_long();

	CHECK_INT("more follows", smtp_reply_read(STR("250 a\r\n250 b\r\n"), &scratch, &r, &used),
		  ERR_OK);
	CHECK_INT("more follows", (long long)used, 7);
	buf_free(&scratch);
	scratch = BUF_MAX(1);
	CHECK_INT("room for a letter", smtp_reply_read(STR("250 a\r\n"), &scratch, &r, &used),
		  ERR_OK);
	CHECK_INT("and no more", smtp_reply_read(STR("250 ab\r\n"), &scratch, &r, &used),
		  ERR_LIMIT);
	return TEST_EXIT();
}
