/*
 * A message that comes in: from a guest to the store, and from there, once it is
 * kept, on its way.
 */
#ifndef RELAY_ARRIVAL_H
#define RELAY_ARRIVAL_H

#include "relay/inbound.h"
#include "relay/worker.h"

/* The guests of a worker.  NULL: out of memory. */
struct relay_inbound *relay_arrival_inbound(struct relay_worker *w) MUST_USE;

/* The store is done with a message that came in: tell the client, deliver it. */
void relay_arrival_stored(struct relay_worker *w, struct relay_job *job);

#endif
