/*
 * Reading beside the writer, on a connection of its own: for lists and single
 * messages.  One thread at a time.
 */
#ifndef QUEUE_READER_H
#define QUEUE_READER_H

#include "queue/message.h"
#include "schedule/memory.h"

struct queue_reader;

/* Of a store that is there: "sqlite:/path/queue.db".  As queue_open(). */
enum err queue_reader_open(const char *store, struct queue_reader **out, struct buf *why) MUST_USE;
void queue_reader_close(struct queue_reader **r);

/*
 * Whether queue_open() would take the store that is there, as far as a look at it tells, be it of
 * an older version; nothing is made, not even beside it.  As queue_open().
 */
enum err queue_reader_look(const char *store, struct buf *why) MUST_USE;

/*
 * The next message after id (0: the first), without content; NULL at the end.
 * A damaged one comes without recipients.  ERR_IO, ERR_NOMEM.
 */
enum err queue_reader_next(struct queue_reader *r, queue_id after, struct queue_message **out)
	MUST_USE;

/*
 * The same, of those in that state; of those that merely wait, which are most of a long queue, the
 * next of any state.
 */
enum err queue_reader_next_of(struct queue_reader *r, enum queue_state state, queue_id after,
			      struct queue_message **out) MUST_USE;

/* One message with content; ERR_SYNTAX: no such id.  ERR_IO, ERR_NOMEM. */
enum err queue_reader_get(struct queue_reader *r, queue_id id, struct queue_message **out) MUST_USE;

/*
 * Some of the content of m, which queue_reader_get() gave, from octet at on, until the next call; m
 * stays as it is meanwhile.  ERR_SYNTAX: it is damaged, or gone.  ERR_IO, ERR_NOMEM.
 */
enum err queue_reader_piece(struct queue_reader *r, const struct queue_message *m, uint64_t at,
			    struct str *out) MUST_USE;

/*
 * What is kept of a domain, in A-labels and lower case, as it was heard of last
 * (schedule/memory.h); *found says whether anything is.  ERR_IO, ERR_NOMEM.
 */
enum err queue_reader_known(struct queue_reader *r, struct str domain, bool *found,
			    struct schedule_memory_row *out) MUST_USE;

/* When the first that has not failed arrived; 0: there is none.  ERR_IO, ERR_NOMEM. */
enum err queue_reader_oldest(struct queue_reader *r, int64_t *wall_ms) MUST_USE;

#endif
