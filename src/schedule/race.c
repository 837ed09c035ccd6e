#include "schedule/race.h"

#include <stdlib.h>

enum stand { WAITING, RACING, ABSENT, DONE };

enum err schedule_race_init(struct schedule_race *r, const struct route_verdict *verdict)
{
	uint8_t *stand = calloc(verdict->n_target + 1, sizeof(*stand));

	if (!stand)
		return ERR_NOMEM;
	*r = (struct schedule_race){ .verdict = verdict, .stand = stand, .next_ms = INT64_MAX };
	return ERR_OK;
}

void schedule_race_clear(struct schedule_race *r)
{
	free(r->stand);
	r->stand = NULL;
}

static bool is_of_host(const struct schedule_race *r, size_t target)
{
	return r->verdict->target[target].host == r->verdict->target[r->of].host;
}

/* The first that waits, of all or of the host at which the race is. */
static size_t first_waiting(const struct schedule_race *r, bool any)
{
	for (size_t i = 0; i < r->verdict->n_target; i++)
		if (r->stand[i] == WAITING && (any || is_of_host(r, i)))
			return i;
	return SCHEDULE_NOBODY;
}

static size_t hand_out(struct schedule_race *r, size_t target)
{
	if (target == SCHEDULE_NOBODY)
		return target;
	r->stand[target] = RACING;
	r->of = target;
	r->racing++;
	return target;
}

size_t schedule_race_next(struct schedule_race *r)
{
	r->next_ms = INT64_MAX;
	return hand_out(r, first_waiting(r, true));
}

void schedule_race_dialled(struct schedule_race *r, int64_t now)
{
	r->next_ms = now + SCHEDULE_RACE_MS;
}

int64_t schedule_race_at(const struct schedule_race *r)
{
	if (r->racing == 0 || r->racing == SCHEDULE_RACE_MOST ||
	    first_waiting(r, false) == SCHEDULE_NOBODY)
		return INT64_MAX;
	return r->next_ms;
}

size_t schedule_race_rival(struct schedule_race *r, int64_t now)
{
	return now < schedule_race_at(r) ? SCHEDULE_NOBODY : hand_out(r, first_waiting(r, false));
}

bool schedule_race_may(const struct schedule_race *r, size_t target)
{
	return r->racing && r->stand[target] < ABSENT && is_of_host(r, target);
}

bool schedule_race_tried(const struct schedule_race *r, size_t target)
{
	return r->stand && r->stand[target] >= ABSENT;
}

bool schedule_race_absent(const struct schedule_race *r, size_t target)
{
	return r->stand && r->stand[target] == ABSENT;
}

void schedule_race_won(struct schedule_race *r, size_t target)
{
	for (size_t i = 0; i < r->verdict->n_target; i++)
		if (r->stand[i] == RACING)
			r->stand[i] = WAITING;
	r->stand[target] = DONE;
	r->racing = 0;
}

bool schedule_race_failed(struct schedule_race *r, size_t target)
{
	if (r->stand[target] == RACING)
		r->racing--;
	r->stand[target] = ABSENT;
	return r->racing > 0;
}
