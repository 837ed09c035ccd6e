/*
 * Values of address fields that no address can match, and the nearest that one can: what a slip in
 * a criterion most often makes.
 */
#ifndef CRITERIA_ODDITY_H
#define CRITERIA_ODDITY_H

#include "base/buf.h"

/* What no address has. */
enum criteria_oddity {
	CRITERIA_ODD_NONE,
	CRITERIA_ODD_EMPTY,
	CRITERIA_ODD_LIST,
	CRITERIA_ODD_BRACKETS,
	CRITERIA_ODD_SPACE,
	CRITERIA_ODD_NO_SIGN,
	CRITERIA_ODD_SIGNS,
	CRITERIA_ODD_NO_SIDE,
	CRITERIA_ODD_DOT,
	CRITERIA_ODD_MARKS,
};

/* What is odd in v, a value as it is shown; wildcard: one of its wildcards may be an '@'. */
enum criteria_oddity criteria_oddity_of(struct str v, bool wildcard);

/* In words; NULL for none. */
const char *criteria_oddity_text(enum criteria_oddity odd);

/* Add the nearest value to v in which nothing is odd. */
void criteria_oddity_nearest(struct buf *out, struct str v);

#endif
