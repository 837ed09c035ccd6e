/* Times come from the wall clock, which may be set: no sum here can overflow. */
#include "schedule/retry.h"

static int64_t add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

int64_t schedule_retry_next(const struct schedule_retry *s, int64_t arrived_wall_ms,
			    unsigned attempts, int64_t now_wall_ms, uint32_t noise)
{
	size_t nth = attempts ? attempts - 1 : 0;
	int64_t wait = s->retry_ms[nth < s->n_retry ? nth : s->n_retry - 1];
	int64_t tenth = wait / 10;
	int64_t more = (tenth >> 32) * noise + ((tenth & UINT32_MAX) * (int64_t)noise >> 32);
	int64_t next = add(now_wall_ms, add(wait, more));
	int64_t end = add(arrived_wall_ms, s->lifetime_ms);

	return end > now_wall_ms && end < next ? end : next;
}

enum schedule_age schedule_retry_age(const struct schedule_retry *s, int64_t arrived_wall_ms,
				     int64_t now_wall_ms)
{
	if (now_wall_ms >= add(arrived_wall_ms, s->lifetime_ms))
		return SCHEDULE_EXPIRED;
	if (s->warn_after_ms > 0 && now_wall_ms >= add(arrived_wall_ms, s->warn_after_ms))
		return SCHEDULE_LATE;
	return SCHEDULE_YOUNG;
}
