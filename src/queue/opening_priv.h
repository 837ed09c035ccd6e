/* What is looked at when a queue is opened, beside what the store itself looks at. */
#ifndef QUEUE_OPENING_PRIV_H
#define QUEUE_OPENING_PRIV_H

#include "queue/spool.h"
#include "queue/store.h"

/*
 * The spool of the store of that name; files in it that belong to no message, as a crash leaves
 * them, go.  ERR_IO, ERR_NOMEM: *why is a line.
 */
enum err queue_opening_spool(struct queue_store *s, const char *store, uint64_t reserve,
			     struct queue_spool **out, struct buf *why) MUST_USE;

/*
 * Of a queue that is not large: what of it cannot be read, a line for each message, and how many
 * more there are than lines.  It is held when it is its turn; of a large one it is told then.
 */
void queue_opening_tell(struct queue_store *s, const struct queue_spool *spool,
			const struct queue_counts *counts, const char *store, struct buf *why);

#endif
