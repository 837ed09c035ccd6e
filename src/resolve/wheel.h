/*
 * Timers without allocation: a wheel of slots, each a list.
 *
 * Setting and unsetting cost the same however many there are, which matters
 * with one timer for each question in flight.  A timer fires up to
 * RESOLVE_WHEEL_TICK_MS late, never early.  Times are monotonic milliseconds
 * and come from the caller.
 */
#ifndef RESOLVE_WHEEL_H
#define RESOLVE_WHEEL_H

#include "base/list.h"

#include <stdint.h>

#define RESOLVE_WHEEL_SLOTS 1024
#define RESOLVE_WHEEL_TICK_MS 8

/* Lives in the thing that waits; fire finds that by CONTAINER_OF(). */
struct resolve_timer {
	struct list at;
	int64_t tick;
	void (*fire)(struct resolve_timer *t);
};

struct resolve_wheel {
	struct list slots[RESOLVE_WHEEL_SLOTS];
	uint64_t used[RESOLVE_WHEEL_SLOTS / 64]; /* a bit a slot; may be set for an empty one */
	struct list due;
	int64_t tick; /* the last one that was run */
};

void resolve_wheel_init(struct resolve_wheel *w, int64_t now);

void resolve_timer_init(struct resolve_timer *t, void (*fire)(struct resolve_timer *t));

/* Fire once at when, or at the next run where that has passed.  Set anew if it was set. */
void resolve_timer_set(struct resolve_wheel *w, struct resolve_timer *t, int64_t when);
void resolve_timer_unset(struct resolve_timer *t);

/* Fire what is due.  Timers may be set and unset meanwhile. */
void resolve_wheel_run(struct resolve_wheel *w, int64_t now);

/* When to run next, INT64_MAX for never; perhaps before anything is due, never after. */
int64_t resolve_wheel_next(struct resolve_wheel *w);

#endif
