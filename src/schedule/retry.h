/* When a message is tried again, and when its life ends.  Pure. */
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
 * added by it, so that what failed together does not come back together.
 */
int64_t schedule_retry_next(const struct schedule_retry *s, int64_t arrived_wall_ms,
			    unsigned attempts, int64_t now_wall_ms, uint32_t noise);

enum schedule_age { SCHEDULE_YOUNG, SCHEDULE_LATE, SCHEDULE_EXPIRED };

/* LATE: warn_after has passed.  EXPIRED: what fails now is given up. */
enum schedule_age schedule_retry_age(const struct schedule_retry *s, int64_t arrived_wall_ms,
				     int64_t now_wall_ms);

#endif
