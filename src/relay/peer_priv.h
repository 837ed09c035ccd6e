/*
 * For tests: the client's end of a socketpair, on the same loop as the end that is
 * tested.  What comes is gathered; peer_expect() runs the loop until it is there.
 */
#ifndef RELAY_PEER_PRIV_H
#define RELAY_PEER_PRIV_H

#include "base/buf.h"
#include "base/test.h"
#include "loop/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct peer {
	struct loop *loop;
	struct loop_watch *watch;
	int fd;
	struct buf in; /* not yet expected */
	size_t wanted; /* octets of it, for which the loop runs */
	bool over;     /* the other side has closed */
};

static inline void peer_ready(void *arg, unsigned ready)
{
	struct peer *p = arg;
	char octets[4096];
	ssize_t n = recv(p->fd, octets, sizeof(octets), MSG_DONTWAIT);

	(void)ready;
	if (n > 0)
		buf_add(&p->in, (struct str){ octets, (size_t)n });
	p->over |= n == 0 || (n < 0 && errno != EAGAIN);
	if (p->over)
		loop_watch_set(p->watch, 0);
	if (p->over || p->in.n >= p->wanted)
		loop_stop(p->loop);
}

/* Both ends of a socketpair; *other is for what is tested. */
static inline void peer_open(struct peer *p, struct loop *loop, int *other)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		exit(1);
	*p = (struct peer){ .loop = loop, .fd = fd[0], .in = BUF_MAX(1 << 20) };
	p->watch = loop_watch_new(loop, p->fd, OS_READ, peer_ready, p);
	*other = fd[1];
}

static inline void peer_close(struct peer *p)
{
	loop_watch_free(&p->watch);
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
	buf_free(&p->in);
}

static inline void peer_say(struct peer *p, struct str text)
{
	if (send(p->fd, text.p, text.n, MSG_NOSIGNAL) != (ssize_t)text.n)
		exit(1);
}

static inline void peer_run(struct peer *p)
{
	if (loop_run(p->loop) != ERR_OK)
		exit(1);
}

/* That comes next. */
static inline void peer_expect(const char *label, struct peer *p, struct str text)
{
	p->wanted = text.n;
	while (p->in.n < text.n && !p->over)
		peer_run(p);
	CHECK_STR(label, str_head(buf_str(&p->in), text.n), text);
	buf_drop(&p->in, p->in.n < text.n ? p->in.n : text.n);
	p->wanted = SIZE_MAX;
}

/* Nothing comes any more, and the other side closes. */
static inline void peer_expect_end(const char *label, struct peer *p)
{
	p->wanted = SIZE_MAX;
	while (!p->over)
		peer_run(p);
	CHECK_STR(label, buf_str(&p->in), STR(""));
}

/* What is said, and what is answered to it. */
static inline void peer_talk(struct peer *p, const char *say, const char *answer)
{
	peer_say(p, str_of(say));
	peer_say(p, STR("\r\n"));
	peer_expect(say, p, str_of(answer));
	peer_expect(say, p, STR("\r\n"));
}

#endif
