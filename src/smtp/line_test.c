#include "smtp/line.h"

#include "base/buf.h"
#include "base/test.h"

static const struct {
	const char *label;
	struct str text;
	size_t run;
} runs[] = {
	{ "nothing", STR_INIT(""), 0 },
	{ "lines", STR_INIT("ab\r\n\r\ncd\r\n"), 10 },
	{ "the last lacks its end", STR_INIT("ab\r\ncd"), 6 },
	{ "CR at the end", STR_INIT("ab\r\ncd\r"), 6 },
	{ "bare CR", STR_INIT("ab\rcd"), 2 },
	{ "bare CR after a line", STR_INIT("ab\r\n\rcd"), 4 },
	{ "CR CR LF", STR_INIT("ab\r\r\ncd"), 2 },
	{ "bare LF", STR_INIT("ab\ncd"), 2 },
	{ "bare LF at the end", STR_INIT("ab\n"), 2 },
	{ "bare LF after a line", STR_INIT("ab\r\n\ncd"), 4 },
	{ "LF CR", STR_INIT("ab\n\rcd"), 2 },
	{ "NUL", STR_INIT("ab\0cd"), 2 },
	{ "NUL after a line", STR_INIT("ab\r\n\0"), 4 },
	{ "CR NUL LF", STR_INIT("ab\r\0\ncd"), 2 },
	{ "NUL LF", STR_INIT("ab\0\ncd"), 2 },
	{ "octets that are like those", STR_INIT("\x8d\x8a\x80\x0c\x0e\x0b\x09\x01"), 8 },
};

/* Wherever in a text it stands, and whatever follows; what is behind the text is nobody's. */
static void check_run(size_t i, size_t before, size_t after)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1000);
	bool broken = runs[i].run < runs[i].text.n;

	while (text.n < before)
		buf_addc(&text, 'x');
	buf_add(&text, runs[i].text);
	for (size_t k = 0; broken && k < after; k++)
		buf_addc(&text, 'y');
	size_t n = text.n;
	buf_addc(&text, '\n');
	CHECK_INT(runs[i].label, (long long)smtp_line_run(str_head(buf_str(&text), n)),
		  (long long)(before + runs[i].run));
}

int main(void)
{
	CHECK_INT("LF first", (long long)smtp_line_run(STR("\nab")), 0);
	for (size_t i = 0; i < COUNT_OF(runs); i++)
		for (size_t before = 0; before < 300; before++)
			for (size_t after = 0; after < 300; after += 7)
				check_run(i, before, after);
	return TEST_EXIT();
}
