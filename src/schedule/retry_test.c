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
	enum schedule_age want;
} age[] = {
	{ "new", &usual, 0, SCHEDULE_YOUNG },
	{ "from the future", &usual, -DAY, SCHEDULE_YOUNG },
	{ "not yet late", &usual, 4 * HOUR - 1, SCHEDULE_YOUNG },
	{ "late", &usual, 4 * HOUR, SCHEDULE_LATE },
	{ "late still", &usual, 5 * DAY - 1, SCHEDULE_LATE },
	{ "expired", &usual, 5 * DAY, SCHEDULE_EXPIRED },
	{ "never warn", &one, 999, SCHEDULE_YOUNG },
	{ "never warn, expired", &one, 1000, SCHEDULE_EXPIRED },
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

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(next); i++)
		CHECK_INT(next[i].label,
			  schedule_retry_next(next[i].s, next[i].arrived, next[i].attempts,
					      next[i].now, next[i].noise),
			  next[i].want);
	for (size_t i = 0; i < COUNT_OF(age); i++)
		CHECK_INT(age[i].label, schedule_retry_age(age[i].s, T0, T0 + age[i].age),
			  age[i].want);
	long_wait();
	return TEST_EXIT();
}
