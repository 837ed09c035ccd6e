/*
 * A text in lines of the terminal's width.
 *
 * Lines are broken between words; a word that is longer than a line, between characters.  What
 * goes on begins under the line's hanging mark, else four columns in.  Never does a line end in
 * the word DNSSEC because it was broken there: at an end the word says that data are
 * authenticated.
 */
#ifndef TERM_WRAP_H
#define TERM_WRAP_H

#include "term/paint.h"

/* What stands before the first line, and before each one that goes on: ours, without tones. */
struct term_wrap_leads {
	struct str first, next;
	size_t n_first, n_next; /* columns */
};

enum { TERM_WRAP_LEAST = 8 }; /* columns of text that each line has, however narrow the terminal */

/* line lies in paint->text, behind what was painted of it, and has no line end. */
void term_wrap_line(struct term_paint *paint, struct str line, const struct term_wrap_leads *leads);

/*
 * Append the text as style has it: each line in lines of its width; where that is 0, as it was
 * written.
 */
void term_wrap_text(struct buf *out, const struct term_text *t, const struct term_style *style);

#endif
