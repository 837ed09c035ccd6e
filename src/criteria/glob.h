/*
 * A pattern with wildcards, and whether it matches the whole of a text.
 */
#ifndef CRITERIA_GLOB_H
#define CRITERIA_GLOB_H

#include "base/buf.h"

/* The wildcards as they stand in struct criteria_glob; no UTF-8 has these octets. */
#define CRITERIA_GLOB_RUN '\xfe' /* any run of characters, none too: '*' */
#define CRITERIA_GLOB_ONE '\xff' /* one character: '?' */

/*
 * Shape   .text is UTF-8 but for the wildcards, folded by unicode_fold().
 *         Without a run in it, .head is the whole of it; else .head is what is before
 *         the first run, .middle what is between it and the last, .tail what is after.
 * Owns    nothing: .text lives as long as what it was made from.
 */
struct criteria_glob {
	struct str text;
	struct str head;
	struct str middle; /* may hold more runs */
	struct str tail;
	bool run; /* there is a run */
	bool any; /* there are only runs: every text matches */
};

struct criteria_glob criteria_glob_of(struct str text);

/*
 * text must be folded too.  The time is linear in it, whatever the pattern is: of a pattern
 * of at most 4096 octets an octet of text costs at most 64 steps, each on an octet or on 64
 * bits.
 */
bool criteria_glob_match(const struct criteria_glob *g, struct str text);

#endif
