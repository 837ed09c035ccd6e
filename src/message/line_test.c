#include "message/line.h"

#include "base/test.h"

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X800 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50
#define X900 X800 X50 X50

static const struct {
	const char *label;
	struct str in, ascii, utf8;
	bool hidden; /* clean in a field, where it is no concern of people */
} cleans[] = {
	{ "nothing", STR_INIT(""), STR_INIT(""), STR_INIT(""), false },
	{ "ascii", STR_INIT("a \\ ~"), STR_INIT("a \\ ~"), STR_INIT("a \\ ~"), false },
	{ "breaks", STR_INIT("a\r\nb"), STR_INIT("a\\x0d\\x0ab"), STR_INIT("a\\x0d\\x0ab"), false },
	{ "tab", STR_INIT("a\tb"), STR_INIT("a b"), STR_INIT("a b"), false },
	{ "controls", STR_INIT("\0\x1f\x7f"), STR_INIT("\\x00\\x1f\\x7f"),
	  STR_INIT("\\x00\\x1f\\x7f"), false },
	{ "UTF-8", STR_INIT("ä"), STR_INIT("\\xc3\\xa4"), STR_INIT("ä"), false },
	{ "no UTF-8", STR_INIT("\xff"), STR_INIT("\\xff"), STR_INIT("\\xff"), false },
	{ "beside NEL", STR_INIT("\x7e\xc2\xa1"), STR_INIT("\x7e\\xc2\\xa1"),
	  STR_INIT("\x7e\xc2\xa1"), false },
	{ "no-break space", STR_INIT("\xc2\xa0"), STR_INIT("\\xc2\\xa0"), STR_INIT("\\xc2\\xa0"),
	  true },
	{ "what turns the line", STR_INIT("\xe2\x80\xae"), STR_INIT("\\xe2\\x80\\xae"),
	  STR_INIT("\\xe2\\x80\\xae"), true },
	{ "what shows nothing", STR_INIT("a\xe2\x80\x8b"), STR_INIT("a\\xe2\\x80\\x8b"),
	  STR_INIT("a\\xe2\\x80\\x8b"), true },
	{ "NEL, line separator", STR_INIT("\xc2\x85\xe2\x80\xa8"),
	  STR_INIT("\\xc2\\x85\\xe2\\x80\\xa8"), STR_INIT("\\xc2\\x85\\xe2\\x80\\xa8"), false },
};

static const struct {
	const char *label;
	struct str value, want;
} fields[] = {
	{ "nothing", STR_INIT(""), STR_INIT("F:\r\n") },
	{ "words", STR_INIT("  a   b "), STR_INIT("F: a b\r\n") },
	{ "78 columns", STR_INIT(X50 " " X10 X10 "xxxx"),
	  STR_INIT("F: " X50 " " X10 X10 "xxxx\r\n") },
	{ "79 columns", STR_INIT(X50 " " X10 X10 "xxxxx"),
	  STR_INIT("F: " X50 "\r\n " X10 X10 "xxxxx\r\n") },
	{ "characters, not octets", STR_INIT(X50 " " X10 X10 "ääää"),
	  STR_INIT("F: " X50 " " X10 X10 "ääää\r\n") },
	{ "long first word", STR_INIT(X50 X50 " b"), STR_INIT("F: " X50 X50 "\r\n b\r\n") },
	{ "900 octets", STR_INIT(X900), STR_INIT("F: " X900 "\r\n") },
	{ "901 octets", STR_INIT(X900 "y"), STR_INIT("F: " X900 "\r\n y\r\n") },
	{ "not within a character",
	  STR_INIT("ä" X800 X50 X10 X10 X10 X10 "xxxxxxx"
		   "äb"),
	  STR_INIT("F: ä" X800 X50 X10 X10 X10 X10 "xxxxxxx\r\n äb\r\n") },
};

static const struct {
	const char *label;
	struct str text, want;
} wraps[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "one line", STR_INIT("a  b"), STR_INIT("> a  b\r\n") },
	{ "lines", STR_INIT("a\n\n b \r\nc\n"), STR_INIT("> a\r\n\r\n>  b\r\n> c\r\n") },
	{ "76 columns", STR_INIT(X50 " " X10 X10 "xxx"), STR_INIT("> " X50 " " X10 X10 "xxx\r\n") },
	{ "77 columns", STR_INIT(X50 " " X10 X10 "xxxx"),
	  STR_INIT("> " X50 "\r\n> " X10 X10 "xxxx\r\n") },
	{ "76 columns, two spaces", STR_INIT(X50 "  " X10 X10 "xx"),
	  STR_INIT("> " X50 "  " X10 X10 "xx\r\n") },
	{ "77 columns, two spaces", STR_INIT(X50 "  " X10 "  " X10 "x"),
	  STR_INIT("> " X50 " " X10 " " X10 "x\r\n") },
	{ "indented", STR_INIT("  " X50 " " X50 " " X10),
	  STR_INIT(">   " X50 "\r\n>   " X50 " " X10 "\r\n") },
	{ "a long word", STR_INIT("a " X50 X50 " b"), STR_INIT("> a\r\n> " X50 X50 "\r\n> b\r\n") },
	{ "901 octets", STR_INIT(X900 "y"), STR_INIT("> " X900 "\r\n> y\r\n") },
	{ "hostile", STR_INIT("a\r\rb\0\n\n.\nc"),
	  STR_INIT("> a\\x0d\\x0db\\x00\r\n\r\n> .\r\n> c\r\n") },
};

int main(void)
{
	struct buf out = BUF_MAX(8192);

	for (size_t i = 0; i < COUNT_OF(cleans); i++) {
		buf_clear(&out);
		message_line_clean(&out, cleans[i].in, MESSAGE_LINE_ASCII);
		CHECK_STR(cleans[i].label, buf_str(&out), cleans[i].ascii);
		CHECK_INT(cleans[i].label, message_line_is_clean(cleans[i].in, MESSAGE_LINE_ASCII),
			  str_eq(cleans[i].in, cleans[i].ascii));
		buf_clear(&out);
		message_line_clean(&out, cleans[i].in, MESSAGE_LINE_UTF8);
		CHECK_STR(cleans[i].label, buf_str(&out), cleans[i].utf8);
		CHECK_INT(cleans[i].label, message_line_is_clean(cleans[i].in, MESSAGE_LINE_UTF8),
			  cleans[i].hidden || str_eq(cleans[i].in, cleans[i].utf8));
	}
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		buf_clear(&out);
		message_line_field(&out, STR("F"), fields[i].value);
		CHECK_STR(fields[i].label, buf_str(&out), fields[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(wraps); i++) {
		buf_clear(&out);
		message_line_wrap(&out, wraps[i].text, STR("> "));
		CHECK_STR(wraps[i].label, buf_str(&out), wraps[i].want);
	}
	buf_free(&out);
	return TEST_EXIT();
}
