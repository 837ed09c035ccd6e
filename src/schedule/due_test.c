#include "schedule/due.h"

#include "base/test.h"

#define SECOND INT64_C(1000)
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define T0 INT64_C(1795000000000)
#define MONO INT64_C(5000000)

static const struct schedule_retry usual = {
	.retry_ms = { MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR },
	.n_retry = 5,
	.lifetime_ms = 5 * DAY,
};

enum known { WORKS, FAILED, FAILED_LONG_AGO, IS_TRIED };

static const struct {
	const char *label;
	enum known known;
	int64_t age;
	unsigned attempts;
	uint32_t kib, held, cap;
	enum schedule_load want;
	int64_t next; /* from now */
	unsigned then;
	uint32_t kept; /* of all; 0: 400 */
} cases[] = {
	{ "nothing is known", WORKS, HOUR, 4, 7, 0, 0, SCHEDULE_LOAD, 0, 4, 0 },
	{ "it failed: by its own schedule", FAILED, HOUR, 3, 7, 0, 0, SCHEDULE_LEAVE, HOUR, 4, 0 },
	{ "but not before it opens", FAILED, MINUTE, 0, 7, 0, 0, SCHEDULE_LEAVE, 8 * MINUTE, 1, 0 },
	{ "nor past the end of its life", FAILED, 5 * DAY - MINUTE, 1, 7, 0, 0, SCHEDULE_LEAVE,
	  MINUTE, 2, 0 },
	{ "at the end of its life it is given up", FAILED, 5 * DAY, 5, 7, 0, 0, SCHEDULE_LOAD, 0, 5,
	  0 },
	{ "not before it was tried fairly", FAILED, 5 * DAY, 4, 7, 0, 0, SCHEDULE_LEAVE, 4 * HOUR,
	  5, 0 },
	{ "a trial", FAILED_LONG_AGO, HOUR, 3, 7, 0, 0, SCHEDULE_LOAD, 0, 3, 0 },
	{ "another is the trial", IS_TRIED, HOUR, 3, 7, 0, 0, SCHEDULE_LEAVE, HOUR / 8, 3, 0 },
	{ "its lane is full", WORKS, HOUR, 3, 7, 795, 0, SCHEDULE_LEAVE, HOUR / 8, 3, 0 },
	{ "there is just room", WORKS, HOUR, 3, 7, 393, 0, SCHEDULE_LOAD, 0, 3, 0 },
	{ "there is just none", WORKS, HOUR, 3, 8, 393, 0, SCHEDULE_LEAVE, HOUR / 8, 3, 0 },
	{ "over its cap", WORKS, 1, 0, 7, 100, 106, SCHEDULE_LEAVE, 10 * SECOND, 0, 0 },
	{ "to its cap", WORKS, 1, 0, 7, 100, 107, SCHEDULE_LOAD, 0, 0, 0 },
	{ "one message of a lane always", WORKS, HOUR, 3, 400, 0, 0, SCHEDULE_LOAD, 0, 3, 0 },
	{ "but not more than there is room for", WORKS, HOUR, 3, 7, 0, 0, SCHEDULE_LEAVE, HOUR / 8,
	  3, 794 },
	{ "larger than what is accepted today: it has room all the same", WORKS, HOUR, 3, 5000, 0,
	  0, SCHEDULE_LOAD, 0, 3, 700 },
	{ "and it is given up in time", WORKS, 5 * DAY, 5, 5000, 200, 0, SCHEDULE_LOAD, 0, 5, 0 },
	{ "nor to be given up", FAILED, 5 * DAY, 5, 7, 795, 0, SCHEDULE_LEAVE, 10 * MINUTE, 5, 0 },
	{ "no room for a trial: none was made", FAILED_LONG_AGO, HOUR, 3, 7, 795, 0, SCHEDULE_LEAVE,
	  HOUR / 8, 3, 0 },
};

static void make(enum known known, struct schedule_backoff *b, const struct schedule_due *d)
{
	*b = (struct schedule_backoff){ 0 };
	for (int i = 0; i < 5 && known != WORKS; i++) {
		schedule_backoff_failed(b, &d->limits, MONO, 0);
		b->until_ms = MONO;
	}
	if (known == FAILED)
		b->until_ms = MONO + 8 * MINUTE;
	if (known == IS_TRIED)
		schedule_backoff_try(b, MONO);
}

static void run(size_t i)
{
	struct schedule_backoff b;
	struct schedule_due d = { .retry = &usual,
				  .limits = schedule_backoff_limits(&usual),
				  .usage = { .kept = cases[i].kept ? cases[i].kept : 400,
					     .limit = 1000,
					     .largest = 100 },
				  .share = { cases[i].held,
					     cases[i].cap ? cases[i].cap : UINT32_MAX },
				  .now_wall_ms = T0 + cases[i].age,
				  .now_ms = MONO };
	struct schedule_row row = { .arrived_wall_ms = T0,
				    .next_wall_ms = d.now_wall_ms,
				    .attempts = cases[i].attempts,
				    .kib = cases[i].kib };

	make(cases[i].known, &b, &d);
	if (cases[i].known != WORKS)
		d.backoff = &b;
	bool trial = cases[i].known == FAILED_LONG_AGO && cases[i].want == SCHEDULE_LOAD;
	CHECK_INT(cases[i].label, schedule_due_load(&d, &row), cases[i].want);
	CHECK_INT(cases[i].label, row.next_wall_ms - d.now_wall_ms, cases[i].next);
	CHECK_INT(cases[i].label, row.attempts, cases[i].then);
	CHECK_INT(cases[i].label, row.turned_away,
		  cases[i].want == SCHEDULE_LEAVE && cases[i].held > 0);
	CHECK_INT(cases[i].label, b.trying, trial || cases[i].known == IS_TRIED);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run(i);
	return TEST_EXIT();
}
