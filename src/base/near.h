/*
 * Whether a word is another one, written wrong.
 */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/str.h"

#include <stdbool.h>

/*
 * Equal but for the case of ASCII letters, or one character away from that: one put in,
 * left out or changed, or two neighbours that changed places.  Time linear in the shorter.
 */
bool near_eq(struct str a, struct str b);

/* Which of the known words was meant by one that is not: .word is given, the rest empty. */
struct near {
	struct str word;
	struct str meant; /* the first that is near; empty: none yet */
};

/* Hold a word that is known against it. */
void near_offer(struct near *n, struct str known);

#endif
