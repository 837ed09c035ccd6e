/*
 * Where the console listens, and whom it becomes once it does: what needs the rights of who
 * started it.
 */
#ifndef CONSOLE_PLACE_H
#define CONSOLE_PLACE_H

#include "conf/conf.h"
#include "os/unix.h"

/* Sockets that are bound and listening, and those in the file system, to be removed at the end. */
struct console_place_sockets {
	int fd, login_fd; /* -1: none */
	struct os_unix http, login;
};

#define CONSOLE_PLACE_NONE ((struct console_place_sockets){ .fd = -1, .login_fd = -1 })

/* ERR_IO: *why says where and why; what was bound is in *out all the same.  ERR_NOMEM. */
enum err console_place_bind(const struct conf *conf, struct console_place_sockets *out,
			    struct buf *why) MUST_USE;

/* Closes what was not taken, and removes what stands in the file system.  The CLEANUP() handler. */
void console_place_clear(struct console_place_sockets *s);

/* The descriptor, which is the caller's from now on. */
int console_place_take(int *fd);

/* Where this is root, become the configuration's user, for good.  ERR_IO: *why. */
enum err console_place_become(const struct conf *conf, struct buf *why) MUST_USE;

/* "http://127.0.0.1:8025/", as a browser is told; of a unix socket, "http://localhost/". */
void console_place_url(const struct conf_console *c, struct buf *out);

#endif
