/*
 * A rate under any calls, held against a list of what was sent.  Seeds: src/schedule/corpus/rate/.
 *
 * What must hold: whoever begins finds, of all that have ended within one window before and were
 * sent, and of all that are under way, fewer than the limit; whoever is told to wait finds
 * as many; and is told a later time, at which, when nothing else has happened, one begins
 * or is told again.
 */
#include "schedule/rate.h"

#include "base/err.h"
#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

enum { SENT_MAX = 4096, N_MAX = 9 };

static struct bed {
	struct schedule_rate rate;
	int64_t sent_ms[SENT_MAX];
	size_t n_sent, busy;
	int64_t now;
} b;

static size_t held(void)
{
	size_t n = b.busy;

	for (size_t i = 0; i < b.n_sent; i++)
		n += b.sent_ms[i] > b.now - b.rate.window_ms;
	return n;
}

static void begin(void)
{
	int64_t next;
	bool begun = schedule_rate_take(&b.rate, b.now, &next);

	MUST(begun == (held() < b.rate.n));
	MUST(begun || next > b.now);
	MUST(next <= b.now + b.rate.window_ms);
	b.busy += begun;
}

static void end(bool sent)
{
	if (b.busy == 0 || b.n_sent == SENT_MAX)
		return;
	b.busy--;
	schedule_rate_give(&b.rate, b.now, sent);
	if (sent)
		b.sent_ms[b.n_sent++] = b.now;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rd r = rd_over(data, n);

	memset(&b, 0, sizeof(b));
	b.now = 1;
	if (schedule_rate_limit(&b.rate, 1 + rd_u8(&r) % N_MAX, 1 + 7 * rd_u8(&r)) != ERR_OK)
		return 0;
	while (rd_left(&r)) {
		uint8_t what = rd_u8(&r);
		switch (what % 4) {
		case 0:
			begin();
			break;
		case 1:
			end(what & 4);
			break;
		case 2:
			b.now += what;
			break;
		case 3:
			b.now += 64 * INT64_C(1) * what;
			break;
		}
	}
	schedule_rate_clear(&b.rate);
	return 0;
}
