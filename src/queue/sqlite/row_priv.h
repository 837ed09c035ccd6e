/*
 * One message on disk: its row of counts and times, and all of it.
 *
 * All run inside a transaction of the caller's; failures are the connection's
 * (db_priv.h), and on one the outputs mean nothing.
 */
#ifndef QUEUE_ROW_PRIV_H
#define QUEUE_ROW_PRIV_H

#include "queue/sqlite/db_priv.h"
#include "queue/queue.h"

/* Flags that only the store sees. */
#define QUEUE_AGAIN 0x40000000u /* due at once when it is back: RETRY came while it was out */
#define QUEUE_ROUND 0x80000000u /* a recipient was tried since it went out */

/* Those that nobody but the store sets. */
#define QUEUE_OURS (QUEUE_FAILED | QUEUE_AGAIN | QUEUE_ROUND)

struct queue_row {
	queue_id id;
	int64_t next_wall_ms; /* QUEUE_OUT: it is out */
	unsigned flags;
	unsigned smtp;
	uint64_t lane;
	unsigned attempts;
	unsigned waiting; /* recipients */
	unsigned failed;
	unsigned n_rcpt;
	int64_t arrived_wall_ms;
	uint64_t size;
};

/* Whether it has an ID, and a recipient to try or to tell about. */
bool queue_row_valid(const struct queue_message *m);

/* Insert m, out; *row is what it then is. */
void queue_row_add(struct queue_db *db, const struct queue_message *m, struct queue_row *row);

/* False when there is none with that ID, or on a failure. */
bool queue_row_get(struct queue_db *db, queue_id id, struct queue_row *out);

/* Write all that may change, of one that was as said. */
void queue_row_put(struct queue_db *db, const struct queue_row *was, const struct queue_row *is);

/* Write down what an attempt told of one recipient. */
void queue_row_tried(struct queue_db *db, queue_id id, const struct schedule_change *c);

/* Those of its recipients that failed are to be tried again. */
void queue_row_try_again(struct queue_db *db, queue_id id);

/* Delete the message. */
void queue_row_drop(struct queue_db *db, const struct queue_row *row);

/* The next message after id; false: none, or a failure. */
enum queue_which { QUEUE_ANY, QUEUE_THAT_IS_OUT };
bool queue_row_next(struct queue_db *db, queue_id id, enum queue_which which,
		    struct queue_row *out);

/* One of the statements for all was run for a job of that kind: what else there is to do. */
void queue_row_all_done(struct queue_db *db, enum queue_job_kind kind, int64_t arg);

/* A lane in which something waits that is neither held nor failed, and the earliest time of it. */
struct queue_lane {
	uint64_t lane;
	int64_t next_wall_ms;
};

/* The first n lanes by that time, without those that are closed (rising); how many there are. */
size_t queue_row_lanes(struct queue_db *db, const struct queue_look *look, struct queue_lane *out,
		       size_t n);

/* The earliest of a lane; false: none, or a failure. */
bool queue_row_first(struct queue_db *db, uint64_t lane, struct queue_row *out);

/* The one that is kept as failed for longest; false: none, or a failure. */
bool queue_row_first_failed(struct queue_db *db, struct queue_row *out);

/*
 * What waits, and is due later than that, is due at that time: n of them, or some more
 * where many have one time.  Whether there may be others.
 */
bool queue_row_clamp(struct queue_db *db, int64_t latest_wall_ms, size_t n);

/* Nothing has failed later than now. */
void queue_row_clamp_failed(struct queue_db *db, int64_t now_wall_ms);

/* What a transaction adds to the counts. */
struct queue_sum {
	int64_t active, deferred, held, failed, waiting, octets;
};
void queue_row_count(struct queue_db *db, const struct queue_sum *sum);
void queue_row_counts(struct queue_db *db, struct queue_counts *out);

/* A number that the database keeps by a name; 0: there is none. */
uint64_t queue_row_meta(struct queue_db *db, const char *name);
void queue_row_meta_put(struct queue_db *db, const char *name, uint64_t value);

enum queue_part { QUEUE_ENVELOPE, QUEUE_CONTENT_TOO };

/*
 * The message of that row.  It has no recipients where its envelope cannot be
 * read: it is damaged.  NULL on a failure, out of memory included.
 */
struct queue_message *queue_row_load(struct queue_db *db, const struct queue_row *row,
				     enum queue_part part);

/* Its content.  ERR_SYNTAX: it is not there, or cannot be read; ERR_NOMEM. */
enum err queue_row_content(struct queue_db *db, queue_id id, struct buf *out) MUST_USE;

#endif
