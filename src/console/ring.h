/*
 * What was measured, as far back as a week: each 5 s for an hour, each minute for a day, each ten
 * minutes for a week.  Pure: samples and their times come in.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is measured; all but the queue and its ages are counters since the daemon's start. */
enum console_measure {
	CONSOLE_ACCEPTED,
	CONSOLE_QUEUED,
	CONSOLE_AGED_HOUR,
	CONSOLE_AGED_FOUR_HOURS,
	CONSOLE_AGED_DAY,
	CONSOLE_AGED_MORE,
	CONSOLE_DELIVERED,
	CONSOLE_DEFERRED,
	CONSOLE_BOUNCED,
	CONSOLE_OFF,
	CONSOLE_REQUESTED,
	CONSOLE_REQUIRED,
	CONSOLE_SECURE,
	CONSOLE_INSECURE,
	CONSOLE_BOGUS,
	CONSOLE_INDETERMINATE,
	CONSOLE_MEASURES,
};

#define CONSOLE_RING_LEVELS 3
#define CONSOLE_RING_STEP_MS 5000 /* the finest */

struct console_sample {
	int64_t wall_ms;
	int64_t value[CONSOLE_MEASURES];
};

struct console_ring;

/* NULL: out of memory. */
struct console_ring *console_ring_new(void) MUST_USE;
void console_ring_free(struct console_ring **r);

void console_ring_add(struct console_ring *r, const struct console_sample *s);

/* The finest level that reaches back to since, else the coarsest; its step. */
size_t console_ring_level(int64_t since_wall_ms, int64_t now_wall_ms);
int64_t console_ring_step_ms(size_t level);

/* Samples of a level, oldest first. */
size_t console_ring_count(const struct console_ring *r, size_t level);
const struct console_sample *console_ring_at(const struct console_ring *r, size_t level, size_t i);

/* How much a counter grew from one to the next; one that began anew grew by all that it has. */
int64_t console_ring_growth(int64_t before, int64_t after);

#endif
