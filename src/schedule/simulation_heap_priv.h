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
	uint64_t order;
	void *what;
	int kind;
};

struct heap {
	struct heap_item *item;
	size_t n, cap;
	uint64_t order;
};

static inline int heap_before(const struct heap_item *a, const struct heap_item *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static inline void heap_down(struct heap *h, size_t i)
{
	struct heap_item x = h->item[i];

	for (size_t k; (k = 2 * i + 1) < h->n; i = k) {
		if (k + 1 < h->n && heap_before(&h->item[k + 1], &h->item[k]))
			k++;
		if (!heap_before(&h->item[k], &x))
			break;
		h->item[i] = h->item[k];
	}
	h->item[i] = x;
}

static inline void heap_up(struct heap *h, size_t i)
{
	struct heap_item x = h->item[i];

	for (; i > 0 && heap_before(&x, &h->item[(i - 1) / 2]); i = (i - 1) / 2)
		h->item[i] = h->item[(i - 1) / 2];
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
	h->item[h->n] = (struct heap_item){ at, h->order++, what, kind };
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
	for (size_t i = h->n / 2; i-- > 0;)
		heap_down(h, i);
}

#endif
