#include "schedule/turned.h"

#include <string.h>

static void drop_at(struct schedule_turned *t, size_t i)
{
	t->n--;
	memmove(&t->one[i], &t->one[i + 1], (t->n - i) * sizeof(t->one[0]));
}

void schedule_turned_drop(struct schedule_turned *t, uint64_t id)
{
	size_t i = 0;

	while (i < t->n && t->one[i].id != id)
		i++;
	if (i < t->n)
		drop_at(t, i);
}

static bool is_empty(const struct schedule_budget *b, uint64_t lane)
{
	return schedule_budget_share(b, lane).held == 0;
}

enum schedule_wake schedule_turned_add(struct schedule_turned *t, struct schedule_budget *b,
				       uint64_t lane, uint64_t id)
{
	schedule_turned_drop(t, id);
	if (t->n == SCHEDULE_TURNED_MAX)
		drop_at(t, 0);
	t->one[t->n++] = (struct schedule_turned_one){ lane, id };
	schedule_budget_want(b, lane);
	return is_empty(b, lane) ? SCHEDULE_WAKE : SCHEDULE_SLEEP;
}

static size_t count_lane(const uint64_t *lanes, size_t n, uint64_t lane)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		found += lanes[i] == lane;
	return found;
}

size_t schedule_turned_take(struct schedule_turned *t, struct schedule_budget *b,
			    uint64_t ids[static SCHEDULE_TURNED_MAX])
{
	uint64_t lanes[SCHEDULE_TURNED_MAX];
	size_t n = 0, i = 0;

	while (i < t->n) {
		uint64_t lane = t->one[i].lane;
		if (!is_empty(b, lane)) {
			i++;
		} else if (count_lane(lanes, n, lane) == SCHEDULE_TURNED_AT_ONCE) {
			schedule_budget_want(b, lane);
			i++;
		} else {
			lanes[n] = lane;
			ids[n++] = t->one[i].id;
			drop_at(t, i);
		}
	}
	return n;
}
