#ifndef QUEUE_COUNTS_H
#define QUEUE_COUNTS_H

#include "queue/ages.h"

#include <stdbool.h>

/* How much there is.  Each message is in one of the four states; what is out is active. */
struct queue_counts {
	uint64_t messages; /* the sum of the four */
	uint64_t active, deferred, held, failed;
	uint64_t recipients_waiting;
	uint64_t octets;        /* of content */
	struct queue_ages ages; /* of all but those that have failed */
};

bool queue_counts_eq(const struct queue_counts *a, const struct queue_counts *b);

#endif
