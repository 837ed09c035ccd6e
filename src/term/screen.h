/*
 * What standard output is: how wide, with colours or without, in which letters.  Pure: the
 * caller asks the system.
 */
#ifndef TERM_SCREEN_H
#define TERM_SCREEN_H

#include "term/text.h"

/* NULL: it is not set, or not given. */
struct term_screen_facts {
	bool terminal;        /* standard output is one */
	bool machine;         /* --json: for no eyes */
	size_t columns;       /* by the terminal; 0: it does not say */
	const char *term;     /* $TERM */
	const char *wide;     /* $COLUMNS */
	const char *no_color; /* $NO_COLOR: no-color.org, where it is not empty */
	const char *color;    /* --color */
	const char *codeset;  /* nl_langinfo(CODESET) */
};

/*
 * Colours: what --color says; else where there is a terminal that is not dumb, and no NO_COLOR.
 * The width is that of a terminal alone: elsewhere lines are as long as they are, coloured or not.
 * ERR_SYNTAX: --color is none of auto, always, never.
 */
enum err term_screen_style(const struct term_screen_facts *facts, struct term_style *out) MUST_USE;

/* Whether a line there can be written over: of a terminal that has escape sequences. */
bool term_screen_smart(const struct term_screen_facts *facts);

#endif
