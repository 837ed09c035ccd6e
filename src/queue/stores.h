/* Which stores there are. */
#ifndef QUEUE_STORES_H
#define QUEUE_STORES_H

#include "queue/spool.h"
#include "queue/store.h"

/*
 * Open what the configuration calls "sqlite:/path/queue.db".  As open in store.h;
 * ERR_SYNTAX also where no store goes by that word.
 */
enum err queue_stores_open(const char *store, uint64_t reserve, enum queue_access access,
			   struct queue_store **out, struct buf *why) MUST_USE;

/* The spool beside it, "/path/queue.db-spool".  As queue_spool_open(). */
enum err queue_stores_spool(const char *store, uint64_t reserve, enum queue_spool_access access,
			    struct queue_spool **out, struct buf *why) MUST_USE;

#endif
