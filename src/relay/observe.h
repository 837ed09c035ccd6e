/*
 * OBSERVE: what SECURE would have done, told and kept for the record (SPEC section 12).
 */
#ifndef RELAY_OBSERVE_H
#define RELAY_OBSERVE_H

#include "journal/journal.h"
#include "routing/pathfinder.h"

#define RELAY_OBSERVE_MAX 4096

/*
 * A line in the block, "observe: SECURE would have bounced 5.7.4: WHY", and "bounced 5.7.4" to
 * *record.  finder has found its way.  Nothing where there is no memory for it.
 */
void relay_observe(struct journal_block *b, int64_t wall_ms,
		   const struct routing_pathfinder *finder, struct buf *record);

#endif
