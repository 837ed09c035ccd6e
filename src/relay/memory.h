/*
 * The account of memory, and who is told when there is room again: what all threads
 * share of it.  schedule/budget.h says how it is kept.
 */
#ifndef RELAY_MEMORY_H
#define RELAY_MEMORY_H

#include "schedule/budget.h"

struct relay_memory {
	struct schedule_budget budget;
	void (*wake)(void *arg); /* whoever loads messages may go on; on any thread */
	void *arg;
	atomic_bool woken; /* wake was called, and not heard yet */
};

/*
 * Whoever loads messages may go on, as the account has said: for want of room, or as a lane is
 * empty.  Any thread; what is said again before it was heard calls nobody.
 */
void relay_memory_wake(struct relay_memory *m);

/* Whoever loads messages has heard it, and looks from here on: the next wake calls him again. */
void relay_memory_heard(struct relay_memory *m);

/* c, which comes in, is no more than kib: wake who waits for the rest. */
void relay_memory_shrink(struct relay_memory *m, struct schedule_charge *c, uint32_t kib);

/* Give back what was charged, and wake who waits for it.  c is nothing then; it may be before. */
void relay_memory_release(struct relay_memory *m, struct schedule_charge *c);

#endif
