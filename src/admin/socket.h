/*
 * The control socket: who connects gets a session.  On the daemon's thread.
 */
#ifndef ADMIN_SOCKET_H
#define ADMIN_SOCKET_H

#include "admin/session.h"

struct admin_socket;

/*
 * Listen at path for sessions, which outlive the socket.  ERR_IO: *why; ERR_NOMEM.
 * That no other daemon has the path is the queue's lock's to say.
 */
enum err admin_socket_new(struct admin_sessions *sessions, const char *path,
			  struct admin_socket **out, struct buf *why) MUST_USE;

/* Also removes it from the file system. */
void admin_socket_free(struct admin_socket **s);

#endif
