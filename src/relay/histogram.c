#include "relay/histogram.h"

#define S INT64_C(1000)
#define H (3600 * S)

const struct relay_histogram_bounds relay_histogram_dns = {
	{ 1, 2, 5, 10, 25, 50, 100, 250, 500, 1 * S, 2500, 5 * S, 10 * S, 30 * S, 60 * S },
};

const struct relay_histogram_bounds relay_histogram_delivery = {
	{ 50, 100, 250, 500, 1 * S, 2500, 5 * S, 10 * S, 30 * S, 60 * S, 300 * S, 1 * H, 4 * H,
	  24 * H, 120 * H },
};

void relay_histogram_add(struct relay_histogram *h, const struct relay_histogram_bounds *bounds,
			 int64_t ms)
{
	size_t i = 0;

	if (ms < 0)
		ms = 0;
	while (i < RELAY_HISTOGRAM_BOUNDS && ms > bounds->ms[i])
		i++;
	atomic_fetch_add_explicit(&h->count[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_ms, (unsigned long long)ms, memory_order_relaxed);
}
