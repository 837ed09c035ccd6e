/*
 * One message on disk: its row of counts and times, and all of it.
 *
 * All run inside a transaction of the caller's; failures are the connection's
 * (db_priv.h), and on one the outputs mean nothing.
 */
#ifndef QUEUE_ROW_PRIV_H
#define QUEUE_ROW_PRIV_H

#include "queue/db_priv.h"
#include "queue/queue.h"

/* Flags that only the store sees. */
#define QUEUE_AGAIN 0x40000000u /* due at once when it is back: RETRY came while it was out */
#define QUEUE_ROUND 0x80000000u /* a recipient was tried since it went out */

struct queue_row {
	queue_id id;
	int64_t next_wall_ms; /* QUEUE_OUT: it is out */
	unsigned flags;
	unsigned attempts;
	unsigned waiting; /* recipients */
	unsigned failed;
	unsigned n_rcpt;
	int64_t arrived_wall_ms;
	uint64_t size;
};

/* Whether it has an ID, and a recipient to try or to tell about. */
bool queue_row_valid(const struct queue_message *m);

/* Insert m, out. */
void queue_row_add(struct queue_db *db, const struct queue_message *m);

/* False when there is none with that ID, or on a failure. */
bool queue_row_get(struct queue_db *db, queue_id id, struct queue_row *out);

/* Write all that may change. */
void queue_row_put(struct queue_db *db, const struct queue_row *row);

/* Write down what an attempt told of one recipient. */
void queue_row_tried(struct queue_db *db, queue_id id, const struct schedule_change *c);

/* Delete the message. */
void queue_row_drop(struct queue_db *db, queue_id id);

enum queue_part { QUEUE_ENVELOPE, QUEUE_CONTENT_TOO };

/*
 * The message of that row.  It has no recipients where its envelope cannot be
 * read: it is damaged.  NULL on a failure, out of memory included.
 */
struct queue_message *queue_row_load(struct queue_db *db, const struct queue_row *row,
				     enum queue_part part);

#endif
