#include "term/wrap.h"

#include "base/test.h"

#include <string.h>

enum { ROOM = 4096 };

/* '|' in a line is where its hanging mark is. */
static const struct {
	const char *label, *in;
	size_t width;
	const char *out;
} cases[] = {
	{ "it fits", "one two three\n", 13, "one two three\n" },
	{ "one column short", "one two three\n", 12, "one two\n    three\n" },
	{ "less room, less indented", "one two three\n", 9, "one two\n three\n" },
	{ "empty lines", "\n\na\n", 10, "\n\na\n" },
	{ "no end", "abc", 10, "abc\n" },
	{ "indented", "  one two three four\n", 14, "  one two\n      three\n      four\n" },
	{ "hanging", "by  |one two three four\n", 14, "by  one two\n    three four\n" },
	{ "hanging too far", "a label of|one two three\n", 16,
	  "a label ofone\n        two\n        three\n" },
	{ "each line has its own", "a |b ccc dddddd\nbbb |c ddd eeeeee\n", 12,
	  "a b ccc\n  dddddd\nbbb c ddd\n    eeeeee\n" },
	{ "a long word", "abcdefghijklmnopqrst\n", 12, "abcdefghijkl\n    mnopqrst\n" },
	{ "a long word behind another", "a bcdefghijklmnop\n", 12, "a bcdefghijk\n    lmnop\n" },
	{ "a long word, little room", "abc defghijklmnop\n", 11, "abc\n   defghijk\n   lmnop\n" },
	{ "spaces that stay", "a    b   c\n", 10, "a    b   c\n" },
	{ "spaces that go with the line", "aaaaaa    bbb   c\n", 12, "aaaaaa\n    bbb   c\n" },
	{ "more spaces than columns", "                    a\n", 10, "     a\n" },
	{ "wide characters", "\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b\n", 9,
	  "\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b\xe4\xbe\x8b\n \xe4\xbe\x8b\n" },
	{ "combining ones", "abcdefge\xcc\x81 x\n", 8, "abcdefge\xcc\x81\nx\n" },
	{ "what would steer", "a \033[2J b\n", 11, "a \\x1b[2J b\n" },
	{ "what would steer, cut", "a \033[2J b\n", 8, "a\n\\x1b[2J\nb\n" },
	{ "narrower than anything", "ab cd\n", 1, "ab cd\n" },
	{ "a mark at the end", "ab cdefghijk DNSSEC\n", 12, "ab cdefghijk\n    DNSSEC\n" },
	{ "a mark that is none", "abcdefgh DNSSEC x\n", 15, "abcdefgh\n    DNSSEC x\n" },
	{ "more of them", "a DNSSEC DNSSEC x\n", 18, "a DNSSEC DNSSEC x\n" },
	{ "more than a line holds", "DNSSEC DNSSEC x\n", 13, "DNSSEC DNSSE\n    C x\n" },
	{ "the end of a long word", "abcdefghDNSSEC x\n", 8, "abcdefg\nhDNSSEC\nx\n" },
	{ "none, spaces behind it", "abcdefgh DNSSEC   \n", 15, "abcdefgh\n    DNSSEC   \n" },
	{ "in other letters", "abcdefgh dnssec x\n", 15, "abcdefgh dnssec\n    x\n" },
};

static void add(struct term_text *t, const char *in)
{
	const char *bar;

	while ((bar = strchr(in, '|')) != NULL) {
		buf_add(&t->text, (struct str){ in, (size_t)(bar - in) });
		term_text_hang(t);
		in = bar + 1;
	}
	buf_add(&t->text, str_of(in));
}

static void check_tones(void)
{
	CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM);
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

	buf_add(&t.text, STR("is "));
	term_text_add(&t, TERM_BAD, STR("not trusted at all"));
	buf_add(&t.text, STR(" here\n"));
	term_wrap_text(&out, &t, &(struct term_style){ 12, TERM_COLOUR_ANSI, TERM_UTF8 });
	CHECK_STR("a tone ends with its line, and goes on in the next", buf_str(&out),
		  STR("is \033[31mnot\033[0m\n    \033[31mtrusted\033[0m\n"
		      "    \033[31mat\033[0m \033[31mall\033[0m\n    here\n"));
}

/* A name, its status, and a line that nothing is said of. */
static void fill(struct term_text *t)
{
	term_text_add(t, TERM_STRONG, STR("a.example"));
	buf_add(&t->text, STR(": "));
	term_text_word(t, STR("bogus"));
	term_text_word(t, STR("secure"));
	buf_add(&t->text, STR(" \\x1b\n  \033 as it is\r\n"));
}

static void check_shown(void)
{
	CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM);
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);
	struct term_style style = { .charset = TERM_UTF8 };

	fill(&t);
	term_wrap_text(&out, &t, &style);
	CHECK_STR("octet for octet", buf_str(&out), buf_str(&t.text));
	buf_clear(&out);
	style.colour = TERM_COLOUR_ANSI;
	term_wrap_text(&out, &t, &style);
	CHECK_STR("colours alone", buf_str(&out),
		  STR("\033[1ma.example\033[0m: \033[31mbogus\033[0m\033[32msecure\033[0m \\x1b\n"
		      "  \033 as it is\r\n"));
	buf_clear(&out);
	style.width = 80;
	term_wrap_text(&out, &t, &style);
	CHECK_STR("on a terminal", buf_str(&out),
		  STR("\033[1ma.example\033[0m: \033[31mbogus\033[0m\033[32msecure\033[0m \\x1b\n"
		      "  \\x1b as it is\n"));
	buf_clear(&out);
	term_text_clear(&t);
	buf_add(&t.text, STR("again"));
	term_wrap_text(&out, &t, &style);
	CHECK_STR("cleared, and no line end", buf_str(&out), STR("again\n"));
}

static void check_limit(void)
{
	CLEANUP(term_text_free) struct term_text t = TERM_TEXT(4);
	CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

	term_text_word(&t, STR("secure"));
	term_wrap_text(&out, &t, &(struct term_style){ 0 });
	CHECK_INT("what was too long is told", buf_err(&out), ERR_LIMIT);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM);
		CLEANUP(buf_free) struct buf out = BUF_MAX(ROOM);

		add(&t, cases[i].in);
		term_wrap_text(&out, &t,
			       &(struct term_style){ cases[i].width, TERM_COLOUR_NONE, TERM_UTF8 });
		CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].out));
	}
	check_tones();
	check_shown();
	check_limit();
	return TEST_EXIT();
}
