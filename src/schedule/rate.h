/*
 * A rate: at most n messages in every window of time, wherever the window begins.
 *
 * A message takes a place before anything is said to the host.  It keeps the place while it is
 * under way and, where anything of it was sent, for one window after it has ended; else the place
 * is free at once.  So whatever the host sees within a window held a place at the end of that
 * window, and there are n of them.  A delivery that takes long makes the rate smaller,
 * never larger.
 *
 * The last n ends are remembered, whatever becomes of the limits: a rate that is set anew to what
 * it was, or to less, holds over that moment, too.
 *
 * now: milliseconds, of one monotonic clock; threads may be late, an earlier time than the last
 * counts as the last.  Not safe for threads: whoever shares it has a lock around each call.  Pure.
 */
#ifndef SCHEDULE_RATE_H
#define SCHEDULE_RATE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_RATE_MAX 1000000

/* What is under way may end without having been sent: whoever waits looks again so soon. */
#define SCHEDULE_RATE_LOOK_MS 1000

struct schedule_rate {
	uint32_t n; /* places */
	int64_t window_ms;
	uint32_t busy;     /* under way; more than n after a change of limits */
	int64_t *ended_ms; /* of those that were sent, a ring of n; the oldest is at `at` */
	uint32_t at;
	int64_t now_ms; /* the latest time that was told */
};

/*
 * n: 1 to SCHEDULE_RATE_MAX messages in window_ms, above 0; of a rate that is all zeros, or of
 * one that is in use.  ERR_NOMEM: it is as it was.
 */
enum err schedule_rate_limit(struct schedule_rate *r, uint32_t n, int64_t window_ms) MUST_USE;

/* Free what it remembers: all zeros then. */
void schedule_rate_clear(struct schedule_rate *r);

/*
 * One message begins.  False: not now; *next is when to ask again, later than now.
 * True: *next is when another one may begin by what is known, now or later.
 */
bool schedule_rate_take(struct schedule_rate *r, int64_t now, int64_t *next);

/* It has ended.  sent: the host may have heard of it. */
void schedule_rate_give(struct schedule_rate *r, int64_t now, bool sent);

#endif
