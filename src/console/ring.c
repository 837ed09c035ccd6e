#include "console/ring.h"

#include <stdlib.h>

enum { SECOND_MS = 1000, SLACK_MS = 1000 };

static const struct {
	int64_t step_ms;
	size_t max;
} levels[CONSOLE_RING_LEVELS] = {
	{ CONSOLE_RING_STEP_MS, 720 },
	{ 60 * SECOND_MS, 1440 },
	{ 600 * SECOND_MS, 1008 },
};

struct row {
	struct console_sample *all;
	size_t n, first;
};

struct console_ring {
	struct row level[CONSOLE_RING_LEVELS];
};

struct console_ring *console_ring_new(void)
{
	struct console_ring *r = calloc(1, sizeof(*r));
	bool ok = r != NULL;

	for (size_t i = 0; ok && i < CONSOLE_RING_LEVELS; i++) {
		r->level[i].all = calloc(levels[i].max, sizeof(*r->level[i].all));
		ok = r->level[i].all != NULL;
	}
	if (!ok)
		console_ring_free(&r);
	return r;
}

void console_ring_free(struct console_ring **r)
{
	for (size_t i = 0; *r && i < CONSOLE_RING_LEVELS; i++)
		free((*r)->level[i].all);
	free(*r);
	*r = NULL;
}

const struct console_sample *console_ring_at(const struct console_ring *r, size_t level, size_t i)
{
	const struct row *row = &r->level[level];

	return &row->all[(row->first + i) % levels[level].max];
}

size_t console_ring_count(const struct console_ring *r, size_t level)
{
	return r->level[level].n;
}

/* A clock that was set back begins anew; a timer that comes a little early counts all the same. */
static bool is_due(const struct console_ring *r, size_t level, const struct console_sample *s)
{
	size_t n = r->level[level].n;
	int64_t last = n ? console_ring_at(r, level, n - 1)->wall_ms : 0;

	return n == 0 || s->wall_ms < last || s->wall_ms - last >= levels[level].step_ms - SLACK_MS;
}

void console_ring_add(struct console_ring *r, const struct console_sample *s)
{
	for (size_t i = 0; i < CONSOLE_RING_LEVELS; i++) {
		struct row *row = &r->level[i];
		if (!is_due(r, i, s))
			continue;
		row->all[(row->first + row->n) % levels[i].max] = *s;
		if (row->n < levels[i].max)
			row->n++;
		else
			row->first = (row->first + 1) % levels[i].max;
	}
}

size_t console_ring_level(int64_t since_wall_ms, int64_t now_wall_ms)
{
	for (size_t i = 0; i < CONSOLE_RING_LEVELS; i++)
		if (now_wall_ms - since_wall_ms <= levels[i].step_ms * (int64_t)levels[i].max)
			return i;
	return CONSOLE_RING_LEVELS - 1;
}

int64_t console_ring_step_ms(size_t level)
{
	return levels[level].step_ms;
}

int64_t console_ring_growth(int64_t before, int64_t after)
{
	return after >= before ? after - before : after;
}
