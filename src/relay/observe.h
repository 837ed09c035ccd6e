/*
 * OBSERVE: what SECURE would have done, told and kept for the record (SPEC section 12).
 */
#ifndef RELAY_OBSERVE_H
#define RELAY_OBSERVE_H

#include "journal/journal.h"
#include "routing/pathfinder.h"
#include "schedule/attempt.h"

#define RELAY_OBSERVE_MAX 4096

/* A delivery that is over, its outcomes as the hosts gave them. */
struct relay_observe {
	const struct routing_pathfinder *finder;
	const struct routing_path *path; /* NULL: none was found */
	struct schedule_attempt *attempt;
	struct schedule_part *part;
};

/*
 * Where a line with OBSERVE matches: "bounced 5.7.4" to the .observe of each recipient of the part,
 * and a line in the block, "observe: SECURE would have bounced 5.7.4: WHY", once for all of whom it
 * is the same.  Nothing where there is no memory for it.
 */
void relay_observe(struct journal_block *b, int64_t wall_ms, const struct relay_observe *of);

#endif
