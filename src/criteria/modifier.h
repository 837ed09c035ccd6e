/*
 * What may stand at the end of a criterion, and what the criterion asks for then.
 *
 * One table: a modifier that is put in there is read, refused beside another, named in
 * complaints and shown in lists.  What becomes of mail by it is decided elsewhere, from
 * the fields of its row.
 */
#ifndef CRITERIA_MODIFIER_H
#define CRITERIA_MODIFIER_H

#include "base/str.h"

#include <stdbool.h>

/* What a criterion asks for; the order is the strength. */
enum criteria_service { CRITERIA_OFF, CRITERIA_REQUESTED, CRITERIA_REQUIRED };

#define CRITERIA_MODIFIER_WORDS 2 /* of one modifier, at most */

struct criteria_modifier {
	struct str text; /* as it is written, "SECURE DANE"; empty: the row of no modifier */
	struct str word; /* the service it asks for, as lists and JSON call it */
	enum criteria_service service;
	bool dane;    /* and TLS that DANE authenticates */
	bool observe; /* as requested; say what SECURE would have done */
};

/*
 * The modifier that a line ends with, of those possible the longest; never NULL.
 * last: the line's last CRITERIA_MODIFIER_WORDS words, the very last first; empty where there
 * is none or it does not stand bare.
 */
const struct criteria_modifier *criteria_modifier_of(const struct str *last);

/* Positive: a asks for more than b; 0: for as much.  DANE is more than SECURE without it. */
static inline int criteria_modifier_cmp(const struct criteria_modifier *a,
					const struct criteria_modifier *b)
{
	if (a->service != b->service)
		return a->service > b->service ? 1 : -1;
	return a->dane - b->dane;
}

/* The number of its words: 0 for no modifier. */
unsigned criteria_modifier_words(const struct criteria_modifier *m);

/* What a bare word was meant as. */
struct criteria_modifier_meant {
	struct str text; /* a modifier, or one word of one ("DANE"); empty: neither */
	bool same;       /* it is that, but for case and what stands around it; else it is near */
};

/* Where the word is that in any form in which it may be seen (seen.h), or near it (near.h). */
struct criteria_modifier_meant criteria_modifier_meant(struct str word);

#endif
