/*
 * A word that is looked for in much text, any case of ASCII letters.  Pure.
 *
 * By Horspool's way: the octet under the needle's end tells how far it can be moved, so that a long
 * needle looks at few of the octets.
 */
#ifndef JOURNAL_NEEDLE_H
#define JOURNAL_NEEDLE_H

#include "base/str.h"

struct journal_needle {
	struct str word;   /* as long as the needle is used */
	uint8_t skip[256]; /* by the octet under its end; 0: it may be here */
	uint8_t again;     /* how far where it was not */
};

/* An empty word is found nowhere. */
void journal_needle_init(struct journal_needle *n, struct str word);

/* Where it begins in s, at `from` or later; s.n where it is not there. */
size_t journal_needle_find(const struct journal_needle *n, struct str s, size_t from);

#endif
