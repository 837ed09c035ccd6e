/*
 * Listening sockets.  Each worker has its own for each address (SO_REUSEPORT),
 * so that the kernel spreads connections over the workers.  The first of them is
 * bound without it: who has the port already is found out, be it a daemon like this one.
 */
#ifndef RELAY_LISTENER_H
#define RELAY_LISTENER_H

#include "conf/conf.h"
#include "os/unix.h"
#include "relay/inbound.h"

struct relay_listener;

enum relay_listener_turn { RELAY_LISTENER_FIRST, RELAY_LISTENER_FURTHER };

/* A bound, listening socket for an address of conf.  ERR_IO: *why says which address and why. */
enum err relay_listener_bind(const struct conf_listen *conf, enum relay_listener_turn turn, int *fd,
			     struct buf *why) MUST_USE;

/*
 * Whether that would do, as far as can be found out without taking the port from anybody: that
 * somebody listens there already is no hindrance.  ERR_IO: *why.
 */
enum err relay_listener_may_bind(const struct conf_listen *conf, struct buf *why) MUST_USE;

/* The same where no daemon of ours runs: nobody else may listen there either.  ERR_IO: *why. */
enum err relay_listener_is_free(const struct conf_listen *conf, struct buf *why) MUST_USE;

/* A socket in the file system, as the configuration has it. */
#define RELAY_LISTENER_CONTROL "the control socket "

struct relay_listener_place {
	const char *what;         /* for words: RELAY_LISTENER_CONTROL, or "" */
	const char *path, *group; /* group "": the user's own */
	unsigned mode;
};

/* The group of that name, into *gid; "" leaves it.  ERR_IO: *why. */
enum err relay_listener_group(const char *name, gid_t *gid, struct buf *why) MUST_USE;

/*
 * Bound and listening there, for user; *out is for os_unix_remove().  ERR_IO: *why says where
 * and why; ERR_NOMEM.
 */
enum err relay_listener_unix(const struct relay_listener_place *place, const struct os_user *user,
			     struct os_unix *out, int *fd, struct buf *why) MUST_USE;

/* Whether that would do, found out without making anything.  ERR_IO: *why. */
enum err relay_listener_may_unix(const struct relay_listener_place *place,
				 const struct os_user *user, struct buf *why) MUST_USE;

/*
 * Accept on fd, which becomes the listener's, for in.  index is that of the listen
 * section.  *starved counts, for all threads, the listeners that cannot take
 * connections: so that it is told once.  NULL: out of memory, fd stays.
 */
struct relay_listener *relay_listener_new(struct loop *loop, int fd, size_t index,
					  struct relay_inbound *in, atomic_uint *starved) MUST_USE;
void relay_listener_free(struct relay_listener **l);

#endif
