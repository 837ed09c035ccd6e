/*
 * Early refusal (SPEC section 3): what is known so far of where a message goes, and whether it is
 * refused before it is taken.  Pure.
 *
 * It is refused where it would bounce for every one of its recipients, and only then: with the
 * first that would not, or of whom that is not known, it is taken.
 */
#ifndef SCHEDULE_EARLY_H
#define SCHEDULE_EARLY_H

#include "schedule/part.h"

/* The choices of a message (part.h), sorted, as groups that have one way each. */
struct schedule_early {
	size_t open;  /* groups whose verdict is still to come */
	size_t first; /* the group of the first recipient, by whose bounce it is refused */
};

/* False: it is taken, nothing need be found out: no mail of it is required, or not all. */
bool schedule_early_begin(struct schedule_early *e, const struct schedule_choice *c, size_t n)
	MUST_USE;

enum schedule_early_want { SCHEDULE_EARLY_WAIT, SCHEDULE_EARLY_TAKE, SCHEDULE_EARLY_REFUSE };

/* The verdict on a group is there. */
enum schedule_early_want schedule_early_verdict(struct schedule_early *e, enum route_action action)
	MUST_USE;

#endif
