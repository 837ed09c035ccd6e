/*
 * libsignpost-dns on a libevent loop:
 *
 *	struct signpost_dns_loop loop = signpost_dns_libevent(base);
 *	struct signpost_dns *d = signpost_dns_new(&loop);
 *
 * The base must outlive the context, and run in its thread.  The context keeps
 * sockets open, and watches them, also when no question is: event_base_dispatch()
 * does not return by itself before the context is freed.
 *
 * All of it is in this file, so that the library itself does not need libevent.
 * For libevent 2.0 and later; link with -levent_core.
 */
#ifndef SIGNPOST_DNS_LIBEVENT_H
#define SIGNPOST_DNS_LIBEVENT_H

#include <signpost/dns.h>

#include <event2/event.h>
#include <stdlib.h>
#include <sys/time.h>

/* A watch or a timer of the context. */
struct signpost_dns_libevent_item {
	struct event_base *base;
	struct event *event;
	int fd;
	unsigned events; /* of a watch: what it waits for */
	void (*ready)(void *arg, unsigned events);
	void (*fire)(void *arg);
	void *arg;
};

static inline void signpost_dns_libevent_call(evutil_socket_t fd, short what, void *arg)
{
	const struct signpost_dns_libevent_item *item =
		(const struct signpost_dns_libevent_item *)arg;

	(void)fd;
	if (item->fire)
		item->fire(item->arg);
	else
		item->ready(item->arg, (what & EV_READ ? SIGNPOST_DNS_READ : 0) |
					       (what & EV_WRITE ? SIGNPOST_DNS_WRITE : 0));
}

static inline void signpost_dns_libevent_drop(void *loop, void *item)
{
	struct signpost_dns_libevent_item *i = (struct signpost_dns_libevent_item *)item;

	(void)loop;
	event_free(i->event);
	free(i);
}

static inline struct signpost_dns_libevent_item *signpost_dns_libevent_make(void *loop, int fd,
									    short what)
{
	struct signpost_dns_libevent_item *i =
		(struct signpost_dns_libevent_item *)calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->base = (struct event_base *)loop;
	i->fd = fd;
	i->event = event_new(i->base, fd, what, signpost_dns_libevent_call, i);
	if (i->event)
		return i;
	free(i);
	return NULL;
}

static inline void signpost_dns_libevent_rewatch(void *loop, void *watch, unsigned events)
{
	struct signpost_dns_libevent_item *i = (struct signpost_dns_libevent_item *)watch;
	int what = EV_PERSIST | (events & SIGNPOST_DNS_READ ? EV_READ : 0) |
		   (events & SIGNPOST_DNS_WRITE ? EV_WRITE : 0);

	(void)loop;
	if (events == i->events)
		return;
	if (i->events)
		(void)event_del(i->event);
	i->events = events;
	if (!events)
		return;
	(void)event_assign(i->event, i->base, i->fd, (short)what, signpost_dns_libevent_call, i);
	(void)event_add(i->event, NULL);
}

static inline void *signpost_dns_libevent_watch(void *loop, int fd, unsigned events,
						void (*ready)(void *arg, unsigned events),
						void *arg)
{
	struct signpost_dns_libevent_item *i =
		signpost_dns_libevent_make(loop, fd, EV_READ | EV_PERSIST);

	if (!i)
		return NULL;
	i->ready = ready;
	i->arg = arg;
	signpost_dns_libevent_rewatch(loop, i, events);
	return i;
}

static inline void *signpost_dns_libevent_timer(void *loop, void (*fire)(void *arg), void *arg)
{
	struct signpost_dns_libevent_item *i = signpost_dns_libevent_make(loop, -1, 0);

	if (!i)
		return NULL;
	i->fire = fire;
	i->arg = arg;
	return i;
}

static inline void signpost_dns_libevent_set(void *loop, void *timer, int64_t at_ms)
{
	struct signpost_dns_libevent_item *i = (struct signpost_dns_libevent_item *)timer;
	int64_t wait = at_ms - signpost_dns_now();
	struct timeval tv = { 0, 0 };

	(void)loop;
	if (wait > 0) {
		tv.tv_sec = (time_t)(wait / 1000);
		tv.tv_usec = (suseconds_t)(wait % 1000 * 1000);
	}
	(void)event_add(i->event, &tv);
}

static inline void signpost_dns_libevent_unset(void *loop, void *timer)
{
	(void)loop;
	(void)event_del(((struct signpost_dns_libevent_item *)timer)->event);
}

/* The table for signpost_dns_new(). */
static inline struct signpost_dns_loop signpost_dns_libevent(struct event_base *base)
{
	struct signpost_dns_loop loop;

	loop.size = sizeof(loop);
	loop.loop = base;
	loop.now = NULL;
	loop.watch = signpost_dns_libevent_watch;
	loop.rewatch = signpost_dns_libevent_rewatch;
	loop.unwatch = signpost_dns_libevent_drop;
	loop.timer = signpost_dns_libevent_timer;
	loop.set = signpost_dns_libevent_set;
	loop.unset = signpost_dns_libevent_unset;
	loop.untimer = signpost_dns_libevent_drop;
	return loop;
}

#endif
