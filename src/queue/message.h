/* A message with all that is known of its recipients, as it goes from hand to hand. */
#ifndef QUEUE_MESSAGE_H
#define QUEUE_MESSAGE_H

#include "base/buf.h"
#include "base/list.h"
#include "queue/id.h"
#include "schedule/rcpt.h"

/* Flags of a message; 1 to 8 were used by version 1 of the store. */
#define QUEUE_HELD 16u      /* not tried until released */
#define QUEUE_WARNED 32u    /* the sender was told of the delay */
#define QUEUE_REPORT 64u    /* a report of ours */
#define QUEUE_ENDING 128u   /* it is given up at its next turn, without an attempt: EXPIRE */
#define QUEUE_RESOLVER 512u /* it waits for our own resolver to be well: HASTEN */
#define QUEUE_SPOOLED                                                                              \
	1024u /* its content is in a file of its own (spool.h).  The store alone sets it */
#define QUEUE_FAILED 256u /* all failed, and nobody is to be told: kept. The store alone sets it */

/* next_wall_ms of a message that is out, as a reader tells it. */
#define QUEUE_OUT INT64_MIN

struct queue_spooled; /* spool.h */

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
	struct str user; /* who had logged in to hand it in; empty: nobody */
	struct schedule_rcpt *rcpt;
	size_t n_rcpt;
	uint64_t size; /* octets of content */
	/*
	 * As it goes out; empty where only the rest was asked for.  Of a message that is spooled
	 * its head alone, of a report of ours the shorter one that may go in its place; and what is
	 * kept beside its file.
	 */
	struct buf content;
	struct queue_spooled *spool;
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

/* "deferred", "held", "failed", "active". */
struct str queue_state_text(enum queue_state state);

/*
 * A message with copies of all strings of *like; content is moved out of
 * *content (may be NULL), and gives the size, unless the message is spooled: then like->spool is
 * its own from now on.  NULL when out of memory: *content is untouched.
 */
struct queue_message *queue_message_new(const struct queue_message *like, struct buf *content)
	MUST_USE;
void queue_message_free(struct queue_message **m);

/* Octets of content that are in memory while it is under way: all, or of a spooled one some. */
uint64_t queue_message_held(const struct queue_message *m);

#endif
