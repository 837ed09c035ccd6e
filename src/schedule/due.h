/*
 * Of a message on disk whose time has come: is it loaded, or does it wait on?
 *
 * What waits for somebody who cannot be reached, or who has his share of memory, is
 * not loaded: its row alone is written.  A dead destination so costs a load for each
 * trial, and one for each message when its life ends, and not one for each message
 * and time.  Where a message waits for several destinations, nobody but its lanes
 * can say: it is loaded.
 */
#ifndef SCHEDULE_DUE_H
#define SCHEDULE_DUE_H

#include "schedule/backoff.h"
#include "schedule/budget.h"

struct schedule_due {
	const struct schedule_retry *retry;
	struct schedule_backoff_limits limits;
	struct schedule_backoff
		*backoff;            /* the destination's, as the loader knows it; NULL: open */
	struct schedule_usage usage; /* of memory */
	struct schedule_share share; /* its lane's */
	int64_t now_wall_ms, now_ms; /* the second monotonic, as backoff has it */
	uint32_t noise;              /* random */
};

/* The message: its row. */
struct schedule_row {
	int64_t arrived_wall_ms;
	int64_t next_wall_ms; /* out: where it is not loaded, when it is due again */
	unsigned attempts;    /* out: one more, where its destination was tried for it by another */
	uint32_t kib;         /* schedule_budget_cost() */
	bool turned_away;     /* out: its lane holds its share: due once that is empty (turned.h) */
};

enum schedule_load { SCHEDULE_LOAD, SCHEDULE_LEAVE };

/*
 * LOAD, and the back-off has a trial then where it is time for one: the loader says
 * worked, failed or unknown of it as lanes do.  LEAVE: row is to be written down.  Whoever
 * is at the end of its life is loaded, to be given up.
 */
enum schedule_load schedule_due_load(const struct schedule_due *d, struct schedule_row *row);

#endif
