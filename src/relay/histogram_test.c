#include "relay/histogram.h"

#include "base/test.h"

/* At each bound, and one past it. */
static void test_bounds(const char *label, const struct relay_histogram_bounds *bounds)
{
	struct relay_histogram h = { 0 };

	for (size_t i = 0; i < RELAY_HISTOGRAM_BOUNDS; i++) {
		CHECK_INT(label, i == 0 || bounds->ms[i] > bounds->ms[i - 1], 1);
		relay_histogram_add(&h, bounds, bounds->ms[i]);
		CHECK_INT(label, (long long)h.count[i], i ? 2 : 1);
		relay_histogram_add(&h, bounds, bounds->ms[i] + 1);
		CHECK_INT(label, (long long)h.count[i + 1], 1);
	}
}

int main(void)
{
	struct relay_histogram h = { 0 };

	test_bounds("dns", &relay_histogram_dns);
	test_bounds("delivery", &relay_histogram_delivery);
	relay_histogram_add(&h, &relay_histogram_dns, 7);
	relay_histogram_add(&h, &relay_histogram_dns, -7);
	CHECK_INT("sum", (long long)h.sum_ms, 7);
	CHECK_INT("a clock that was set back", (long long)h.count[0], 1);
	return TEST_EXIT();
}
