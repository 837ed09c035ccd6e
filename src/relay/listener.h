/*
 * Listening sockets.  Each worker has its own for each address (SO_REUSEPORT),
 * so that the kernel spreads connections over the workers.
 */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include "conf/conf.h"
#include "relay/inbound.h"

struct relay_listener;

/*
 * A socket bound at path, not yet listening; a socket that was left there is
 * removed, nothing else is.  -1: errno says why.
 */
int relay_listener_unix(const char *path, unsigned mode) MUST_USE;

/* A bound, listening socket for conf.  ERR_IO: *why says which address and why. */
enum err relay_listener_bind(const struct conf_listen *conf, int *fd, struct buf *why) MUST_USE;

/*
 * Accept on fd, which becomes the listener's, for in.  index is that of the listen
 * section.  *starved counts, for all threads, the listeners that cannot take
 * connections: so that it is told once.  NULL: out of memory, fd stays.
 */
struct relay_listener *relay_listener_new(struct loop *loop, int fd, size_t index,
					  struct relay_inbound *in, atomic_uint *starved) MUST_USE;
void relay_listener_free(struct relay_listener **l);

#endif
