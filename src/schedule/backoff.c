/*
 * What is true: failures is 0 where it is open, and then all else is, too.
 * heal() comes first wherever time is looked at: after it, until_ms is
 * at most most_ms ahead, and a trial did not begin in the future.
 */
#include "schedule/backoff.h"

#define FIRST_MS INT64_C(30000)
#define MOST_MS INT64_C(3600000)
#define FAILURES_MAX 62 /* doubled so often, anything is at its most */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* That part of span which noise says: 0 to all of it. */
static int64_t some_of(int64_t span, uint32_t noise)
{
	return (int64_t)((uint64_t)span * noise >> 32);
}

struct schedule_backoff_limits schedule_backoff_limits(const struct schedule_retry *s)
{
	int64_t longest = schedule_retry_latest(s, 0);
	int64_t part = s->lifetime_ms / (4 * (int64_t)schedule_retry_fair(s));
	int64_t most = least(MOST_MS, least(longest, part));

	if (most < 1)
		most = 1;
	int64_t first = least(FIRST_MS, least(s->retry_ms[0], most));
	return (struct schedule_backoff_limits){ first > 0 ? first : 1, most };
}

/* How long that many failures close it. */
static int64_t length(unsigned failures, const struct schedule_backoff_limits *limits)
{
	int64_t ms = limits->first_ms;

	for (unsigned i = 1; i < failures && ms < limits->most_ms; i++)
		ms *= 2;
	return least(ms, limits->most_ms);
}

static void heal(struct schedule_backoff *b, const struct schedule_backoff_limits *limits,
		 int64_t now)
{
	if (b->until_ms > now && b->until_ms - now > limits->most_ms)
		b->until_ms = now + limits->most_ms;
	if (b->tried_ms > now)
		b->tried_ms = now;
}

enum schedule_gate schedule_backoff_look(struct schedule_backoff *b,
					 const struct schedule_backoff_limits *limits, int64_t now)
{
	if (b->failures == 0)
		return SCHEDULE_OPEN;
	heal(b, limits, now);
	if (now < b->until_ms)
		return SCHEDULE_CLOSED;
	if (b->trying && now - b->tried_ms < SCHEDULE_TRIAL_MS)
		return SCHEDULE_BUSY;
	return SCHEDULE_TRIAL;
}

void schedule_backoff_try(struct schedule_backoff *b, int64_t now)
{
	b->trying = true;
	b->tried_ms = now;
}

void schedule_backoff_failed(struct schedule_backoff *b,
			     const struct schedule_backoff_limits *limits, int64_t now,
			     uint32_t noise)
{
	if (schedule_backoff_look(b, limits, now) == SCHEDULE_CLOSED)
		return;
	if (b->failures < FAILURES_MAX)
		b->failures++;
	int64_t ms = length(b->failures, limits);
	b->until_ms = now + ms - some_of(ms / 4, noise);
	b->trying = false;
}

void schedule_backoff_shut(struct schedule_backoff *b, const struct schedule_backoff_limits *limits,
			   int64_t now, int64_t ms)
{
	if (schedule_backoff_look(b, limits, now) == SCHEDULE_CLOSED)
		return;
	if (b->failures == 0)
		b->failures = 1;
	b->until_ms = now + least(ms, limits->most_ms);
	b->trying = false;
}

void schedule_backoff_worked(struct schedule_backoff *b)
{
	*b = (struct schedule_backoff){ 0 };
}

void schedule_backoff_unknown(struct schedule_backoff *b)
{
	b->trying = false;
}

int64_t schedule_backoff_wait(struct schedule_backoff *b,
			      const struct schedule_backoff_limits *limits, int64_t now,
			      uint32_t noise)
{
	if (schedule_backoff_look(b, limits, now) != SCHEDULE_CLOSED)
		return 0;
	return b->until_ms - now + some_of(length(b->failures, limits) / 2, noise);
}

int64_t schedule_backoff_closed(struct schedule_backoff *b,
				const struct schedule_backoff_limits *limits, int64_t now)
{
	switch (schedule_backoff_look(b, limits, now)) {
	case SCHEDULE_OPEN:
	case SCHEDULE_TRIAL:
		break;
	case SCHEDULE_CLOSED:
		return b->until_ms - now;
	case SCHEDULE_BUSY:
		return limits->first_ms;
	}
	return 0;
}
