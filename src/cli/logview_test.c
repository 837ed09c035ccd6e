#include "cli/logview.h"

#include "base/test.h"
#include "term/wrap.h"

enum { ROOM = 65536 };

#define AT "2026-11-24T12:00:00.123Z [S1] "

static const struct {
	const char *label, *block;
	size_t width;
	enum term_colour colour;
	enum cli_logview view;
	const char *out;
} cases[] = {
	{ "as it stands", AT "message 1\n" AT "--> a, secure, b DNSSEC\n", 0, TERM_COLOUR_NONE,
	  CLI_LOGVIEW_WHOLE, AT "message 1\n" AT "--> a, secure, b DNSSEC\n" },
	{ "tones alone",
	  AT "lookup a. MX: 1 record, secure, server x DNSSEC\n" AT "outcome: bounced 5.7.4: why\n",
	  0, TERM_COLOUR_ANSI, CLI_LOGVIEW_WHOLE,
	  AT "lookup a. MX: 1 record, \033[32msecure\033[0m, server x \033[32mDNSSEC\033[0m\n" AT
	     "outcome: \033[31mbounced\033[0m 5.7.4: why\n" },
	{ "what a DNS server adds has none",
	  AT "lookup a. MX: no answer, bogus, extended error 6 (DNSSEC Bogus): x, secure, y\n", 0,
	  TERM_COLOUR_ANSI, CLI_LOGVIEW_WHOLE,
	  AT "lookup a. MX: no answer, \033[31mbogus\033[0m, extended error 6 (DNSSEC Bogus): "
	     "x, secure, y\n" },
	{ "what is within a name has none", AT "lookup a,secure,b. MX: 1 record, insecure, x\n", 0,
	  TERM_COLOUR_ANSI, CLI_LOGVIEW_WHOLE,
	  AT "lookup a,secure,b. MX: 1 record, \033[33minsecure\033[0m, x\n" },
	{ "what a host says has none", AT "<-- 250 ok, secure, DNSSEC bogus\n", 0, TERM_COLOUR_ANSI,
	  CLI_LOGVIEW_WHOLE, AT "<-- 250 ok, secure, DNSSEC bogus\n" },
	{ "short", AT "message 1\n" AT "<-- 250 one two three DNSSEC\n", 30, TERM_COLOUR_NONE,
	  CLI_LOGVIEW_SHORT,
	  "2026-11-24T12:00:00.123Z [S1]\n"
	  "12:00:00.123 message 1\n"
	  "12:00:00.123 <-- 250 one two\n"
	  "             three DNSSEC\n"
	  "\n" },
	{ "no mark by where it is broken", AT "<-- a DNSSEC b\n", 25, TERM_COLOUR_NONE,
	  CLI_LOGVIEW_SHORT,
	  "2026-11-24T12:00:00.123Z\n    [S1]\n"
	  "12:00:00.123 <-- a\n"
	  "             DNSSEC b\n"
	  "\n" },
	{ "no line of a log", "what is it\n\033[2J\n", 80, TERM_COLOUR_NONE, CLI_LOGVIEW_SHORT,
	  "what is it\n\\x1b[2J\n\n" },
	{ "ends early", "2026-11-24T12:00:00.123Z [S1]\n", 80, TERM_COLOUR_NONE, CLI_LOGVIEW_SHORT,
	  "2026-11-24T12:00:00.123Z [S1]\n\n" },
	{ "nothing", "", 80, TERM_COLOUR_NONE, CLI_LOGVIEW_WHOLE, "" },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM);
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

		cli_logview(&t, str_of(cases[i].block), cases[i].view);
		term_wrap_text(&out, &t,
			       &(struct term_style){ cases[i].width, cases[i].colour, TERM_UTF8 });
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].out));
	}
	return TEST_EXIT();
}
