/* What came when, and what is left of it. */
#include "queue/ages.h"

#include "base/test.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define NOW (INT64_C(20000) * DAY)

/* Comes and goes, one after the other; then how many came within an hour, a day, ever. */
static const struct {
	const char *label;
	struct {
		int64_t ago;
		int sign;
	} event[4];
	long long hour, day, all;
} cases[] = {
	{ "nothing", { { 0 } }, 0, 0, 0 },
	{ "now", { { 0, 1 } }, 1, 1, 1 },
	{ "an hour ago", { { HOUR, 1 } }, 1, 1, 1 },
	{ "more than an hour ago", { { HOUR + 5 * MINUTE, 1 } }, 0, 1, 1 },
	{ "a day ago, and nothing since", { { DAY, 1 } }, 0, 1, 1 },
	{ "a day ago but five minutes, and one now",
	  { { DAY - 5 * MINUTE, 1 }, { 0, 1 } },
	  1,
	  2,
	  2 },
	{ "a day ago, and one now", { { DAY, 1 }, { 0, 1 } }, 1, 1, 2 },
	{ "the other way round", { { 0, 1 }, { DAY, 1 } }, 1, 1, 2 },
	{ "a week ago, and one now", { { 7 * DAY, 1 }, { 0, 1 } }, 1, 1, 2 },
	{ "it went", { { HOUR, 1 }, { HOUR, -1 } }, 0, 0, 0 },
	{ "it went when it was old", { { 3 * DAY, 1 }, { 0, 1 }, { 3 * DAY, -1 } }, 1, 1, 1 },
	{ "the new one went", { { 3 * DAY, 1 }, { 0, 1 }, { 0, -1 } }, 0, 0, 1 },
	{ "two of a step", { { 0, 1 }, { 0, 1 }, { 0, -1 } }, 1, 1, 1 },
	{ "same place, another day", { { 2 * DAY, 1 }, { DAY, 1 }, { 0, 1 } }, 1, 1, 3 },
	{ "a clock that was before all time", { { 2 * NOW, 1 }, { 0, 1 } }, 1, 1, 2 },
	{ "a clock that is set back", { { -DAY, 1 }, { 0, 1 } }, 1, 1, 2 },
};

static void check_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct queue_ages a = { 0 };
		for (size_t k = 0; k < 4 && cases[i].event[k].sign; k++)
			queue_ages_count(&a, NOW - cases[i].event[k].ago, cases[i].event[k].sign);
		CHECK_INT(cases[i].label, (long long)queue_ages_since(&a, NOW - HOUR),
			  cases[i].hour);
		CHECK_INT(cases[i].label, (long long)queue_ages_since(&a, NOW - DAY), cases[i].day);
		CHECK_INT(cases[i].label, (long long)queue_ages_all(&a), cases[i].all);
	}
}

/* Wherever it stands, the same events leave the same. */
static void check_advance(void)
{
	for (int64_t top = -400; top < 400; top += 7) {
		struct queue_ages a = { 0 };
		for (int64_t ago = 0; ago < 600; ago++)
			queue_ages_count(&a, NOW - ago * QUEUE_AGES_STEP_MS, 1);
		queue_ages_advance(&a, NOW / QUEUE_AGES_STEP_MS + top);
		CHECK_INT("none is lost", (long long)queue_ages_all(&a), 600);
		long long kept = top <= 0 ? 288 : top >= 288 ? 0 : 288 - top;
		CHECK_INT("of a day before the top", (long long)queue_ages_since(&a, 0), kept);
	}
}

int main(void)
{
	check_cases();
	check_advance();
	return TEST_EXIT();
}
