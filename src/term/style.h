/*
 * How text is laid out and painted, decided once for a run (term/screen.h).
 */
#ifndef TERM_STYLE_H
#define TERM_STYLE_H

#include <stddef.h>

enum term_colour { TERM_COLOUR_NONE, TERM_COLOUR_ANSI };
enum term_charset { TERM_ASCII, TERM_UTF8 }; /* what the terminal shows, besides escapes of ours */

struct term_style {
	size_t width; /* columns; 0: no terminal, lines are as they were written */
	enum term_colour colour;
	enum term_charset charset;
};

#endif
