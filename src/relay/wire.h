/*
 * A stream of a client that is in the clear at first, and inside TLS from when that is wanted:
 * what is above sees octets of the application alone.
 *
 * As loop/stream.h: no callback comes from inside a call of the same wire, and each may
 * free it.
 */
#ifndef RELAY_WIRE_H
#define RELAY_WIRE_H

#include "loop/stream.h"
#include "tls/session.h"

struct relay_wire;

struct relay_wire_ops {
	void (*input)(void *arg, struct str in); /* gone, and overwritten, after the call */
	void (*drained)(void *arg);              /* the socket has taken all, also of a handshake */
	void (*secured)(void *arg);              /* after relay_wire_secure(): TLS stands */
	void (*failed)(void *arg,
		       struct str why); /* it does not, or no more: nothing comes, nothing goes */
	void (*ended)(void *arg, enum loop_end end,
		      int error); /* as of a stream; good-bye of TLS is EOF */
};

/* Over a connected socket, which becomes the wire's.  NULL: out of memory; fd stays. */
struct relay_wire *relay_wire_new(struct loop *l, int fd, const struct relay_wire_ops *ops,
				  void *arg) MUST_USE;

/* Closes the socket.  Legal in callbacks. */
void relay_wire_free(struct relay_wire **w);

/* From here on all is inside tls, which becomes the wire's.  ERR_NOMEM: it is not. */
enum err relay_wire_secure(struct relay_wire *w, struct tls_session *tls) MUST_USE;

/* Whether a handshake is under way: nothing can be said. */
bool relay_wire_shakes(const struct relay_wire *w);

/* The session once it stands, for what is to be told of it; else NULL. */
const struct tls_session *relay_wire_tls(const struct relay_wire *w);

/* As those of a stream; the deadline counts for a handshake, too. */
enum err relay_wire_write(struct relay_wire *w, struct str octets) MUST_USE;
void relay_wire_last_words(struct relay_wire *w, struct str octets);
void relay_wire_shutdown(struct relay_wire *w); /* after TLS's good-bye */
size_t relay_wire_pending(const struct relay_wire *w);
void relay_wire_read(struct relay_wire *w, enum loop_reading reading);
void relay_wire_deadline(struct relay_wire *w, int64_t at);

#endif
