/*
 * The queue, read on a thread of its own: a list of a million messages keeps
 * nobody waiting, neither signals nor deliveries nor other commands.
 *
 * A reading is moved to and fro: whoever asks gives it away, it comes back with
 * as much as one piece holds, and is given again for the next once that was
 * taken by whoever wants it.
 */
#ifndef ADMIN_READER_H
#define ADMIN_READER_H

#include "admin/filter.h"
#include "admin/foresight.h"
#include "base/list.h"

struct loop;
struct admin_reader;

#define ADMIN_READER_PIECE (1u << 18) /* octets from which on a piece is enough */

struct admin_reading {
	struct list link;
	enum admin_reading_kind {
		ADMIN_READ_OLDEST,
		ADMIN_READ_LIST,    /* the messages after id that the filter finds */
		ADMIN_READ_SHOW,    /* one */
		ADMIN_READ_FORESEE, /* what a line would do to the messages after id */
	} kind;
	queue_id id;
	bool content;               /* SHOW: its octets, too */
	bool metrics;               /* OLDEST: for metrics, not for the status */
	size_t max;                 /* LIST: how many messages at most */
	size_t look;                /* LIST: how many to look at at most; 0: no bound */
	struct admin_filter filter; /* LIST: which */
	/* FORESEE: what it finds; the reading's.  It asks the reader what is known of domains. */
	struct admin_foresight *foresight;
	uint64_t session;
	/* What came of it. */
	enum err err;           /* ERR_SYNTAX: SHOW of no such id; ERR_IO, ERR_NOMEM */
	struct buf frames;      /* documents, each as a frame; the next piece replaces them */
	bool more;              /* there is another piece */
	bool others;            /* LIST, FORESEE, at its end: there are more messages */
	int64_t oldest_wall_ms; /* OLDEST: when it arrived; 0: there is none */
	/* SHOW, between pieces. */
	struct queue_message *message;
	uint64_t sent; /* octets of its content */
};

/* FORESEE looks at so much in one answer, which takes a hundredth of a second or two. */
#define ADMIN_READER_FORESEE_WORK 1024         /* messages and recipients */
#define ADMIN_READER_FORESEE_OCTETS (1u << 22) /* of messages whose heads it wants */

/* NULL: out of memory. */
struct admin_reading *admin_reading_new(enum admin_reading_kind kind, uint64_t session) MUST_USE;
void admin_reading_free(struct admin_reading **r);

/*
 * A reader of that store. back is called on loop's thread with each reading
 * that comes back, and has it then.  ERR_IO: *why; ERR_NOMEM.
 */
enum err admin_reader_new(const char *store, struct loop *loop,
			  void (*back)(void *arg, struct admin_reading *r), void *arg,
			  struct admin_reader **out, struct buf *why) MUST_USE;

/* Ends the thread; what it has not given back is freed. */
void admin_reader_free(struct admin_reader **r);

/* What was last known of a domain: for a foresight, with the reader, on its thread alone. */
enum err admin_reader_known(void *reader, struct str domain, enum admin_known *out) MUST_USE;

/* The first piece, or the next.  Takes it. */
void admin_reader_ask(struct admin_reader *r, struct admin_reading *reading);

#endif
