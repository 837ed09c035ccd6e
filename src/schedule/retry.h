/*
 * When a message is tried again, and when its life ends.  Pure.
 *
 * Times are of the wall clock, which may be set at any moment, forward or back.
 * Two things hold whatever it does: what waits is due at most the longest
 * interval ahead (schedule_retry_latest), and nothing is given up before it was
 * tried as often as is fair (schedule_retry_fair).
 */
#ifndef SCHEDULE_RETRY_H
#define SCHEDULE_RETRY_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_RETRY_MAX 32

struct schedule_retry {
	int64_t retry_ms
		[SCHEDULE_RETRY_MAX]; /* the wait after attempt 1, 2, ...; the last repeats */
	size_t n_retry;               /* at least 1 */
	int64_t lifetime_ms;
	int64_t warn_after_ms; /* 0: never */
};

/*
 * The time of the next attempt of a message that arrived then and has had that
 * many attempts (1 or more), the last ending at now.  Never past the end of its
 * life: an attempt is made right at the end.  noise is random: up to a tenth of the wait is
 * added by it, so that what failed together does not come back together.  At
 * most schedule_retry_latest().
 */
int64_t schedule_retry_next(const struct schedule_retry *s, int64_t arrived_wall_ms,
			    unsigned attempts, int64_t now_wall_ms, uint32_t noise);

/*
 * The same next attempt, where nobody will be tried for closed_ms from now
 * (backoff.h): no earlier than that.  The end of life goes before the back-off, and
 * so does the latest time.
 */
int64_t schedule_retry_put_off(const struct schedule_retry *s, int64_t arrived_wall_ms,
			       int64_t next_wall_ms, int64_t now_wall_ms, int64_t closed_ms);

/*
 * The latest time at which anything that waits may be due, as seen at now: the
 * longest interval ahead, and its noise.  A later one was written down before
 * the clock was set back, and is brought forward to this.
 */
int64_t schedule_retry_latest(const struct schedule_retry *s, int64_t now_wall_ms);

/*
 * How many attempts are fair: as many as fit into the first half of the lifetime
 * when each wait has all its noise, at most one more than there are intervals; 1
 * at least.  The other half is for attempts that take long and for back-off, so
 * that a message under a clock that nobody sets has had them at the end of its life.
 */
unsigned schedule_retry_fair(const struct schedule_retry *s);

enum schedule_age { SCHEDULE_YOUNG, SCHEDULE_LATE, SCHEDULE_EXPIRED };

/*
 * The age of a message that arrived then and has had that many attempts, the one
 * that ends now among them.
 *
 * LATE: warn_after has passed.  EXPIRED: the lifetime has passed, and it was tried
 * as often as is fair; what fails now is given up.  One that arrives in the
 * future is as old as its attempts make it by the schedule, so that a
 * clock that was far ahead when it came does not keep it for as long.
 */
enum schedule_age schedule_retry_age(const struct schedule_retry *s, int64_t arrived_wall_ms,
				     unsigned attempts, int64_t now_wall_ms);

#endif
