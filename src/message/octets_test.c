#include "message/octets.h"

#include "base/buf.h"
#include "base/test.h"

static const struct {
	const char *label;
	struct str text;
	bool lines;
} cases[] = {
	{ "nothing", STR_INIT(""), true },
	{ "lines", STR_INIT("a\r\n\r\nb\r\n"), true },
	{ "without an end", STR_INIT("a\r\nb"), true },
	{ "eight bits", STR_INIT("\xe9\xff\r\n"), true },
	{ "bare LF", STR_INIT("a\r\nb\nc\r\n"), false },
	{ "LF first", STR_INIT("\na"), false },
	{ "bare CR", STR_INIT("a\rb\r\n"), false },
	{ "CR CR LF", STR_INIT("a\r\r\n"), false },
	{ "CR at the end", STR_INIT("a\r"), false },
	{ "NUL", STR_INIT("a\0b\r\n"), false },
};

static void check_long(size_t n, bool is_long)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(2000);

	buf_add(&b, STR("a\r\n"));
	for (size_t i = 0; i < n; i++)
		buf_addc(&b, 'x');
	CHECK_INT("a long line", message_octets_have_long_line(buf_str(&b)), is_long);
	buf_add(&b, STR("\r\nb\r\n"));
	CHECK_INT("a long line", message_octets_have_long_line(buf_str(&b)), is_long);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_INT(cases[i].label, message_octets_are_lines(cases[i].text), cases[i].lines);
	check_long(MESSAGE_OCTETS_LINE, false);
	check_long(MESSAGE_OCTETS_LINE + 1, true);
	return TEST_EXIT();
}
