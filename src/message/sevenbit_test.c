#include "message/sevenbit.h"

#include "base/test.h"

#define CR "\r\n"
#define MIME "MIME-Version: 1.0" CR
#define TYPE(t) "Content-Type: " t CR
#define CODED(e) "Content-Transfer-Encoding: " e CR
#define MIXED MIME TYPE("multipart/mixed; boundary=b") CR
#define UNKNOWN TYPE("text/plain; charset=unknown-8bit")
#define QUOTED CODED("quoted-printable")
#define X75 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define TEN(x) x x x x x x x x x x
#define X998                                                                                       \
	TEN(X75)                                                                                   \
	X75 X75 X75 "xxxxxxxxxxxxxxxxxxxxxxx"
#define SOFT X75 "=" CR
#define CODE "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4" CR
#define DONE MESSAGE_SEVENBIT_DONE

static const struct {
	const char *label;
	struct str in, out;
	enum message_sevenbit result;
} cases[] = {
	{ "nothing", STR_INIT(""), STR_INIT(""), DONE },
	{ "ASCII stays", STR_INIT("Subject: x" CR CR "hello = world  " CR "--b" CR),
	  STR_INIT("Subject: x" CR CR "hello = world  " CR "--b" CR), DONE },
	{ "no header", STR_INIT(CR "\xe9" CR), STR_INIT(MIME UNKNOWN QUOTED CR "=E9" CR), DONE },
	{ "no MIME fields", STR_INIT("Subject: x" CR CR "caf\xe9" CR),
	  STR_INIT("Subject: x" CR MIME UNKNOWN QUOTED CR "caf=E9" CR), DONE },
	{ "no type", STR_INIT(MIME CR "\xe9" CR), STR_INIT(MIME UNKNOWN QUOTED CR "=E9" CR), DONE },
	{ "no version", STR_INIT(TYPE("text/html; charset=x") CR "\xe9" CR),
	  STR_INIT(TYPE("text/html; charset=x") MIME QUOTED CR "=E9" CR), DONE },
	{ "the encoding stands where it stood",
	  STR_INIT(MIME CODED("8bit") "X: no field" CR "nor this" CR TYPE("text/plain") CR
		   "\xe9" CR),
	  STR_INIT(MIME QUOTED "X: no field" CR "nor this" CR TYPE("text/plain") CR "=E9" CR),
	  DONE },
	{ "once alone", STR_INIT(CODED("8bit") TYPE("text/plain") CODED("7bit") MIME CR "\xe9" CR),
	  STR_INIT(QUOTED TYPE("text/plain") MIME CR "=E9" CR), DONE },
	{ "8bit that is none", STR_INIT(MIME CODED("8bit") CR "e" CR),
	  STR_INIT(MIME CODED("7bit") CR "e" CR), DONE },
	{ "octets above 127 in the header stay", STR_INIT("Subject: \xe9" CR CR "e" CR),
	  STR_INIT("Subject: \xe9" CR CR "e" CR), DONE },
	{ "no end of the last line", STR_INIT(MIME TYPE("text/plain") CR "\xe9"),
	  STR_INIT(MIME TYPE("text/plain") QUOTED CR "=E9=" CR), DONE },
	{ "no text", STR_INIT(MIME TYPE("image/x") CR "\xe9" CR),
	  STR_INIT(MIME TYPE("image/x") CODED("base64") CR "6Q0K" CR), DONE },
	{ "many octets to encode",
	  STR_INIT(MIME TYPE("text/plain") CR TEN("\xd0\xb0") TEN("\xd0\xb0") CR),
	  STR_INIT(MIME TYPE("text/plain") CODED("base64") CR
		   "0LDQsNCw0LDQsNCw0LDQsNCw0LDQsNCw0LDQsNCw0LDQsNCw0LDQsA0K" CR),
	  DONE },
	{ "a line of base64", STR_INIT(MIME TYPE("image/x") CR X75 "\xe9" CR),
	  STR_INIT(MIME TYPE("image/x") CODED("base64") CR
		   "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4" CR
		   "eHh4eHh4eHh4eHh4eHh4eHh46Q0K" CR),
	  DONE },

	{ "binary with bare line ends",
	  STR_INIT(MIME TYPE("image/x") CODED("binary") CR "a\nb\rc\0"),
	  STR_INIT(MIME TYPE("image/x") CODED("base64") CR "YQpiDWMA" CR), DONE },
	{ "binary text", STR_INIT(MIME TYPE("text/x") CODED("binary") CR "hello a\nb" CR),
	  STR_INIT(MIME TYPE("text/x") QUOTED CR "hello a=0Ab" CR), DONE },
	{ "binary that is none", STR_INIT(MIME TYPE("image/x") CODED("binary") CR "a" CR),
	  STR_INIT(MIME TYPE("image/x") CODED("7bit") CR "a" CR), DONE },

	{ "the longest line stays", STR_INIT(MIME CODED("binary") CR X998 CR),
	  STR_INIT(MIME CODED("7bit") CR X998 CR), DONE },
	{ "a line too long, all ASCII: no charset is made up", STR_INIT("A: b" CR CR X998 "x" CR),
	  STR_INIT("A: b" CR MIME QUOTED CR TEN(SOFT) SOFT SOFT SOFT "xxxxxxxxxxxxxxxxxxxxxxxx" CR),
	  DONE },
	{ "one in a part that is no text",
	  STR_INIT(MIXED "--b" CR TYPE("image/x") CR X998 "x" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR TYPE("image/x") CODED("base64") CR TEN(CODE)
			   CODE CODE CODE CODE CODE CODE CODE
		   "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4" CR "--b--" CR),
	  DONE },
	{ "one in what is signed stays",
	  STR_INIT(MIME TYPE("multipart/signed; boundary=b") CR "--b" CR CR X998 "x" CR),
	  STR_INIT(MIME TYPE("multipart/signed; boundary=b") CR "--b" CR CR X998 "x" CR), DONE },
	{ "one that is quoted stays", STR_INIT(MIME TYPE("text/x") QUOTED CR X998 "x" CR),
	  STR_INIT(MIME TYPE("text/x") QUOTED CR X998 "x" CR), DONE },

	{ "quoted, with more to quote",
	  STR_INIT(MIME TYPE("text/plain") QUOTED CR "a=E9\xe9=" CR "b" CR),
	  STR_INIT(MIME TYPE("text/plain") QUOTED CR "a=E9=E9=" CR "b" CR), DONE },
	{ "base64 with what counts for nothing",
	  STR_INIT(MIME TYPE("image/x") CODED("base64") CR "6Q\xe9" CR "0K" CR),
	  STR_INIT(MIME TYPE("image/x") CODED("base64") CR "6Q" CR "0K" CR), DONE },
	{ "nothing of it becomes a boundary by what is left out",
	  STR_INIT(MIXED "--b" CR CODED("base64") CR "6Q0K" CR "\xe9--b" CR "6Q==\n" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR CODED("base64") UNKNOWN CR "6Q0K" CR "b" CR "6Q==" CR "--b--" CR),
	  DONE },
	{ "encoded nobody knows how",
	  STR_INIT(MIME TYPE("image/x") CODED("x-uuencode") CR "\xe9" CR), STR_INIT(""),
	  MESSAGE_SEVENBIT_BROKEN },

	{ "part by part",
	  STR_INIT(MIXED "pre\xe9mble" CR "--b" CR CR "a" CR "--b" CR TYPE("text/plain") CR
		   "\xe9" CR CR "--b  " CR TYPE("image/x") CR "\xe9" CR "--b--" CR
							      "epil\xe9gue" CR),
	  STR_INIT(MIXED "pre?mble" CR "--b" CR CR "a" CR "--b" CR TYPE("text/plain") QUOTED CR
		   "=E9" CR CR "--b  " CR TYPE("image/x") CODED("base64") CR "6Q==" CR "--b--" CR
									     "epil?gue" CR),
	  DONE },
	{ "a part without fields, one without anything",
	  STR_INIT(MIXED "--b" CR CR "\xe9" CR "--b" CR "--b" CR CR "--b--"),
	  STR_INIT(MIXED "--b" CR UNKNOWN QUOTED CR "=E9" CR "--b" CR "--b" CR CR "--b--"), DONE },
	{ "a part whose head ends without an empty line",
	  STR_INIT(MIXED "--b" CR TYPE("text/plain") "caf\xe9: x" CR CR "more \xe9" CR "--b--"),
	  STR_INIT(MIXED "--b" CR TYPE("text/plain") QUOTED CR "caf=E9: x" CR CR "more =E9" CR
							       "--b--"),
	  DONE },
	{ "a part of text alone", STR_INIT(MIXED "--b" CR "caf\xe9 x" CR "more \xe9" CR "--b--"),
	  STR_INIT(MIXED "--b" CR UNKNOWN QUOTED CR "caf=E9 x" CR "more =E9" CR "--b--"), DONE },
	{ "a part of text alone that is ASCII",
	  STR_INIT(MIXED "--b" CR "a b" CR "--b" CR CR "\xe9"),
	  STR_INIT(MIXED "--b" CR "a b" CR "--b" CR UNKNOWN QUOTED CR "=E9=" CR), DONE },
	{ "quoted, and no empty line", STR_INIT(MIXED "--b" CR QUOTED "caf\xe9: x" CR "--b--"),
	  STR_INIT(MIXED "--b" CR QUOTED UNKNOWN CR "caf=E9: x" CR "--b--"), DONE },
	{ "8bit that is none, and no empty line",
	  STR_INIT(MIXED "--b" CR CODED("8bit") "a b" CR "--b--"),
	  STR_INIT(MIXED "--b" CR CODED("7bit") "a b" CR "--b--"), DONE },
	{ "a message of text alone in it",
	  STR_INIT(MIME TYPE("message/rfc822") CR "caf\xe9 x" CR CR "more \xe9" CR),
	  STR_INIT(MIME TYPE("message/rfc822") CR MIME UNKNOWN QUOTED CR "caf=E9 x" CR CR
									 "more =E9" CR),
	  DONE },
	{ "the same, and no empty line before it",
	  STR_INIT(MIXED "--b" CR TYPE("message/rfc822") "caf\xe9 x" CR "--b--"),
	  STR_INIT(MIXED "--b" CR TYPE("message/rfc822") CR MIME UNKNOWN QUOTED CR "caf=E9 x" CR
										   "--b--"),
	  DONE },
	{ "the same, of a digest",
	  STR_INIT(MIME TYPE("multipart/digest; boundary=b") CR "--b" CR "a b" CR "--b" CR
								"caf\xe9 x" CR "--b--"),
	  STR_INIT(MIME TYPE("multipart/digest; boundary=b") CR
		   "--b" CR "a b" CR "--b" CR CR MIME UNKNOWN QUOTED CR "caf=E9 x" CR "--b--"),
	  DONE },
	{ "no field in the header of the message: it stays",
	  STR_INIT(MIME "caf\xe9 x" CR TYPE("text/plain") CR "\xe9" CR),
	  STR_INIT(MIME "caf\xe9 x" CR TYPE("text/plain") QUOTED CR "=E9" CR), DONE },
	{ "what is almost a boundary",
	  STR_INIT(MIXED "--b" CR CR "--bc" CR "--a" CR " --b" CR "\xe9--b" CR "--b" CR CR "e" CR
			 "--b--" CR),
	  STR_INIT(MIXED "--b" CR UNKNOWN QUOTED CR "--bc" CR "--a" CR " --b" CR "=E9--b" CR
			 "--b" CR CR "e" CR "--b--" CR),
	  DONE },
	{ "no boundary is made", STR_INIT(MIXED "--b" CR CR X75 "--b" CR "\xe9" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR UNKNOWN QUOTED CR X75 "=" CR "=2D-b" CR "=E9" CR "--b--" CR),
	  DONE },
	{ "line ends that are none, between parts",
	  STR_INIT(MIXED "a\nb\r\rc\0" CR "d" CR "--b" CR CR "e" CR "--b--" CR "\r"),
	  STR_INIT(MIXED "a?b??c?" CR "d" CR "--b" CR CR "e" CR "--b--" CR "?"), DONE },
	{ "no last boundary", STR_INIT(MIXED "--b" CR CR "\xe9" CR),
	  STR_INIT(MIXED "--b" CR UNKNOWN QUOTED CR "=E9" CR), DONE },
	{ "in each other, the inner without an end",
	  STR_INIT(MIXED "--b" CR TYPE("multipart/x; boundary=\"c d\"") CODED("8bit") CR
		   "--c d" CR CR "\xe9" CR "--b" CR CR "\xe9" CR "--c d" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR TYPE("multipart/x; boundary=\"c d\"") CODED("7bit") CR
		   "--c d" CR UNKNOWN QUOTED CR "=E9" CR "--b" CR UNKNOWN QUOTED CR "=E9" CR
		   "--c d" CR "--b--" CR),
	  DONE },
	{ "a boundary that ends as the last line of another does",
	  STR_INIT(MIXED "--b" CR TYPE("multipart/x; boundary=b--") CR
		   "--b--" CR CR "\xe9" CR "--b----" CR "--b--" CR CR "\xe9" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR TYPE("multipart/x; boundary=b--") CR
		   "--b--" CR UNKNOWN QUOTED CR "=E9" CR "--b----" CR "--b--" CR CR "?" CR
		   "--b--" CR),
	  DONE },
	{ "one boundary twice: the innermost counts, and then the other",
	  STR_INIT(MIXED "--b" CR MIXED "--b" CR CR "\xe9" CR "--b--" CR "--b" CR CR "\xe9" CR),
	  STR_INIT(MIXED "--b" CR MIXED "--b" CR UNKNOWN QUOTED CR "=E9" CR "--b--" CR
			 "--b" CR UNKNOWN QUOTED CR "=E9" CR),
	  DONE },
	{ "a boundary with white space before it, not behind it",
	  STR_INIT(MIME TYPE("multipart/x; boundary=\" b \"") CR "-- b \t" CR CR "\xe9" CR
								 "-- b-- " CR),
	  STR_INIT(MIME TYPE("multipart/x; boundary=\" b \"") CR "-- b \t" CR UNKNOWN QUOTED CR
								 "=E9" CR "-- b-- " CR),
	  DONE },
	{ "a message in it",
	  STR_INIT(MIXED "--b" CR TYPE("message/rfc822") CODED("8bit") CR "Subject: \xe9" CR CR
									  "\xe9" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR TYPE("message/rfc822") CODED("7bit") CR
		   "Subject: \xe9" CR MIME UNKNOWN QUOTED CR "=E9" CR "--b--" CR),
	  DONE },
	{ "a digest: parts are messages",
	  STR_INIT(MIME TYPE("multipart/digest; boundary=b") CR "--b" CR CR "X: y" CR CR "\xe9" CR
								"--b--" CR),
	  STR_INIT(MIME TYPE("multipart/digest; boundary=b") CR
		   "--b" CR CR "X: y" CR MIME UNKNOWN QUOTED CR "=E9" CR "--b--" CR),
	  DONE },
	{ "a message that is encoded",
	  STR_INIT(MIME TYPE("message/rfc822") CODED("base64") CR "6Q0K\xe9" CR),
	  STR_INIT(MIME TYPE("message/rfc822") CODED("base64") CR "6Q0K" CR), DONE },
	{ "a message in UTF-8 may be encoded", STR_INIT(MIME TYPE("message/global") CR "\xe9"),
	  STR_INIT(MIME TYPE("message/global") CODED("base64") CR "6Q==" CR), DONE },
	{ "a part of a message may not", STR_INIT(MIME TYPE("message/partial") CR "\xe9"),
	  STR_INIT(""), MESSAGE_SEVENBIT_BROKEN },

	{ "signed", STR_INIT(MIME TYPE("multipart/signed; boundary=b") CR "--b" CR CR "\xe9" CR),
	  STR_INIT(""), MESSAGE_SEVENBIT_SEALED },
	{ "encrypted, in another",
	  STR_INIT(MIXED "--b" CR TYPE("multipart/encrypted; boundary=c") CR "\xe9" CR "--b--" CR),
	  STR_INIT(""), MESSAGE_SEVENBIT_SEALED },
	{ "signed and ASCII, beside what is not",
	  STR_INIT(MIXED "--b" CR TYPE("multipart/signed; boundary=c") CODED("8bit") CR
		   "--c" CR CODED("8bit") CR "e" CR "--b" CR CR "\xe9" CR "--b--" CR),
	  STR_INIT(MIXED "--b" CR TYPE("multipart/signed; boundary=c") CODED("8bit") CR
		   "--c" CR CODED("8bit") CR "e" CR "--b" CR UNKNOWN QUOTED CR "=E9" CR "--b--" CR),
	  DONE },

	{ "no boundary, and nothing to encode",
	  STR_INIT(MIME TYPE("multipart/mixed") CR "--b" CR "e" CR),
	  STR_INIT(MIME TYPE("multipart/mixed") CR "--b" CR "e" CR), DONE },
	{ "no boundary", STR_INIT(MIME TYPE("multipart/mixed") CR "--b" CR "\xe9" CR), STR_INIT(""),
	  MESSAGE_SEVENBIT_BROKEN },
	{ "no part", STR_INIT(MIXED "caf\xe9" CR), STR_INIT(""), MESSAGE_SEVENBIT_BROKEN },
	{ "no part, and nothing to encode", STR_INIT(MIXED "cafe" CR), STR_INIT(MIXED "cafe" CR),
	  DONE },
	{ "no part, and a bare line end", STR_INIT(MIXED "a\nb" CR), STR_INIT(""),
	  MESSAGE_SEVENBIT_BROKEN },
	{ "lines of another boundary alone", STR_INIT(MIXED "--c" CR CR "\xe9" CR "--c--" CR),
	  STR_INIT(""), MESSAGE_SEVENBIT_BROKEN },
	{ "the last boundary alone", STR_INIT(MIXED "caf\xe9" CR "--b--" CR), STR_INIT(""),
	  MESSAGE_SEVENBIT_BROKEN },
	{ "the last boundary alone, before all else", STR_INIT(MIXED "--b--" CR "caf\xe9" CR),
	  STR_INIT(""), MESSAGE_SEVENBIT_BROKEN },
	{ "no part of one within another",
	  STR_INIT(MIXED "--b" CR TYPE("multipart/x; boundary=c") CR "caf\xe9" CR "--b--" CR),
	  STR_INIT(""), MESSAGE_SEVENBIT_BROKEN },
	{ "no part of one, and a part behind it",
	  STR_INIT(MIXED "--b" CR TYPE("multipart/x; boundary=c") CR "caf\xe9" CR "--b" CR CR "e" CR
								     "--b--" CR),
	  STR_INIT(""), MESSAGE_SEVENBIT_BROKEN },
	{ "no part of one that is ASCII, beside what is not",
	  STR_INIT(MIXED "caf\xe9" CR "--b" CR TYPE("multipart/x; boundary=c") CR
		   "e" CR "--b" CR CR "\xe9" CR "--b--" CR "\xe9" CR),
	  STR_INIT(MIXED "caf?" CR "--b" CR TYPE("multipart/x; boundary=c") CR
		   "e" CR "--b" CR UNKNOWN QUOTED CR "=E9" CR "--b--" CR "?" CR),
	  DONE },
};

/* n multiparts in each other, and an octet in the last. */
static void check_depth(size_t n, enum message_sevenbit result)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(100000);
	CLEANUP(buf_free) struct buf out = BUF_MAX(100000);

	for (size_t i = 0; i < n; i++)
		buf_addf(&in, TYPE("multipart/mixed; boundary=b%zu") CR "--b%zu" CR, i, i);
	buf_add(&in, STR(CR "\xe9" CR));
	CHECK_INT("depth", message_sevenbit_write(&out, buf_str(&in)), result);
}

/* The message twice in pieces of so many octets, and what is written taken away after each. */
static enum message_sevenbit write_pieces(struct buf *out, struct str message, size_t piece)
{
	CLEANUP(message_sevenbit_free)
	struct message_sevenbit_work *w = message_sevenbit_new(message.n);
	CLEANUP(buf_free) struct buf some = BUF_MAX(10000);
	enum message_sevenbit result;

	CHECK_INT("memory", w != NULL, true);
	for (struct str rest = message; rest.n > 0 && !message_sevenbit_decided(w);
	     rest = str_skip(rest, piece))
		message_sevenbit_look(w, str_head(rest, piece));
	CHECK_INT("memory", message_sevenbit_judge(w, &result), ERR_OK);
	if (result != DONE)
		return result;
	for (struct str rest = message; rest.n > 0; rest = str_skip(rest, piece)) {
		message_sevenbit_add(w, &some, str_head(rest, piece));
		buf_add(out, buf_str(&some));
		buf_drop(&some, some.n);
	}
	message_sevenbit_end(w, &some);
	buf_add(out, buf_str(&some));
	CHECK_INT("no failure", buf_err(&some), ERR_OK);
	return result;
}

static void check_pieces(size_t i)
{
	static const size_t sizes[] = { 1, 2, 3, 5, 58, 200 };

	for (size_t k = 0; k < COUNT_OF(sizes); k++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(10000);
		CHECK_INT(cases[i].label, write_pieces(&out, cases[i].in, sizes[k]),
			  cases[i].result);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].out);
	}
}

/* A head beyond the limit, a boundary's line without end, parts without number. */
static void check_limits(void)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(1 << 20);
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 24);
	CLEANUP(message_sevenbit_free) struct message_sevenbit_work *w = message_sevenbit_new(10);
	enum message_sevenbit result;

	for (int i = 0; i < 1000; i++)
		buf_add(&in, STR("X: and so on" CR));
	message_sevenbit_look(w, buf_str(&in));
	CHECK_INT("a head", message_sevenbit_judge(w, &result), ERR_OK);
	CHECK_INT("a head", result, MESSAGE_SEVENBIT_BROKEN);
	buf_clear(&in);
	buf_add(&in, STR(MIXED "--b"));
	for (int i = 0; i < 5000; i++)
		buf_addc(&in, ' ');
	buf_add(&in, STR(CR "--b" CR CR "\xe9"));
	CHECK_INT("no boundary", message_sevenbit_write(&out, buf_str(&in)), DONE);
	CHECK_INT("no boundary", str_ends(buf_str(&out), STR("--b" CR UNKNOWN QUOTED CR "=E9=" CR)),
		  true);
	buf_clear(&in);
	buf_clear(&out);
	buf_add(&in, STR(MIXED));
	for (int i = 0; i < 70000; i++)
		buf_add(&in, STR("--b" CR CR "e" CR));
	CHECK_INT("many", message_sevenbit_write(&out, buf_str(&in)), MESSAGE_SEVENBIT_BROKEN);
}

/* What the rest is changes nothing: it is known as soon as an octet is 8-bit. */
static void check_decided(void)
{
	static const struct {
		const char *label, *head, *more;
		bool decided;
	} looks[] = {
		{ "a text may go on", MIXED "--b" CR CR "e" CR, "\xe9" CR "--b" CR CR, false },
		{ "signed", MIME TYPE("multipart/signed; boundary=b") CR "--b" CR CR, "e" CR,
		  false },
		{ "signed, and to be changed",
		  MIME TYPE("multipart/signed; boundary=b") CR "--b" CR CR, "\xe9" CR, true },
		{ "encoded nobody knows how", MIXED "--b" CR CODED("x-uuencode") CR, "\xe9" CR,
		  true },
	};

	for (size_t i = 0; i < COUNT_OF(looks); i++) {
		CLEANUP(message_sevenbit_free)
		struct message_sevenbit_work *w = message_sevenbit_new(4096);
		message_sevenbit_look(w, str_of(looks[i].head));
		CHECK_INT(looks[i].label, message_sevenbit_decided(w), false);
		message_sevenbit_look(w, str_of(looks[i].more));
		CHECK_INT(looks[i].label, message_sevenbit_decided(w), looks[i].decided);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_pieces(i);
		CLEANUP(buf_free) struct buf out = BUF_MAX(10000);
		CHECK_INT(cases[i].label, message_sevenbit_write(&out, cases[i].in),
			  cases[i].result);
		if (cases[i].result == DONE)
			CHECK_STR(cases[i].label, buf_str(&out), cases[i].out);
	}
	check_limits();
	check_decided();
	check_depth(MESSAGE_SEVENBIT_DEPTH, DONE);
	check_depth(MESSAGE_SEVENBIT_DEPTH + 1, MESSAGE_SEVENBIT_BROKEN);
	CHECK_INT("8-bit", message_sevenbit_is_eight(STR("A: b" CR CR "\xe9")), true);
	CHECK_INT("the header is none of it", message_sevenbit_is_eight(STR("A: \xe9" CR CR "e")),
		  false);
	CHECK_INT("no body", message_sevenbit_is_eight(STR("A: \xe9" CR)), false);
	return TEST_EXIT();
}
