#include "schedule/failing.h"

#include "base/test.h"

#include <stdio.h>

static const uint64_t seed[2] = { 1, 2 };
static const struct schedule_backoff_limits usual = { 30000, 3600000 };

static void fail(struct schedule_failing *t, struct str key)
{
	schedule_backoff_failed(schedule_failing_at(t, key), &usual, 1000, 0);
}

static long long failures(const struct schedule_failing *t, struct str key)
{
	const struct schedule_backoff *b = schedule_failing_find(t, key);

	return b ? (long long)b->failures : -1;
}

/* Three fit; each row is one more step and what is then known of a, b, c, d. */
static const struct {
	const char *label;
	char how; /* +: fails, ?: looked up only, -: works */
	struct str key;
	long long a, b, c, d;
} steps[] = {
	{ "the first", '+', STR_INIT("a"), 1, -1, -1, -1 },
	{ "looking up adds none", '?', STR_INIT("b"), 1, -1, -1, -1 },
	{ "dropping what is not here", '-', STR_INIT("b"), 1, -1, -1, -1 },
	{ "the second", '+', STR_INIT("b"), 1, 1, -1, -1 },
	{ "the third", '+', STR_INIT("c"), 1, 1, 1, -1 },
	{ "the first again", '+', STR_INIT("a"), 1, 1, 1, -1 },
	{ "one too many: the second goes", '+', STR_INIT("d"), 1, -1, 1, 1 },
	{ "it works", '-', STR_INIT("c"), 1, -1, -1, 1 },
	{ "now there is room", '+', STR_INIT("b"), 1, 1, -1, 1 },
	{ "again one too many", '+', STR_INIT("c"), -1, 1, 1, 1 },
};

static void many(void)
{
	struct schedule_failing *t = schedule_failing_new(seed, 1000);
	char key[24];

	for (int i = 0; i < 5000; i++) {
		int n = snprintf(key, sizeof(key), "%d", i);
		fail(t, (struct str){ key, (size_t)n });
	}
	CHECK_INT("never more than max", (long long)schedule_failing_count(t), 1000);
	CHECK_INT("the last are there", failures(t, STR("4000")), 1);
	CHECK_INT("the others are not", failures(t, STR("3999")), -1);
	schedule_failing_free(&t);
	CHECK_INT("freed", t == NULL, 1);
	schedule_failing_free(&t);
}

int main(void)
{
	struct schedule_failing *t = schedule_failing_new(seed, 3);

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		if (steps[i].how == '+')
			fail(t, steps[i].key);
		else if (steps[i].how == '-')
			schedule_failing_drop(t, steps[i].key);
		else
			(void)schedule_failing_find(t, steps[i].key);
		CHECK_INT(steps[i].label, failures(t, STR("a")), steps[i].a);
		CHECK_INT(steps[i].label, failures(t, STR("b")), steps[i].b);
		CHECK_INT(steps[i].label, failures(t, STR("c")), steps[i].c);
		CHECK_INT(steps[i].label, failures(t, STR("d")), steps[i].d);
	}
	fail(t, STR_NONE);
	CHECK_INT("the empty key", failures(t, STR("")), 1);
	schedule_failing_clear(t);
	CHECK_INT("all forgotten", (long long)schedule_failing_count(t), 0);
	fail(t, STR("a"));
	CHECK_INT("anew", failures(t, STR("a")), 1);
	schedule_failing_free(&t);
	many();
	return TEST_EXIT();
}
