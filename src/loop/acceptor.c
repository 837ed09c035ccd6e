#include "loop/acceptor.h"

#include "loop/shortage.h"
#include "os/file.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#define TURN_ACCEPTS 64 /* then others get their turn */

struct loop_acceptor {
	struct loop *loop;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *timer; /* set while shortage.said */
	const struct loop_acceptor_ops *ops;
	void *arg;
	struct loop_shortage shortage;
	enum loop_accepting wanted;
};

static void rewatch(struct loop_acceptor *a)
{
	bool waits = a->shortage.said && !a->shortage.calm;

	loop_watch_set(a->watch, a->wanted == LOOP_ACCEPTING && !waits ? OS_READ : 0);
	if (a->shortage.said)
		loop_timer_set(a->timer, a->shortage.look_at);
}

static struct ip peer_of(const struct sockaddr_storage *from)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

	if (from->ss_family == AF_INET)
		return ip_v4((const uint8_t *)&in->sin_addr);
	if (from->ss_family == AF_INET6)
		return ip_v6((const uint8_t *)&in6->sin6_addr);
	return (struct ip){ 0 };
}

/* Take one.  What became of it. */
static enum loop_accept take(struct loop_acceptor *a)
{
	struct sockaddr_storage from = { 0 };
	socklen_t n = sizeof(from);
	int fd = accept4(a->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		const struct ip peer = peer_of(&from);
		a->ops->accepted(a->arg, fd, &peer);
		return LOOP_ACCEPT_NEXT;
	}
	int error = errno;
	enum loop_accept what = loop_shortage_judge(error);
	if (what == LOOP_ACCEPT_WAIT && loop_shortage_met(&a->shortage, loop_now(a->loop)) &&
	    a->ops->starved)
		a->ops->starved(a->arg, error);
	return what;
}

/* Take what waits, as far as a turn goes. */
static void take_all(struct loop_acceptor *a)
{
	enum loop_accept what = LOOP_ACCEPT_NEXT;

	for (int i = 0; i < TURN_ACCEPTS && what == LOOP_ACCEPT_NEXT && a->wanted == LOOP_ACCEPTING;
	     i++)
		what = take(a);
	if (what != LOOP_ACCEPT_WAIT && loop_shortage_passed(&a->shortage, loop_now(a->loop)) &&
	    a->ops->again)
		a->ops->again(a->arg);
	rewatch(a);
}

static void ready(void *arg, unsigned events)
{
	(void)events;
	take_all(arg);
}

static void look(void *arg)
{
	take_all(arg);
}

struct loop_acceptor *loop_acceptor_new(struct loop *l, int fd, const struct loop_acceptor_ops *ops,
					void *arg)
{
	struct loop_acceptor *a = malloc(sizeof(*a));

	if (!a)
		return NULL;
	*a = (struct loop_acceptor){
		.loop = l, .fd = fd, .ops = ops, .arg = arg, .wanted = LOOP_ACCEPTING
	};
	a->timer = loop_timer_new(l, look, a);
	a->watch = loop_watch_new(l, fd, OS_READ, ready, a);
	if (!a->timer || !a->watch) {
		a->fd = -1; /* stays the caller's */
		loop_acceptor_free(&a);
	}
	return a;
}

void loop_acceptor_free(struct loop_acceptor **ap)
{
	struct loop_acceptor *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	loop_watch_free(&a->watch);
	loop_timer_free(&a->timer);
	os_fd_close(&a->fd);
	free(a);
}

void loop_acceptor_set(struct loop_acceptor *a, enum loop_accepting to)
{
	a->wanted = to;
	rewatch(a);
}
