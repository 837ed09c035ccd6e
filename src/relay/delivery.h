/*
 * One delivery: a session of SPEC section 1, one attempt of one part.
 *
 * FINDING    the pathfinder is at work
 * DIALLING   a connection to the current target is being made or greeted
 * SENDING    a transaction is under way on it
 *
 * What is tried next, and what is said of whom, is schedule/attempt's; here is the wiring of it
 * to resolver, connections and journal.  It knows nothing of who began it but a
 * table of functions.
 */
#ifndef RELAY_DELIVERY_H
#define RELAY_DELIVERY_H

#include "relay/worker.h"

struct relay_delivery;

/* What whoever began it hears. */
struct relay_delivery_ops {
	void (*reached)(void *arg); /* a mail host has greeted us */
	/*
	 * Nobody of the destination could be reached by mail of that kind (route_demand_kind());
	 * like is what is said of that.  For how long the destination is closed.
	 */
	int64_t (*unreached)(void *arg, uint64_t kind, const struct schedule_outcome *like);
	/* The same where none was even tried, as all are closed, the first for wait_ms more. */
	int64_t (*shut)(void *arg, uint64_t kind, const struct schedule_outcome *like,
			int64_t wait_ms);
	/* It may have one connection more, for a while; and has not any more. */
	bool (*lend)(void *arg);
	void (*returned)(void *arg);
	/* The part has gone home, it is no more; echo is what it says of how many are too many. */
	void (*ended)(void *arg, enum schedule_echo echo);
};

/*
 * Takes the part.  It does nothing until it is begun.  NULL: out of memory, the part
 * stays.
 */
struct relay_delivery *relay_delivery_new(struct relay_worker *w, struct relay_part *part,
					  const struct relay_delivery_ops *ops, void *arg) MUST_USE;

/* The turn in which it waits, and back. */
struct schedule_turn *relay_delivery_turn(struct relay_delivery *d);
struct relay_delivery *relay_delivery_of(struct schedule_turn *turn);

/* arg of relay_delivery_new(). */
void *relay_delivery_owner(const struct relay_delivery *d);

/* Whose part it is; only read. */
const struct queue_message *relay_delivery_message(const struct relay_delivery *d);

/* Its turn has come.  ops hear what becomes of it, perhaps from inside: then d is no more. */
void relay_delivery_begin(struct relay_delivery *d);

/* Its part, which is the caller's; it never begins, and is no more.  ops hear nothing. */
struct relay_part *relay_delivery_take(struct relay_delivery **d) MUST_USE;

/* End it with the fate of another that found nobody at home.  ops hear nothing. */
void relay_delivery_share(struct relay_delivery *d, const struct schedule_outcome *like);

/* End it without an attempt, given up by order (QUEUE_ENDING).  ops hear nothing. */
void relay_delivery_order(struct relay_delivery *d);

/*
 * End all that have begun on this worker, where they are: each is written down, and its part goes
 * home, put off.  None may begin meanwhile.
 */
void relay_delivery_cut_all(struct relay_worker *w);

/* Free it, part and all, without a word. */
void relay_delivery_free(struct relay_delivery **d);

#endif
