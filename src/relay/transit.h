/*
 * A message in transit: from the moment it is stored, or taken from the store
 * because it is due, until what became of it is recorded.
 *
 * It has one home, a worker.  There its recipients are parted by destination
 * domain and demand; each part goes to the worker that owns the destination
 * and comes back with outcomes.  Each part's outcomes are recorded at once, and
 * with the last of them the report to the sender, if there is anything to say; one
 * that takes its time to be made (relay/reporting) follows, with the end of the message.
 * What is recorded, said and tried again is schedule/conclude's.
 *
 * While parts are out, the message itself is only read, by any of them.
 */
#ifndef RELAY_TRANSIT_H
#define RELAY_TRANSIT_H

#include "base/arena.h"
#include "relay/worker.h"

struct relay_transit {
	struct relay_letter letter;
	struct relay_shared *shared;
	struct queue_message *message;
	struct routing_settings *settings; /* held, once started */
	struct relay_worker *home;         /* once started */
	struct schedule_round *round;
	unsigned mends;                /* of our resolver, when it began */
	size_t parts;                  /* still out */
	size_t records;                /* jobs at the store */
	int64_t due_wall_ms;           /* ENDED: when it is to be tried again; INT64_MAX: never */
	struct list back;              /* parts that came back: outcomes live in them */
	bool concluded;                /* all parts are back, and the last record was handed over */
	struct schedule_charge charge; /* in the account of memory */
	bool turned_away;              /* its lane held its share: it was not tried */
	bool entered;                  /* the lane of its message, in that account */
	bool watched;                  /* the scheduler took it: it hears of the end */
	enum schedule_reach reach;     /* of the last part that came back */
	int64_t closed_wall_ms;        /* its destination is, until then */
	struct arena names;            /* of destinations; the message's own, mostly, serve */
	struct buf undecoded;          /* charsets that criteria could not read, for session logs */
	struct buf kept;               /* fields that records keep (criteria/keep.h); empty: none */
};

/* A transit for a message, which becomes its own.  NULL: out of memory, message stays. */
struct relay_transit *relay_transit_new(struct relay_shared *shared, struct queue_message *message)
	MUST_USE;

/* On any thread, at the end; what it cost is free again. */
void relay_transit_free(struct relay_transit **t);

/*
 * On its home's thread: part the message and send the parts out.  Where memory, or the share
 * of its destination, has no room for it, it goes back to the store, untried, and is
 * due again soon.  Takes it.
 */
void relay_transit_start(struct relay_worker *home, struct relay_transit *t);

/* A part came back. */
void relay_transit_result(struct relay_part *part);

/* A record came back. */
void relay_transit_recorded(struct relay_job *job);

#endif
