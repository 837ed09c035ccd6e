/* Times come from the wall clock, which may be set: no sum here can overflow. */
#include "schedule/retry.h"

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static int64_t at_most(int64_t a, int64_t most)
{
	return a < most ? a : most;
}

/* The wait after that many attempts, without noise. */
static int64_t wait_after(const struct schedule_retry *s, unsigned attempts)
{
	size_t nth = attempts ? attempts - 1 : 0;

	return s->retry_ms[nth < s->n_retry ? nth : s->n_retry - 1];
}

/* An attempt is made right at the end of life, if that is still to come. */
static int64_t within_life(const struct schedule_retry *s, int64_t arrived, int64_t next,
			   int64_t now)
{
	int64_t end = add(arrived, s->lifetime_ms);

	return end > now && end < next ? end : next;
}

int64_t schedule_retry_next(const struct schedule_retry *s, int64_t arrived_wall_ms,
			    unsigned attempts, int64_t now_wall_ms, uint32_t noise)
{
	int64_t wait = wait_after(s, attempts);
	int64_t tenth = wait / 10;
	int64_t more = (tenth >> 32) * noise + ((tenth & UINT32_MAX) * (int64_t)noise >> 32);

	return within_life(s, arrived_wall_ms, add(now_wall_ms, add(wait, more)), now_wall_ms);
}

int64_t schedule_retry_put_off(const struct schedule_retry *s, int64_t arrived_wall_ms,
			       int64_t next_wall_ms, int64_t now_wall_ms, int64_t closed_ms)
{
	int64_t opens = add(now_wall_ms, closed_ms);
	int64_t next = next_wall_ms > opens ? next_wall_ms : opens;

	next = at_most(next, schedule_retry_latest(s, now_wall_ms));
	return within_life(s, arrived_wall_ms, next, now_wall_ms);
}

int64_t schedule_retry_latest(const struct schedule_retry *s, int64_t now_wall_ms)
{
	int64_t longest = 0;

	for (size_t i = 0; i < s->n_retry; i++)
		if (s->retry_ms[i] > longest)
			longest = s->retry_ms[i];
	return add(now_wall_ms, add(longest, longest / 10));
}

unsigned schedule_retry_fair(const struct schedule_retry *s)
{
	int64_t spent = 0;
	unsigned n = 1;

	for (size_t i = 0; i < s->n_retry; i++) {
		spent = add(spent, add(s->retry_ms[i], s->retry_ms[i] / 10));
		if (spent > s->lifetime_ms / 2)
			break;
		n++;
	}
	return n;
}

/* How long that many attempts took, the waits between them alone; no more than most. */
static int64_t spent(const struct schedule_retry *s, unsigned attempts, int64_t most)
{
	int64_t sum = 0;

	for (unsigned i = 1; i < attempts && i <= s->n_retry; i++)
		sum = add(sum, wait_after(s, i));
	if (attempts <= s->n_retry + 1)
		return at_most(sum, most);

	int64_t rest;
	if (__builtin_mul_overflow((int64_t)(attempts - s->n_retry - 1), wait_after(s, attempts),
				   &rest))
		return most;
	return at_most(add(sum, rest), most);
}

static int64_t age_of(const struct schedule_retry *s, int64_t arrived, unsigned attempts,
		      int64_t now)
{
	int64_t age;

	if (now < arrived)
		return spent(s, attempts, s->lifetime_ms);
	return __builtin_sub_overflow(now, arrived, &age) ? INT64_MAX : age;
}

enum schedule_age schedule_retry_age(const struct schedule_retry *s, int64_t arrived_wall_ms,
				     unsigned attempts, int64_t now_wall_ms)
{
	int64_t age = age_of(s, arrived_wall_ms, attempts, now_wall_ms);

	if (age >= s->lifetime_ms && attempts >= schedule_retry_fair(s))
		return SCHEDULE_EXPIRED;
	if (s->warn_after_ms > 0 && age >= s->warn_after_ms)
		return SCHEDULE_LATE;
	return SCHEDULE_YOUNG;
}
