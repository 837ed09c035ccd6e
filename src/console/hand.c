#include "console/hand.h"

#include "base/list.h"
#include "console/spawner.h"
#include "log/log.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	WAITING_MAX = 64,
	PATIENCE_MS = 120000,
	AGAIN_MS = 1000, /* an end that could not be ordered is ordered anew */
	OUT_MAX = 64 << 20,
	ERR_MAX = 1 << 16,
	READ_ROOM = 65536,
};

struct pipe {
	int fd; /* -1: its end was read */
	struct loop_watch *watch;
	struct buf text;
};

struct console_hands {
	struct loop *loop;
	int fd;                  /* the spawner's */
	struct loop_watch *ends; /* and, while it takes no order, that it does again */
	struct hand *running[CONSOLE_ORDER_SLOTS];
	struct list waiting;
	size_t n_waiting;
	bool lost;
};

struct hand {
	struct list link; /* of those that wait */
	struct console_hands *all;
	struct buf packet;
	unsigned slot;
	int input; /* a file in memory; -1: none */
	struct loop_timer *late;
	struct pipe out, err;
	bool killed;
	void (*done)(void *arg, const struct console_hand_end *end);
	void *arg;
};

static void begin_next(struct console_hands *all);

static void pipe_clear(struct pipe *p)
{
	if (p->watch)
		loop_watch_free(&p->watch);
	os_fd_close(&p->fd);
	buf_free(&p->text);
}

static void hand_free(struct hand *h)
{
	list_drop(&h->link);
	if (h->late)
		loop_timer_free(&h->late);
	os_fd_close(&h->input);
	pipe_clear(&h->out);
	pipe_clear(&h->err);
	buf_free(&h->packet);
	free(h);
}

/* It is over: who asked is told.  exit: its status, -1: none. */
static void finish(struct hand *h, int exit)
{
	bool well = !h->killed && buf_err(&h->out.text) == ERR_OK;
	const struct console_hand_end end = { .exit = well ? exit : -1,
					      .out = buf_str(&h->out.text),
					      .err = buf_str(&h->err.text) };

	h->all->running[h->slot] = NULL;
	h->done(h->arg, &end);
	hand_free(h);
}

/*
 * An order goes to the spawner; files: as many as it wants.  ERR_LIMIT: it has more to take than
 * its socket holds.
 */
static enum err order(const struct console_hands *all, const struct buf *packet, const int *files,
		      size_t n)
{
	union {
		char octets[CMSG_SPACE(CONSOLE_ORDER_FILES * sizeof(int))];
		struct cmsghdr aligned;
	} control = { .octets = { 0 } };
	struct iovec v = { packet->p, packet->n };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

	if (n > 0) {
		m.msg_control = control.octets;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		struct cmsghdr *c = &control.aligned; /* the first there is */
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), files, n * sizeof(int));
	}
	if (sendmsg(all->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)packet->n)
		return ERR_OK;
	return errno == EAGAIN ? ERR_LIMIT : ERR_IO;
}

/* It is to end; that it has comes back as of any other. */
static void end(struct hand *h)
{
	const struct console_order o = { .kind = CONSOLE_ORDER_END, .slot = h->slot };
	CLEANUP(buf_free) struct buf packet = BUF_MAX(CONSOLE_ORDER_MAX);

	h->killed = true;
	console_order_write(&o, &packet);
	if (buf_err(&packet) != ERR_OK || order(h->all, &packet, NULL, 0) != ERR_OK)
		loop_timer_set(h->late, loop_now(h->all->loop) + AGAIN_MS);
}

/* What there is to read; false: it has ended, or is too much. */
static bool read_some(struct hand *h, struct pipe *p)
{
	char octets[READ_ROOM];
	ssize_t n = read(p->fd, octets, sizeof(octets));

	if (n < 0)
		return errno == EINTR;
	buf_add(&p->text, (struct str){ octets, (size_t)n });
	if (p == &h->out && buf_err(&p->text) != ERR_OK && !h->killed)
		end(h);
	return n > 0;
}

static void read_ready(struct hand *h, struct pipe *p)
{
	errno = 0;
	if (read_some(h, p) || errno == EAGAIN)
		return;
	loop_watch_free(&p->watch);
	os_fd_close(&p->fd);
}

static void out_ready(void *arg, unsigned ready)
{
	struct hand *h = arg;

	(void)ready;
	read_ready(h, &h->out);
}

static void err_ready(void *arg, unsigned ready)
{
	struct hand *h = arg;

	(void)ready;
	read_ready(h, &h->err);
}

static void is_late(void *arg)
{
	end(arg);
}

/* What it said to the end, and its end; the next may begin. */
static void has_ended(struct hand *h, int exit)
{
	struct console_hands *all = h->all;

	while (h->out.fd >= 0 && read_some(h, &h->out))
		continue;
	while (h->err.fd >= 0 && read_some(h, &h->err))
		continue;
	finish(h, exit);
	begin_next(all);
}

/* Nobody runs commands any more: all that wait are told, and the console ends, to be begun anew. */
static void lose(struct console_hands *all)
{
	log_event(LOG_ERR, "console", "the process that runs commands is gone: the console ends");
	all->lost = true;
	loop_watch_free(&all->ends);
	for (size_t i = 0; i < CONSOLE_ORDER_SLOTS; i++)
		if (all->running[i])
			finish(all->running[i], -1);
	begin_next(all);
	loop_stop(all->loop);
}

static void end_ready(void *arg, unsigned ready)
{
	struct console_hands *all = arg;
	struct console_spawner_end e;

	if (ready & OS_WRITE) {
		loop_watch_set(all->ends, OS_READ);
		begin_next(all);
	}
	ssize_t n = recv(all->fd, &e, sizeof(e), MSG_DONTWAIT);
	if (n == (ssize_t)sizeof(e) && e.slot < CONSOLE_ORDER_SLOTS && all->running[e.slot])
		has_ended(all->running[e.slot], e.exited ? e.status : -1);
	else if (n >= 0 || (errno != EAGAIN && errno != EINTR))
		lose(all);
}

/* Its end for us, and *theirs. */
static enum err pipe_open(struct hand *h, struct pipe *p, int *theirs,
			  void (*ready)(void *arg, unsigned ready))
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return ERR_IO;
	p->fd = fd[0];
	*theirs = fd[1];
	if (fcntl(fd[0], F_SETFL, O_NONBLOCK) < 0)
		return ERR_IO;
	p->watch = loop_watch_new(h->all->loop, p->fd, OS_READ, ready, h);
	return p->watch ? ERR_OK : ERR_NOMEM;
}

/* As it was before it was to begin. */
static void withdraw(struct hand *h)
{
	if (h->late)
		loop_timer_free(&h->late);
	pipe_clear(&h->out);
	pipe_clear(&h->err);
	h->out = (struct pipe){ .fd = -1, .text = BUF_MAX(OUT_MAX) };
	h->err = (struct pipe){ .fd = -1, .text = BUF_MAX(ERR_MAX) };
}

/* ERR_LIMIT: not now, and it may be tried again. */
static enum err begin(struct hand *h, unsigned slot)
{
	CLEANUP(os_fd_close) int out = -1, err = -1;
	enum err e = h->all->lost ? ERR_IO : pipe_open(h, &h->out, &out, out_ready);

	if (e == ERR_OK)
		e = pipe_open(h, &h->err, &err, err_ready);
	if (e != ERR_OK)
		return e;
	h->late = loop_timer_new(h->all->loop, is_late, h);
	if (!h->late)
		return ERR_NOMEM;
	const int files[CONSOLE_ORDER_FILES] = {
		[CONSOLE_ORDER_OUT] = out, [CONSOLE_ORDER_ERR] = err, [CONSOLE_ORDER_IN] = h->input
	};
	h->slot = slot;
	console_order_move(&h->packet, slot);
	e = order(h->all, &h->packet, files, h->input < 0 ? CONSOLE_ORDER_IN : CONSOLE_ORDER_FILES);
	if (e == ERR_LIMIT) {
		withdraw(h);
		loop_watch_set(h->all->ends, OS_READ | OS_WRITE);
	}
	if (e != ERR_OK)
		return e;
	os_fd_close(&h->input);
	list_drop(&h->link);
	h->all->running[slot] = h;
	loop_timer_set(h->late, loop_now(h->all->loop) + PATIENCE_MS);
	return ERR_OK;
}

/* CONSOLE_ORDER_SLOTS: none is free. */
static unsigned free_slot(const struct console_hands *all)
{
	unsigned slot = 0;

	while (slot < CONSOLE_ORDER_SLOTS && all->running[slot])
		slot++;
	return slot;
}

/* Who waited and cannot be begun is told so; who cannot be yet waits on, and all behind him. */
static void begin_next(struct console_hands *all)
{
	unsigned slot;

	while (all->n_waiting > 0 && (slot = free_slot(all)) < CONSOLE_ORDER_SLOTS) {
		struct hand *h = CONTAINER_OF(all->waiting.next, struct hand, link);
		enum err e = begin(h, slot);
		if (e == ERR_LIMIT)
			return;
		all->n_waiting--;
		if (e == ERR_OK)
			continue;
		h->done(h->arg, &(struct console_hand_end){ .exit = -1 });
		hand_free(h);
	}
}

static void wait_turn(struct hand *h)
{
	list_add(&h->all->waiting, &h->link);
	h->all->n_waiting++;
}

/* A file in memory that holds the input, to be read from its start; -1: errno. */
static int input_file(struct str input)
{
	CLEANUP(os_fd_close) int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || os_file_write(fd, input) != ERR_OK || lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	int made = fd;
	fd = -1;
	return made;
}

enum err console_hand(struct console_hands *all, const struct console_order *o, struct str input,
		      void (*done)(void *arg, const struct console_hand_end *end), void *arg)
{
	struct hand *h = all->n_waiting < WAITING_MAX ? calloc(1, sizeof(*h)) : NULL;

	if (!h)
		return all->n_waiting < WAITING_MAX ? ERR_NOMEM : ERR_LIMIT;
	*h = (struct hand){ .all = all,
			    .packet = BUF_MAX(CONSOLE_ORDER_MAX),
			    .input = -1,
			    .out = { .fd = -1, .text = BUF_MAX(OUT_MAX) },
			    .err = { .fd = -1, .text = BUF_MAX(ERR_MAX) },
			    .done = done,
			    .arg = arg };
	list_init(&h->link);
	console_order_write(o, &h->packet);
	enum err e = buf_err(&h->packet);
	if (e == ERR_OK && input.n > 0 && (h->input = input_file(input)) < 0)
		e = ERR_IO;
	unsigned slot = all->n_waiting > 0 ? CONSOLE_ORDER_SLOTS : free_slot(all);
	if (e == ERR_OK && (slot == CONSOLE_ORDER_SLOTS || (e = begin(h, slot)) == ERR_LIMIT)) {
		wait_turn(h);
		return ERR_OK;
	}
	if (e != ERR_OK)
		hand_free(h);
	return e;
}

bool console_hands_whole(const struct console_hands *h)
{
	return !h->lost;
}

struct console_hands *console_hands_new(struct loop *loop, int fd)
{
	struct console_hands *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	*all = (struct console_hands){ .loop = loop, .fd = fd };
	list_init(&all->waiting);
	all->ends = loop_watch_new(loop, fd, OS_READ, end_ready, all);
	if (!all->ends)
		console_hands_free(&all);
	return all;
}

void console_hands_free(struct console_hands **ap)
{
	struct console_hands *all = *ap;

	*ap = NULL;
	if (!all)
		return;
	if (all->ends)
		loop_watch_free(&all->ends);
	while (!list_empty(&all->waiting))
		hand_free(CONTAINER_OF(all->waiting.next, struct hand, link));
	for (size_t i = 0; i < CONSOLE_ORDER_SLOTS; i++)
		if (all->running[i])
			hand_free(all->running[i]);
	free(all);
}
