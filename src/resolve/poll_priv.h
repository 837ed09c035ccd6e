/* An event loop over poll() for tests, in a page, as os/reactor.h promises. */
#ifndef RESOLVE_POLL_PRIV_H
#define RESOLVE_POLL_PRIV_H

#include "os/clock.h"
#include "os/reactor.h"

#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>

#define LOOP_WATCHES 4096
#define LOOP_TIMERS 16

struct loop_watch {
	bool on;
	void (*fn)(void *arg, unsigned ready);
	void *arg;
};

struct loop_timer {
	bool on, set;
	int64_t at;
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	int64_t now;
	int64_t ahead; /* how far its clock is before the real one: tests skip time */
	struct pollfd fds[LOOP_WATCHES]; /* fd < 0: free */
	struct loop_watch watches[LOOP_WATCHES];
	size_t n;
	struct loop_timer timers[LOOP_TIMERS];
};

static inline short loop_events(unsigned events)
{
	return (short)((events & OS_READ ? POLLIN : 0) | (events & OS_WRITE ? POLLOUT : 0));
}

static inline int64_t loop_now(void *loop)
{
	return ((struct loop *)loop)->now;
}

static inline void *loop_watch(void *arg, int fd, unsigned events,
			       void (*fn)(void *arg, unsigned ready), void *fn_arg)
{
	struct loop *l = arg;
	size_t i = 0;

	while (i < l->n && l->watches[i].on)
		i++;
	if (i == LOOP_WATCHES)
		return NULL;
	if (i == l->n)
		l->n++;
	l->fds[i] = (struct pollfd){ .fd = fd, .events = loop_events(events) };
	l->watches[i] = (struct loop_watch){ true, fn, fn_arg };
	return &l->watches[i];
}

static inline void loop_rewatch(void *arg, void *watch, unsigned events)
{
	struct loop *l = arg;

	l->fds[(struct loop_watch *)watch - l->watches].events = loop_events(events);
}

static inline void loop_unwatch(void *arg, void *watch)
{
	struct loop *l = arg;
	size_t i = (size_t)((struct loop_watch *)watch - l->watches);

	l->watches[i].on = false;
	l->fds[i] = (struct pollfd){ .fd = -1 };
}

static inline void *loop_timer(void *arg, void (*fn)(void *arg), void *fn_arg)
{
	struct loop *l = arg;

	for (int i = 0; i < LOOP_TIMERS; i++) {
		if (l->timers[i].on)
			continue;
		l->timers[i] = (struct loop_timer){ .on = true, .fn = fn, .arg = fn_arg };
		return &l->timers[i];
	}
	return NULL;
}

static inline void loop_set(void *arg, void *timer, int64_t at)
{
	struct loop_timer *t = timer;

	(void)arg;
	t->set = true;
	t->at = at;
}

static inline void loop_unset(void *arg, void *timer)
{
	(void)arg;
	((struct loop_timer *)timer)->set = false;
}

static inline void loop_untimer(void *arg, void *timer)
{
	(void)arg;
	*(struct loop_timer *)timer = (struct loop_timer){ 0 };
}

static inline struct os_reactor loop_reactor(struct loop *l)
{
	l->now = os_clock_mono() + l->ahead;
	return (struct os_reactor){ l,          loop_now, loop_watch, loop_rewatch, loop_unwatch,
				    loop_timer, loop_set, loop_unset, loop_untimer };
}

/* How long poll() may wait. */
static inline int loop_wait(const struct loop *l, int64_t most_ms)
{
	for (int i = 0; i < LOOP_TIMERS; i++)
		if (l->timers[i].set && l->timers[i].at - l->now < most_ms)
			most_ms = l->timers[i].at - l->now;
	return most_ms > 0 ? (int)most_ms : 0;
}

/* One turn: wait most_ms at most, then call whatever is due. */
static inline void loop_turn(struct loop *l, int64_t most_ms)
{
	l->now = os_clock_mono() + l->ahead;
	if (poll(l->fds, (nfds_t)l->n, loop_wait(l, most_ms)) < 0)
		return;
	l->now = os_clock_mono() + l->ahead;
	for (int i = 0; i < LOOP_TIMERS; i++) {
		struct loop_timer *t = &l->timers[i];
		if (!t->on || !t->set || t->at > l->now)
			continue;
		t->set = false;
		t->fn(t->arg);
	}
	for (size_t i = 0; i < l->n; i++) {
		short got = l->fds[i].revents;
		l->fds[i].revents = 0;
		if (!l->watches[i].on || got == 0)
			continue;
		unsigned ready = (got & (POLLIN | POLLERR | POLLHUP) ? OS_READ : 0) |
				 (got & POLLOUT ? OS_WRITE : 0);
		l->watches[i].fn(l->watches[i].arg, ready);
	}
}

/* Turn until *flag is not zero or ms have passed. */
static inline void loop_until(struct loop *l, const int *flag, int64_t ms)
{
	int64_t end = os_clock_mono() + ms;

	while (!*flag && os_clock_mono() < end)
		loop_turn(l, end - os_clock_mono());
}

#endif
