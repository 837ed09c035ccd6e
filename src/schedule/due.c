#include "schedule/due.h"

/* Somebody else was tried in its place: that counts, or it would never have been tried fairly. */
static enum schedule_load tried_by_another(const struct schedule_due *d, struct schedule_row *row)
{
	int64_t closed = schedule_backoff_wait(d->backoff, &d->limits, d->now_ms, d->noise);
	int64_t next = schedule_retry_next(d->retry, row->arrived_wall_ms, ++row->attempts,
					   d->now_wall_ms, d->noise);

	row->next_wall_ms = schedule_retry_put_off(d->retry, row->arrived_wall_ms, next,
						   d->now_wall_ms, closed);
	return SCHEDULE_LEAVE;
}

static enum schedule_load soon(const struct schedule_due *d, struct schedule_row *row)
{
	int64_t again = schedule_budget_again(row->arrived_wall_ms, d->now_wall_ms, d->noise);
	int64_t latest = schedule_retry_latest(d->retry, d->now_wall_ms);

	row->next_wall_ms = again < latest ? again : latest;
	return SCHEDULE_LEAVE;
}

static bool ends(const struct schedule_due *d, const struct schedule_row *row)
{
	return schedule_retry_age(d->retry, row->arrived_wall_ms, row->attempts + 1,
				  d->now_wall_ms) == SCHEDULE_EXPIRED;
}

/*
 * One that is larger than what is accepted today counts as the largest: else it would
 * never have room, and neither be delivered nor given up.
 */
static bool has_room(const struct schedule_due *d, struct schedule_row *row)
{
	uint32_t kib = row->kib < d->usage.largest ? row->kib : d->usage.largest;

	if (!schedule_budget_fits(&d->usage, SCHEDULE_KEPT, kib))
		return false;
	row->turned_away = d->share.held && kib > schedule_budget_lane_room(&d->usage, &d->share);
	return !row->turned_away;
}

enum schedule_load schedule_due_load(const struct schedule_due *d, struct schedule_row *row)
{
	enum schedule_gate gate = d->backoff
					  ? schedule_backoff_look(d->backoff, &d->limits, d->now_ms)
					  : SCHEDULE_OPEN;

	row->turned_away = false;
	if (gate == SCHEDULE_CLOSED && !ends(d, row))
		return tried_by_another(d, row);
	if (gate == SCHEDULE_BUSY || !has_room(d, row))
		return soon(d, row);
	if (gate == SCHEDULE_TRIAL)
		schedule_backoff_try(d->backoff, d->now_ms);
	return SCHEDULE_LOAD;
}
