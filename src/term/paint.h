/*
 * Octets on their way out, and the tone that they have: the one place that writes escape
 * sequences, and only for colours (SGR).
 */
#ifndef TERM_PAINT_H
#define TERM_PAINT_H

#include "term/text.h"

struct term_paint {
	struct buf *out;
	const struct term_style *style;
	const struct term_text *text; /* NULL: tones are said by term_paint_tone() */
	size_t mark;                  /* the first of text that is not reached yet */
	enum term_tone tone, shown;   /* that counts here; that the terminal has */
};

struct term_paint term_paint_on(struct buf *out, const struct term_style *style,
				const struct term_text *text);

void term_paint_tone(struct term_paint *p, enum term_tone tone);

/* Foreign text or ours, made safe; s lies in .text, behind what was painted of it, if anything. */
void term_paint_add(struct term_paint *p, struct str s);

/* The same as it is, where no terminal is looked at; at its end no tone is left. */
void term_paint_raw(struct term_paint *p, struct str s);

/* What stands between: it has no tone and is ours. */
void term_paint_gap(struct term_paint *p, struct str words, size_t spaces);
void term_paint_end_line(struct term_paint *p);

#endif
