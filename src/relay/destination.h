/*
 * A destination: a domain with a service, on the one worker that owns it.
 *
 * Deliveries to it wait here for their turn; its idle connections are here,
 * too.  The key holds all that trust depends on, so a connection is never
 * used for mail of another service.
 */
#ifndef RELAY_DESTINATION_H
#define RELAY_DESTINATION_H

#include "relay/transit.h"

struct relay_delivery;
struct relay_connection;

struct relay_destination {
	struct hash_node node;
	struct relay_worker *worker;
	struct buf domain; /* folded */
	enum route_service service;
	struct list waiting; /* struct relay_delivery */
	struct list idle;    /* struct relay_connection, the latest used last */
	struct list all;     /* struct relay_connection, by member: every open one */
	struct list starved; /* in worker->starved while the total is exhausted */
	unsigned busy;       /* deliveries under way, each with a connection or about to have one */
	unsigned open;       /* connections, idle ones too */
};

/* A part for a destination of this worker. */
void relay_destination_add(struct relay_worker *w, struct relay_part *part);

/* A delivery has ended: the next one's turn. */
void relay_destination_next(struct relay_destination *d);

/*
 * No mail host could be reached: those that wait share the fate of this part
 * rather than try the same in vain one after the other.
 */
void relay_destination_unreachable(struct relay_destination *d, const struct relay_part *like);

/* An idle connection to that address, for mail that may travel on it; NULL: none. */
struct relay_connection *relay_destination_idle(struct relay_destination *d,
						const struct route_target *target);

/* A connection of this destination is gone; d may be, after that. */
void relay_destination_closed(struct relay_destination *d);

/* Give back what waits, untried, and close what is idle. */
void relay_destination_stop(struct relay_worker *w);

/* Free all, without a word to anybody: the thread has ended. */
void relay_destination_clear(struct relay_worker *w);

#endif
