/* What can be wanted of the queue.  Handed over with queue_submit() (queue.h). */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include "queue/look.h"
#include "queue/message.h"
#include "schedule/memory.h"

enum queue_job_kind {
	QUEUE_ADD,      /* store .message.  It is then out: nobody but the adder delivers it */
	QUEUE_RECORD,   /* write down .update */
	QUEUE_TAKE,     /* up to .max messages due at .now_wall_ms: out from then on */
	QUEUE_LOAD,     /* read the content of .message, which is out, into its content */
	QUEUE_RETRY,    /* make .id due at once (0: all not held); if out, once it is back */
	QUEUE_HOLD,     /* .id (0: all); if out, once it is back */
	QUEUE_RELEASE,  /* .id (0: all); if held, due at once */
	QUEUE_REMOVE,   /* .id; if out, ERR_LIMIT: try again when its attempt has ended */
	QUEUE_HASTEN,   /* .id (0: all QUEUE_RESOLVER), where it waits: due at .now_wall_ms */
	QUEUE_REMEMBER, /* .domains are known so from now on; only where there is room */
	QUEUE_RECALL,   /* .recall hears of each domain that is known, on the store's thread */
	QUEUE_EXPIRE,   /* .id is released, QUEUE_ENDING, and due as with RETRY: `bounce` */
};

/*
 * Whether a job of that kind does less to a message that is out than to one that waits: then
 * whoever has it, and has not begun with it, gives it back before.
 */
static inline bool queue_job_calls_back(enum queue_job_kind kind)
{
	return kind == QUEUE_HOLD || kind == QUEUE_REMOVE || kind == QUEUE_EXPIRE;
}

/*
 * TAKE gives envelopes, the earliest due first, and none of a lane that is closed or has
 * given .per_lane already.  Before, it sees to it that nothing waits beyond
 * .latest_wall_ms, as after a clock was set back, and that nothing is kept as
 * failed for longer than it should.  It may give fewer than there are, and see to some
 * alone: take again where .due_wall_ms has passed.
 *
 * A damaged message is held instead, so that it does not stand in the way of others;
 * so is, once it is back, one of which LOAD finds that its content is (ERR_SYNTAX).
 *
 * What is kept as failed is not held, released or expired (ERR_LIMIT, nobody is to be
 * told); RETRY of that ID has its recipients tried once more.  RETRY of what is held is
 * refused likewise, of all where all that waits is held, and RELEASE of an ID that is not.
 */

/* What an attempt changed: borrowed, strings too, until done. */
struct queue_update {
	queue_id id;
	const struct schedule_change *change;
	size_t n_change;
	/*
	 * What then: it stays out (other recipients are still being tried), or it
	 * waits until next_wall_ms, or, where none of its recipients waits any more, is
	 * kept as failed since next_wall_ms; or, where no recipient waits or failed untold,
	 * it is deleted, which comes first.
	 */
	enum queue_then { QUEUE_STAYS_OUT, QUEUE_WAITS, QUEUE_FAILS } then;
	int64_t next_wall_ms;
	unsigned set_flags, clear_flags;
	uint64_t lane; /* of those who wait now */
	/*
	 * Stored in the same transaction: the report on what failed; the changes say
	 * SCHEDULE_TOLD of those.  It is then out, and stays the job's, as with ADD.
	 * NULL: none.
	 */
	struct queue_message *report;
};

struct queue_job {
	struct list link; /* the store's while it has the job */
	enum queue_job_kind kind;
	void (*done)(struct queue_job *job);         /* on the store's thread */
	void *owner;                                 /* for done */
	struct queue_message *message;               /* ADD, LOAD; stays the job's */
	struct queue_update update;                  /* RECORD */
	const struct schedule_memory_batch *domains; /* REMEMBER: borrowed until done */
	void (*recall)(void *arg, const struct schedule_memory_row *row); /* RECALL */
	void *recall_arg;
	bool patient; /* RECORD: nobody waits for it, it may share the next sync */
	queue_id id;
	int64_t now_wall_ms;    /* TAKE, RETRY, RELEASE */
	struct queue_look take; /* TAKE */
	/* Results. */
	/*
	 * ERR_OK; ERR_IO, ERR_NOMEM; ERR_LIMIT: disk (reserve) full, or message is out;
	 * ERR_SYNTAX: no such ID, no such recipient, or an ADD of a message without an
	 * ID that is new or without a recipient to try or to tell about.
	 */
	enum err err;
	const char *why; /* of any but ERR_OK: static text */
	/* Of ERR_LIMIT: the kind of job that would do, of the same .id; ADD: there is none. */
	enum queue_job_kind instead;
	struct list taken; /* TAKE: struct queue_message, by link; a copy of the job has none */
	size_t n;          /* TAKE, RETRY, HOLD, RELEASE, REMOVE, EXPIRE: how many */
	/*
	 * TAKE: when to take again; INT64_MAX: none waits in an open lane.  RECORD: when to
	 * take on account of this message, sooner than was asked for where RETRY came while
	 * it was out; at once where it is kept as failed, as TAKE knows for how long;
	 * INT64_MAX: it is out, held or gone.
	 */
	int64_t due_wall_ms;
	bool gone; /* RECORD: the message was deleted, all is done */
};

#endif
