/* What is remembered of domains, step by step. */
#include "schedule/memory.h"

#include "base/test.h"

#include <stdlib.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define T0 INT64_C(1800000000000)

static const uint64_t seed[2] = { 1, 2 };

/* One after another, over one memory that holds two domains. */
static const struct {
	const char *label, *domain;
	bool secure;
	int64_t at;   /* since T0 */
	int64_t was;  /* since T0; -1: nothing is told */
	size_t taken; /* rows that are to be kept by it */
} steps[] = {
	{ "a new one, insecure", "a.example", false, 0, -1, 1 },
	{ "as it was", "a.example", false, 1, -1, 0 },
	{ "as it was, an hour later", "a.example", false, HOUR, -1, 1 },
	{ "secure", "a.example", true, 2 * HOUR, -1, 1 },
	{ "seen again soon", "a.example", true, 2 * HOUR + 5, -1, 0 },
	{ "no more", "a.example", false, 3 * HOUR, 2 * HOUR + 5, 1 },
	{ "told each time", "a.example", false, 3 * HOUR + 1, 2 * HOUR + 5, 0 },
	{ "on the last day", "a.example", false, 2 * HOUR + 5 + 90 * DAY, 2 * HOUR + 5, 1 },
	{ "and after", "a.example", false, 2 * HOUR + 6 + 90 * DAY, -1, 0 },
	{ "another", "b.example", true, 91 * DAY, -1, 1 },
	{ "a third: the first goes", "c.example", true, 91 * DAY, -1, 1 },
	{ "is forgotten", "a.example", false, 91 * DAY, -1, 1 },
	{ "and so is that which was heard of longest ago", "b.example", false, 91 * DAY, -1, 1 },
	{ "a clock that was set back", "b.example", false, 80 * DAY, -1, 1 },
	{ "no name", "", true, 0, -1, 0 },
};

static size_t take(struct schedule_memory *m, size_t max)
{
	struct schedule_memory_batch *b = schedule_memory_take(m, max);
	size_t n = b ? b->n : 0;

	free(b);
	return n;
}

static void check_kept(void)
{
	struct schedule_memory *m = schedule_memory_new(seed, 10);
	const struct schedule_memory_row kept = { .domain = STR("a.example"),
						  .secure = true,
						  .since_wall_ms = T0,
						  .secure_wall_ms = T0 + 1,
						  .seen_wall_ms = T0 };

	if (!m)
		abort();
	schedule_memory_load(m, &kept);
	CHECK_INT("nothing new", (long long)take(m, 10), 0);
	CHECK_INT("was secure", schedule_memory_learn(m, STR("a.example"), false, T0 + 2), T0 + 1);
	(void)schedule_memory_learn(m, STR("b.example"), true, T0 + 3);
	schedule_memory_load(m, &kept); /* what is newer stays */
	struct schedule_memory_batch *b = schedule_memory_take(m, 1);
	CHECK_INT("one at a time", b ? (long long)b->n : 0, 1);
	if (b) {
		CHECK_STR("which", b->row[0].domain, STR("a.example"));
		CHECK_INT("how", b->row[0].secure, false);
		CHECK_INT("since", b->row[0].since_wall_ms, T0 + 2);
		CHECK_INT("secure last", b->row[0].secure_wall_ms, T0 + 1);
	}
	free(b);
	CHECK_INT("the other", (long long)take(m, 10), 1);
	schedule_memory_free(&m);
}

int main(void)
{
	struct schedule_memory *m = schedule_memory_new(seed, 2);

	if (!m)
		return 1;
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		int64_t was = schedule_memory_learn(m, str_of(steps[i].domain), steps[i].secure,
						    T0 + steps[i].at);
		CHECK_INT(steps[i].label, was ? was - T0 : -1, steps[i].was);
		CHECK_INT(steps[i].label, (long long)take(m, 10), (long long)steps[i].taken);
	}
	schedule_memory_free(&m);
	check_kept();
	return TEST_EXIT();
}
