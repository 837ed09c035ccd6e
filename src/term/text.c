#include "term/text.h"

#include <stdlib.h>

/* A word has one colour wherever it stands; the word is always there, too. */
static const struct {
	struct str word;
	enum term_tone tone;
} tones[] = {
	{ STR_INIT("secure"), TERM_GOOD },      { STR_INIT("insecure"), TERM_FAIR },
	{ STR_INIT("bogus"), TERM_BAD },        { STR_INIT("indeterminate"), TERM_ODD },
	{ STR_INIT("DNSSEC"), TERM_GOOD },      { STR_INIT("deliver"), TERM_GOOD },
	{ STR_INIT("defer"), TERM_FAIR },       { STR_INIT("bounce"), TERM_BAD },
	{ STR_INIT("delivered"), TERM_GOOD },   { STR_INIT("deferred"), TERM_FAIR },
	{ STR_INIT("bounced"), TERM_BAD },      { STR_INIT("held"), TERM_ODD },
	{ STR_INIT("failed"), TERM_BAD },       { STR_INIT("trusted"), TERM_GOOD },
	{ STR_INIT("not trusted"), TERM_FAIR }, { STR_INIT("validates"), TERM_GOOD },
	{ STR_INIT("ok"), TERM_GOOD },          { STR_INIT("warning"), TERM_FAIR },
	{ STR_INIT("problem"), TERM_BAD },
};

void term_text_clear(struct term_text *t)
{
	buf_clear(&t->text);
	t->n_mark = 0;
}

void term_text_free(struct term_text *t)
{
	buf_free(&t->text);
	free(t->mark);
	t->mark = NULL;
	t->n_mark = 0;
}

static void mark(struct term_text *t, enum term_mark_kind kind, enum term_tone tone)
{
	struct term_mark *more = t->mark;

	if ((t->n_mark & (t->n_mark + 1)) == 0) /* room for 1, 3, 7 ... is used up */
		more = reallocarray(t->mark, 2 * t->n_mark + 1, sizeof(*more));
	if (!more) {
		t->text.err = ERR_NOMEM;
		return;
	}
	t->mark = more;
	t->mark[t->n_mark++] = (struct term_mark){ t->text.n, kind, tone };
}

void term_text_add(struct term_text *t, enum term_tone tone, struct str words)
{
	if (tone != TERM_PLAIN)
		mark(t, TERM_MARK_TONE, tone);
	buf_add(&t->text, words);
	if (tone != TERM_PLAIN)
		mark(t, TERM_MARK_TONE, TERM_PLAIN);
}

enum term_tone term_text_tone(struct str word)
{
	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++)
		if (str_eq(tones[i].word, word))
			return tones[i].tone;
	return TERM_PLAIN;
}

void term_text_word(struct term_text *t, struct str word)
{
	term_text_add(t, term_text_tone(word), word);
}

void term_text_hang(struct term_text *t)
{
	mark(t, TERM_MARK_HANG, TERM_PLAIN);
}

void term_text_indent(struct term_text *t, const struct term_text *other, size_t spaces)
{
	const struct term_mark *next = other->mark, *end = next + other->n_mark;

	for (size_t i = 0; i < other->text.n; i++) {
		for (size_t n = 0; (i == 0 || other->text.p[i - 1] == '\n') && n < spaces; n++)
			buf_addc(&t->text, ' ');
		for (; next < end && next->at <= i; next++)
			mark(t, next->kind, next->tone);
		buf_addc(&t->text, other->text.p[i]);
	}
	for (; next < end; next++)
		mark(t, next->kind, next->tone);
	if (buf_err(&other->text) != ERR_OK)
		t->text.err = buf_err(&other->text);
}
