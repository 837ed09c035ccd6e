/*
 * The durable store of accepted mail.
 *
 * SQLite on a thread of its own.  Whoever wants something done hands over a
 * job; all jobs that arrived since the last commit go to disk in one
 * transaction (group commit), and then each is told by its done function, on the
 * store's thread: it posts the job back to where it came from.  A job that
 * was told ERR_OK is on stable storage.
 *
 * README.md in this folder is the proof that nothing accepted is lost.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "base/buf.h"
#include "base/list.h"
#include "schedule/rcpt.h"

struct queue;

/* Queue IDs grow with time and are never used twice.  0 is none. */
typedef uint64_t queue_id;

#define QUEUE_ID_MAX 16

/* Upper-case letters and digits, 11 to 13 of them; sorts as the numbers do. */
struct str queue_id_text(queue_id id, char text[static QUEUE_ID_MAX]);
bool queue_id_read(struct str text, queue_id *id);

/* Flags of a message; 1 to 8 were used by version 1 of the store. */
#define QUEUE_HELD 16u    /* not tried until released */
#define QUEUE_WARNED 32u  /* the sender was told of the delay */
#define QUEUE_REPORT 64u  /* a report of ours */
#define QUEUE_ENDING 128u /* its life ends at its next attempt, whatever its age: EXPIRE */
#define QUEUE_FAILED 256u /* all failed, and nobody is to be told: kept. The store alone sets it */

/* next_wall_ms of a message that is out, as a reader tells it. */
#define QUEUE_OUT INT64_MIN

/* A message: one allocation of its own (queue_message_new), moved from hand to hand. */
struct queue_message {
	struct list link; /* free for whoever holds it */
	queue_id id;
	int64_t arrived_wall_ms;
	/*
	 * When it is to be tried, 0: at once; QUEUE_FAILED: since when it is; meaningless
	 * while it is out.
	 */
	int64_t next_wall_ms;
	unsigned flags;
	unsigned smtp;     /* what SMTP said of it: smtp's own flags, which the store but keeps */
	uint64_t lane;     /* of the recipients that wait: queue_lane() of their one domain, or 0 */
	unsigned attempts; /* rounds so far in which a recipient was tried */
	struct str from;
	struct str envid;
	struct schedule_rcpt *rcpt;
	size_t n_rcpt;
	uint64_t size;      /* octets of content */
	struct buf content; /* as it goes out; empty where only the rest was asked for */
};

/* How a message stands. */
enum queue_state {
	QUEUE_STATE_WAITING,
	QUEUE_STATE_HELD,   /* until it is released */
	QUEUE_STATE_FAILED, /* given up, and kept for who looks */
	QUEUE_STATE_ACTIVE, /* it is out: an attempt is under way */
};

/* Of a message as a reader tells it. */
enum queue_state queue_message_state(const struct queue_message *m);

/* "waiting", "held", "failed", "active". */
struct str queue_state_text(enum queue_state state);

/*
 * A message with copies of all strings of *like; content is moved out of
 * *content (may be NULL), and gives the size.  NULL when out of memory:
 * *content is untouched.
 */
struct queue_message *queue_message_new(const struct queue_message *like, struct buf *content)
	MUST_USE;
void queue_message_free(struct queue_message **m);

struct queue_conf {
	const char *path; /* of the database file */
	uint64_t reserve; /* octets of free disk below which nothing new is taken; 0: none */
	size_t batch_max; /* jobs in one transaction; 0: 512 */
};

/*
 * Open, create where missing, check, recover: whatever was out when the last
 * process ended is due again.  *why says in one line what is wrong, with the
 * path and what can be done.  ERR_IO, ERR_NOMEM; ERR_SYNTAX: not our file.
 */
enum err queue_open(const struct queue_conf *conf, struct queue **out, struct buf *why) MUST_USE;

/*
 * Commit what has been handed over, and what done functions hand over
 * meanwhile; stop the thread, close.  What is out is due again when it is opened.
 */
void queue_close(struct queue **q);

/* A new ID; any thread; never waits. */
queue_id queue_next_id(struct queue *q);

/*
 * The lane of a domain, letters folded: a hash under a seed that the store keeps, so the
 * same over restarts, and unknown to others.  Never 0, which is the lane of what has
 * several domains.  Any thread.
 */
uint64_t queue_lane(const struct queue *q, struct str domain);

/* The lane of m: that of the one domain of all its recipients that wait, or 0. */
uint64_t queue_message_lane(const struct queue *q, const struct queue_message *m);

enum queue_job_kind {
	QUEUE_ADD,     /* store .message.  It is then out: nobody but the adder delivers it */
	QUEUE_RECORD,  /* write down .update */
	QUEUE_TAKE,    /* up to .max messages due at .now_wall_ms: out from then on */
	QUEUE_LOAD,    /* read the content of .message, which is out, into its content */
	QUEUE_RETRY,   /* make .id due at once (0: all that wait); if out, once it is back */
	QUEUE_HOLD,    /* .id (0: all); if out, once it is back */
	QUEUE_RELEASE, /* .id (0: all) */
	QUEUE_REMOVE,  /* .id; if out, ERR_LIMIT: try again when its attempt has ended */
	QUEUE_EXPIRE,  /* .id is released, QUEUE_ENDING, and due as with RETRY: `bounce` */
};

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
 * told); RETRY of that ID has its recipients tried once more.
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
	unsigned set_flags;
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
	void (*done)(struct queue_job *job); /* on the store's thread */
	void *owner;                         /* for done */
	struct queue_message *message;       /* ADD, LOAD; stays the job's */
	struct queue_update update;          /* RECORD */
	bool patient; /* RECORD: nobody waits for it, it may share the next sync */
	queue_id id;
	int64_t now_wall_ms; /* TAKE, RETRY */
	struct queue_look {
		size_t max;             /* messages */
		size_t per_lane;        /* messages of one lane; 0: no limit */
		const uint64_t *closed; /* lanes, rising; borrowed until done */
		size_t n_closed;
		int64_t latest_wall_ms; /* nothing waits for longer; 0: no bound */
		int64_t forget_wall_ms; /* what has failed before is removed; 0: nothing is */
		bool with_content;      /* no more than 64 MiB of it */
	} take;                         /* TAKE */
	/* Results. */
	/*
	 * ERR_OK; ERR_IO, ERR_NOMEM; ERR_LIMIT: disk (reserve) full, or message is out;
	 * ERR_SYNTAX: no such ID, no such recipient, or an ADD of a message without an
	 * ID that is new or without a recipient to try or to tell about.
	 */
	enum err err;
	const char *why;     /* of any but ERR_OK: static text */
	struct list taken;   /* TAKE: struct queue_message, by link; a copy of the job has none */
	size_t n;            /* TAKE, RETRY, HOLD, RELEASE, REMOVE, EXPIRE: how many */
	int64_t due_wall_ms; /* TAKE: when to take again; INT64_MAX: none waits in an open lane */
	bool gone;           /* RECORD: the message was deleted, all is done */
};

/* Hand a job over; any thread.  It is the store's until done is called. */
void queue_submit(struct queue *q, struct queue_job *job);

/*
 * Reading beside the writer, on a connection of its own: for lists and status.
 * One thread at a time.
 */
struct queue_reader;
enum err queue_reader_open(const char *path, struct queue_reader **out, struct buf *why) MUST_USE;
void queue_reader_close(struct queue_reader **r);

/*
 * The next message after id (0: the first), without content; NULL at the end.
 * A damaged one comes without recipients.  ERR_IO, ERR_NOMEM.
 */
enum err queue_reader_next(struct queue_reader *r, queue_id after, struct queue_message **out)
	MUST_USE;

/* One message with content; ERR_SYNTAX: no such id.  ERR_IO, ERR_NOMEM. */
enum err queue_reader_get(struct queue_reader *r, queue_id id, struct queue_message **out) MUST_USE;

/*
 * What there is, as kept with every change, not counted anew.  Each message is in one of
 * the four states: active is out, held is so once it is back.
 */
struct queue_counts {
	uint64_t messages; /* the sum of the four */
	uint64_t active, deferred, held, failed;
	uint64_t recipients_waiting;
	uint64_t octets;
	int64_t oldest_wall_ms; /* arrival of the first that has not failed; 0: none */
};
enum err queue_reader_counts(struct queue_reader *r, struct queue_counts *out) MUST_USE;

#endif
