/*
 * Lanes and turns under any calls.  Seeds: src/schedule/corpus/pace/.
 *
 * Each octet is a step, for a lane that it names.  What must hold at each: permits add
 * up, stay within their limits whenever one is given, and all come back; a lane is in a ring
 * exactly where it could be served; a lane that came to where it could be served, and holds no
 * permit, is served after at most as many begins as there were lanes before it; lanes hold second
 * permits only of those that are not for lanes without one; the last two lanes share a rate, and
 * never take a place that it has not; at the end, when all that began have ended, every turn that
 * waits is given out.
 */
#include "schedule/pace.h"

#include "base/hash.h"
#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define LANES 6
#define TURNS 128
#define KINDS 3

static struct bed {
	struct schedule_pace pace;
	struct lane {
		struct schedule_lane lane;
		size_t came;   /* begins so far when it came into the ring, */
		size_t before; /* and the lanes before it */
		bool in_ring;
	} lane[LANES];
	struct schedule_turn turn[TURNS];
	bool waits[TURNS];
	size_t n_waiting, begins;
	unsigned lent;
	struct schedule_turnstile stile;
	uint8_t places;
	bool fair; /* since the limits changed: no more second permits than there may be */
	int64_t now;
} b;

static bool may_begin(const struct schedule_lane *l)
{
	return l->place == SCHEDULE_READY || l->place == SCHEDULE_MORE;
}

static bool take(void *arg, int64_t now, int64_t *next_ms)
{
	bool is_free = b.places > 0;

	(void)arg;
	MUST(b.stile.let && b.stile.let->own.stile == &b.stile);
	MUST(now >= b.stile.until_ms);
	b.places -= is_free;
	*next_ms = now + (b.places ? 0 : 500);
	return is_free;
}

static void give(void *arg, bool sent)
{
	(void)arg;
	(void)sent;
}

static void watch_ring(void)
{
	for (size_t i = 0; i < LANES; i++) {
		struct lane *l = &b.lane[i];
		bool in_ring = l->lane.place == SCHEDULE_READY;
		if (in_ring && !l->in_ring) {
			l->came = b.begins;
			l->before = 0;
			for (size_t k = 0; k < LANES; k++)
				l->before += may_begin(&b.lane[k].lane) &&
					     b.lane[k].lane.came < l->lane.came;
		}
		l->in_ring = in_ring;
	}
}

static unsigned width(const struct schedule_lane *l)
{
	return schedule_window_size(&l->window, b.pace.limits.per_destination);
}

static void check(void)
{
	unsigned used = 0;
	unsigned second = 0,
		 most = b.pace.limits.total - schedule_pace_reserve(b.pace.limits.total) - 1;
	size_t ready = 0, trials = 0;

	for (size_t i = 0; i < LANES; i++) {
		struct schedule_lane *l = &b.lane[i].lane;
		used += l->busy;
		second += l->busy ? l->busy - 1 : 0;
		ready += may_begin(l);
		MUST(!may_begin(l) || (l->place == SCHEDULE_MORE) == (l->busy > 0));
		MUST(!l->own.stile || may_begin(l) == (b.stile.let == l));
		MUST(l->place != SCHEDULE_HELD || !list_empty(&b.stile.link));
		trials += !list_empty(&l->trial);
		MUST((l->place == SCHEDULE_NOWHERE) == list_empty(&l->waiting));
		MUST(list_empty(&l->trial) == !l->backoff.trying);
		MUST(schedule_pace_idle(l) == (l->busy == 0 && list_empty(&l->waiting)));
		if (l->place == SCHEDULE_BLOCKED && !l->backoff.failures)
			MUST(l->busy >= width(l));
		MUST(width(l) >= 1 && width(l) <= b.pace.limits.per_destination);
	}
	MUST(b.pace.used == used + b.lent && b.pace.lent == b.lent);
	second += b.lent;
	MUST(!b.fair || second <= most);
	b.fair |= second <= most;
	MUST(schedule_pace_ready(&b.pace) == ready);
	MUST(trials <= LANES);
	MUST(list_empty(&b.pace.ages) == (b.n_waiting == 0));
	watch_ring();
}

static void wait_in(struct lane *l)
{
	for (size_t i = 0; i < TURNS; i++) {
		if (b.waits[i])
			continue;
		b.waits[i] = true;
		b.n_waiting++;
		b.turn[i].kind = UINT64_C(1) << i % KINDS & ~UINT64_C(1); /* of the first kind: 0 */
		schedule_pace_wait(&b.pace, &l->lane, &b.turn[i], b.now);
		return;
	}
}

static void gone(struct schedule_turn *turn)
{
	MUST(b.waits[turn - b.turn]);
	b.waits[turn - b.turn] = false;
	b.n_waiting--;
}

static void leave(struct lane *l)
{
	if (list_empty(&l->lane.waiting))
		return;
	struct schedule_turn *turn = CONTAINER_OF(l->lane.waiting.prev, struct schedule_turn, link);
	schedule_pace_leave(&b.pace, turn, b.now);
	gone(turn);
}

static bool next(void)
{
	enum schedule_fate fate;
	int64_t deadline = schedule_pace_deadline(&b.pace);
	struct schedule_turn *turn = schedule_pace_next(&b.pace, b.now, &fate);

	if (!turn) {
		MUST(schedule_pace_deadline(&b.pace) > b.now);
		return false;
	}
	MUST(deadline <= b.now);
	gone(turn);
	struct lane *l = CONTAINER_OF(turn->lane, struct lane, lane);
	switch (fate) {
	case SCHEDULE_BEGIN:
		MUST(b.pace.used <= b.pace.limits.total);
		MUST(l->lane.busy <= width(&l->lane));
		MUST(!l->in_ring || l->lane.own.stile || b.begins - l->came <= l->before);
		b.begins++;
		l->in_ring = false; /* it comes into it anew, at the end */
		break;
	case SCHEDULE_PUT_OFF:
		MUST(l->lane.backoff.failures && (l->lane.met & turn->kind));
		break;
	case SCHEDULE_GO_BACK:
		MUST(b.now - turn->since_ms >= SCHEDULE_WAIT_MS);
		break;
	}
	return true;
}

static void limit(uint8_t how)
{
	const struct schedule_pace_limits limits = { .total = 1 + how % 7,
						     .per_destination = 1 + how / 7 % 5,
						     .backoff = { 1000, 100000 } };

	schedule_pace_limit(&b.pace, &limits, b.now);
	b.fair = false;
}

/* Whoever holds a permit borrows a second one, as there is room, or gives it back. */
static void lend(bool back)
{
	unsigned room = b.pace.limits.total - schedule_pace_reserve(b.pace.limits.total);

	if (!back && b.pace.used > b.lent) {
		bool any = schedule_pace_lend(&b.pace);
		MUST(any == (b.pace.used - any < room &&
			     b.lent < b.pace.limits.total / SCHEDULE_PACE_LENT));
		b.lent += any;
	} else if (back && b.lent) {
		schedule_pace_returned(&b.pace);
		b.lent--;
	}
}

/* A window grows by one where all is well, and shrinks where somebody is turned away. */
static void end_one(struct schedule_lane *l, enum schedule_echo echo)
{
	unsigned was = width(l), busy = l->busy, stale = l->window.stale;

	if (!busy)
		return;
	schedule_pace_done(&b.pace, l, echo, b.now);
	unsigned is = width(l);
	MUST(is <= was + (echo == SCHEDULE_ECHO_GOOD && !stale));
	MUST(is >= was || (echo == SCHEDULE_ECHO_BAD && !stale));
	if (echo == SCHEDULE_ECHO_BAD && !stale)
		MUST(is == (busy > 1 && was > 1 ? (busy < was ? busy : was) / 2 : 1));
}

static void step(uint8_t octet, struct rd *r)
{
	struct lane *l = &b.lane[octet % LANES];

	switch (octet / LANES % 10) {
	case 0:
	case 1:
		wait_in(l);
		break;
	case 2:
		(void)next();
		break;
	case 3:
		end_one(&l->lane, (enum schedule_echo)(rd_u8(r) % 3));
		break;
	case 4:
		schedule_pace_reached(&b.pace, &l->lane, b.now);
		break;
	case 5:
		schedule_pace_unreached(&b.pace, &l->lane, UINT64_C(1) << rd_u8(r) % KINDS, b.now,
					octet * UINT32_C(0x01010101));
		break;
	case 6:
		b.now += (int64_t)rd_u8(r) * rd_u8(r) * 10;
		break;
	case 7:
		leave(l);
		break;
	case 9:
		lend(octet % 2);
		break;
	case 8:
		b.places = octet; /* also: as many from now on */
		if (octet % 2)
			limit(rd_u8(r));
		else
			schedule_pace_shut(&b.pace, &l->lane, UINT64_C(1) << octet % KINDS, b.now,
					   1 + rd_u8(r));
		break;
	}
}

/* All that are under way end: each that waits has its turn within a minute. */
static void drain(void)
{
	int64_t end = b.now + SCHEDULE_WAIT_MS;

	for (size_t i = 0; i < LANES; i++) {
		while (b.lane[i].lane.busy) {
			end_one(&b.lane[i].lane, SCHEDULE_ECHO_NONE);
			check();
		}
	}
	while (b.lent)
		lend(true);
	MUST(b.pace.used == 0);
	while (b.n_waiting) {
		if (next()) {
			check();
			continue;
		}
		b.now = schedule_pace_deadline(&b.pace);
		MUST(b.now <= end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct schedule_turnstile_ops ops = { take, give };
	struct rd r = rd_over(data, n);
	const struct schedule_pace_limits limits = { 4, 2, { 1000, 100000 } };
	const struct schedule_lane_limits rated = { .stile = &b.stile };

	memset(&b, 0, sizeof(b));
	b.now = INT64_C(1) << 40;
	schedule_pace_init(&b.pace, &limits);
	for (size_t i = 0; i < LANES; i++)
		schedule_pace_open(&b.lane[i].lane, NULL);
	schedule_turnstile_init(&b.stile, &ops, NULL);
	for (size_t i = LANES - 2; i < LANES; i++)
		schedule_pace_limit_lane(&b.pace, &b.lane[i].lane, &rated, b.now);
	while (rd_left(&r)) {
		step(rd_u8(&r), &r);
		check();
	}
	drain();
	return 0;
}
