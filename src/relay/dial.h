/*
 * From a target to a connection: one that is kept, or one that is made.
 *
 * Which target it is, and which beside it while it is silent, is schedule/attempt's to say, who is
 * told what became of it; who may be dialled at all, hosts.h's.  Each that is dialled is a line of
 * the session's log, and how it ended is another.
 *
 * What is true: of connections that are being made each but the first has a permit that was lent.
 * When one of them is there the others are closed, which is not held against their hosts.
 */
#ifndef RELAY_DIAL_H
#define RELAY_DIAL_H

#include "relay/connection.h"
#include "routing/pathfinder.h"
#include "schedule/attempt.h"

/* What whoever dials hears; never from inside a call. */
struct relay_dial_ops {
	/* There is a connection to the target that is tried now: it is whoever dialled's. */
	void (*connected)(void *arg, struct relay_connection *c);
	/* There is none: what is wanted next. */
	void (*wants)(void *arg, enum schedule_want want);
	/* One more connection may be made beside another; and it is no more. */
	bool (*lend)(void *arg);
	void (*returned)(void *arg);
};

struct relay_dial {
	struct relay_worker
		*worker; /* this and those to ops: set before relay_dial_init(); borrowed */
	const struct relay_part *part;
	struct schedule_attempt *attempt;
	struct journal_block *block;
	void *arg;
	const struct relay_dial_ops *ops;
	const struct routing_path *path; /* before the first is dialled */
	size_t clear; /* the target that is tried without TLS, as that failed; or SCHEDULE_NOBODY */
	struct list lines;        /* that are being made, */
	unsigned n_lines;         /* as many, */
	unsigned lent;            /* permits for them, beside whoever's own */
	bool raced;               /* there were several */
	struct loop_timer *timer; /* for the next of them; NULL: there was no race */
	struct buf trust;         /* of the connection that is looked for */
};

/* The rest of what is set before; relay_dial_clear() frees it. */
void relay_dial_init(struct relay_dial *x);

/* Give up those that are being made, without a word to anybody. */
void relay_dial_stop(struct relay_dial *x);
void relay_dial_clear(struct relay_dial *x);

/*
 * SCHEDULE_DIAL: an open connection that serves, which is user's then, and to whose target the
 * attempt is turned.  NULL: there is none.
 */
struct relay_connection *relay_dial_kept(struct relay_dial *x,
					 const struct relay_connection_user *user) MUST_USE;

/* SCHEDULE_DIAL: make a new one.  What is wanted then: SCHEDULE_WAIT for what ops will hear. */
enum schedule_want relay_dial_new(struct relay_dial *x) MUST_USE;

#endif
