/*
 * A connection's octets: a socket that does not block, with TLS over it or not.
 * Nothing in it knows DNS.
 *
 *	resolve_pipe_open(&p, ...), then at each call of its watch's function:
 *	resolve_pipe_advance(), resolve_pipe_read() as long as it says MORE,
 *	resolve_pipe_flush().
 *
 *	CONNECTING	no octet has left
 *	SHAKING		TLS: none of ours has left but the handshake's
 *	OPEN		over TLS: the server has proved all that its target demands
 *	BROKEN		why says why; what came before can still be read where read says MORE
 */
#ifndef RESOLVE_PIPE_H
#define RESOLVE_PIPE_H

#include "base/buf.h"
#include "os/reactor.h"
#include "tls/target.h"

#include <sys/socket.h>

#define RESOLVE_PIPE_PIECE 65536 /* resolve_pipe_read() adds at most that much */

enum resolve_pipe_state {
	RESOLVE_PIPE_CONNECTING,
	RESOLVE_PIPE_SHAKING,
	RESOLVE_PIPE_OPEN,
	RESOLVE_PIPE_BROKEN,
};

struct resolve_pipe {
	const struct os_reactor *reactor;
	int fd;
	void *watch;
	unsigned events;
	enum resolve_pipe_state state;
	struct tls_target *target; /* NULL: without TLS */
	struct tls_session *tls;
	struct buf out; /* without TLS: what the socket did not take */
	char why_text[256];
	struct str why; /* BROKEN */
};

/* fn(arg, ready) is called as the reactor does.  False: no connection can be had. */
bool resolve_pipe_open(struct resolve_pipe *p, const struct sockaddr *to, socklen_t n,
		       void (*fn)(void *arg, unsigned ready), void *arg) MUST_USE;

/* Say good-bye, and close.  Fine on what is closed. */
void resolve_pipe_close(struct resolve_pipe *p);

/* The socket is ready: has it been connected? */
void resolve_pipe_advance(struct resolve_pipe *p);

enum resolve_pipe_read {
	RESOLVE_PIPE_MORE,  /* there may be more now */
	RESOLVE_PIPE_EMPTY, /* no more for now */
	RESOLVE_PIPE_ENDED, /* nor ever: the pipe is broken */
};

/* Append what has come. */
enum resolve_pipe_read resolve_pipe_read(struct resolve_pipe *p, struct buf *in) MUST_USE;

/* Only when OPEN.  It leaves with the next flush, in as few records as it can. */
void resolve_pipe_write(struct resolve_pipe *p, struct str octets);

/* Send what there is, as far as it goes. */
void resolve_pipe_flush(struct resolve_pipe *p);

#endif
