/*
 * So many sessions at a time as the account of descriptors has for commands.  Who
 * has nothing under way makes room for who comes; where all are busy, who comes waits
 * in the kernel's backlog.
 */
#include "admin/socket.h"

#include "loop/acceptor.h"
#include "os/file.h"
#include "relay/listener.h"
#include "schedule/descriptors.h"

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
	struct loop_acceptor *acceptor;
};

static bool full(const struct admin_socket *c)
{
	return c->sessions->n >= SCHEDULE_DESCRIPTORS_CONTROL;
}

static void regulate(void *arg)
{
	struct admin_socket *c = arg;
	bool room = !full(c) || admin_sessions_any_idle(c->sessions);

	loop_acceptor_set(c->acceptor, room ? LOOP_ACCEPTING : LOOP_HELD);
}

static void accepted(void *arg, int fd, const struct ip *peer)
{
	struct admin_socket *c = arg;

	(void)peer;
	while (full(c) && admin_sessions_end_idle(c->sessions))
		continue;
	if (admin_session_new(c->sessions, fd) != ERR_OK)
		os_fd_close(&fd);
	regulate(c);
}

/* The listener of mail says so. */
static void starved(void *arg, int error)
{
	(void)arg;
	(void)error;
}

static void again(void *arg)
{
	(void)arg;
}

static const struct loop_acceptor_ops ops = { accepted, starved, again };

static struct loop_acceptor *listen_at(struct admin_socket *c)
{
	int fd = relay_listener_unix(c->path, MODE);
	struct loop_acceptor *acceptor = NULL;

	if (fd >= 0 && listen(fd, BACKLOG) == 0)
		acceptor = loop_acceptor_new(c->sessions->loop, fd, &ops, c);
	if (!acceptor)
		os_fd_close(&fd);
	return acceptor;
}

enum err admin_socket_new(struct admin_sessions *sessions, const char *path,
			  struct admin_socket **out, struct buf *why)
{
	struct admin_socket *c = calloc(1, sizeof(*c));

	if (!c)
		return ERR_NOMEM;
	c->sessions = sessions;
	c->path = strdup(path);
	c->acceptor = c->path ? listen_at(c) : NULL;
	if (!c->acceptor) {
		buf_addf(why, "cannot listen on the control socket %s: %s", path, strerror(errno));
		admin_socket_free(&c);
		return ERR_IO;
	}
	sessions->room = regulate;
	sessions->room_arg = c;
	*out = c;
	return ERR_OK;
}

void admin_socket_free(struct admin_socket **cp)
{
	struct admin_socket *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	if (c->acceptor) /* it is ours: the path was bound by us */
		(void)unlink(c->path);
	loop_acceptor_free(&c->acceptor);
	c->sessions->room = NULL;
	free(c->path);
	free(c);
}
