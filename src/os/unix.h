/*
 * Sockets in the file system (unix(7)): bound with the mode and the owner that they
 * are to have, and gone when they have served.
 */
#ifndef OS_UNIX_H
#define OS_UNIX_H

#include "base/err.h"
#include "os/user.h"

/* Whose the socket is to be.  A process that is not root can give it to none but itself. */
struct os_unix_access {
	struct os_user owner; /* and whose primary group it gets */
	unsigned mode;        /* of the file, whatever the umask: who may write may connect */
};

/* A socket that was bound here, to be removed by os_unix_remove(). */
struct os_unix {
	char *path; /* NULL: none */
	dev_t device;
	ino_t inode;
};

/*
 * A listening socket at path.  One at which nobody listens any more is replaced.
 *
 * Where the owner may not make it, root does, if nobody else can change where path leads.
 *
 * ERR_IO, by errno: EADDRINUSE  somebody listens there
 *                   EEXIST      what is there is no socket
 *                   ENAMETOOLONG, EACCES, ENOENT ... as bind(2)
 * ERR_NOMEM.
 */
enum err os_unix_listen(const char *path, const struct os_unix_access *access, int backlog,
			struct os_unix *out, int *fd) MUST_USE;

/*
 * Whether os_unix_listen() would do, as far as can be found out without making anything; one that
 * listens there is no hindrance.  ERR_IO: errno.
 */
enum err os_unix_may_listen(const char *path, const struct os_user *owner) MUST_USE;

/*
 * Remove it from the file system, if what is there is still the same; forget it.  While the
 * socket is open: once it is closed, its inode may be another's.  errno is kept.
 */
void os_unix_remove(struct os_unix *u);

/* The user of the process that connected; ERR_IO: not a connection of that kind. */
enum err os_unix_peer(int fd, uid_t *out) MUST_USE;

#endif
