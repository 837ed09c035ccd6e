#include "message/parts.h"

#include "base/test.h"

#include <string.h>

#define CR "\r\n"
#define MIXED(b) "Content-Type: multipart/mixed; boundary=" b CR CR
#define HEAD_MAX_ 200

/* What comes, each in brackets behind its letter: head, text, between, line of a boundary; end. */
static const struct {
	const char *label;
	struct str in, out;
} cases[] = {
	{ "nothing", STR_INIT(""), STR_INIT("H[].") },
	{ "a head alone", STR_INIT("A: b" CR), STR_INIT("H[A: b" CR "].") },
	{ "a text", STR_INIT("A: b" CR CR "c" CR "--d" CR "\r"),
	  STR_INIT("H[A: b" CR CR "]T[c" CR "--d" CR "\r].") },
	{ "line ends that are none end a head", STR_INIT("A: b\n\nc" CR),
	  STR_INIT("H[A: b\n\n]T[c" CR "].") },
	{ "parts", STR_INIT(MIXED("b") "x" CR "--b" CR CR "y" CR CR "--b" CR "--b--" CR "z" CR),
	  STR_INIT("H[" MIXED("b") "]B[x]-[" CR "--b" CR "]H[" CR "]T[y" CR "]-[" CR "--b" CR
				   "]H[]-[--b--" CR "]B[z" CR "].") },
	{ "a text that is empty", STR_INIT(MIXED("b") "--b" CR CR "--b--"),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[" CR "]-[--b--].") },
	{ "what begins as a boundary does",
	  STR_INIT(MIXED("b") "--b" CR CR "--c" CR CR "-\r\r" CR "-b" CR "--" CR "--b" CR CR),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[" CR "]T[--c" CR CR "-\r\r" CR "-b" CR "--]-[" CR
				   "--b" CR "]H[" CR "].") },
	{ "the end amid what might be one", STR_INIT(MIXED("b") "--b" CR CR "x" CR "-"),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[" CR "]T[x" CR "-].") },
	{ "in each other: the outer ends the inner",
	  STR_INIT(MIXED("b") "--b" CR MIXED("c") "--c" CR CR "x" CR "--b--" CR "--c" CR),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[" MIXED("c") "]-[--c" CR "]H[" CR "]T[x]-[" CR
								"--b--" CR "]B[--c" CR "].") },
	{ "a message in it, which has no head",
	  STR_INIT(MIXED("b") "--b" CR "Content-Type: message/rfc822" CR "--b--" CR),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[Content-Type: message/rfc822" CR "]H[]-[--b--" CR
				   "].") },
	{ "a part's head ends at what is no field",
	  STR_INIT(MIXED("b") "--b" CR "A: b" CR " c" CR "no colon" CR "D: e" CR CR "x" CR
			      "--b--" CR),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[A: b" CR " c" CR "]T[no colon" CR "D: e" CR CR
				   "x]-[" CR "--b--" CR "].") },
	{ "a part that is text alone", STR_INIT(MIXED("b") "--b" CR "x y" CR "--b" CR "-" CR),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[]T[x y]-[" CR "--b" CR "]H[]T[-" CR "].") },
	{ "a message in it that is text alone",
	  STR_INIT("Content-Type: message/rfc822" CR CR "x y" CR "--b" CR),
	  STR_INIT("H[Content-Type: message/rfc822" CR CR "]H[]T[x y" CR "--b" CR "].") },
	{ "no field before the first of its parts",
	  STR_INIT(MIXED("b") "--b" CR "Content-Type: multipart/mixed; boundary=c" CR "x y" CR
			      "--c" CR CR "z" CR "--b--"),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[Content-Type: multipart/mixed; boundary=c" CR
				   "]B[x y]-[" CR "--c" CR "]H[" CR "]T[z]-[" CR "--b--].") },
	{ "nor an empty line before its boundary",
	  STR_INIT(MIXED("b") "--b" CR "Content-Type: multipart/mixed; boundary=c" CR "--c" CR CR
			      "z"),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[Content-Type: multipart/mixed; boundary=c" CR
				   "]-[--c" CR "]H[" CR "]T[z].") },
	{ "what readers pass over in a head",
	  STR_INIT(MIXED("b") "--b" CR " x" CR ": y" CR "A: b" CR CR "z" CR "--b" CR "From x" CR
			      "A: b" CR "From y" CR),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[ x" CR ": y" CR "A: b" CR CR "]T[z]-[" CR
				   "--b" CR "]H[From x" CR "A: b" CR "]T[From y" CR "].") },
	{ "the end amid a line", STR_INIT(MIXED("b") "--b" CR "x" CR "\r"),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[]T[x" CR "\r].") },
	{ "the end amid a line end", STR_INIT(MIXED("b") "--b" CR "\r"),
	  STR_INIT("H[" MIXED("b") "]-[--b" CR "]H[\r].") },
	{ "at the top the head goes on", STR_INIT("A: b" CR "no colon" CR "C: d" CR CR "x"),
	  STR_INIT("H[A: b" CR "no colon" CR "C: d" CR CR "]T[x].") },
	{ "no boundary is named", STR_INIT("Content-Type: multipart/mixed" CR CR "--b" CR),
	  STR_INIT("H[Content-Type: multipart/mixed" CR CR "]T[--b" CR "].") },
};

/* What a part is of. */
static char letter_of(enum message_parts_kind kind)
{
	static const char letters[] = "HTB-";

	return letters[kind];
}

/* A kind that goes on is told once, wherever pieces end. */
static void take(struct message_parts *p, struct str piece, struct buf *out, int *last)
{
	enum message_parts_kind kind;
	struct str some;

	while ((kind = message_parts_next(p, &piece, &some)) < MESSAGE_PARTS_MORE) {
		bool more = *last == (int)kind &&
			    (kind == MESSAGE_PARTS_TEXT || kind == MESSAGE_PARTS_BETWEEN);
		CHECK_INT("never nothing of a text",
			  some.n > 0 ||
				  (kind != MESSAGE_PARTS_TEXT && kind != MESSAGE_PARTS_BETWEEN),
			  true);
		if (more)
			out->n--;
		else
			buf_addf(out, "%c[", letter_of(kind));
		buf_add(out, some);
		buf_addc(out, ']');
		*last = (int)kind;
	}
	if (kind == MESSAGE_PARTS_END)
		buf_addc(out, '.');
	if (kind == MESSAGE_PARTS_FAILED)
		buf_add(out, str_of(err_text(p->err)));
}

static void parts_of(struct str in, size_t piece, struct buf *out)
{
	CLEANUP(message_parts_clear) struct message_parts p;
	int last = -1;

	message_parts_init(&p, HEAD_MAX_);
	for (; in.n > 0; in = str_skip(in, piece))
		take(&p, str_head(in, piece), out, &last);
	message_parts_over(&p);
	take(&p, STR_NONE, out, &last);
}

static void check_case(size_t i)
{
	for (size_t piece = 1; piece <= cases[i].in.n + 1; piece++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		parts_of(cases[i].in, piece, &out);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].out);
	}
}

/* What is kept of a message is bounded, and what is beyond is told, or is no boundary. */
static void check_limits(void)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(100000);
	CLEANUP(buf_free) struct buf out = BUF_MAX(100000);

	for (int i = 0; i < 10000; i++)
		buf_add(&in, STR("A: b" CR));
	parts_of(buf_str(&in), 100, &out);
	CHECK_INT("a head without end", str_starts(buf_str(&out), str_of(err_text(ERR_LIMIT))),
		  true);
	for (size_t piece = 1; piece < 10000; piece += 999) {
		buf_clear(&in);
		buf_clear(&out);
		buf_add(&in, STR(MIXED("b") "--b" CR CR "--b"));
		for (int i = 0; i < 9000; i++)
			buf_addc(&in, ' ');
		buf_add(&in, STR(CR "--b--"));
		parts_of(buf_str(&in), piece, &out);
		CHECK_INT("a line without end", str_ends(buf_str(&out), STR("  ]-[" CR "--b--].")),
			  true);
	}
}

/* A part's text that is one line needs no more room than another; a name of that size is none. */
static void check_lines(void)
{
	static const struct str firsts[] = { STR_INIT("x y"), STR_INIT("x") };

	for (size_t i = 0; i < 2 * COUNT_OF(firsts); i++) {
		CLEANUP(buf_free) struct buf in = BUF_MAX(100000);
		CLEANUP(buf_free) struct buf out = BUF_MAX(100000);
		buf_add(&in, STR(MIXED("b") "--b" CR));
		for (int n = 0; n < 20000; n++)
			buf_add(&in, firsts[i / 2]);
		buf_add(&in, STR(":" CR "--b--"));
		parts_of(buf_str(&in), i % 2 ? in.n : 100, &out);
		CHECK_INT("all is text",
			  str_ends(buf_str(&out), STR("x:]-[" CR "--b--].")) ||
				  str_ends(buf_str(&out), STR("y:]-[" CR "--b--].")),
			  true);
		CHECK_INT("no head", memmem(out.p, out.n, "]H[]T[x", 7) != NULL, true);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	check_limits();
	check_lines();
	return TEST_EXIT();
}
