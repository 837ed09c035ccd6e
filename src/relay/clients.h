/*
 * How many sessions each client address has open, over all workers.
 */
#ifndef RELAY_CLIENTS_H
#define RELAY_CLIENTS_H

#include "base/err.h"
#include "base/ip.h"

struct relay_clients;

/* NULL: out of memory. */
struct relay_clients *relay_clients_new(void) MUST_USE;
void relay_clients_free(struct relay_clients **c);

/* One more session of that address, if it has fewer than max and memory is there.  Any thread. */
bool relay_clients_enter(struct relay_clients *c, const struct ip *ip, unsigned max) MUST_USE;

/* One less; it must have entered.  Any thread. */
void relay_clients_leave(struct relay_clients *c, const struct ip *ip);

#endif
