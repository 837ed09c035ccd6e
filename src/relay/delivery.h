/*
 * One delivery: a session of SPEC section 1, one attempt of one part.
 *
 * FINDING    the pathfinder is at work
 * DIALLING   a connection to the current target is being made or greeted
 * SENDING    a transaction is under way on it
 *
 * Hosts and addresses are tried in the order of the verdict.  A recipient that
 * a host put off goes on to the next host; one that is refused is refused.
 */
#ifndef RELAY_DELIVERY_H
#define RELAY_DELIVERY_H

#include "relay/destination.h"
#include "smtp/client.h"

/* Takes the part.  It does nothing until it is begun.  NULL: out of memory, the part stays. */
struct relay_delivery *relay_delivery_new(struct relay_destination *d, struct relay_part *part)
	MUST_USE;

/* The link by which it waits, and back. */
struct list *relay_delivery_link(struct relay_delivery *d);
struct relay_delivery *relay_delivery_of(struct list *link);

void relay_delivery_begin(struct relay_delivery *d);

/* End it without an attempt: the part goes home as it is. */
void relay_delivery_skip(struct relay_delivery *d);

/* End it with the fate of another that found nobody at home. */
void relay_delivery_share(struct relay_delivery *d, const struct relay_part *like);

/* Free it, part and all, without a word. */
void relay_delivery_free(struct relay_delivery **d);

/* What a connection tells the delivery that has it. */
void relay_delivery_greeted(struct relay_delivery *d);
void relay_delivery_sent(struct relay_delivery *d); /* results are in */
/* The connection is over; the delivery lets go of it before it returns. */
void relay_delivery_lost(struct relay_delivery *d);
/* The dialogue since the last call. */
void relay_delivery_trace(struct relay_delivery *d, struct str trace);

#endif
