/* The loop of a context that was given none: watches and timers for poll(2). */
#ifndef LIBRARY_POLL_PRIV_H
#define LIBRARY_POLL_PRIV_H

#include "base/err.h"
#include "os/reactor.h"

#include <poll.h>
#include <stddef.h>

struct library_poll;

struct library_poll *library_poll_new(void) MUST_USE;
void library_poll_free(struct library_poll **p); /* what is on it must have been dropped */
struct os_reactor library_poll_reactor(struct library_poll *p);

/* As signpost_dns_poll_fds() and signpost_dns_poll_done() have it. */
size_t library_poll_fds(const struct library_poll *p, struct pollfd *fds, size_t room,
			int *timeout_ms);
void library_poll_done(struct library_poll *p, const struct pollfd *fds, size_t n);

/* Wait until something is ready or due, most_ms at most (negative: without end), and serve it. */
void library_poll_turn(struct library_poll *p, int most_ms);

#endif
