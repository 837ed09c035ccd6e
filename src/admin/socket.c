#include "admin/socket.h"

#include "loop/loop.h"
#include "os/file.h"
#include "relay/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64
#define MODE 0660

struct admin_socket {
	struct admin_sessions *sessions;
	char *path;
	int fd;
	struct loop_watch *watch;
};

static void ready_accept(void *arg, unsigned ready)
{
	struct admin_socket *c = arg;
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)ready;
	if (fd >= 0 && admin_session_new(c->sessions, fd) != ERR_OK)
		(void)close(fd);
}

enum err admin_socket_new(struct admin_sessions *sessions, const char *path,
			  struct admin_socket **out, struct buf *why)
{
	struct admin_socket *c = calloc(1, sizeof(*c));

	if (!c)
		return ERR_NOMEM;
	c->sessions = sessions;
	c->path = strdup(path);
	c->fd = c->path ? relay_listener_unix(path, MODE) : -1;
	if (c->fd >= 0 && listen(c->fd, BACKLOG) == 0)
		c->watch = loop_watch_new(sessions->loop, c->fd, OS_READ, ready_accept, c);
	if (!c->watch) {
		buf_addf(why, "cannot listen on the control socket %s: %s", path, strerror(errno));
		admin_socket_free(&c);
		return ERR_IO;
	}
	*out = c;
	return ERR_OK;
}

void admin_socket_free(struct admin_socket **cp)
{
	struct admin_socket *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	if (c->watch) /* it is ours: the path was bound by us */
		(void)unlink(c->path);
	loop_watch_free(&c->watch);
	os_fd_close(&c->fd);
	free(c->path);
	free(c);
}
