#include "console/ask.h"

#include "base/list.h"
#include "base/text.h"
#include "control/control.h"
#include "loop/stream.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PATIENCE_MS = 60000, ASKS_MAX = 64, WORDS_MAX = 4096, IN_MAX = CONTROL_FRAME_MAX + 65536 };

struct console_asks {
	struct loop *loop;
	const char *socket;
	struct list all;
	size_t n;
	int64_t absent_wall_ms; /* since when nobody has answered; 0: somebody does */
};

struct console_ask {
	struct list link;
	struct console_asks *all;
	struct loop_stream *stream; /* NULL: it could not be reached */
	struct loop_timer *late;    /* then: it is told in the next turn */
	struct buf in, why;
	bool welcome; /* the answer to the role was there */
	const struct console_ask_ops *ops;
	void *arg;
};

static void ask_free(struct console_ask *a)
{
	list_drop(&a->link);
	a->all->n--;
	if (a->stream)
		loop_stream_free(&a->stream);
	if (a->late)
		loop_timer_free(&a->late);
	buf_free(&a->in);
	buf_free(&a->why);
	free(a);
}

static void finish(struct console_ask *a, const struct console_ask_end *end)
{
	const struct console_ask_ops *ops = a->ops;
	void *arg = a->arg;

	ops->ended(arg, end);
	ask_free(a);
}

static void absent(struct console_ask *a)
{
	if (a->all->absent_wall_ms == 0)
		a->all->absent_wall_ms = os_clock_wall();
	finish(a, &(struct console_ask_end){ .how = CONSOLE_ASK_ABSENT,
					     .why = buf_str(&a->why),
					     .since_wall_ms = a->all->absent_wall_ms });
}

static void say_absent(struct console_ask *a, const char *words)
{
	buf_add(&a->why, STR("the daemon is not there: "));
	text_escape(&a->why, str_of(a->all->socket));
	buf_addf(&a->why, ": %s", words);
}

/* The last frame of an answer. */
static void told(struct console_ask *a, const json_t *last)
{
	const json_t *error = json_object_get(last, "error");
	struct console_ask_end end = { .how = CONSOLE_ASK_DONE, .last = last };

	a->all->absent_wall_ms = 0;
	if (!error && !a->welcome) {
		a->welcome = true; /* it was that to the role: ours comes next */
		return;
	}
	if (error) {
		end.how = CONSOLE_ASK_NO;
		end.exit = (int)json_integer_value(json_object_get(last, "exit"));
		end.why = str_of(json_string_value(error));
	}
	finish(a, &end);
}

/* One frame; false: it was the last, and a is gone. */
static bool take(struct console_ask *a, struct str body)
{
	if (!str_starts(body, STR("{\"end\":true"))) {
		if (a->ops->frame(a->arg, body))
			return true;
		finish(a, &(struct console_ask_end){ .how = CONSOLE_ASK_DONE });
		return false;
	}
	bool welcome = a->welcome;
	json_t *last = json_loadb(body.p, body.n, 0, NULL);
	if (json_is_object(last)) {
		told(a, last);
		bool was_role = !welcome && !json_object_get(last, "error");
		json_decref(last);
		return was_role;
	}
	json_decref(last);
	say_absent(a, "it speaks of something else");
	absent(a);
	return false;
}

static void input(void *arg, struct str in)
{
	struct console_ask *a = arg;
	struct str body;
	size_t used;

	buf_add(&a->in, in);
	for (;;) {
		if (buf_err(&a->in) != ERR_OK ||
		    control_read(buf_str(&a->in), CONTROL_FRAME_MAX, &body, &used) != ERR_OK) {
			say_absent(a, "its answer is too long");
			absent(a);
			return;
		}
		if (used == 0)
			return;
		if (!take(a, body))
			return;
		buf_drop(&a->in, used);
	}
}

static void drained(void *arg)
{
	(void)arg;
}

static void ended(void *arg, enum loop_end how, int error)
{
	struct console_ask *a = arg;

	say_absent(a, how == LOOP_END_TIMEOUT ? "it does not answer"
		      : error                 ? strerror(error)
					      : "it ended the conversation");
	absent(a);
}

static const struct loop_stream_ops stream_ops = { NULL, input, drained, ended, NULL };

static void told_late(void *arg)
{
	absent(arg);
}

/* Connected; -1: errno. */
static int connect_to(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	CLEANUP(os_fd_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)str_copy(at.sun_path, sizeof(at.sun_path), str_of(path));
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		return -1;
	int connected = fd;
	fd = -1;
	return connected;
}

static enum err send_request(struct console_ask *a, enum console_role role, struct str request)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(2 * CONTROL_REQUEST_MAX);
	enum err e = control_write(&out, role == CONSOLE_ADMIN
						 ? STR("{\"command\":\"role\",\"role\":\"admin\"}")
						 : STR("{\"command\":\"role\",\"role\":\"view\"}"));

	if (e == ERR_OK)
		e = control_write(&out, request);
	if (e == ERR_OK)
		e = loop_stream_write(a->stream, buf_str(&out));
	if (e == ERR_OK)
		loop_stream_deadline(a->stream, loop_now(a->all->loop) + PATIENCE_MS);
	return e;
}

/* It was not for want of a daemon: we lack descriptors or memory, or too many wait there. */
static bool is_crowded(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
	       error == EAGAIN;
}

static enum err begin(struct console_ask *a, enum console_role role, struct str request)
{
	int fd = connect_to(a->all->socket);

	if (fd < 0 && is_crowded(errno))
		return ERR_LIMIT;
	if (fd < 0) {
		say_absent(a, strerror(errno));
		a->late = loop_timer_new(a->all->loop, told_late, a);
		if (a->late)
			loop_timer_set(a->late, loop_now(a->all->loop));
		return a->late ? ERR_OK : ERR_NOMEM;
	}
	a->stream = loop_stream_new(a->all->loop, fd, &stream_ops, a);
	if (a->stream)
		return send_request(a, role, request);
	os_fd_close(&fd);
	return ERR_NOMEM;
}

enum err console_ask(struct console_asks *all, enum console_role role, struct str request,
		     const struct console_ask_ops *ops, void *arg)
{
	struct console_ask *a = all->n < ASKS_MAX ? calloc(1, sizeof(*a)) : NULL;

	if (!a)
		return all->n < ASKS_MAX ? ERR_NOMEM : ERR_LIMIT;
	*a = (struct console_ask){
		.all = all, .in = BUF_MAX(IN_MAX), .why = BUF_MAX(WORDS_MAX), .ops = ops, .arg = arg
	};
	list_init(&a->link);
	list_add(&all->all, &a->link);
	all->n++;
	enum err e = begin(a, role, request);
	if (e != ERR_OK)
		ask_free(a);
	return e;
}

struct console_asks *console_asks_new(struct loop *loop, const char *socket)
{
	struct console_asks *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct console_asks){ .loop = loop, .socket = socket };
	list_init(&a->all);
	return a;
}

void console_asks_free(struct console_asks **ap)
{
	struct console_asks *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	while (!list_empty(&a->all))
		ask_free(CONTAINER_OF(a->all.next, struct console_ask, link));
	free(a);
}
