/*
 * From which addresses wrong passwords have come, over all threads: a few thousand of them, the
 * latest.  An IPv6 client has a /64 for itself, so that is what counts.
 */
#ifndef RELAY_SUSPECTS_H
#define RELAY_SUSPECTS_H

#include "base/err.h"
#include "base/ip.h"

#define RELAY_SUSPECTS_MAX 4096

struct relay_suspects;

/* NULL: out of memory. */
struct relay_suspects *relay_suspects_new(void) MUST_USE;
void relay_suspects_free(struct relay_suspects **s);

/*
 * A wrong password from there, at that time (monotonic ms): how many that makes (auth/pause.h).
 * 1 where it is a local socket, or where there is no memory to remember it.  Any thread.
 */
unsigned relay_suspects_wrong(struct relay_suspects *s, const struct ip *ip, int64_t now);

/* Whether one came from there lately (AUTH_PAUSE_FORGET_MS).  Any thread. */
bool relay_suspects_lately(struct relay_suspects *s, const struct ip *ip, int64_t now);

/* The network that one client has for itself: the address, or the /64 of IPv6. */
struct ip relay_suspects_network(const struct ip *ip);

#endif
