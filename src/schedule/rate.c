#include "schedule/rate.h"

#include <stdlib.h>

static const int64_t never = INT64_MIN;

/* The end that was the nth last, from 1 to r->n; never: there were fewer. */
static int64_t nth_last(const struct schedule_rate *r, uint32_t nth)
{
	return r->ended_ms[(r->at + (r->n - nth)) % r->n];
}

enum err schedule_rate_limit(struct schedule_rate *r, uint32_t n, int64_t window_ms)
{
	int64_t *ended_ms = n == r->n ? r->ended_ms : malloc(n * sizeof(*ended_ms));

	if (!ended_ms)
		return ERR_NOMEM;
	r->window_ms = window_ms;
	if (ended_ms == r->ended_ms)
		return ERR_OK;
	for (uint32_t i = 0; i < n; i++) /* the last one last */
		ended_ms[n - 1 - i] = i < r->n ? nth_last(r, i + 1) : never;
	free(r->ended_ms);
	r->ended_ms = ended_ms;
	r->n = n;
	r->at = 0;
	return ERR_OK;
}

void schedule_rate_clear(struct schedule_rate *r)
{
	free(r->ended_ms);
	*r = (struct schedule_rate){ 0 };
}

/* When a place is free, by what is known; the past: it is. */
static int64_t free_at(const struct schedule_rate *r)
{
	if (r->busy >= r->n)
		return r->now_ms + r->window_ms; /* who ends now keeps it for so long */
	int64_t ended = nth_last(r, r->n - r->busy);
	return ended == never ? never : ended + r->window_ms;
}

static void look_at(struct schedule_rate *r, int64_t now)
{
	r->now_ms = now > r->now_ms ? now : r->now_ms;
}

/* When to ask again. */
static int64_t next_look(const struct schedule_rate *r)
{
	int64_t at = free_at(r), soon = r->now_ms + SCHEDULE_RATE_LOOK_MS;

	return r->busy && at > soon ? soon : at;
}

bool schedule_rate_take(struct schedule_rate *r, int64_t now, int64_t *next)
{
	look_at(r, now);
	bool is_free = free_at(r) <= r->now_ms;
	r->busy += is_free;
	*next = next_look(r);
	return is_free;
}

void schedule_rate_give(struct schedule_rate *r, int64_t now, bool sent)
{
	look_at(r, now);
	r->busy--;
	if (!sent)
		return;
	r->ended_ms[r->at] = r->now_ms;
	r->at = (r->at + 1) % r->n;
}
