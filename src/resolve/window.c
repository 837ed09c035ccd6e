/*
 * Time is cut into ticks, and a ring has for each how many of those that were sent
 * in it are open.  open is their sum; what lies before oldest is not in it.
 */
#include "resolve/window.h"

enum { MASK = RESOLVE_WINDOW_TICKS - 1, LOST_SHARE = 8 };

void resolve_window_init(struct resolve_window *w, unsigned sharers)
{
	*w = (struct resolve_window){
		.least = RESOLVE_WINDOW_LEAST / sharers,
		.most = RESOLVE_WINDOW_MOST / sharers,
		.size = RESOLVE_WINDOW_FIRST / sharers,
		.threshold = RESOLVE_WINDOW_MOST / sharers,
	};
}

static int64_t tick_of(int64_t at)
{
	return at / RESOLVE_WINDOW_TICK_MS;
}

/* What was sent before tick counts no more. */
static void forget(struct resolve_window *w, int64_t tick)
{
	if (tick > w->oldest + RESOLVE_WINDOW_TICKS)
		w->oldest = tick - RESOLVE_WINDOW_TICKS;
	for (; w->oldest < tick; w->oldest++) {
		w->open -= w->sent[w->oldest & MASK];
		w->sent[w->oldest & MASK] = 0;
	}
}

static int64_t within(int64_t hold)
{
	if (hold < RESOLVE_WINDOW_HOLD_MS)
		return RESOLVE_WINDOW_HOLD_MS;
	return hold < RESOLVE_WINDOW_HOLD_MAX_MS ? hold : RESOLVE_WINDOW_HOLD_MAX_MS;
}

unsigned resolve_window_room(struct resolve_window *w, int64_t hold, int64_t now, int64_t *when)
{
	forget(w, tick_of(now - within(hold)));
	if (w->open < w->size)
		return w->size - w->open;
	w->used_up = true;
	if (w->asked_at != 0 && now - w->asked_at >= RESOLVE_WINDOW_SILENCE_MS)
		return w->most;
	int64_t next = now + RESOLVE_WINDOW_TICK_MS;
	*when = next < *when ? next : *when;
	return 0;
}

/* A round is over: many lost ones halve the window, once. */
static void judge_round(struct resolve_window *w)
{
	if (w->round_answered > 0 && w->round_lost * LOST_SHARE > w->round_sent) {
		w->size = w->size / 2 > w->least ? w->size / 2 : w->least;
		w->threshold = w->size;
		w->answers = 0;
	}
	w->round_sent = w->round_lost = w->round_answered = 0;
}

void resolve_window_sent(struct resolve_window *w, unsigned n, int64_t now)
{
	int64_t tick = tick_of(now);

	/* The ring holds no more than its span, whoever asked for room and when. */
	forget(w, tick - RESOLVE_WINDOW_TICKS + 1);
	/* What was left open long ago is no silence now. */
	if (w->asked_at == 0 || now - w->left_at >= RESOLVE_WINDOW_SILENCE_MS)
		w->asked_at = now;
	w->left_at = now;
	if (n > (unsigned)(UINT16_MAX - w->sent[tick & MASK]))
		n = (unsigned)(UINT16_MAX - w->sent[tick & MASK]);
	w->sent[tick & MASK] = (uint16_t)(w->sent[tick & MASK] + n);
	w->open += n;
	w->round_sent += n;
	if (w->round_sent >= w->size)
		judge_round(w);
}

static void grow(struct resolve_window *w)
{
	if (w->size == w->most)
		return;
	if (w->size >= w->threshold && ++w->answers < w->size)
		return;
	w->answers = 0;
	w->size++;
}

void resolve_window_answered(struct resolve_window *w, int64_t sent_at)
{
	int64_t tick = tick_of(sent_at);

	w->asked_at = 0;
	w->round_answered++;
	if (tick >= w->oldest && w->sent[tick & MASK] > 0) {
		w->sent[tick & MASK]--;
		w->open--;
	}
	if (w->used_up)
		grow(w);
	if (w->open == 0)
		w->used_up = false;
}

void resolve_window_lost(struct resolve_window *w)
{
	w->round_lost++;
}
