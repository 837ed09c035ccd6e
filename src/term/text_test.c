#include "term/text.h"

#include "base/test.h"

enum { ROOM = 4096 };

static const struct {
	const char *word;
	enum term_tone tone;
} words[] = {
	{ "secure", TERM_GOOD },       { "insecure", TERM_FAIR }, { "bogus", TERM_BAD },
	{ "indeterminate", TERM_ODD }, { "deliver", TERM_GOOD },  { "deferred", TERM_FAIR },
	{ "bounced", TERM_BAD },       { "Secure", TERM_PLAIN },  { "", TERM_PLAIN },
	{ "not trusted", TERM_FAIR },  { "problem", TERM_BAD },   { "DNSSEC", TERM_GOOD },
	{ "none", TERM_PLAIN },
};

static void check_marks(void)
{
	CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM);

	buf_add(&t.text, STR("is "));
	term_text_word(&t, STR("bogus"));
	term_text_word(&t, STR(" plain"));
	term_text_hang(&t);
	CHECK_STR("text", buf_str(&t.text), STR("is bogus plain"));
	CHECK_INT("marks", (long long)t.n_mark, 3);
	CHECK_INT("begins", (long long)t.mark[0].at, 3);
	CHECK_INT("ends", (long long)t.mark[1].at, 8);
	CHECK_INT("hangs", t.mark[2].kind, TERM_MARK_HANG);
	term_text_clear(&t);
	CHECK_INT("none", (long long)(t.n_mark + t.text.n), 0);
	for (int i = 0; i < 100; i++)
		term_text_word(&t, STR("ok"));
	CHECK_INT("many", (long long)t.n_mark, 200);
}

static void check_indent(void)
{
	CLEANUP(term_text_free) struct term_text t = TERM_TEXT(ROOM), other = TERM_TEXT(ROOM);

	term_text_word(&other, STR("ok"));
	buf_add(&other.text, STR("\n\nis "));
	term_text_word(&other, STR("ok"));
	buf_add(&t.text, STR("a\n"));
	term_text_indent(&t, &other, 2);
	CHECK_STR("text", buf_str(&t.text), STR("a\n  ok\n  \n  is ok"));
	CHECK_INT("marks", (long long)t.n_mark, 4);
	CHECK_INT("behind the spaces", (long long)t.mark[0].at, 4);
	CHECK_INT("at the end", (long long)t.mark[3].at, (long long)t.text.n);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		CHECK_INT(words[i].word, term_text_tone(str_of(words[i].word)), words[i].tone);
	check_marks();
	check_indent();
	return TEST_EXIT();
}
