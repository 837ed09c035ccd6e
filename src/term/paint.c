#include "term/paint.h"

#include "term/glyph.h"

static struct str sequence(enum term_tone tone)
{
	switch (tone) {
	case TERM_PLAIN:
		return STR("\033[0m");
	case TERM_GOOD:
		return STR("\033[32m");
	case TERM_FAIR:
		return STR("\033[33m");
	case TERM_BAD:
		return STR("\033[31m");
	case TERM_ODD:
		return STR("\033[35m");
	case TERM_STRONG:
		return STR("\033[1m");
	}
	return STR("");
}

/* Have the terminal in that tone; between two tones it is plain. */
static void become(struct term_paint *p, enum term_tone tone)
{
	if (p->style->colour == TERM_COLOUR_NONE || p->shown == tone)
		return;
	if (p->shown != TERM_PLAIN)
		buf_add(p->out, sequence(TERM_PLAIN));
	if (tone != TERM_PLAIN)
		buf_add(p->out, sequence(tone));
	p->shown = tone;
}

struct term_paint term_paint_on(struct buf *out, const struct term_style *style,
				const struct term_text *text)
{
	return (struct term_paint){ .out = out, .style = style, .text = text };
}

void term_paint_tone(struct term_paint *p, enum term_tone tone)
{
	p->tone = tone;
}

/* The octets at the beginning of s that have one tone, which is .tone from now on. */
static size_t one_tone(struct term_paint *p, struct str s)
{
	const struct term_text *t = p->text;

	if (!t || s.n == 0)
		return s.n;
	size_t at = (size_t)(s.p - t->text.p);
	for (; p->mark < t->n_mark && t->mark[p->mark].at <= at; p->mark++)
		if (t->mark[p->mark].kind == TERM_MARK_TONE)
			p->tone = t->mark[p->mark].tone;
	size_t end = p->mark < t->n_mark ? t->mark[p->mark].at : at + s.n;
	return end - at < s.n ? end - at : s.n;
}

void term_paint_add(struct term_paint *p, struct str s)
{
	while (s.n) {
		size_t n = one_tone(p, s);
		become(p, p->tone);
		term_glyph_add(p->out, str_head(s, n), p->style->charset);
		s = str_skip(s, n);
	}
}

void term_paint_raw(struct term_paint *p, struct str s)
{
	while (s.n) {
		size_t n = one_tone(p, s);
		become(p, p->tone);
		buf_add(p->out, str_head(s, n));
		s = str_skip(s, n);
	}
	become(p, TERM_PLAIN);
}

void term_paint_gap(struct term_paint *p, struct str words, size_t spaces)
{
	if (words.n || spaces)
		become(p, TERM_PLAIN);
	buf_add(p->out, words);
	while (spaces-- > 0)
		buf_addc(p->out, ' ');
}

void term_paint_end_line(struct term_paint *p)
{
	become(p, TERM_PLAIN);
	buf_addc(p->out, '\n');
}
