#include "term/glyph.h"

#include "base/test.h"

enum { ROOM = 4096 };

static const struct {
	const char *label;
	struct str in;
	enum term_charset charset;
	const char *shown;
	size_t width;
} cases[] = {
	{ "nothing", STR_INIT(""), TERM_UTF8, "", 0 },
	{ "ASCII", STR_INIT("a \\~"), TERM_UTF8, "a \\~", 4 },
	{ "two octets, one column", STR_INIT("b\xc3\xbc"), TERM_UTF8, "b\xc3\xbc", 2 },
	{ "wide", STR_INIT("\xe4\xbe\x8b\xe4\xbe\x8b"), TERM_UTF8, "\xe4\xbe\x8b\xe4\xbe\x8b", 4 },
	{ "combining", STR_INIT("e\xcc\x81x"), TERM_UTF8, "e\xcc\x81x", 2 },
	{ "an escape sequence", STR_INIT("\033[31m"), TERM_UTF8, "\\x1b[31m", 8 },
	{ "the same in one character (C1)", STR_INIT("\xc2\x9b"), TERM_UTF8, "\\xc2\\x9b", 8 },
	{ "the same in one octet", STR_INIT("\x9b"), TERM_UTF8, "\\x9b", 4 },
	{ "line ends and tabs", STR_INIT("\r\n\t"), TERM_UTF8, "\\x0d\\x0a\\x09", 12 },
	{ "delete, NUL", STR_INIT("\x7f\0"), TERM_UTF8, "\\x7f\\x00", 8 },
	{ "what turns the line", STR_INIT("\xe2\x80\xae"), TERM_UTF8, "\\xe2\\x80\\xae", 12 },
	{ "what shows nothing", STR_INIT("\xe2\x80\x8b"), TERM_UTF8, "\\xe2\\x80\\x8b", 12 },
	{ "half a character", STR_INIT("\xc3"), TERM_UTF8, "\\xc3", 4 },
	{ "none but ASCII", STR_INIT("b\xc3\xbc"), TERM_ASCII, "b\\xc3\\xbc", 9 },
};

static const struct {
	const char *label;
	struct str in;
	size_t columns;
	enum term_charset charset;
	struct str out;
} fits[] = {
	{ "nothing", STR_INIT(""), 5, TERM_UTF8, STR_INIT("") },
	{ "no room", STR_INIT("abc"), 0, TERM_UTF8, STR_INIT("") },
	{ "as much", STR_INIT("abc"), 2, TERM_UTF8, STR_INIT("ab") },
	{ "all", STR_INIT("abc"), 3, TERM_UTF8, STR_INIT("abc") },
	{ "more room", STR_INIT("abc"), 9, TERM_UTF8, STR_INIT("abc") },
	{ "no half of a wide one", STR_INIT("\xe4\xbe\x8b\xe4\xbe\x8b"), 3, TERM_UTF8,
	  STR_INIT("\xe4\xbe\x8b") },
	{ "what takes none goes with it", STR_INIT("e\xcc\x81x"), 1, TERM_UTF8,
	  STR_INIT("e\xcc\x81") },
	{ "nor of an escape", STR_INIT("a\033b"), 4, TERM_UTF8, STR_INIT("a") },
	{ "nor octet by octet", STR_INIT("\xc3\xbc"), 4, TERM_ASCII, STR_INIT("\xc3") },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(fits); i++)
		CHECK_STR(fits[i].label,
			  term_glyph_fit(fits[i].in, fits[i].columns, fits[i].charset),
			  fits[i].out);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

		term_glyph_add(&out, cases[i].in, cases[i].charset);
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].shown));
		CHECK_INT(cases[i].label,
			  (long long)term_glyph_width(cases[i].in, cases[i].charset),
			  (long long)cases[i].width);
	}
	return TEST_EXIT();
}
