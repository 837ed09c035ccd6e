/*
 * A back-off under any calls, with a clock that jumps, beside what is known of it.  Seeds:
 * src/schedule/corpus/backoff/.
 *
 * Each three octets are a step: how far the clock goes, and what happens.  What must hold:
 * it is open exactly where nothing has failed since it worked; it is closed for no longer
 * than most_ms, however the clock jumps; one trial at a time, unless one takes too long;
 * a wait ends within 1.5 times most_ms; failures while closed change nothing.
 */
#include "schedule/backoff.h"

#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

enum step { TRY, FAIL, WORK, UNKNOWN, SHUT, STEPS };

static void check(struct schedule_backoff *b, const struct schedule_backoff_limits *limits,
		  int64_t now, uint32_t noise)
{
	enum schedule_gate gate = schedule_backoff_look(b, limits, now);
	int64_t wait = schedule_backoff_wait(b, limits, now, noise);

	MUST((gate == SCHEDULE_OPEN) == (b->failures == 0));
	MUST((gate == SCHEDULE_CLOSED) == (wait > 0));
	MUST(wait <= limits->most_ms + limits->most_ms / 2);
	if (gate == SCHEDULE_BUSY)
		MUST(b->trying && now - b->tried_ms < SCHEDULE_TRIAL_MS);
	struct schedule_backoff later = *b;
	MUST(schedule_backoff_look(&later, limits, now + limits->most_ms) != SCHEDULE_CLOSED);
	later = *b;
	MUST(schedule_backoff_look(&later, limits, now + limits->most_ms + SCHEDULE_TRIAL_MS) ==
	     (b->failures ? SCHEDULE_TRIAL : SCHEDULE_OPEN));
}

static void fail(struct schedule_backoff *b, const struct schedule_backoff_limits *limits,
		 int64_t now, uint32_t noise)
{
	bool closed = schedule_backoff_look(b, limits, now) == SCHEDULE_CLOSED;
	struct schedule_backoff was = *b;

	schedule_backoff_failed(b, limits, now, noise);
	MUST(schedule_backoff_look(b, limits, now) == SCHEDULE_CLOSED || limits->first_ms == 1);
	if (closed)
		MUST(memcmp(&was, b, sizeof(was)) == 0);
	else
		MUST(b->failures >= was.failures && !b->trying);
}

static void step(struct schedule_backoff *b, const struct schedule_backoff_limits *limits,
		 enum step what, int64_t now, uint32_t noise)
{
	switch (what) {
	case TRY:
		if (schedule_backoff_look(b, limits, now) != SCHEDULE_TRIAL)
			return;
		schedule_backoff_try(b, now);
		MUST(schedule_backoff_look(b, limits, now) == SCHEDULE_BUSY);
		return;
	case FAIL:
		fail(b, limits, now, noise);
		return;
	case WORK:
		schedule_backoff_worked(b);
		MUST(schedule_backoff_look(b, limits, now) == SCHEDULE_OPEN);
		return;
	case UNKNOWN:
		schedule_backoff_unknown(b);
		MUST(schedule_backoff_look(b, limits, now) != SCHEDULE_BUSY);
		return;
	case SHUT:
		schedule_backoff_shut(b, limits, now, 1 + (noise & 0xffffff));
		MUST(schedule_backoff_look(b, limits, now) == SCHEDULE_CLOSED);
		return;
	case STEPS:
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rd r = rd_over(data, n);
	struct schedule_backoff b = { 0 };
	struct schedule_backoff_limits limits = { .first_ms = 1 + rd_u8(&r) * 251 };
	int64_t now = INT64_C(1) << 40;

	limits.most_ms = limits.first_ms + rd_u8(&r) * 20011;
	while (rd_left(&r)) {
		uint8_t jump = rd_u8(&r);
		int64_t by = (int64_t)(jump % 8) << jump / 8 % 16 * 2;
		now += jump & 0x80 ? -by : by;
		uint8_t what = rd_u8(&r);
		uint32_t noise = rd_u8(&r) * UINT32_C(0x01010101);
		step(&b, &limits, (enum step)(what % STEPS), now, noise);
		check(&b, &limits, now, noise);
	}
	return 0;
}
