#include "schedule/retry.h"

#include "base/test.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 INT64_C(1795000000000)

static const struct schedule_retry usual = {
	.retry_ms = { MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR },
	.n_retry = 5,
	.lifetime_ms = 5 * DAY,
	.warn_after_ms = 4 * HOUR,
};

static const struct schedule_retry one = {
	.retry_ms = { 10 },
	.n_retry = 1,
	.lifetime_ms = 1000,
};

static const struct schedule_retry brief = {
	.retry_ms = { MINUTE },
	.n_retry = 1,
	.lifetime_ms = 10,
};

static const struct schedule_retry half = {
	.retry_ms = { 10, 20 },
	.n_retry = 2,
	.lifetime_ms = 22,
};

static const struct schedule_retry less_than_half = {
	.retry_ms = { 10 },
	.n_retry = 1,
	.lifetime_ms = 21,
};

static const struct schedule_retry endless = {
	.retry_ms = { INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2 },
	.n_retry = 3,
	.lifetime_ms = INT64_MAX / 2,
};

static const struct {
	const char *label;
	const struct schedule_retry *s;
	int64_t arrived;
	unsigned attempts;
	int64_t now;
	uint32_t noise;
	int64_t want;
} next[] = {
	{ "after the first", &usual, T0, 1, T0 + 3, 0, T0 + 3 + MINUTE },
	{ "none yet is as one", &usual, T0, 0, T0 + 3, 0, T0 + 3 + MINUTE },
	{ "after the second", &usual, T0, 2, T0, 0, T0 + 5 * MINUTE },
	{ "the last", &usual, T0, 5, T0, 0, T0 + 4 * HOUR },
	{ "the last repeats", &usual, T0, 6, T0, 0, T0 + 4 * HOUR },
	{ "for ever", &usual, T0, 4000000000, T0, 0, T0 + 4 * HOUR },
	{ "half the noise", &usual, T0, 1, T0, 0x80000000, T0 + MINUTE + 3000 },
	{ "all the noise stays below a tenth", &usual, T0, 1, T0, 0xffffffff, T0 + MINUTE + 5999 },
	{ "a wait too short for noise", &one, T0, 1, T0, 0x7fffffff, T0 + 10 },
	{ "a millisecond before the end", &one, T0, 1, T0 + 989, 0, T0 + 999 },
	{ "just the end", &one, T0, 1, T0 + 990, 0, T0 + 1000 },
	{ "cut to the end", &one, T0, 1, T0 + 991, 0, T0 + 1000 },
	{ "the last moment", &one, T0, 1, T0 + 999, 0, T0 + 1000 },
	{ "at the end: as without one", &one, T0, 1, T0 + 1000, 0, T0 + 1010 },
	{ "noise does not pass the end", &usual, T0, 5, T0 + 5 * DAY - 4 * HOUR, 0xffffffff,
	  T0 + 5 * DAY },
	{ "arrived in the future", &usual, T0 + DAY, 1, T0, 0, T0 + MINUTE },
	{ "no overflow", &usual, INT64_MAX - 5, 1, INT64_MAX - 10, 0, INT64_MAX },
};

static const struct {
	const char *label;
	const struct schedule_retry *s;
	int64_t age;
	unsigned attempts;
	enum schedule_age want;
} age[] = {
	{ "new", &usual, 0, 1, SCHEDULE_YOUNG },
	{ "not yet late", &usual, 4 * HOUR - 1, 4, SCHEDULE_YOUNG },
	{ "late", &usual, 4 * HOUR, 5, SCHEDULE_LATE },
	{ "late still", &usual, 5 * DAY - 1, 30, SCHEDULE_LATE },
	{ "expired", &usual, 5 * DAY, 30, SCHEDULE_EXPIRED },
	{ "never warn", &one, 999, 90, SCHEDULE_YOUNG },
	{ "never warn, expired", &one, 1000, 90, SCHEDULE_EXPIRED },
	/* A clock set forward six days, a machine that was off, mail that was held. */
	{ "old, tried once", &usual, 6 * DAY, 1, SCHEDULE_LATE },
	{ "old, one short of fair", &usual, 6 * DAY, 5, SCHEDULE_LATE },
	{ "old, as often as is fair", &usual, 6 * DAY, 6, SCHEDULE_EXPIRED },
	{ "old, never warn, unfair", &one, 6 * DAY, 1, SCHEDULE_YOUNG },
	{ "old, never tried", &brief, 6 * DAY, 0, SCHEDULE_YOUNG },
	{ "a life shorter than the first wait", &brief, 10, 1, SCHEDULE_EXPIRED },
	{ "older than can be said", &usual, INT64_MAX, 6, SCHEDULE_EXPIRED },
	/* A clock set back: as old as the attempts make it. */
	{ "from the future, new", &usual, -DAY, 1, SCHEDULE_YOUNG },
	{ "1 + 5 + 15 + 60 minutes", &usual, -DAY, 5, SCHEDULE_YOUNG },
	{ "and four hours", &usual, -DAY, 6, SCHEDULE_LATE },
	{ "28 times four hours", &usual, -3650 * DAY, 33, SCHEDULE_LATE },
	{ "29 times", &usual, -3650 * DAY, 34, SCHEDULE_LATE },
	{ "30 times: five days", &usual, -3650 * DAY, 35, SCHEDULE_EXPIRED },
	{ "more often than can be summed", &endless, -DAY, UINT32_MAX, SCHEDULE_EXPIRED },
};

static const struct {
	const char *label;
	const struct schedule_retry *s;
	unsigned want;
} fair[] = {
	{ "one more than there are intervals", &usual, 6 },
	{ "many would fit", &one, 2 },
	{ "a life shorter than the first wait", &brief, 1 },
	{ "waits that cannot be summed", &endless, 1 },
	{ "just half the life, noise and all", &half, 2 },
	{ "a millisecond too short", &less_than_half, 1 },
};

static const struct {
	const char *label;
	const struct schedule_retry *s;
	int64_t next, closed, want; /* from T0, at which it arrived and which is now */
} put_off[] = {
	{ "open", &usual, MINUTE, 0, MINUTE },
	{ "opens before", &usual, MINUTE, MINUTE - 1, MINUTE },
	{ "opens after", &usual, MINUTE, HOUR, HOUR },
	{ "no later than the latest", &usual, MINUTE, 9 * HOUR, 4 * HOUR + 24 * MINUTE },
	{ "no later than the end of life", &half, 5, 30, 22 },
	{ "for ever", &endless, 1, INT64_MAX, INT64_MAX / 2 },
};

/* A wait of ten years has a tenth that needs more than 32 bits times the noise. */
static void long_wait(void)
{
	struct schedule_retry s = {
		.retry_ms = { 3650 * DAY },
		.n_retry = 1,
		.lifetime_ms = INT64_MAX,
	};
	int64_t got = schedule_retry_next(&s, 0, 1, 0, 0x80000000);

	CHECK_INT("ten years and a twentieth", got, 3650 * DAY + 3650 * DAY / 20);
}

/* What was written down under a clock that was ahead is no later than this now. */
static void latest(void)
{
	const struct schedule_retry falling = {
		.retry_ms = { DAY, HOUR },
		.n_retry = 2,
		.lifetime_ms = 5 * DAY,
	};

	CHECK_INT("the longest", schedule_retry_latest(&usual, T0), T0 + 4 * HOUR + 24 * MINUTE);
	CHECK_INT("not the last", schedule_retry_latest(&falling, T0), T0 + DAY + DAY / 10);
	CHECK_INT("no overflow", schedule_retry_latest(&usual, INT64_MAX - 1), INT64_MAX);
}

/* Whatever the clock says, before 1970 too: now < next <= latest. */
static void never_later(void)
{
	static const int64_t clocks[] = { INT64_MIN, -DAY, 0, T0 - 3650 * DAY, T0, T0 + 5 * DAY };
	static const struct schedule_retry *const all[] = { &usual, &one, &brief, &half };

	for (size_t i = 0; i < COUNT_OF(all) * COUNT_OF(clocks) * 8; i++) {
		const struct schedule_retry *s = all[i % COUNT_OF(all)];
		int64_t now = clocks[i / COUNT_OF(all) % COUNT_OF(clocks)];
		unsigned attempts = (unsigned)(i / COUNT_OF(all) / COUNT_OF(clocks));
		int64_t due = schedule_retry_next(s, T0, attempts, now, UINT32_MAX);
		int64_t off = schedule_retry_put_off(s, T0, due, now, HOUR);
		CHECK_INT("due", due > now && due <= schedule_retry_latest(s, now), 1);
		CHECK_INT("put off", off >= due && off <= schedule_retry_latest(s, now), 1);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(next); i++)
		CHECK_INT(next[i].label,
			  schedule_retry_next(next[i].s, next[i].arrived, next[i].attempts,
					      next[i].now, next[i].noise),
			  next[i].want);
	for (size_t i = 0; i < COUNT_OF(age); i++) {
		int64_t arrived = age[i].age == INT64_MAX ? -T0 : T0;
		int64_t now = age[i].age == INT64_MAX ? INT64_MAX : T0 + age[i].age;
		CHECK_INT(age[i].label, schedule_retry_age(age[i].s, arrived, age[i].attempts, now),
			  age[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(fair); i++)
		CHECK_INT(fair[i].label, schedule_retry_fair(fair[i].s), fair[i].want);
	for (size_t i = 0; i < COUNT_OF(put_off); i++)
		CHECK_INT(put_off[i].label,
			  schedule_retry_put_off(put_off[i].s, T0, T0 + put_off[i].next, T0,
						 put_off[i].closed),
			  T0 + put_off[i].want);
	latest();
	never_later();
	long_wait();
	return TEST_EXIT();
}
