/*
 * Whether a word is another one, written wrong.
 */
#ifndef CRITERIA_NEAR_H
#define CRITERIA_NEAR_H

#include "base/str.h"

#include <stdbool.h>

/*
 * Equal but for the case of ASCII letters, or one character away from that: one put in,
 * left out or changed, or two neighbours that changed places.  Time linear in the shorter.
 */
bool criteria_near(struct str a, struct str b);

#endif
