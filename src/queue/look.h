#ifndef QUEUE_LOOK_H
#define QUEUE_LOOK_H

#include <stddef.h>
#include <stdint.h>

/* What TAKE is to give, and to see to before. */
struct queue_look {
	size_t max;             /* messages */
	size_t per_lane;        /* messages of one lane; 0: no limit */
	const uint64_t *closed; /* lanes, rising; borrowed until done */
	size_t n_closed;
	int64_t latest_wall_ms; /* nothing waits for longer; 0: no bound */
	int64_t forget_wall_ms; /* what has failed before is removed; 0: nothing is */
};

#endif
