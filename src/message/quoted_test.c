#include "message/quoted.h"

#include "base/test.h"

#define TEN(x) x x x x x x x x x x
#define X75 TEN("x") TEN("x") TEN("x") TEN("x") TEN("x") TEN("x") TEN("x") "xxxxx"

static const struct {
	const char *label;
	struct str in, out;
} cases[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "text", STR_INIT("Hello, world!\r\n"), STR_INIT("Hello, world!\r\n") },
	{ "no end", STR_INIT("a"), STR_INIT("a") },
	{ "empty lines", STR_INIT("\r\n\r\n"), STR_INIT("\r\n\r\n") },
	{ "octets", STR_INIT("f\xc3\xbcr\xff\r\n"), STR_INIT("f=C3=BCr=FF\r\n") },
	{ "equals sign", STR_INIT("a=b"), STR_INIT("a=3Db") },
	{ "limits of print", STR_INIT("!~\x7f\x1f\0"), STR_INIT("!~=7F=1F=00") },
	{ "white space", STR_INIT("a b\tc"), STR_INIT("a b\tc") },
	{ "white space last", STR_INIT("a \r\nb\t\r\n"), STR_INIT("a=20\r\nb=09\r\n") },
	{ "white space at the end", STR_INIT("a "), STR_INIT("a=20") },
	{ "white space before white space", STR_INIT("  \r\n"), STR_INIT(" =20\r\n") },
	{ "bare CR and LF", STR_INIT("a\rb\nc\r"), STR_INIT("a=0Db=0Ac=0D") },
	{ "a full line", STR_INIT(X75 "\r\n"), STR_INIT(X75 "\r\n") },
	{ "an octet more", STR_INIT(X75 "y\r\n"), STR_INIT(X75 "=\r\ny\r\n") },
	{ "a dash more, which begins no line of ours", STR_INIT(X75 "--b\r\n"),
	  STR_INIT(X75 "=\r\n=2D-b\r\n") },
	{ "an octet to encode more", STR_INIT(X75 "\xff\r\n"), STR_INIT(X75 "=\r\n=FF\r\n") },
};

/* What somebody else encoded, and put in what he should not have. */
static const struct {
	const char *label;
	struct str in, out;
} mends[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "well encoded", STR_INIT("a=3D=\r\nb=e9 \r\n"), STR_INIT("a=3D=\r\nb=e9 \r\n") },
	{ "octets", STR_INIT("a\xe9=E9\xff\r\n"), STR_INIT("a=E9=E9=FF\r\n") },
	{ "no lines", STR_INIT("a\nb\rc\0\r\n"), STR_INIT("a=0Ab=0Dc=00\r\n") },
	{ "half a code", STR_INIT("=4"), STR_INIT("=4") },
	{ "long lines", STR_INIT(X75 "\xe9\r\n"), STR_INIT(X75 "=E9\r\n") },
};

static void mend(struct buf *out, struct str text)
{
	size_t column = 0;

	CHECK_INT("all of it",
		  message_quoted_mend(out, text, MESSAGE_QUOTED_LAST, &column) == text.n, true);
}

/* However much is encoded anew, no line becomes too long, nor a boundary's. */
static void check_mend_length(void)
{
	CLEANUP(buf_free) struct buf in = BUF_MAX(5000);
	CLEANUP(buf_free) struct buf out = BUF_MAX(5000);
	CLEANUP(buf_free) struct buf back = BUF_MAX(5000);
	struct str rest, line;

	for (int i = 0; i < 400; i++)
		buf_add(&in, STR("\xe9--b=3D"));
	mend(&out, buf_str(&in));
	message_quoted_read(&back, buf_str(&out));
	for (rest = buf_str(&out); str_line(&rest, &line);)
		CHECK_INT("a line", line.n < 998 && line.n > 0 && line.p[0] != '-', true);
	buf_clear(&out);
	message_quoted_read(&out, buf_str(&in));
	CHECK_STR("it stands for the same", buf_str(&back), buf_str(&out));
}

/* What nobody writes, read. */
static const struct {
	struct str in, out;
} odd[] = {
	{ STR_INIT("a="), STR_INIT("a=") },       { STR_INIT("a=3"), STR_INIT("a=3") },
	{ STR_INIT("a=3g"), STR_INIT("a=3g") },   { STR_INIT("==3d"), STR_INIT("==") },
	{ STR_INIT("a=\nb"), STR_INIT("a=\nb") },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		message_quoted_write(&out, cases[i].in);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].out);
		CLEANUP(buf_free) struct buf back = BUF_MAX(1000);
		message_quoted_read(&back, cases[i].out);
		CHECK_STR(cases[i].label, buf_str(&back), cases[i].in);
	}
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		message_quoted_read(&out, odd[i].in);
		CHECK_STR(odd[i].in.p, buf_str(&out), odd[i].out);
	}
	for (size_t i = 0; i < COUNT_OF(mends); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		mend(&out, mends[i].in);
		CHECK_STR(mends[i].label, buf_str(&out), mends[i].out);
	}
	check_mend_length();
	return TEST_EXIT();
}
