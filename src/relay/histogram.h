/* How long things took, counted by all threads without a lock: relaxed atomics, nothing else. */
#ifndef RELAY_HISTOGRAM_H
#define RELAY_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define RELAY_HISTOGRAM_BOUNDS 15

/* Upper bounds in milliseconds, rising. */
struct relay_histogram_bounds {
	int64_t ms[RELAY_HISTOGRAM_BOUNDS];
};

extern const struct relay_histogram_bounds relay_histogram_dns;      /* 1 ms to 60 s */
extern const struct relay_histogram_bounds relay_histogram_delivery; /* 50 ms to 5 d */

struct relay_histogram {
	atomic_ullong count[RELAY_HISTOGRAM_BOUNDS + 1]; /* the last: above all bounds */
	atomic_ullong sum_ms;
};

/* ms below 0, after a clock was set back, is 0. */
void relay_histogram_add(struct relay_histogram *h, const struct relay_histogram_bounds *bounds,
			 int64_t ms);

#endif
