/*
 * What the daemon tells its workers.  An order for which there is no memory is owed, and given
 * as soon as there is some: nothing that was asked of the daemon is lost for want of it, and
 * the daemon goes on.
 *
 * An order says no more than what is in force when it is given, so it may be late, and one may
 * stand for several of its kind.  What is owed to a worker goes to it in the order of
 * enum relay_letter_kind, which is that of their weight, and before all that is new.
 */
#ifndef RELAY_ORDERS_H
#define RELAY_ORDERS_H

#include "loop/loop.h"
#include "relay/post.h"

#define RELAY_ORDERS_AGAIN_MS 100 /* what is owed is tried so often */

struct relay_orders;

struct relay_orders_conf {
	struct loop *loop;
	const struct relay_shared *shared; /* its workers, who are there while orders are given */
	/* Add to order, whose kind is set, what is in force.  It takes no memory. */
	void (*fill)(void *arg, struct relay_order *order);
	/* What was owed is given. */
	void (*paid)(void *arg);
	void *arg;
};

/* NULL: out of memory. */
struct relay_orders *relay_orders_new(const struct relay_orders_conf *conf) MUST_USE;
/* What is owed is given no more. */
void relay_orders_free(struct relay_orders **o);

/* Tell worker, or all of them. */
void relay_orders_give(struct relay_orders *o, size_t worker, enum relay_letter_kind kind);
void relay_orders_give_all(struct relay_orders *o, enum relay_letter_kind kind);

/* Whether any worker is owed any. */
bool relay_orders_owed(const struct relay_orders *o);

#endif
