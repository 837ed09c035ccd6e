/* The wheel against the plainest model of it: each timer's time in an array. */
#include "resolve/wheel.h"

#include "base/hash.h"
#include "base/test.h"

#define N 400

struct thing {
	struct resolve_timer timer;
	int64_t due; /* INT64_MAX: not set */
	unsigned fired;
};

static struct thing things[N];
static struct resolve_wheel wheel;
static int64_t now;

static void fire(struct resolve_timer *t)
{
	struct thing *thing = CONTAINER_OF(t, struct thing, timer);

	CHECK_INT("not early", thing->due <= now, 1);
	CHECK_INT("not late", now - thing->due < RESOLVE_WHEEL_TICK_MS + 1000, 1);
	thing->due = INT64_MAX;
	thing->fired++;
}

static int64_t earliest(void)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < N; i++)
		if (things[i].due < least)
			least = things[i].due;
	return least;
}

static uint32_t random_u32(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Many rounds of setting, unsetting and running, near and far, with sleeps of all lengths. */
static void test_random(void)
{
	uint32_t state = 4711;

	for (int round = 0; round < 20000; round++) {
		struct thing *t = &things[random_u32(&state) % N];
		uint32_t what = random_u32(&state) % 8;
		if (what < 4) {
			int64_t span = what == 0 ? 60000 : what == 1 ? 9000 : 300;
			t->due = now + random_u32(&state) % span;
			resolve_timer_set(&wheel, &t->timer, t->due);
		} else if (what == 4) {
			t->due = INT64_MAX;
			resolve_timer_unset(&t->timer);
		} else {
			now += random_u32(&state) % (what == 5 ? 900 : 40);
			resolve_wheel_run(&wheel, now);
			for (int i = 0; i < N; i++)
				CHECK_INT("all that is due",
					  things[i].due > now - RESOLVE_WHEEL_TICK_MS, 1);
		}
		int64_t next = resolve_wheel_next(&wheel), least = earliest();
		CHECK_INT("next", least == INT64_MAX || next <= least + RESOLVE_WHEEL_TICK_MS, 1);
	}
}

/* Sleeping until next, again and again, comes to an end and fires it. */
static void test_next(void)
{
	struct thing *t = &things[0];
	int turns = 0;

	for (int i = 0; i < N; i++) {
		resolve_timer_unset(&things[i].timer);
		things[i].due = INT64_MAX;
	}
	CHECK_INT("empty", resolve_wheel_next(&wheel), INT64_MAX);
	now += 1000000;
	t->fired = 0;
	t->due = now + 30000;
	resolve_timer_set(&wheel, &t->timer, t->due);
	while (t->fired == 0 && turns++ < 100) {
		int64_t next = resolve_wheel_next(&wheel);
		now = next > now ? next : now;
		resolve_wheel_run(&wheel, now);
	}
	CHECK_INT("fired", t->fired, 1);
	CHECK_INT("few turns", turns < 10, 1);
	CHECK_INT("empty", resolve_wheel_next(&wheel), INT64_MAX);

	t->due = now - 5;
	resolve_timer_set(&wheel, &t->timer, t->due);
	now += RESOLVE_WHEEL_TICK_MS;
	resolve_wheel_run(&wheel, now);
	CHECK_INT("past", t->fired, 2);
}

static struct thing *other;

static void fire_and_unset(struct resolve_timer *t)
{
	(void)t;
	resolve_timer_unset(&other->timer);
	other->fired++;
}

/* What one timer unsets while both are due does not fire. */
static void test_unset_due(void)
{
	struct thing a = { 0 }, b = { 0 };

	resolve_timer_init(&a.timer, fire_and_unset);
	resolve_timer_init(&b.timer, fire);
	other = &b;
	resolve_timer_set(&wheel, &a.timer, now + 100);
	resolve_timer_set(&wheel, &b.timer, now + 100);
	now += 200;
	resolve_wheel_run(&wheel, now);
	CHECK_INT("once", b.fired, 1);
}

int main(void)
{
	now = 123456789;
	resolve_wheel_init(&wheel, now);
	for (int i = 0; i < N; i++) {
		resolve_timer_init(&things[i].timer, fire);
		things[i].due = INT64_MAX;
	}
	test_random();
	test_next();
	test_unset_due();
	return TEST_EXIT();
}
