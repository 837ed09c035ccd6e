#include "schedule/recall.h"

#include <stdlib.h>

enum { ROUNDS = 3, ROUND_THAT_GIVES = 1 };

void schedule_recall_clear(struct schedule_recall *r)
{
	free(r->id);
	*r = (struct schedule_recall){ 0 };
}

enum err schedule_recall_add(struct schedule_recall *r, uint64_t id)
{
	if (id == 0) {
		r->all = true;
		return ERR_OK;
	}
	/* Room is doubled whenever it is used up, which is when there are so many. */
	if ((r->n & (r->n - 1)) == 0) {
		uint64_t *more = reallocarray(r->id, r->n ? 2 * r->n : 1, sizeof(*more));
		if (!more)
			return ERR_NOMEM;
		r->id = more;
	}
	r->id[r->n++] = id;
	return ERR_OK;
}

static int by_id(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum schedule_recall_step schedule_recall_next(struct schedule_recall *r, size_t n_workers,
					       size_t *worker)
{
	size_t hop = r->hop;

	if (hop == ROUNDS * n_workers)
		return SCHEDULE_RECALL_OVER;
	if (hop == 0 && r->n)
		qsort(r->id, r->n, sizeof(*r->id), by_id);
	r->hop++;
	*worker = hop % n_workers;
	return hop / n_workers == ROUND_THAT_GIVES ? SCHEDULE_RECALL_GIVE : SCHEDULE_RECALL_PASS;
}

bool schedule_recall_has(const struct schedule_recall *r, uint64_t id)
{
	return r->all || (r->n && bsearch(&id, r->id, r->n, sizeof(*r->id), by_id));
}
