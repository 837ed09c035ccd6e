/*
 * A listening socket: takes what connects, and waits where nothing can be taken.
 *
 * Without descriptors or memory accept() fails while the socket stays readable, and
 * a loop that only tried again would keep a core busy.  So it is not watched then;
 * a timer tries again.  Who connects meanwhile waits in the kernel's backlog.
 */
#ifndef LOOP_ACCEPTOR_H
#define LOOP_ACCEPTOR_H

#include "base/ip.h"
#include "loop/loop.h"

struct loop_acceptor;

struct loop_acceptor_ops {
	/* fd, not blocking, becomes the callee's.  peer: family 0 for a local socket. */
	void (*accepted)(void *arg, int fd, const struct ip *peer);
	/* Nothing can be taken now; error: errno.  Said once, until again.  NULL: not told. */
	void (*starved)(void *arg, int error);
	void (*again)(void *arg); /* that has been over for a while; may be NULL */
};

/* Over a listening, non-blocking socket, the acceptor's from now on.  NULL: no memory; fd stays. */
struct loop_acceptor *loop_acceptor_new(struct loop *l, int fd, const struct loop_acceptor_ops *ops,
					void *arg) MUST_USE;

/* Closes the socket.  Not legal in callbacks. */
void loop_acceptor_free(struct loop_acceptor **a);

/* Take none for the moment (held), or go on. */
enum loop_accepting { LOOP_HELD, LOOP_ACCEPTING };
void loop_acceptor_set(struct loop_acceptor *a, enum loop_accepting to);

#endif
