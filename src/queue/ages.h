/*
 * How old what there is is: counted as it comes and goes, so that nobody looks at a million
 * messages to know it.  Pure; times are of the wall clock.
 *
 * Messages are counted by when they came, in steps of five minutes for a day; what came before
 * that is one number.
 */
#ifndef QUEUE_AGES_H
#define QUEUE_AGES_H

#include <stdint.h>

#define QUEUE_AGES_STEP_MS INT64_C(300000)
#define QUEUE_AGES_STEPS 288 /* a day */

/* Zero-initialised: nothing is counted. */
struct queue_ages {
	int64_t top;                     /* the latest step in which anything came */
	uint32_t older;                  /* came QUEUE_AGES_STEPS before that, or earlier */
	uint32_t step[QUEUE_AGES_STEPS]; /* that came in step i is in step[i % QUEUE_AGES_STEPS] */
};

/* Count a message that came then in (1) or out (-1). */
void queue_ages_count(struct queue_ages *a, int64_t arrived_wall_ms, int sign);

/* How many came at `since` or later, by whole steps: some may have come up to one before it. */
uint64_t queue_ages_since(const struct queue_ages *a, int64_t since_wall_ms);

/* How many there are. */
uint64_t queue_ages_all(const struct queue_ages *a);

/* As if something had come in that step, which changes no number of what came since when. */
void queue_ages_advance(struct queue_ages *a, int64_t top);

#endif
