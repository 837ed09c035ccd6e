/* When a message is tried again, and when its life ends.  Pure. */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define QUEUE_RETRY_MAX 32

struct queue_schedule {
	int64_t retry_ms[QUEUE_RETRY_MAX]; /* the wait after attempt 1, 2, ...; the last repeats */
	size_t n_retry;                    /* at least 1 */
	int64_t lifetime_ms;
	int64_t warn_after_ms; /* 0: never */
};

/*
 * The time of the next attempt of a message that arrived then and has had that
 * many attempts (1 or more), the last ending at now.  Never past the end of its
 * life: an attempt is made right at the end.  noise is random: up to a tenth of the wait is
 * added by it, so that what failed together does not come back together.
 */
int64_t queue_schedule_next(const struct queue_schedule *s, int64_t arrived_wall_ms,
			    unsigned attempts, int64_t now_wall_ms, uint32_t noise);

enum queue_age { QUEUE_YOUNG, QUEUE_LATE, QUEUE_EXPIRED };

/* LATE: warn_after has passed.  EXPIRED: what fails now is given up. */
enum queue_age queue_schedule_age(const struct queue_schedule *s, int64_t arrived_wall_ms,
				  int64_t now_wall_ms);

#endif
