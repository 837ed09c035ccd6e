/*
 * A word as somebody sees it who reads the line.
 */
#ifndef CRITERIA_SEEN_H
#define CRITERIA_SEEN_H

#include "base/str.h"

#define CRITERIA_SEEN_FORMS 6
#define CRITERIA_SEEN_OCTETS 512

/* The forms; they are in room, or in the word, and live as long as both. */
struct criteria_seen {
	struct str form[CRITERIA_SEEN_FORMS]; /* empty: there is no such one */
	char room[CRITERIA_SEEN_OCTETS];
};

/*
 * The forms in which a bare word, which is UTF-8, may be meant:
 *
 *	as it stands, and up to a '#' or a dot in it
 *	what is seen: without what shows nothing, letters of full width, in bold, or of another
 *	script as the Latin ones that they look like, marks around it cut (but '*', '?', '@')
 *	of that, what stands before a '#' or a dot; and what stands behind the last blank in the
 *	word that is none of this file's syntax, as a no-break space, with and without a mark
 *
 * One that is the same as another before it is left out, as are all but the first two and the
 * last of what is longer than any modifier can be.
 */
void criteria_seen_read(struct str word, struct criteria_seen *out);

#endif
