#include "admin/admin.h"

#include "admin/command.h"
#include "admin/socket.h"

#include <stdlib.h>

struct admin {
	struct admin_commands commands;
	struct admin_socket *socket;
};

/* The other way round than admin_open(): nobody is let in, nobody is talked to, nothing is read. */
static void admin_close(void *opened)
{
	struct admin *a = opened;

	admin_socket_free(&a->socket);
	admin_sessions_clear(&a->commands.sessions);
	admin_reader_free(&a->commands.reader);
	free(a);
}

static enum err open_socket(struct admin *a, const struct conf *conf, struct buf *why)
{
	enum { WORDS_MAX = 8192 };
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	enum err e =
		admin_socket_new(&a->commands.sessions, conf->control_path, &a->socket, &words);

	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where_below(why, &conf->given, "control", "socket");
	buf_add(why, buf_str(&words));
	return e;
}

static enum err admin_open(const struct relay_handle *daemon, void **out, struct buf *why)
{
	struct admin *a = calloc(1, sizeof(*a));

	if (!a)
		return ERR_NOMEM;
	struct admin_commands *c = &a->commands;
	const struct conf *conf = daemon->settings(daemon->daemon)->conf;
	c->daemon = *daemon;
	admin_sessions_init(&c->sessions, daemon->loop, admin_command_run, c);
	enum err e = admin_reader_new(conf->queue_store, daemon->loop, admin_command_read, c,
				      &c->reader, why);
	if (e == ERR_OK)
		e = open_socket(a, conf, why);
	if (e != ERR_OK) {
		admin_close(a);
		return e;
	}
	*out = a;
	return ERR_OK;
}

const struct relay_hooks admin_hooks = { admin_open, admin_close };
