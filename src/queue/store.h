/*
 * What the queue wants of a store: the one thing in this room that knows where
 * mail is kept.  A store is a folder below this one and a row in stores.c.
 *
 * A store keeps messages: of each a row, which changes, its envelope and content,
 * which never do, and what is known of recipients.  Of one that is spooled (QUEUE_SPOOLED, spool.h)
 * .content is its head, and .spool is kept with that; of the file no store knows anything.  It
 * decides nothing: job.c does, and says what a row was and is from now on.
 *
 * All but open, close, prepare, relieve and tidy happen within a transaction, on one
 * thread.  A store remembers the first failure since begin: from then on everything does
 * nothing, finds nothing and gives nothing, so that a job reads straight through;
 * err says whether there was one, and commit ends it.
 *
 * What a store promises: when commit has returned ERR_OK, all since begin is on
 * stable storage; with anything else, and whenever the process or the machine dies
 * before, nothing of it is.  The tests of this folder hold every store against that.
 */
#ifndef QUEUE_STORE_H
#define QUEUE_STORE_H

#include "queue/counts.h"
#include "queue/look.h"
#include "queue/message.h"
#include "schedule/memory.h"

/* Flags that only the queue sees. */
#define QUEUE_AGAIN 0x40000000u /* due at once when it is back: RETRY came while it was out */
#define QUEUE_ROUND 0x80000000u /* a recipient was tried since it went out */

/* Those that nobody but the queue sets. */
#define QUEUE_OURS (QUEUE_FAILED | QUEUE_SPOOLED | QUEUE_AGAIN | QUEUE_ROUND)

/* What changes of a message.  It waits where it is neither out nor HELD nor FAILED. */
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

static inline bool queue_row_waits(const struct queue_row *row)
{
	return row->next_wall_ms != QUEUE_OUT && !(row->flags & (QUEUE_HELD | QUEUE_FAILED));
}

/* Which row: by what it is asked for. */
enum queue_find {
	QUEUE_FIND_ID,     /* that ID */
	QUEUE_FIND_AFTER,  /* the lowest ID above that */
	QUEUE_FIND_OUT,    /* the same, of those that are out */
	QUEUE_FIND_HELD,   /* the same, of those that are held, and not out */
	QUEUE_FIND_KEPT,   /* the same, of those that have failed, and are kept */
	QUEUE_FIND_LAST,   /* the highest ID */
	QUEUE_FIND_OLDEST, /* the lowest ID that has not failed */
	QUEUE_FIND_LANE,   /* the earliest that waits in that lane */
	QUEUE_FIND_FAILED, /* that which failed first */
};

/* A lane in which something waits, and the earliest time at which it does. */
struct queue_lane {
	uint64_t lane;
	int64_t next_wall_ms;
};

enum queue_part { QUEUE_ENVELOPE, QUEUE_CONTENT_TOO };

/* What is done to all messages that it concerns, in one go. */
enum queue_all {
	QUEUE_ALL_RETRY,   /* those that wait until later, none held: until then; out: AGAIN */
	QUEUE_ALL_HOLD,    /* those that are not held and have not failed: HELD, also what is out */
	QUEUE_ALL_RELEASE, /* those that are held: not so, and due by then */
	QUEUE_ALL_LATEST,  /* some that wait until later: until then; all, if below QUEUE_SOME */
	QUEUE_ALL_HASTEN,  /* those that wait until later, and are QUEUE_RESOLVER: until then */
	QUEUE_ALL_FAILED,  /* those that have failed later: since then */
};

#define QUEUE_SOME 10000 /* messages, of which a transaction bears that all change */

/* Numbers that a store keeps; 0 where none was set. */
enum queue_number { QUEUE_MARK, QUEUE_LANE_SEED_1, QUEUE_LANE_SEED_2 };

enum queue_access {
	QUEUE_READ,  /* beside a writer; what is not there is an error */
	QUEUE_WRITE, /* the only one; create what is not there */
	QUEUE_LOOK   /* whether a writer would take it, and no more: nothing is made beside it */
};

struct queue_store; /* begins with const struct queue_store_ops * */

struct queue_store_ops {
	/*
	 * Open what is at where, the part of the configured word after its colon, as
	 * queue_open() says, its lines on success, too; of the disk reserve octets are to stay
	 * free.
	 */
	enum err (*open)(const char *where, uint64_t reserve, enum queue_access access,
			 struct queue_store **out, struct buf *why);
	/* Free and set to NULL.  errno is kept. */
	void (*close)(struct queue_store **s);

	void (*begin)(struct queue_store *s, enum queue_access access);
	/* ERR_OK: for good.  ERR_LIMIT: the disk is full; ERR_SYNTAX: what is there denies it. */
	enum err (*commit)(struct queue_store *s);
	/* The first failure since begin, kept until the next; *why: static text, may be NULL. */
	enum err (*err)(const struct queue_store *s, const char **why);

	/* A message, with this as its row. */
	void (*add)(struct queue_store *s, const struct queue_row *row,
		    const struct queue_message *m);
	/* False: there is none, or a failure. */
	bool (*get)(struct queue_store *s, enum queue_find how, uint64_t key,
		    struct queue_row *out);
	/*
	 * The message of that row.  Without recipients where its envelope cannot be read, and
	 * without content where that cannot be: it is damaged, which is no
	 * failure, or is one the first time alone, where the store cannot commit what has come
	 * upon it.  NULL: a failure, out of memory included.
	 */
	struct queue_message *(*load)(struct queue_store *s, const struct queue_row *row,
				      enum queue_part part);
	/* What was so is so from now on: all but n_rcpt, arrived_wall_ms, size and smtp. */
	void (*put)(struct queue_store *s, const struct queue_row *was, const struct queue_row *is);
	enum schedule_rcpt_state (*rcpt)(struct queue_store *s, queue_id id, size_t rcpt);
	void (*put_rcpt)(struct queue_store *s, queue_id id, const struct schedule_change *c);
	/* The message, with all that was known of it. */
	void (*drop)(struct queue_store *s, const struct queue_row *row);

	/* The first max lanes by time that look does not close; how many.  Not by counting through
	 * what waits in those that it does. */
	size_t (*due)(struct queue_store *s, const struct queue_look *look, struct queue_lane *out,
		      size_t max);
	/* How many changed. */
	size_t (*all)(struct queue_store *s, enum queue_all what, int64_t wall_ms);
	/* Counted anew. */
	void (*counts)(struct queue_store *s, struct queue_counts *out);
	uint64_t (*number)(struct queue_store *s, enum queue_number which);
	void (*set_number)(struct queue_store *s, enum queue_number which, uint64_t value);

	/* So much is known of a domain from now on (schedule/memory.h). */
	void (*remember)(struct queue_store *s, const struct schedule_memory_row *row);
	/* Of domains no more than max are kept: those that were seen last. */
	void (*forget)(struct queue_store *s, size_t max);
	/* Each domain of which something is kept; its name until each returns. */
	void (*recall)(struct queue_store *s,
		       void (*each)(void *arg, const struct schedule_memory_row *row), void *arg);
	/* What is kept of that domain, whose name is *out's.  False: nothing is, or a failure. */
	bool (*known)(struct queue_store *s, struct str domain, struct schedule_memory_row *out);

	/* Octets that may be added, so that the reserve stays free; UINT64_MAX: no bound. */
	uint64_t (*room)(struct queue_store *s);
	/* Before a transaction that adds something: see to it that room tells the truth. */
	void (*prepare)(struct queue_store *s);
	/*
	 * What was accepted must be recorded, and the disk is full: the next of what can be
	 * done, from step 0 on.  False: nothing is left.
	 */
	bool (*relieve)(struct queue_store *s, unsigned step);
	/* After a transaction, when all were told: what can wait. */
	void (*tidy)(struct queue_store *s);
	/* Nothing has come for a while: what is kept goes to its place.  False: ask again. */
	bool (*rest)(struct queue_store *s);

	/*
	 * Whether all holds that this interface cannot see; a line in *why for each thing
	 * that does not.  ERR_IO, ERR_NOMEM where that cannot be told.
	 */
	enum err (*check)(struct queue_store *s, struct buf *why);
};

struct queue_store {
	const struct queue_store_ops *ops;
};

/* The row of a message that is added: out. */
struct queue_row queue_store_row(const struct queue_message *m);

/* The message of a row, but for envelope and content. */
struct queue_message queue_store_message(const struct queue_row *row);

/* Whether that is all of it, as it was loaded with its content. */
bool queue_store_whole(const struct queue_row *row, const struct queue_message *m);

/* Whether look closes that lane; .closed is sorted. */
bool queue_store_closed(const struct queue_look *look, uint64_t lane);

/* Count a message in (1) or out (-1). */
void queue_store_count(struct queue_counts *counts, const struct queue_row *row, int sign);

#endif
