/*
 * An event loop over poll() for tests, in two pages, as os/reactor.h promises, and
 * the clocks of the program under test, which are defined here in place of os/clock.c's.
 *
 * They go on only while the loop waits, and by no more than it was told to wait: no
 * timeout is met, and no answer late, because the machine pauses or is slow.  All
 * that happens is in this process, so nothing is missed by that.
 */
#ifndef RESOLVE_POLL_PRIV_H
#define RESOLVE_POLL_PRIV_H

#include "os/clock.h"
#include "os/reactor.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define LOOP_WATCHES 4096
#define LOOP_TIMERS 16

static _Atomic int64_t loop_clock_us; /* a validator's thread looks at it, too */

static inline int64_t loop_real_us(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t os_clock_mono_us(void)
{
	return atomic_load(&loop_clock_us);
}

int64_t os_clock_mono(void)
{
	return os_clock_mono_us() / 1000;
}

/* Began when the test did, a whole second. */
int64_t os_clock_wall(void)
{
	static _Atomic int64_t began_s;
	int64_t none = 0;

	(void)atomic_compare_exchange_strong(&began_s, &none,
					     loop_real_us(CLOCK_REALTIME) / 1000000);
	return atomic_load(&began_s) * 1000 + os_clock_mono();
}

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
	int64_t ahead; /* how far its clock is before the program's: tests skip time */
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

/* As poll().  In one process what becomes ready does so at once, or the machine paused. */
static inline int loop_poll(struct loop *l, int wait_ms)
{
	int64_t most = (int64_t)wait_ms * 1000, began = loop_real_us(CLOCK_MONOTONIC);
	int n = poll(l->fds, (nfds_t)l->n, wait_ms);
	int64_t took = loop_real_us(CLOCK_MONOTONIC) - began;

	if (n > 0) /* before what is due when the wait is over */
		most = most > 2000 ? 1000 : most - 1000;
	took = took < most ? took : most;
	atomic_fetch_add(&loop_clock_us, took > 0 ? took : 1);
	return n;
}

/* One turn: wait most_ms at most, then call whatever is due. */
static inline void loop_turn(struct loop *l, int64_t most_ms)
{
	l->now = os_clock_mono() + l->ahead;
	if (loop_poll(l, loop_wait(l, most_ms)) < 0)
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
