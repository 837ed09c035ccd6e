/*
 * What the simulation stands on: numbers from a seed, and a heap of things by
 * time.  For the test alone.
 */
#ifndef SCHEDULE_SIMULATION_HEAP_PRIV_H
#define SCHEDULE_SIMULATION_HEAP_PRIV_H

#include <stdint.h>
#include <stdlib.h>

static uint64_t seed;

/* splitmix64 */
static inline uint64_t roll(void)
{
	uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Below n. */
static inline uint64_t pick(uint64_t n)
{
	return roll() % n;
}

/* One in n. */
static inline int chance(uint64_t n)
{
	return pick(n) == 0;
}

/* A thing and its time; of two at one time, the one that came first is first. */
struct heap_item {
	int64_t at;
	uint64_t order : 56;
	uint64_t kind : 8;
	void *what;
};

/* Each has four below it: half as deep as with two, and memory is far. */
#define HEAP_WIDTH 4

struct heap {
	struct heap_item *item;
	size_t n, cap;
	uint64_t order;
};

static inline int heap_before(const struct heap_item *a, const struct heap_item *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static inline size_t heap_first_below(const struct heap *h, size_t i)
{
	size_t first = HEAP_WIDTH * i + 1, end = first + HEAP_WIDTH, best = first;

	for (size_t k = first + 1; k < end && k < h->n; k++)
		if (heap_before(&h->item[k], &h->item[best]))
			best = k;
	return best;
}

static inline void heap_down(struct heap *h, size_t i)
{
	struct heap_item x = h->item[i];

	for (size_t k; (k = heap_first_below(h, i)) < h->n; i = k) {
		if (!heap_before(&h->item[k], &x))
			break;
		h->item[i] = h->item[k];
	}
	h->item[i] = x;
}

static inline void heap_up(struct heap *h, size_t i)
{
	struct heap_item x = h->item[i];

	for (size_t k; i > 0 && heap_before(&x, &h->item[k = (i - 1) / HEAP_WIDTH]); i = k)
		h->item[i] = h->item[k];
	h->item[i] = x;
}

static inline void heap_add(struct heap *h, int64_t at, int kind, void *what)
{
	if (h->n == h->cap) {
		h->cap = h->cap ? 2 * h->cap : 1024;
		h->item = realloc(h->item, h->cap * sizeof(*h->item));
		if (!h->item)
			abort();
	}
	h->item[h->n] = (struct heap_item){ .at = at,
					    .order = h->order++ & (UINT64_MAX >> 8),
					    .kind = (uint8_t)kind,
					    .what = what };
	heap_up(h, h->n++);
}

static inline struct heap_item heap_take(struct heap *h)
{
	struct heap_item first = h->item[0];

	h->item[0] = h->item[--h->n];
	if (h->n)
		heap_down(h, 0);
	return first;
}

/* Whatever is later than latest is that early. */
static inline void heap_bring_forward(struct heap *h, int64_t latest)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->item[i].at > latest)
			h->item[i].at = latest;
	for (size_t i = h->n; i-- > 0;)
		heap_down(h, i);
}

#endif
