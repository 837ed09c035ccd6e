#include "queue/ages.h"

static int64_t step_of(int64_t wall_ms)
{
	return wall_ms > 0 ? wall_ms / QUEUE_AGES_STEP_MS : 0;
}

/* What is a day before the new top has its place taken, and is older from then on. */
void queue_ages_advance(struct queue_ages *a, int64_t top)
{
	int64_t first = top - QUEUE_AGES_STEPS + 1;

	for (int64_t s = a->top + 1 > first ? a->top + 1 : first; s <= top; s++) {
		a->older += a->step[s % QUEUE_AGES_STEPS];
		a->step[s % QUEUE_AGES_STEPS] = 0;
	}
	if (top > a->top)
		a->top = top;
}

void queue_ages_count(struct queue_ages *a, int64_t arrived_wall_ms, int sign)
{
	int64_t step = step_of(arrived_wall_ms);
	uint32_t by = sign < 0 ? UINT32_MAX : 1; /* less one, too, as these are sums */

	queue_ages_advance(a, step);
	if (step <= a->top - QUEUE_AGES_STEPS)
		a->older += by;
	else
		a->step[step % QUEUE_AGES_STEPS] += by;
}

uint64_t queue_ages_since(const struct queue_ages *a, int64_t since_wall_ms)
{
	int64_t since = step_of(since_wall_ms), first = a->top - QUEUE_AGES_STEPS + 1;
	uint64_t n = 0;

	if (since < first)
		since = first;
	for (int64_t s = since > 0 ? since : 0; s <= a->top; s++)
		n += a->step[s % QUEUE_AGES_STEPS];
	return n;
}

uint64_t queue_ages_all(const struct queue_ages *a)
{
	return queue_ages_since(a, 0) + a->older;
}
