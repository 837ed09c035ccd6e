/*
 * The loader sets waits before it looks whether there is room, and whoever makes
 * room does so before it looks at waits.  So one of the two sees the other, and
 * nobody sleeps while there is room (all of it is in one order: seq_cst).
 */
#include "schedule/budget.h"

#include "schedule/pace.h"

#define LIMIT_MAX (UINT32_MAX / 4) /* KiB */
#define MESSAGE_OCTETS 4096        /* what a message costs beside its content: about that, */
#define AGAIN_LEAST_MS INT64_C(10000)
#define AGAIN_MOST_MS INT64_C(600000)
#define RCPT_OCTETS 512    /* and that for each recipient */
#define TRACE_OCTETS 65536 /* what may be put before a content of the largest size */

static uint32_t kib_of(uint64_t octets)
{
	uint64_t kib = octets / 1024 + (octets % 1024 > 0);

	return kib < LIMIT_MAX ? (uint32_t)kib : LIMIT_MAX;
}

uint32_t schedule_budget_cost(uint64_t octets, size_t n_rcpt)
{
	uint64_t more = MESSAGE_OCTETS + (n_rcpt < LIMIT_MAX ? n_rcpt : LIMIT_MAX) * RCPT_OCTETS;

	return kib_of(octets < UINT64_MAX - more ? octets + more : UINT64_MAX);
}

static uint32_t less(uint32_t a, uint32_t b)
{
	return a > b ? a - b : 0;
}

bool schedule_budget_fits(const struct schedule_usage *u, enum schedule_side side, uint32_t kib)
{
	uint64_t both = (uint64_t)u->in + u->kept + kib;
	uint64_t each = less(u->limit, 2 * u->largest);

	switch (side) {
	case SCHEDULE_IN:
		return both <= less(u->limit, u->largest) && (uint64_t)u->in + kib <= each;
	case SCHEDULE_KEPT:
		return both <= less(u->limit, u->largest) && (uint64_t)u->kept + kib <= each;
	case SCHEDULE_LOOK:
		return (uint64_t)u->look + kib <= u->largest;
	}
	return false;
}

uint32_t schedule_budget_lane_room(const struct schedule_usage *u, const struct schedule_share *s)
{
	uint32_t free = less(less(u->limit, 2 * u->largest), u->kept);
	uint32_t fair = less(free, s->held), good = less(s->cap, s->held);

	if (s->held == 0)
		return u->largest;
	return fair < good ? fair : good;
}

int64_t schedule_budget_again(int64_t arrived_wall_ms, int64_t now_wall_ms, uint32_t noise)
{
	int64_t age, again;

	if (__builtin_sub_overflow(now_wall_ms, arrived_wall_ms, &age) || age / 8 > AGAIN_MOST_MS)
		age = 8 * AGAIN_MOST_MS;
	int64_t wait = age / 8 < AGAIN_LEAST_MS ? AGAIN_LEAST_MS : age / 8;
	wait += (int64_t)((uint64_t)wait * noise >> 32);
	return __builtin_add_overflow(now_wall_ms, wait, &again) ? INT64_MAX : again;
}

static void set_limit(struct schedule_budget *b, uint64_t limit, uint64_t size_limit)
{
	uint32_t largest = schedule_budget_cost(size_limit, TRACE_OCTETS / RCPT_OCTETS);
	uint32_t kib = kib_of(limit);

	if (largest > LIMIT_MAX / 4)
		largest = LIMIT_MAX / 4;
	atomic_store(&b->largest, largest);
	atomic_store(&b->limit, kib > 4 * largest ? kib : 4 * largest);
}

void schedule_budget_init(struct schedule_budget *b, uint64_t limit, uint64_t size_limit)
{
	atomic_init(&b->used, 0);
	atomic_init(&b->look, 0);
	atomic_init(&b->waits, false);
	for (size_t i = 0; i < SCHEDULE_BUDGET_CELLS; i++) {
		atomic_init(&b->cell[i].held, 0);
		atomic_init(&b->cell[i].cap, 0);
		atomic_init(&b->cell[i].wanted, false);
	}
	set_limit(b, limit, size_limit);
}

static struct schedule_usage usage(const struct schedule_budget *b, uint64_t used)
{
	return (struct schedule_usage){ .in = (uint32_t)used,
					.kept = (uint32_t)(used >> 32),
					.look = atomic_load(&b->look),
					.limit = atomic_load(&b->limit),
					.largest = atomic_load(&b->largest) };
}

struct schedule_usage schedule_budget_usage(const struct schedule_budget *b)
{
	return usage(b, atomic_load(&b->used));
}

/* The two cells of a lane. */
static void cells_of(uint64_t lane, size_t at[static 2])
{
	at[0] = lane % SCHEDULE_BUDGET_CELLS;
	at[1] = (lane >> 32) % SCHEDULE_BUDGET_CELLS;
	if (at[1] == at[0])
		at[1] = (at[0] + 1) % SCHEDULE_BUDGET_CELLS;
}

struct schedule_share schedule_budget_share(const struct schedule_budget *b, uint64_t lane)
{
	struct schedule_share s = { UINT32_MAX, 0 };
	size_t at[2];

	cells_of(lane, at);
	for (size_t i = 0; i < 2; i++) {
		uint32_t held = atomic_load(&b->cell[at[i]].held);
		uint32_t cap = atomic_load(&b->cell[at[i]].cap) - 1; /* none is more than any */
		s.held = held < s.held ? held : s.held;
		s.cap = cap > s.cap ? cap : s.cap;
	}
	return s;
}

bool schedule_budget_zero(const struct schedule_budget *b)
{
	uint64_t sum = atomic_load(&b->used) + atomic_load(&b->look);

	for (size_t i = 0; i < SCHEDULE_BUDGET_CELLS; i++)
		sum += atomic_load(&b->cell[i].held);
	return sum == 0;
}

/* kib as it is added to used for that side; LOOK is not in it. */
static uint64_t word(enum schedule_side side, uint32_t kib)
{
	return side == SCHEDULE_KEPT ? (uint64_t)kib << 32 : side == SCHEDULE_IN ? kib : 0;
}

bool schedule_budget_grow(struct schedule_budget *b, struct schedule_charge *c, uint32_t kib)
{
	uint64_t was = atomic_load(&b->used);
	uint64_t now;

	do {
		struct schedule_usage u = usage(b, was - c->kib);
		if (kib <= c->kib)
			return true;
		if (!schedule_budget_fits(&u, SCHEDULE_IN, kib))
			return false;
		now = was - c->kib + kib;
	} while (!atomic_compare_exchange_weak(&b->used, &was, now));
	c->kib = kib;
	return true;
}

void schedule_budget_force(struct schedule_budget *b, struct schedule_charge *c,
			   enum schedule_side side, uint32_t kib)
{
	*c = (struct schedule_charge){ side, kib };
	atomic_fetch_add(&b->used, word(side, kib));
	if (side == SCHEDULE_LOOK)
		atomic_fetch_add(&b->look, kib);
}

/* The loader may go on. */
static bool may_load(const struct schedule_budget *b)
{
	struct schedule_usage u = schedule_budget_usage(b);

	return schedule_budget_fits(&u, SCHEDULE_LOOK, u.largest) &&
	       schedule_budget_fits(&u, SCHEDULE_KEPT, SCHEDULE_BUDGET_SMALL);
}

static enum schedule_wake wake_loader(struct schedule_budget *b)
{
	if (!atomic_load(&b->waits) || !may_load(b))
		return SCHEDULE_SLEEP;
	return atomic_exchange(&b->waits, false) ? SCHEDULE_WAKE : SCHEDULE_SLEEP;
}

enum schedule_wake schedule_budget_shrink(struct schedule_budget *b, struct schedule_charge *c,
					  uint32_t kib)
{
	if (c->kib <= kib)
		return SCHEDULE_SLEEP;
	atomic_fetch_sub(&b->used, word(c->side, c->kib - kib));
	c->kib = kib;
	return wake_loader(b);
}

enum schedule_wake schedule_budget_limit(struct schedule_budget *b, uint64_t limit,
					 uint64_t size_limit)
{
	set_limit(b, limit, size_limit);
	return wake_loader(b);
}

bool schedule_budget_look(struct schedule_budget *b, struct schedule_charge *c)
{
	atomic_store(&b->waits, true);
	if (!may_load(b))
		return false;
	atomic_store(&b->waits, false);
	schedule_budget_force(b, c, SCHEDULE_LOOK, atomic_load(&b->largest));
	return true;
}

void schedule_budget_loaded(struct schedule_charge *c, struct schedule_charge *m, uint32_t kib)
{
	*m = (struct schedule_charge){ SCHEDULE_LOOK, kib < c->kib ? kib : c->kib };
	c->kib -= m->kib;
}

static void hold(struct schedule_budget *b, uint64_t lane, uint32_t kib)
{
	size_t at[2];

	cells_of(lane, at);
	for (size_t i = 0; i < 2; i++)
		atomic_fetch_add(&b->cell[at[i]].held, kib); /* less, where it wraps around */
}

/* UINT32_MAX: none. */
static void cap(struct schedule_budget *b, uint64_t lane, uint32_t kib)
{
	size_t at[2];

	cells_of(lane, at);
	for (size_t i = 0; i < 2; i++)
		atomic_store(&b->cell[at[i]].cap, kib + 1);
}

bool schedule_budget_enter(struct schedule_budget *b, uint64_t lane,
			   const struct schedule_charge *c)
{
	struct schedule_usage u = schedule_budget_usage(b);
	struct schedule_share s = schedule_budget_share(b, lane);

	if (s.held && c->kib > schedule_budget_lane_room(&u, &s))
		return false;
	hold(b, lane, c->kib);
	return true;
}

enum schedule_wake schedule_budget_leave(struct schedule_budget *b, uint64_t lane,
					 const struct schedule_charge *c)
{
	bool wanted = false;
	size_t at[2];

	hold(b, lane, 0 - c->kib);
	if (schedule_budget_share(b, lane).held)
		return SCHEDULE_SLEEP;
	cells_of(lane, at);
	for (size_t i = 0; i < 2; i++)
		wanted |= atomic_load(&b->cell[at[i]].wanted) &&
			  atomic_exchange(&b->cell[at[i]].wanted, false);
	return wanted ? SCHEDULE_WAKE : SCHEDULE_SLEEP;
}

void schedule_budget_want(struct schedule_budget *b, uint64_t lane)
{
	size_t at[2];

	cells_of(lane, at);
	for (size_t i = 0; i < 2; i++)
		atomic_store(&b->cell[at[i]].wanted, true);
}

void schedule_budget_sent_back(struct schedule_budget *b, uint64_t lane, uint32_t kib)
{
	struct schedule_share s = schedule_budget_share(b, lane);

	if (less(s.held, kib) < s.cap)
		cap(b, lane, less(s.held, kib));
}

void schedule_budget_served(struct schedule_budget *b, uint64_t lane, uint32_t kib,
			    int64_t waited_ms)
{
	struct schedule_share s = schedule_budget_share(b, lane);

	if (s.cap == UINT32_MAX || waited_ms > SCHEDULE_WAIT_MS / 2)
		return;
	uint64_t more = s.cap + 2 * (uint64_t)kib;
	bool all = more > atomic_load(&b->limit); /* it holds nobody back */
	cap(b, lane, all ? UINT32_MAX : (uint32_t)more);
}

bool schedule_budget_keep(struct schedule_budget *b, struct schedule_charge *c,
			  enum schedule_wake *wake)
{
	uint64_t was = atomic_load(&b->used);
	uint64_t now;

	do {
		now = was - word(c->side, c->kib);
		struct schedule_usage u = usage(b, now);
		if (!schedule_budget_fits(&u, SCHEDULE_KEPT, c->kib))
			return false;
		now += word(SCHEDULE_KEPT, c->kib);
	} while (!atomic_compare_exchange_weak(&b->used, &was, now));
	if (c->side == SCHEDULE_LOOK)
		atomic_fetch_sub(&b->look, c->kib);
	c->side = SCHEDULE_KEPT;
	*wake = wake_loader(b);
	return true;
}

enum schedule_wake schedule_budget_release(struct schedule_budget *b, struct schedule_charge *c)
{
	atomic_fetch_sub(&b->used, word(c->side, c->kib));
	if (c->side == SCHEDULE_LOOK)
		atomic_fetch_sub(&b->look, c->kib);
	*c = (struct schedule_charge){ 0 };
	return wake_loader(b);
}
