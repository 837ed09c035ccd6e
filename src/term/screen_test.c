#include "term/screen.h"

#include "base/test.h"

#define TTY .terminal = true, .columns = 100, .term = "xterm"

static const struct {
	const char *label;
	struct term_screen_facts facts;
	enum err err;
	size_t width;
	enum term_colour colour;
	enum term_charset charset;
} cases[] = {
	{ "a pipe",
	  { .term = "xterm", .codeset = "UTF-8" },
	  ERR_OK,
	  0,
	  TERM_COLOUR_NONE,
	  TERM_UTF8 },
	{ "a pipe, COLUMNS",
	  { .term = "xterm", .wide = "40" },
	  ERR_OK,
	  0,
	  TERM_COLOUR_NONE,
	  TERM_ASCII },
	{ "a pipe, always",
	  { .term = "xterm", .color = "always" },
	  ERR_OK,
	  0,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "a terminal", { TTY, .codeset = "UTF-8" }, ERR_OK, 100, TERM_COLOUR_ANSI, TERM_UTF8 },
	{ "in small letters",
	  { TTY, .codeset = "utf-8" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_ANSI,
	  TERM_UTF8 },
	{ "another charset",
	  { TTY, .codeset = "ISO-8859-1" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "no width",
	  { .terminal = true, .term = "xterm" },
	  ERR_OK,
	  80,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "COLUMNS", { TTY, .wide = "40" }, ERR_OK, 40, TERM_COLOUR_ANSI, TERM_ASCII },
	{ "COLUMNS, empty", { TTY, .wide = "" }, ERR_OK, 100, TERM_COLOUR_ANSI, TERM_ASCII },
	{ "COLUMNS, no number",
	  { TTY, .wide = "wide" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "COLUMNS, 0", { TTY, .wide = "0" }, ERR_OK, 100, TERM_COLOUR_ANSI, TERM_ASCII },
	{ "COLUMNS, too many",
	  { TTY, .wide = "4000000000" },
	  ERR_OK,
	  10000,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "NO_COLOR", { TTY, .no_color = "1" }, ERR_OK, 100, TERM_COLOUR_NONE, TERM_ASCII },
	{ "NO_COLOR, empty", { TTY, .no_color = "" }, ERR_OK, 100, TERM_COLOUR_ANSI, TERM_ASCII },
	{ "NO_COLOR, auto",
	  { TTY, .no_color = "1", .color = "auto" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_NONE,
	  TERM_ASCII },
	{ "NO_COLOR, always",
	  { TTY, .no_color = "1", .color = "always" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "dumb",
	  { .terminal = true, .columns = 100, .term = "dumb" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_NONE,
	  TERM_ASCII },
	{ "dumb, always",
	  { .terminal = true, .term = "dumb", .color = "always" },
	  ERR_OK,
	  80,
	  TERM_COLOUR_ANSI,
	  TERM_ASCII },
	{ "no TERM",
	  { .terminal = true, .columns = 100 },
	  ERR_OK,
	  100,
	  TERM_COLOUR_NONE,
	  TERM_ASCII },
	{ "TERM, empty",
	  { .terminal = true, .columns = 100, .term = "" },
	  ERR_OK,
	  100,
	  TERM_COLOUR_NONE,
	  TERM_ASCII },
	{ "never", { TTY, .color = "never" }, ERR_OK, 100, TERM_COLOUR_NONE, TERM_ASCII },
	{ "for machines",
	  { TTY, .machine = true, .color = "always" },
	  ERR_OK,
	  0,
	  TERM_COLOUR_NONE,
	  TERM_ASCII },
	{ "sometimes", { TTY, .color = "sometimes" }, ERR_SYNTAX, 0, TERM_COLOUR_NONE, TERM_ASCII },
	{ "--color, empty", { TTY, .color = "" }, ERR_SYNTAX, 0, TERM_COLOUR_NONE, TERM_ASCII },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct term_style s = { 0 };

		CHECK_INT(cases[i].label, term_screen_style(&cases[i].facts, &s), cases[i].err);
		CHECK_INT(cases[i].label, (long long)s.width, (long long)cases[i].width);
		CHECK_INT(cases[i].label, s.colour, cases[i].colour);
		CHECK_INT(cases[i].label, s.charset, cases[i].charset);
	}
	CHECK_INT("a pipe", term_screen_smart(&(struct term_screen_facts){ .term = "xterm" }),
		  false);
	return TEST_EXIT();
}
