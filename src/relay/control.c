#include "control/control.h"

#include "log/log.h"
#include "os/file.h"
#include "relay/control_priv.h"
#include "relay/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64
#define OUT_MAX (CONTROL_FRAME_MAX + (1u << 20))

void relay_control_frame(struct control_session *s, const struct buf *body)
{
	if (buf_err(body) != ERR_OK || control_write(&s->out, buf_str(body)) != ERR_OK)
		s->closing = true;
}

static void session_free(struct control_session *s)
{
	list_drop(&s->link);
	loop_stream_free(&s->stream);
	buf_free(&s->in);
	buf_free(&s->out);
	free(s);
}

/* Send what there is, piece by piece as the socket takes it. */
static void flow(struct control_session *s)
{
	while (s->out.n && loop_stream_pending(s->stream) == 0) {
		struct str piece = str_head(buf_str(&s->out), 1u << 20);
		if (loop_stream_write(s->stream, piece) != ERR_OK)
			s->closing = true;
		buf_drop(&s->out, piece.n);
	}
	if (s->closing && s->out.n == 0 && loop_stream_pending(s->stream) == 0)
		session_free(s);
}

static void run(struct control_session *s, struct str body)
{
	json_error_t error;
	json_t *request = json_loadb(body.p, body.n, 0, &error);

	s->busy = true;
	if (json_is_object(request))
		relay_control_command(s, request);
	else
		relay_control_fail(s, 2, STR("the request is not a JSON object"));
	json_decref(request);
}

/* Requests that are here whole, one after the other. */
static void run_all(struct control_session *s)
{
	while (!s->busy && !s->closing) {
		struct str body;
		size_t used;
		if (control_read(buf_str(&s->in), CONTROL_REQUEST_MAX, &body, &used) != ERR_OK) {
			s->closing = true;
			break;
		}
		if (used == 0)
			break;
		run(s, body);
		buf_drop(&s->in, used);
	}
	flow(s);
}

void relay_control_end(struct control_session *s)
{
	control_write_end(&s->out);
	s->busy = false;
}

void relay_control_fail(struct control_session *s, int exit_status, struct str words)
{
	control_write_error(&s->out, exit_status, words);
	s->busy = false;
}

struct control_session *relay_control_find(struct relay_control *c, uint64_t id)
{
	for (struct list *l = c->sessions.next; l != &c->sessions; l = l->next) {
		struct control_session *s = CONTAINER_OF(l, struct control_session, link);
		if (s->id == id)
			return s;
	}
	return NULL;
}

void relay_control_resume(struct control_session *s)
{
	run_all(s);
}

static void input(void *arg, struct str in)
{
	struct control_session *s = arg;

	buf_add(&s->in, in);
	if (buf_err(&s->in) != ERR_OK)
		s->closing = true;
	run_all(s);
}

static void drained(void *arg)
{
	flow(arg);
}

static void ended(void *arg, enum loop_end how, int error)
{
	(void)how;
	(void)error;
	session_free(arg);
}

static const struct loop_stream_ops ops = { NULL, input, drained, ended, NULL };

static void ready_accept(void *arg, unsigned ready)
{
	struct relay_control *c = arg;
	int fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)ready;
	if (fd < 0)
		return;
	struct control_session *s = calloc(1, sizeof(*s));
	if (s)
		s->stream = loop_stream_new(c->daemon->loop, fd, &ops, s);
	if (!s || !s->stream) {
		free(s);
		(void)close(fd);
		return;
	}
	s->control = c;
	s->id = ++c->next_id;
	s->in = BUF_MAX(CONTROL_REQUEST_MAX + (1u << 17));
	s->out = BUF_MAX(OUT_MAX);
	list_init(&s->link);
	list_add(&c->sessions, &s->link);
}

enum err relay_control_new(struct relay_daemon *d, struct relay_control **out, struct buf *why)
{
	struct relay_control *c = calloc(1, sizeof(*c));
	const char *path = d->settings->conf->control_path;

	if (!c)
		return ERR_NOMEM;
	c->daemon = d;
	list_init(&c->sessions);
	c->fd = relay_listener_unix(path,
				    0660); /* the queue's lock says that no other daemon has it */
	if (c->fd >= 0 && listen(c->fd, BACKLOG) == 0)
		c->watch = loop_watch_new(d->loop, c->fd, OS_READ, ready_accept, c);
	if (!c->watch) {
		buf_addf(why, "cannot listen on the control socket %s: %s", path, strerror(errno));
		relay_control_free(&c);
		return ERR_IO;
	}
	*out = c;
	return ERR_OK;
}

void relay_control_free(struct relay_control **cp)
{
	struct relay_control *c = *cp;

	*cp = NULL;
	if (!c)
		return;
	while (!list_empty(&c->sessions))
		session_free(CONTAINER_OF(c->sessions.next, struct control_session, link));
	if (c->watch) /* it is ours: the path was bound by us */
		(void)unlink(c->daemon->settings->conf->control_path);
	loop_watch_free(&c->watch);
	os_fd_close(&c->fd);
	free(c);
}
