#include "console/ring.h"

#include "base/test.h"

#define MINUTE INT64_C(60000)
#define DAY (1440 * MINUTE)

static const struct {
	int64_t since, now;
	size_t level;
} reaches[] = {
	{ 0, 60 * MINUTE, 0 }, { 0, 60 * MINUTE + 1, 1 }, { 0, DAY, 1 }, { 0, DAY + 1, 2 },
	{ 0, 7 * DAY, 2 },     { 0, 70 * DAY, 2 },        { 10, 5, 0 },
};

static void add(struct console_ring *r, int64_t at)
{
	const struct console_sample s = { .wall_ms = at, .value = { at } };

	console_ring_add(r, &s);
}

int main(void)
{
	struct console_ring *r = console_ring_new();

	if (!r)
		return 1;
	for (size_t i = 0; i < COUNT_OF(reaches); i++)
		CHECK_INT("level", (long long)console_ring_level(reaches[i].since, reaches[i].now),
			  (long long)reaches[i].level);
	CHECK_INT("step", console_ring_step_ms(2), 600000);
	CHECK_INT("growth", console_ring_growth(5, 9), 4);
	CHECK_INT("began anew", console_ring_growth(9, 5), 5);
	CHECK_INT("none", (long long)console_ring_count(r, 0), 0);
	for (int64_t t = 0; t < 2 * 60 * MINUTE; t += CONSOLE_RING_STEP_MS)
		add(r, t + t % 3); /* timers are late, and now and then less so */
	CHECK_INT("an hour", (long long)console_ring_count(r, 0), 720);
	CHECK_INT("minutes", (long long)console_ring_count(r, 1), 120);
	CHECK_INT("ten minutes", (long long)console_ring_count(r, 2), 12);
	CHECK_INT("the oldest", console_ring_at(r, 0, 0)->wall_ms / 1000, 3600);
	CHECK_INT("the newest", console_ring_at(r, 0, 719)->wall_ms / 1000, 7195);
	CHECK_INT("too soon",
		  (add(r, 2 * 60 * MINUTE - 4000), console_ring_at(r, 0, 719)->wall_ms / 1000),
		  7195);
	CHECK_INT("set back", (add(r, 5), console_ring_at(r, 0, 719)->wall_ms), 5);
	console_ring_free(&r);
	return TEST_EXIT();
}
