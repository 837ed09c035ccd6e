#include "resolve/pipe.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 16384, OUT_MAX = 1 << 22 };

static void broken(struct resolve_pipe *p, struct str first, struct str second)
{
	struct buf why = BUF_MAX(sizeof(p->why_text));

	if (p->state == RESOLVE_PIPE_BROKEN)
		return;
	p->state = RESOLVE_PIPE_BROKEN;
	buf_add(&why, first);
	buf_add(&why, str_head(second, sizeof(p->why_text) - first.n));
	if (why.n > 0)
		memcpy(p->why_text, why.p, why.n);
	p->why = (struct str){ p->why_text, why.n };
	buf_free(&why);
}

bool resolve_pipe_open(struct resolve_pipe *p, const struct sockaddr *to, socklen_t n,
		       void (*fn)(void *arg, unsigned ready), void *arg)
{
	int on = 1;

	p->out = BUF_MAX(OUT_MAX);
	p->state = RESOLVE_PIPE_CONNECTING;
	p->events = OS_READ | OS_WRITE;
	p->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return false;
	(void)setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(p->fd, to, n) == 0 || errno == EINPROGRESS)
		p->watch = p->reactor->watch(p->reactor->loop, p->fd, p->events, fn, arg);
	if (!p->watch) {
		(void)close(p->fd);
		p->fd = -1;
	}
	return p->watch != NULL;
}

/* What TLS wants to send; false: the socket failed. */
static bool send_tls(struct resolve_pipe *p)
{
	for (;;) {
		struct str out = tls_session_output(p->tls);
		if (out.n == 0)
			return true;
		ssize_t n = send(p->fd, out.p, out.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN && out.n <= OUT_MAX;
		tls_session_sent(p->tls, (size_t)n);
	}
}

static bool send_plain(struct resolve_pipe *p)
{
	while (p->out.n > 0) {
		ssize_t n = send(p->fd, p->out.p, p->out.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN;
		buf_drop(&p->out, (size_t)n);
	}
	return true;
}

void resolve_pipe_close(struct resolve_pipe *p)
{
	if (p->fd < 0)
		return;
	if (p->tls) {
		tls_session_close(p->tls);
		(void)send_tls(p); /* the good-bye, or the alert that says what was wrong */
	}
	p->reactor->unwatch(p->reactor->loop, p->watch);
	(void)close(p->fd);
	p->fd = -1;
	tls_session_free(&p->tls);
	buf_free(&p->out);
	broken(p, STR("closed"), STR(""));
}

void resolve_pipe_advance(struct resolve_pipe *p)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (p->state != RESOLVE_PIPE_CONNECTING)
		return;
	if (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		error = errno;
	if (error == ECONNREFUSED) {
		broken(p, STR("connection refused over TCP"), STR(""));
	} else if (error != 0) {
		broken(p, STR("no connection over TCP"), STR(""));
	} else if (!p->target) {
		p->state = RESOLVE_PIPE_OPEN;
	} else {
		p->state = RESOLVE_PIPE_SHAKING;
		p->tls = tls_target_session(p->target);
		if (!p->tls)
			broken(p, STR("out of memory"), STR(""));
	}
}

/* The socket has no more: EOF or an error, after all that came before it was read. */
static enum resolve_pipe_read ended(struct resolve_pipe *p, ssize_t n)
{
	if (p->state == RESOLVE_PIPE_SHAKING)
		broken(p, STR("TLS: the connection ended in the handshake"), STR(""));
	else
		broken(p,
		       n == 0 ? STR("the server closed the connection")
			      : STR("the connection broke"),
		       STR(""));
	return RESOLVE_PIPE_ENDED;
}

/* Octets of the connection came: what do they hold for us? */
static enum resolve_pipe_read decrypt(struct resolve_pipe *p, struct str octets, struct buf *in)
{
	enum tls_state now = tls_session_feed(p->tls, octets);

	if (now == TLS_OPEN) {
		if (p->state == RESOLVE_PIPE_SHAKING)
			p->state = RESOLVE_PIPE_OPEN;
		now = tls_session_read(p->tls, in);
	}
	if (now == TLS_FAILED)
		broken(p, STR("TLS: "), tls_session_why(p->tls));
	else if (now == TLS_CLOSED)
		broken(p, STR("the server closed the connection"), STR(""));
	if (now >= TLS_CLOSED)
		return RESOLVE_PIPE_ENDED;
	return octets.n == CHUNK || p->state == RESOLVE_PIPE_BROKEN ? RESOLVE_PIPE_MORE
								    : RESOLVE_PIPE_EMPTY;
}

enum resolve_pipe_read resolve_pipe_read(struct resolve_pipe *p, struct buf *in)
{
	char chunk[CHUNK];
	ssize_t n;

	if (p->state == RESOLVE_PIPE_CONNECTING)
		return RESOLVE_PIPE_EMPTY;
	if (p->target && (!p->tls || tls_session_state(p->tls) >= TLS_CLOSED))
		return RESOLVE_PIPE_ENDED;
	n = recv(p->fd, chunk, sizeof(chunk), 0);
	if (n < 0 && errno == EINTR)
		return RESOLVE_PIPE_MORE;
	if (n < 0 && errno == EAGAIN)
		return p->state == RESOLVE_PIPE_BROKEN ? RESOLVE_PIPE_ENDED : RESOLVE_PIPE_EMPTY;
	if (n <= 0)
		return ended(p, n);
	struct str octets = { chunk, (size_t)n };
	if (p->tls)
		return decrypt(p, octets, in);
	buf_add(in, octets);
	return n == CHUNK || p->state == RESOLVE_PIPE_BROKEN ? RESOLVE_PIPE_MORE
							     : RESOLVE_PIPE_EMPTY;
}

void resolve_pipe_write(struct resolve_pipe *p, struct str octets)
{
	if (p->state != RESOLVE_PIPE_OPEN)
		return;
	if (p->tls) {
		if (tls_session_write(p->tls, octets) != ERR_OK)
			broken(p, STR("TLS: "), tls_session_why(p->tls));
		return;
	}
	buf_add(&p->out, octets);
	if (buf_err(&p->out) != ERR_OK)
		broken(p, STR("out of memory"), STR(""));
}

void resolve_pipe_flush(struct resolve_pipe *p)
{
	if (p->state != RESOLVE_PIPE_SHAKING && p->state != RESOLVE_PIPE_OPEN)
		return;
	if (!(p->tls ? send_tls(p) : send_plain(p))) {
		broken(p, STR("the connection broke"), STR(""));
		return;
	}
	bool left = p->tls ? tls_session_output(p->tls).n > 0 : p->out.n > 0;
	unsigned events = left ? OS_READ | OS_WRITE : OS_READ;
	if (p->events != events)
		p->reactor->rewatch(p->reactor->loop, p->watch, events);
	p->events = events;
}
