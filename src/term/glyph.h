/*
 * One character as a terminal shows it: how many octets, how many columns.
 *
 * Nothing that is shown can steer the terminal: controls, what shows nothing or turns the line
 * (text_is_hidden()), and what is no UTF-8 are \xHH, octet by octet; where the charset is ASCII
 * so is all that is not.
 */
#ifndef TERM_GLYPH_H
#define TERM_GLYPH_H

#include "base/buf.h"
#include "term/style.h"

struct term_glyph {
	size_t n;     /* octets of the text; 0: the text is at its end */
	size_t width; /* columns, 0 to 4 */
	enum term_glyph_form { TERM_GLYPH_AS_IS, TERM_GLYPH_ESCAPED } form;
};

/* The character at the beginning of s. */
struct term_glyph term_glyph_at(struct str s, enum term_charset charset);

/* All of s made safe; and how many columns that takes. */
void term_glyph_add(struct buf *out, struct str s, enum term_charset charset);
size_t term_glyph_width(struct str s, enum term_charset charset);

/* As much of s as fits in so many columns: no half of a character. */
struct str term_glyph_fit(struct str s, size_t columns, enum term_charset charset);

#endif
