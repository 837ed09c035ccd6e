/*
 * What is known of domains (schedule/memory.h), for all threads, and kept in the queue's store.
 *
 * In memory under a lock, held for a look at a table; what has changed goes to the store in
 * batches, RELAY_KNOWN_KEEP_MS apart and at the end, so that a crash loses no more than that.
 */
#ifndef RELAY_KNOWN_H
#define RELAY_KNOWN_H

#include "journal/journal.h"
#include "loop/loop.h"
#include "queue/queue.h"
#include "route/route.h"
#include "schedule/part.h"

#define RELAY_KNOWN_KEEP_MS 30000

struct relay_known;

/*
 * With what the store has kept, which is there before any job that is handed over later.  NULL: out
 * of memory.
 */
struct relay_known *relay_known_new(struct queue *queue, struct loop *loop) MUST_USE;

/* What is not kept yet is handed to the store: before that is closed, and the loop freed. */
void relay_known_stop(struct relay_known *k);

/* After the store was closed. */
void relay_known_free(struct relay_known **k);

/* Until when a domain was secure that is no more; 0 where there is nothing to tell. */
struct relay_known_was {
	struct buf domain; /* to be freed */
	int64_t until_wall_ms;
};

/*
 * A route's answer for MX was asked with AD of a server that validates, and is secure or not; any
 * other teaches nothing.  Any thread; k NULL: nothing is known.  b, where it is not NULL, gets the
 * line `note: DOMAIN was secure until TIME`.
 */
void relay_known_learn(struct relay_known *k, const struct route_facts *facts,
		       struct journal_block *b, struct relay_known_was *was);

/* The text of a bounce gets a sentence that tells it, where there is something to tell. */
void relay_known_add(struct buf *text, const struct relay_known_was *was);

/* So gets that of each bounce of the part: whoever reads it may know why. */
void relay_known_tell(struct schedule_part *part, const struct relay_known_was *was);

#endif
