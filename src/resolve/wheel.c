/*
 * A timer stands in the slot of its tick modulo the number of slots, so a slot
 * also holds timers of later rounds: they are passed over until their tick has
 * come.
 */
#include "resolve/wheel.h"

#define MASK (RESOLVE_WHEEL_SLOTS - 1)

void resolve_wheel_init(struct resolve_wheel *w, int64_t now)
{
	*w = (struct resolve_wheel){ .tick = now / RESOLVE_WHEEL_TICK_MS };
	for (int i = 0; i < RESOLVE_WHEEL_SLOTS; i++)
		list_init(&w->slots[i]);
	list_init(&w->due);
}

void resolve_timer_init(struct resolve_timer *t, void (*fire)(struct resolve_timer *t))
{
	*t = (struct resolve_timer){ .fire = fire };
	list_init(&t->at);
}

static void put(struct resolve_wheel *w, struct resolve_timer *t)
{
	size_t slot = (size_t)(t->tick & MASK);

	list_add(&w->slots[slot], &t->at);
	w->used[slot / 64] |= UINT64_C(1) << slot % 64;
}

void resolve_timer_set(struct resolve_wheel *w, struct resolve_timer *t, int64_t when)
{
	int64_t tick = when / RESOLVE_WHEEL_TICK_MS + (when % RESOLVE_WHEEL_TICK_MS != 0);

	list_drop(&t->at);
	t->tick = tick > w->tick ? tick : w->tick + 1;
	put(w, t);
}

void resolve_timer_unset(struct resolve_timer *t)
{
	list_drop(&t->at);
}

/* What is in the slot of tick, to due where its time has come. */
static void take_slot(struct resolve_wheel *w, int64_t tick, int64_t upto)
{
	size_t slot = (size_t)(tick & MASK);
	struct list all, *at;

	if (!(w->used[slot / 64] & UINT64_C(1) << slot % 64))
		return;
	w->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	list_init(&all);
	while ((at = list_shift(&w->slots[slot])) != NULL)
		list_add(&all, at);
	while ((at = list_shift(&all)) != NULL) {
		struct resolve_timer *t = (struct resolve_timer *)(void *)at;
		if (t->tick <= upto)
			list_add(&w->due, at);
		else
			put(w, t);
	}
}

void resolve_wheel_run(struct resolve_wheel *w, int64_t now)
{
	int64_t upto = now / RESOLVE_WHEEL_TICK_MS;
	struct list *at;

	/* After a long sleep each slot is looked at once: that is all of them. */
	int64_t from = w->tick + 1;
	if (upto - from >= RESOLVE_WHEEL_SLOTS)
		from = upto - RESOLVE_WHEEL_SLOTS + 1;
	for (int64_t tick = from; tick <= upto; tick++)
		take_slot(w, tick, upto);
	if (upto > w->tick)
		w->tick = upto;
	while ((at = list_shift(&w->due)) != NULL) {
		struct resolve_timer *t = (struct resolve_timer *)(void *)at;
		t->fire(t);
	}
}

int64_t resolve_wheel_next(struct resolve_wheel *w)
{
	for (int64_t tick = w->tick + 1; tick <= w->tick + RESOLVE_WHEEL_SLOTS; tick++) {
		size_t slot = (size_t)(tick & MASK);
		uint64_t ahead = w->used[slot / 64] >> slot % 64;
		if (ahead == 0) {
			tick += 63 - (int64_t)(slot % 64);
			continue;
		}
		unsigned skip = (unsigned)__builtin_ctzll(ahead);
		tick += skip;
		slot += skip;
		if (!list_empty(&w->slots[slot]))
			return tick * RESOLVE_WHEEL_TICK_MS;
		w->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	}
	return INT64_MAX;
}
