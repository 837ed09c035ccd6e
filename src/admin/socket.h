/*
 * The control socket: who connects gets a session.  On the daemon's thread.
 */
#ifndef ADMIN_SOCKET_H
#define ADMIN_SOCKET_H

#include "admin/session.h"
#include "conf/conf.h"
#include "os/user.h"

struct admin_socket;

/*
 * Bound and listening where conf has it, for user; who connects waits.  ERR_IO: *why;
 * ERR_NOMEM.
 */
enum err admin_socket_bind(const struct conf *conf, const struct os_user *user,
			   struct admin_socket **out, struct buf *why) MUST_USE;

/* From now on who connects gets one of sessions, which outlive the socket.  Once.  ERR_NOMEM. */
enum err admin_socket_serve(struct admin_socket *s, struct admin_sessions *sessions) MUST_USE;

/* Also removes it from the file system. */
void admin_socket_free(struct admin_socket **s);

#endif
