/*
 * libunbound's events, on struct os_reactor and the resolver's wheel: it brings no
 * loop, thread or process here, and is given one small table for its base and one
 * for its events.
 */
#include "resolve/ub_event_priv.h"

#include <stdlib.h>
#include <sys/time.h>

/* An event of libunbound's: a descriptor, a time, or both. */
struct event {
	struct ub_event super; /* first */
	struct resolve *r;
	int fd;
	short bits;
	void (*fn)(int fd, short bits, void *arg);
	void *arg;
	void *watch;
	struct resolve_timer timer;
};

static struct event *event_of(struct ub_event *ev)
{
	return (struct event *)(void *)ev;
}

static int event_del(struct ub_event *super)
{
	struct event *ev = event_of(super);
	struct os_reactor *reactor = &ev->r->reactor;

	resolve_timer_unset(&ev->timer);
	if (ev->watch)
		reactor->unwatch(reactor->loop, ev->watch);
	ev->watch = NULL;
	return 0;
}

/* ev may be gone when fn returns. */
static void on_ready(void *arg, unsigned ready)
{
	struct event *ev = arg;
	struct resolve *r = ev->r;
	int bits = (ready & OS_READ ? UB_EV_READ : 0) | (ready & OS_WRITE ? UB_EV_WRITE : 0);

	resolve_core_enter(r);
	if (!(ev->bits & UB_EV_PERSIST))
		(void)event_del(&ev->super);
	ev->fn(ev->fd, (short)(bits & ev->bits ? bits & ev->bits : bits), ev->arg);
	resolve_core_leave(r);
}

static void on_time(struct resolve_timer *t)
{
	struct event *ev = CONTAINER_OF(t, struct event, timer);

	if (!(ev->bits & UB_EV_PERSIST))
		(void)event_del(&ev->super);
	ev->fn(ev->fd, UB_EV_TIMEOUT, ev->arg);
}

static void set_timer(struct event *ev, const struct timeval *after)
{
	struct resolve *r = ev->r;
	int64_t ms = (int64_t)after->tv_sec * 1000 + (after->tv_usec + 999) / 1000;

	resolve_timer_set(&r->wheel, &ev->timer, r->now + ms);
}

static int event_add(struct ub_event *super, struct timeval *after)
{
	struct event *ev = event_of(super);
	struct os_reactor *reactor = &ev->r->reactor;
	unsigned events =
		(ev->bits & UB_EV_READ ? OS_READ : 0) | (ev->bits & UB_EV_WRITE ? OS_WRITE : 0);

	(void)event_del(super);
	if (events != 0 && ev->fd >= 0) {
		ev->watch = reactor->watch(reactor->loop, ev->fd, events, on_ready, ev);
		if (!ev->watch)
			return -1;
	}
	if (after)
		set_timer(ev, after);
	return 0;
}

static void event_add_bits(struct ub_event *super, short bits)
{
	event_of(super)->bits = (short)(event_of(super)->bits | bits);
}

static void event_del_bits(struct ub_event *super, short bits)
{
	event_of(super)->bits = (short)(event_of(super)->bits & ~bits);
}

static void event_set_fd(struct ub_event *super, int fd)
{
	event_of(super)->fd = fd;
}

static void event_free(struct ub_event *super)
{
	(void)event_del(super);
	free(event_of(super));
}

static int event_add_timer(struct ub_event *super, struct ub_event_base *base,
			   void (*fn)(int, short, void *), void *arg, struct timeval *after)
{
	struct event *ev = event_of(super);

	(void)base;
	ev->fn = fn;
	ev->arg = arg;
	set_timer(ev, after);
	return 0;
}

static int event_del_timer(struct ub_event *super)
{
	resolve_timer_unset(&event_of(super)->timer);
	return 0;
}

/* Signals and Windows: never asked for, but the table must be whole. */
static int no_signal(struct ub_event *super, struct timeval *after)
{
	(void)super;
	(void)after;
	return -1;
}

static void no_wouldblock(struct ub_event *super, int bits)
{
	(void)super;
	(void)bits;
}

static struct ub_event *base_new_event(struct ub_event_base *base, int fd, short bits,
				       void (*fn)(int, short, void *), void *arg)
{
	static struct ub_event_vmt table = {
		.add_bits = event_add_bits,
		.del_bits = event_del_bits,
		.set_fd = event_set_fd,
		.free = event_free,
		.add = event_add,
		.del = event_del,
		.add_timer = event_add_timer,
		.del_timer = event_del_timer,
		.add_signal = no_signal,
		.del_signal = event_del,
		.winsock_unregister_wsaevent = event_free,
		.winsock_tcp_wouldblock = no_wouldblock,
	};
	struct event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		return NULL;
	ev->super = (struct ub_event){ UB_EVENT_MAGIC, &table };
	ev->r = ((struct resolve_ub_base *)(void *)base)->r;
	ev->fd = fd;
	ev->bits = bits;
	ev->fn = fn;
	ev->arg = arg;
	resolve_timer_init(&ev->timer, on_time);
	return &ev->super;
}

static struct ub_event *no_new_signal(struct ub_event_base *base, int fd,
				      void (*fn)(int, short, void *), void *arg)
{
	(void)base;
	(void)fd;
	(void)fn;
	(void)arg;
	return NULL;
}

static struct ub_event *no_wsaevent(struct ub_event_base *base, void *wsaevent,
				    void (*fn)(int, short, void *), void *arg)
{
	(void)wsaevent;
	return no_new_signal(base, -1, fn, arg);
}

static void base_free(struct ub_event_base *base)
{
	(void)base;
}

static int base_dispatch(struct ub_event_base *base)
{
	(void)base;
	return 0;
}

static int base_loopexit(struct ub_event_base *base, struct timeval *after)
{
	(void)base;
	(void)after;
	return 0;
}

static struct ub_event_base_vmt base_table = {
	.free = base_free,
	.dispatch = base_dispatch,
	.loopexit = base_loopexit,
	.new_event = base_new_event,
	.new_signal = no_new_signal,
	.winsock_register_wsaevent = no_wsaevent,
};

void resolve_ub_base_init(struct resolve_ub_base *base, struct resolve *r)
{
	base->super = (struct ub_event_base){ UB_EVENT_MAGIC, &base_table };
	base->r = r;
}
