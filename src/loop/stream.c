/*
 * Streams over non-blocking sockets.
 *
 * What is true: a stream that has ended (over) watches nothing and its timer is
 * unset, so ended() is the last callback.  Output goes straight to the socket
 * while nothing is kept; what the socket does not take is kept in out, and only
 * then is writability watched.
 *
 * A failing write is not told from inside loop_stream_write(), nor a connection that
 * is refused at once from inside loop_stream_connect(): the stream sets its timer to now
 * and tells from there, so no callback comes inside a call.
 *
 * The deadline is lazy: moving it ahead changes a number; the timer, when it
 * fires early, is set again.  So is a pause: readability is watched on until there is
 * something to read, which a peer that waits for our answer does not send.
 */
#include "loop/stream.h"

#include "os/address.h"
#include "os/file.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEPT_MAX (4u << 20)
#define READ_OCTETS 65536
#define TURN_READS 4 /* then others get their turn */

struct loop_stream {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	unsigned watched; /* events */
	struct loop_timer *timer;
	const struct loop_stream_ops *ops;
	void *arg;
	struct buf out;
	int64_t deadline; /* INT64_MAX: none */
	int64_t fires;    /* when the timer is set to fire; INT64_MAX: unset */
	enum loop_reading reading;
	bool connecting;
	bool over;
	int write_error; /* to be told by the timer */
	bool busy;       /* a callback runs: what it frees is released at its end */
	bool freed;      /* by that callback */
};

static void watch(struct loop_stream *s, unsigned events)
{
	s->watched = events;
	loop_watch_set(s->watch, events);
}

static void rewatch(struct loop_stream *s)
{
	unsigned events = 0;

	if (!s->over && (s->connecting || s->out.n))
		events |= OS_WRITE;
	if (!s->over && !s->connecting && (s->reading == LOOP_READING || s->watched & OS_READ))
		events |= OS_READ;
	watch(s, events);
}

static void end(struct loop_stream *s, enum loop_end how, int error)
{
	if (s->over)
		return;
	s->over = true;
	rewatch(s);
	loop_timer_unset(s->timer);
	s->ops->ended(s->arg, how, error);
}

/* Write what is kept.  Returns errno or 0. */
static int flush(struct loop_stream *s)
{
	size_t done = 0;

	while (done < s->out.n) {
		ssize_t n = send(s->fd, s->out.p + done, s->out.n - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return errno;
		done += (size_t)n;
	}
	buf_drop(&s->out, done);
	return 0;
}

static void ready_connected(struct loop_stream *s)
{
	int error = 0;
	socklen_t n = sizeof(error);

	(void)getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n);
	s->connecting = false;
	if (error) {
		end(s, LOOP_END_ERROR, error);
		return;
	}
	rewatch(s);
	s->ops->connected(s->arg);
}

static void ready_write(struct loop_stream *s)
{
	int error = flush(s);

	if (error) {
		end(s, LOOP_END_ERROR, error);
		return;
	}
	if (s->out.n)
		return;
	rewatch(s);
	if (s->ops->drained)
		s->ops->drained(s->arg);
}

static void ready_read(struct loop_stream *s)
{
	static _Thread_local char octets[READ_OCTETS];

	for (int i = 0; i < TURN_READS && !s->freed && !s->over && s->reading == LOOP_READING;
	     i++) {
		ssize_t n = recv(s->fd, octets, sizeof(octets), 0);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		if (n < 0)
			end(s, LOOP_END_ERROR, errno);
		else if (n == 0)
			end(s, LOOP_END_EOF, 0);
		else
			s->ops->input(s->arg, (struct str){ octets, (size_t)n });
		if (n < (ssize_t)sizeof(octets)) /* most likely there is no more */
			return;
	}
}

static void ready_any(void *arg, unsigned ready)
{
	struct loop_stream *s = arg;

	s->busy = true;
	if (s->connecting) {
		if (ready & OS_WRITE && !s->write_error)
			ready_connected(s);
	} else {
		if (ready & OS_WRITE && s->out.n)
			ready_write(s);
		if (!s->freed && !s->over && ready & OS_READ) {
			if (s->reading == LOOP_READING)
				ready_read(s);
			else
				watch(s, s->watched & ~OS_READ);
		}
	}
	s->busy = false;
	if (s->freed)
		loop_stream_free(&s);
}

static void set_timer(struct loop_stream *s, int64_t at)
{
	s->fires = at;
	if (at == INT64_MAX)
		loop_timer_unset(s->timer);
	else
		loop_timer_set(s->timer, at);
}

static void timer_fired(void *arg)
{
	struct loop_stream *s = arg;

	s->fires = INT64_MAX;
	if (s->over)
		return;
	if (s->write_error) {
		end(s, LOOP_END_ERROR, s->write_error);
		return;
	}
	if (loop_now(s->loop) >= s->deadline && s->ops->late)
		s->deadline = s->ops->late(s->arg);
	if (loop_now(s->loop) >= s->deadline)
		end(s, LOOP_END_TIMEOUT, 0);
	else
		set_timer(s, s->deadline);
}

struct loop_stream *loop_stream_new(struct loop *l, int fd, const struct loop_stream_ops *ops,
				    void *arg)
{
	struct loop_stream *s = malloc(sizeof(*s));
	const int on = 1;

	if (!s)
		return NULL;
	*s = (struct loop_stream){ .loop = l,
				   .fd = fd,
				   .ops = ops,
				   .arg = arg,
				   .out = BUF_MAX(KEPT_MAX),
				   .deadline = INT64_MAX,
				   .fires = INT64_MAX,
				   .reading = LOOP_READING };
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* not for unix sockets */
	s->timer = loop_timer_new(l, timer_fired, s);
	s->watch = loop_watch_new(l, fd, OS_READ, ready_any, s);
	s->watched = OS_READ;
	if (!s->timer || !s->watch) {
		s->fd = -1; /* stays the caller's */
		loop_stream_free(&s);
	}
	return s;
}

/* Nobody is there, or no way leads there: told as if it had taken its time. */
static bool is_theirs(int error)
{
	return error == ECONNREFUSED || error == ENETUNREACH || error == EHOSTUNREACH ||
	       error == ETIMEDOUT;
}

struct loop_stream *loop_stream_connect(struct loop *l, const struct ip_port *to,
					const struct ip *from, const struct loop_stream_ops *ops,
					void *arg)
{
	struct sockaddr_storage address;
	int family = to->ip.family == 4 ? AF_INET : AF_INET6;
	CLEANUP(os_fd_close)
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return NULL;
	if (from->family) {
		socklen_t n = os_address_of(&(struct ip_port){ *from, 0 }, 0, &address);
		if (bind(fd, (struct sockaddr *)&address, n) < 0)
			return NULL;
	}
	socklen_t n = os_address_of(to, 0, &address);
	int error = connect(fd, (struct sockaddr *)&address, n) < 0 ? errno : 0;
	if (error && error != EINPROGRESS && !is_theirs(error))
		return NULL;
	struct loop_stream *s = loop_stream_new(l, fd, ops, arg);
	if (!s) {
		errno = ENOMEM;
		return NULL;
	}
	fd = -1; /* the stream's now */
	s->connecting = true;
	if (error && error != EINPROGRESS) {
		s->write_error = error;
		watch(s, 0);
		set_timer(s, loop_now(l));
	} else {
		rewatch(s);
	}
	return s;
}

void loop_stream_free(struct loop_stream **sp)
{
	struct loop_stream *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	loop_watch_free(&s->watch);
	loop_timer_free(&s->timer);
	os_fd_close(&s->fd);
	buf_free(&s->out);
	s->freed = true;
	if (!s->busy)
		free(s);
}

enum err loop_stream_write(struct loop_stream *s, struct str octets)
{
	if (s->over)
		return ERR_OK; /* told */
	if (s->out.n == 0 && !s->connecting && !s->write_error && octets.n) {
		ssize_t n = send(s->fd, octets.p, octets.n, MSG_NOSIGNAL);
		if (n >= 0)
			octets = str_skip(octets, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR) {
			s->write_error = errno;
			set_timer(s, loop_now(s->loop));
		}
	}
	buf_add(&s->out, octets); /* also where they will never go, so that no more is written */
	if (!s->write_error)
		rewatch(s);
	return buf_err(&s->out);
}

void loop_stream_last_words(struct loop_stream *s, struct str octets)
{
	if (octets.n)
		(void)!send(s->fd, octets.p, octets.n, MSG_NOSIGNAL | MSG_DONTWAIT);
}

size_t loop_stream_rest(struct loop_stream *s, char *octets, size_t room)
{
	size_t got = 0;
	ssize_t n = 1;

	while (n > 0 && got < room) {
		n = recv(s->fd, octets + got, room - got, MSG_DONTWAIT);
		got += n > 0 ? (size_t)n : 0;
	}
	return got;
}

bool loop_stream_unheard(const struct loop_stream *s)
{
	char octet;

	return recv(s->fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void loop_stream_shutdown(struct loop_stream *s)
{
	(void)shutdown(s->fd, SHUT_WR);
}

size_t loop_stream_pending(const struct loop_stream *s)
{
	return s->out.n;
}

void loop_stream_read(struct loop_stream *s, enum loop_reading reading)
{
	s->reading = reading;
	rewatch(s);
}

void loop_stream_deadline(struct loop_stream *s, int64_t at)
{
	s->deadline = at;
	if (!s->over && at < s->fires && !s->write_error)
		set_timer(s, at);
}
