/*
 * So many sessions at a time as the account of descriptors has for commands.  Who has nothing under
 * way, as it was answered or has not asked yet, makes room for who comes; where all are busy, who
 * comes waits in the kernel's backlog.
 */
#include "admin/socket.h"

#include "loop/acceptor.h"
#include "os/file.h"
#include "relay/listener.h"
#include "schedule/descriptors.h"

#include <stdlib.h>

struct admin_socket {
	struct admin_sessions *sessions; /* NULL: not served yet */
	int fd;                          /* until then */
	struct os_unix at;
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

/* Where nothing can be accepted, the listener of mail says so. */
static const struct loop_acceptor_ops ops = { .accepted = accepted };

enum err admin_socket_bind(const struct conf *conf, const struct os_user *user,
			   struct admin_socket **out, struct buf *why)
{
	const struct relay_listener_place place = { .what = RELAY_LISTENER_CONTROL,
						    .path = conf->control_path,
						    .group = conf->control_group,
						    .mode = conf->control_mode };
	struct admin_socket *c = calloc(1, sizeof(*c));

	if (!c)
		return ERR_NOMEM;
	c->fd = -1;
	enum err e = relay_listener_unix(&place, user, &c->at, &c->fd, why);
	if (e != ERR_OK) {
		admin_socket_free(&c);
		return e;
	}
	*out = c;
	return ERR_OK;
}

enum err admin_socket_serve(struct admin_socket *c, struct admin_sessions *sessions)
{
	c->acceptor = loop_acceptor_new(sessions->loop, c->fd, &ops, c);
	if (!c->acceptor)
		return ERR_NOMEM;
	c->fd = -1; /* the acceptor's */
	c->sessions = sessions;
	sessions->room = regulate;
	sessions->room_arg = c;
	return ERR_OK;
}

void admin_socket_free(struct admin_socket **cp)
{
	struct admin_socket *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	os_unix_remove(&c->at);
	os_fd_close(&c->fd);
	loop_acceptor_free(&c->acceptor);
	if (c->sessions)
		c->sessions->room = NULL;
	free(c);
}
