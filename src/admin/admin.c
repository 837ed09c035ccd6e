#include "admin/admin.h"

#include "admin/command.h"
#include "admin/socket.h"

#include <stdlib.h>

#define WORDS_MAX 8192

struct admin {
	struct admin_commands commands;
	struct admin_socket *socket;
};

/* The other way round than admin_open(): nobody is let in, nobody is talked to, nothing is read. */
static void admin_close(void *opened)
{
	struct admin *a = opened;

	admin_socket_free(&a->socket);
	if (a->commands.sessions.loop) /* it was open */
		admin_sessions_clear(&a->commands.sessions);
	admin_reader_free(&a->commands.reader);
	free(a);
}

static enum err admin_bind(const struct conf *conf, const struct os_user *user, void **out,
			   struct buf *why)
{
	struct admin *a = calloc(1, sizeof(*a));

	if (!a)
		return ERR_NOMEM;
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	enum err e = admin_socket_bind(conf, user, &a->socket, &words);
	if (e != ERR_OK) {
		conf_given_where_below(why, &conf->given, "control", "socket");
		buf_add(why, buf_str(&words));
		free(a);
		return e;
	}
	*out = a;
	return ERR_OK;
}

static enum err admin_open(void *bound, const struct relay_handle *daemon, struct buf *why)
{
	struct admin *a = bound;
	struct admin_commands *c = &a->commands;
	const struct conf *conf = daemon->settings(daemon->daemon)->conf;

	c->daemon = *daemon;
	admin_sessions_init(&c->sessions, daemon->loop, admin_command_run, c);
	enum err e = admin_reader_new(conf->queue_store, daemon->loop, admin_command_read, c,
				      &c->reader, why);
	return e == ERR_OK ? admin_socket_serve(a->socket, &c->sessions) : e;
}

const struct relay_hooks admin_hooks = { admin_bind, admin_open, admin_close };
