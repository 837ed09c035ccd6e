#include "schedule/backoff.h"

#include "base/test.h"

#define SECOND INT64_C(1000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 INT64_C(50000000)

static const struct schedule_backoff_limits usual = { 30 * SECOND, HOUR };

static const struct {
	const char *label;
	struct schedule_retry s;
	int64_t first, most;
} limits[] = {
	{ "as it comes",
	  { .retry_ms = { MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR },
	    .n_retry = 5,
	    .lifetime_ms = 5 * DAY },
	  30 * SECOND,
	  HOUR },
	{ "no longer than the first wait",
	  { .retry_ms = { 10 * SECOND, HOUR }, .n_retry = 2, .lifetime_ms = 5 * DAY },
	  10 * SECOND,
	  HOUR },
	{ "nor than the longest",
	  { .retry_ms = { SECOND }, .n_retry = 1, .lifetime_ms = 5 * DAY },
	  SECOND,
	  1100 },
	{ "nor than leaves room for what is fair",
	  { .retry_ms = { MINUTE, HOUR }, .n_retry = 2, .lifetime_ms = HOUR },
	  30 * SECOND,
	  HOUR / 8 },
	{ "a short life",
	  { .retry_ms = { MINUTE }, .n_retry = 1, .lifetime_ms = 40 * SECOND },
	  10 * SECOND,
	  10 * SECOND },
	{ "at least something", { .retry_ms = { 0 }, .n_retry = 1, .lifetime_ms = 1 }, 1, 1 },
};

/* How long it is closed after each failure, when none works. */
static void doubled(void)
{
	static const int64_t want[] = { 30,      60,      2 * 60,  4 * 60,  8 * 60,
					16 * 60, 32 * 60, 60 * 60, 60 * 60, 60 * 60 };
	struct schedule_backoff b = { 0 };
	int64_t now = T0;

	for (size_t i = 0; i < COUNT_OF(want); i++) {
		schedule_backoff_failed(&b, &usual, now, 0);
		CHECK_INT("closed for", b.until_ms - now, want[i] * SECOND);
		now = b.until_ms;
	}
	for (size_t i = 0; i < 100; i++) {
		schedule_backoff_failed(&b, &usual, now, 0);
		now = b.until_ms;
	}
	CHECK_INT("and no longer", b.until_ms - now, 0);
	schedule_backoff_failed(&b, &usual, now, UINT32_MAX);
	CHECK_INT("a quarter less, by noise", b.until_ms - now, 45 * MINUTE + 1);
}

/* A walk through all states, a step a row: what was done, and what a look says then. */
static void walk(void)
{
	enum act { LOOK, FAIL, TRY, WORK, UNKNOWN };
	static const struct {
		const char *label;
		int64_t pass; /* ms before it */
		enum act act;
		enum schedule_gate want;
	} steps[] = {
		{ "never tried", 0, LOOK, SCHEDULE_OPEN },
		{ "unknown changes nothing", 0, UNKNOWN, SCHEDULE_OPEN },
		{ "fails", 0, FAIL, SCHEDULE_CLOSED },
		{ "another that was under way fails", 29999, FAIL, SCHEDULE_CLOSED },
		{ "its time is not longer by that", 1, LOOK, SCHEDULE_TRIAL },
		{ "one goes", 0, TRY, SCHEDULE_BUSY },
		{ "almost too long", SCHEDULE_TRIAL_MS - 1, LOOK, SCHEDULE_BUSY },
		{ "too long", 1, LOOK, SCHEDULE_TRIAL },
		{ "a second goes", 0, TRY, SCHEDULE_BUSY },
		{ "without a word", 5, UNKNOWN, SCHEDULE_TRIAL },
		{ "a third", 0, TRY, SCHEDULE_BUSY },
		{ "fails again", 5, FAIL, SCHEDULE_CLOSED },
		{ "a minute", 59999, LOOK, SCHEDULE_CLOSED },
		{ "is over", 1, LOOK, SCHEDULE_TRIAL },
		{ "one goes", 0, TRY, SCHEDULE_BUSY },
		{ "works", 5, WORK, SCHEDULE_OPEN },
		{ "fails after that", 0, FAIL, SCHEDULE_CLOSED },
		{ "30 s as at first", 30000, LOOK, SCHEDULE_TRIAL },
		{ "fails untried", 0, FAIL, SCHEDULE_CLOSED },
		{ "works, though closed", 0, WORK, SCHEDULE_OPEN },
	};
	struct schedule_backoff b = { 0 };
	int64_t now = T0;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		now += steps[i].pass;
		switch (steps[i].act) {
		case LOOK:
			break;
		case FAIL:
			schedule_backoff_failed(&b, &usual, now, 0);
			break;
		case TRY:
			schedule_backoff_try(&b, now);
			break;
		case WORK:
			schedule_backoff_worked(&b);
			break;
		case UNKNOWN:
			schedule_backoff_unknown(&b);
			break;
		}
		CHECK_INT(steps[i].label, schedule_backoff_look(&b, &usual, now), steps[i].want);
	}
}

/* However far the clock jumps, it closes for most_ms from the next look at most. */
static void clock_jumps(void)
{
	struct schedule_backoff b = { 0 };

	schedule_backoff_failed(&b, &usual, T0 + 3650 * DAY, 0);
	CHECK_INT("set back", schedule_backoff_look(&b, &usual, T0), SCHEDULE_CLOSED);
	CHECK_INT("an hour", schedule_backoff_wait(&b, &usual, T0, 0), HOUR);
	CHECK_INT("no more", schedule_backoff_look(&b, &usual, T0 + HOUR), SCHEDULE_TRIAL);
	schedule_backoff_try(&b, T0 + 3650 * DAY);
	CHECK_INT("a trial", schedule_backoff_look(&b, &usual, T0 + HOUR), SCHEDULE_BUSY);
	CHECK_INT("of its time", schedule_backoff_look(&b, &usual, T0 + HOUR + SCHEDULE_TRIAL_MS),
		  SCHEDULE_TRIAL);
	schedule_backoff_failed(&b, &usual, T0 + HOUR, 0);
	CHECK_INT("set forward", schedule_backoff_look(&b, &usual, T0 + DAY), SCHEDULE_TRIAL);
}

/* What waits comes after it opens, over half as long as it was closed. */
static void waits(void)
{
	struct schedule_backoff b = { 0 };
	const struct schedule_backoff_limits shorter = { SECOND, 2 * SECOND };

	CHECK_INT("open", schedule_backoff_wait(&b, &usual, T0, UINT32_MAX), 0);
	schedule_backoff_failed(&b, &usual, T0, 0);
	CHECK_INT("no noise", schedule_backoff_wait(&b, &usual, T0, 0), 30 * SECOND);
	CHECK_INT("half", schedule_backoff_wait(&b, &usual, T0, 0x80000000), 37500);
	CHECK_INT("all", schedule_backoff_wait(&b, &usual, T0, UINT32_MAX), 44999);
	CHECK_INT("later", schedule_backoff_wait(&b, &usual, T0 + 29 * SECOND, 0), SECOND);
	CHECK_INT("over", schedule_backoff_wait(&b, &usual, T0 + 30 * SECOND, UINT32_MAX), 0);
	CHECK_INT("limits that a reload made shorter",
		  schedule_backoff_wait(&b, &shorter, T0, UINT32_MAX), 2499);
}

/* For how long one is turned away. */
static void turned_away(void)
{
	struct schedule_backoff b = { 0 };

	CHECK_INT("open", schedule_backoff_closed(&b, &usual, T0), 0);
	schedule_backoff_failed(&b, &usual, T0, 0);
	CHECK_INT("until it opens", schedule_backoff_closed(&b, &usual, T0 + 10 * SECOND),
		  20 * SECOND);
	CHECK_INT("one may try", schedule_backoff_closed(&b, &usual, T0 + 30 * SECOND), 0);
	schedule_backoff_try(&b, T0 + 30 * SECOND);
	CHECK_INT("not two", schedule_backoff_closed(&b, &usual, T0 + 30 * SECOND), 30 * SECOND);
}

/* A destination whose hosts are closed is closed with them, and has not failed by that. */
static void shut(void)
{
	struct schedule_backoff b = { 0 };

	schedule_backoff_shut(&b, &usual, T0, 5 * SECOND);
	CHECK_INT("closed", schedule_backoff_look(&b, &usual, T0 + 4999), SCHEDULE_CLOSED);
	CHECK_INT("for that long", schedule_backoff_look(&b, &usual, T0 + 5000), SCHEDULE_TRIAL);
	schedule_backoff_try(&b, T0 + 5000);
	schedule_backoff_shut(&b, &usual, T0 + 5000, 3 * HOUR);
	CHECK_INT("no failure more", b.failures, 1);
	CHECK_INT("no trial", b.trying, 0);
	CHECK_INT("no longer than the most", b.until_ms, T0 + 5000 + HOUR);
	schedule_backoff_shut(&b, &usual, T0 + 6000, HOUR);
	CHECK_INT("once", b.until_ms, T0 + 5000 + HOUR);
	b.failures = 4;
	schedule_backoff_shut(&b, &usual, T0 + DAY, SECOND);
	CHECK_INT("nor fewer", b.failures, 4);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		struct schedule_backoff_limits got = schedule_backoff_limits(&limits[i].s);
		CHECK_INT(limits[i].label, got.first_ms, limits[i].first);
		CHECK_INT(limits[i].label, got.most_ms, limits[i].most);
	}
	doubled();
	walk();
	clock_jumps();
	waits();
	shut();
	turned_away();
	return TEST_EXIT();
}
