/*
 * Who was turned away since its lane held its share of memory (budget.h), and comes back
 * as soon as the lane is empty: a time to come back is written down for each, but
 * nobody knows beforehand when a lane will have taken what it holds.
 *
 * The last SCHEDULE_TURNED_MAX are known; others come by their time.  A plain value, on
 * one thread.
 */
#ifndef SCHEDULE_TURNED_H
#define SCHEDULE_TURNED_H

#include "schedule/budget.h"

#define SCHEDULE_TURNED_MAX 256
#define SCHEDULE_TURNED_AT_ONCE 8 /* of one lane: they may all be small, or have no room again */

/* Zeros: nobody. */
struct schedule_turned {
	struct schedule_turned_one {
		uint64_t lane, id;
	} one[SCHEDULE_TURNED_MAX]; /* the first was turned away first */
	size_t n;
};

/*
 * id was turned away in that lane, whose last one to leave wakes the loader from now on.
 * WAKE: it is empty already.
 */
enum schedule_wake schedule_turned_add(struct schedule_turned *t, struct schedule_budget *b,
				       uint64_t lane, uint64_t id);

/* id has its turn, or none any more.  May be nobody. */
void schedule_turned_drop(struct schedule_turned *t, uint64_t id);

/*
 * Who may come back now, SCHEDULE_TURNED_AT_ONCE of each lane that is empty; they are known
 * no more.  How many.  The rest of a lane waits until it is empty the next time.
 */
size_t schedule_turned_take(struct schedule_turned *t, struct schedule_budget *b,
			    uint64_t ids[static SCHEDULE_TURNED_MAX]);

#endif
