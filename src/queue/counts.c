#include "queue/counts.h"

#include <string.h>

static bool same_ages(struct queue_ages a, struct queue_ages b)
{
	queue_ages_advance(&a, b.top);
	queue_ages_advance(&b, a.top);
	return a.older == b.older && memcmp(a.step, b.step, sizeof(a.step)) == 0;
}

bool queue_counts_eq(const struct queue_counts *a, const struct queue_counts *b)
{
	return a->messages == b->messages && a->active == b->active && a->deferred == b->deferred &&
	       a->held == b->held && a->failed == b->failed &&
	       a->recipients_waiting == b->recipients_waiting && a->octets == b->octets &&
	       same_ages(a->ages, b->ages);
}
