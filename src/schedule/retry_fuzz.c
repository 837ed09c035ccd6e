/*
 * A message under a clock that somebody sets at every attempt.  Seeds:
 * src/schedule/corpus/retry/.
 *
 * The first octets make the schedule, then each four are an attempt: how far the clock is
 * set before it, in which direction, its noise, and for how long its destination is closed.
 * What must hold: it is due after now, and never later than the latest; it is not given up
 * before it was tried as often as is fair, nor while its life, by the clock, lasts; put
 * off it is no earlier than it was, unless its life ends first.
 */
#include "schedule/retry.h"

#include "base/rd.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define T0 INT64_C(1795000000000)

/* 0 to some fifty years, small ones as often as large. */
static int64_t some_span(struct rd *r)
{
	uint8_t octet = rd_u8(r);

	return (int64_t)(octet % 16 + 1) << octet / 16 * 5 / 2;
}

static struct schedule_retry some_schedule(struct rd *r)
{
	struct schedule_retry s = { .n_retry = 1 + rd_u8(r) % SCHEDULE_RETRY_MAX };

	for (size_t i = 0; i < s.n_retry; i++)
		s.retry_ms[i] = some_span(r);
	s.lifetime_ms = some_span(r);
	s.warn_after_ms = some_span(r) - 1;
	return s;
}

static void check_age(const struct schedule_retry *s, unsigned attempts, int64_t now)
{
	bool fair = attempts >= schedule_retry_fair(s);

	switch (schedule_retry_age(s, T0, attempts, now)) {
	case SCHEDULE_EXPIRED:
		MUST(fair);
		MUST(now < T0 || now - T0 >= s->lifetime_ms);
		return;
	case SCHEDULE_LATE:
		MUST(s->warn_after_ms > 0);
		MUST(now < T0 || now - T0 >= s->warn_after_ms);
		MUST(now < T0 || !fair || now - T0 < s->lifetime_ms);
		return;
	case SCHEDULE_YOUNG:
		MUST(now < T0 || !fair || now - T0 < s->lifetime_ms);
		return;
	}
}

static int64_t attempt(const struct schedule_retry *s, struct rd *r, unsigned attempts, int64_t now)
{
	int64_t latest = schedule_retry_latest(s, now), end = T0 + s->lifetime_ms;
	int64_t next = schedule_retry_next(s, T0, attempts, now, rd_u8(r) * UINT32_C(0x01010101));
	int64_t off = schedule_retry_put_off(s, T0, next, now, some_span(r) - 1);

	MUST(next > now && next <= latest);
	MUST(off > now && off <= latest && off >= next);
	MUST(now >= end || off <= end);
	check_age(s, attempts, now);
	return off;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rd r = rd_over(data, n);
	struct schedule_retry s = some_schedule(&r);
	unsigned fair = schedule_retry_fair(&s);
	int64_t now = T0;

	MUST(fair >= 1 && fair <= s.n_retry + 1);
	for (unsigned attempts = 1; rd_left(&r); attempts++) {
		int64_t by = some_span(&r);
		now += rd_u8(&r) % 2 ? by : -by;
		now = attempt(&s, &r, attempts, now);
	}
	return 0;
}
