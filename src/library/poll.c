/*
 * The loop of a context that was given none.
 *
 * What comes into being while a turn is served is not served in that turn: a
 * descriptor's number may be that of one just closed, and a timer for "now" that
 * is set again and again must not keep the turn from ending.
 */
#include "library/poll_priv.h"

#include "base/hash.h"
#include "base/list.h"
#include "os/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

struct watch {
	struct list at;
	int fd;
	unsigned events;
	uint64_t seen; /* the turn in which it was made or last served */
	void (*fn)(void *arg, unsigned ready);
	void *arg;
};

struct timer {
	struct list at;
	bool on;
	int64_t due;
	uint64_t seen; /* the turn in which it was set */
	void (*fn)(void *arg);
	void *arg;
};

struct library_poll {
	struct list watches, timers;
	size_t n; /* watches */
	uint64_t turn;
	struct pollfd *fds; /* room for all watches, so that a turn needs no memory */
	size_t room;
};

static int64_t now(void *loop)
{
	(void)loop;
	return os_clock_mono();
}

static bool make_room(struct library_poll *p)
{
	size_t room = p->room ? 2 * p->room : 16;
	struct pollfd *fds;

	if (p->n < p->room)
		return true;
	fds = realloc(p->fds, room * sizeof(*fds));
	if (!fds)
		return false;
	p->fds = fds;
	p->room = room;
	return true;
}

static void *watch(void *loop, int fd, unsigned events, void (*fn)(void *arg, unsigned ready),
		   void *arg)
{
	struct library_poll *p = loop;
	struct watch *w = make_room(p) ? calloc(1, sizeof(*w)) : NULL;

	if (!w)
		return NULL;
	*w = (struct watch){ .fd = fd, .events = events, .seen = p->turn, .fn = fn, .arg = arg };
	list_add(&p->watches, &w->at);
	p->n++;
	return w;
}

static void rewatch(void *loop, void *watch, unsigned events)
{
	(void)loop;
	((struct watch *)watch)->events = events;
}

static void unwatch(void *loop, void *watch)
{
	struct watch *w = watch;

	list_drop(&w->at);
	((struct library_poll *)loop)->n--;
	free(w);
}

static void *timer(void *loop, void (*fn)(void *arg), void *arg)
{
	struct library_poll *p = loop;
	struct timer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->fn = fn;
	t->arg = arg;
	list_add(&p->timers, &t->at);
	return t;
}

static void set(void *loop, void *timer, int64_t at)
{
	struct timer *t = timer;

	t->on = true;
	t->due = at;
	t->seen = ((struct library_poll *)loop)->turn;
}

static void unset(void *loop, void *timer)
{
	(void)loop;
	((struct timer *)timer)->on = false;
}

static void untimer(void *loop, void *timer)
{
	struct timer *t = timer;

	(void)loop;
	list_drop(&t->at);
	free(t);
}

struct os_reactor library_poll_reactor(struct library_poll *p)
{
	return (struct os_reactor){ p, now, watch, rewatch, unwatch, timer, set, unset, untimer };
}

struct library_poll *library_poll_new(void)
{
	struct library_poll *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	list_init(&p->watches);
	list_init(&p->timers);
	return p;
}

void library_poll_free(struct library_poll **p)
{
	if (*p)
		free((*p)->fds);
	free(*p);
	*p = NULL;
}

static int wait_of(const struct library_poll *p)
{
	int64_t least = -1, clock = os_clock_mono();

	for (struct list *at = p->timers.next; at != &p->timers; at = at->next) {
		const struct timer *t = CONTAINER_OF(at, struct timer, at);
		int64_t left = t->due > clock ? t->due - clock : 0;
		if (t->on && (least < 0 || left < least))
			least = left;
	}
	return least > INT_MAX ? INT_MAX : (int)least;
}

size_t library_poll_fds(const struct library_poll *p, struct pollfd *fds, size_t room,
			int *timeout_ms)
{
	size_t n = 0;

	*timeout_ms = wait_of(p);
	for (struct list *at = p->watches.next; at != &p->watches; at = at->next) {
		const struct watch *w = CONTAINER_OF(at, struct watch, at);
		if (w->events == 0)
			continue;
		if (n < room)
			fds[n] = (struct pollfd){
				.fd = w->fd,
				.events = (short)((w->events & OS_READ ? POLLIN : 0) |
						  (w->events & OS_WRITE ? POLLOUT : 0)),
			};
		n++;
	}
	return n;
}

/* The next watch that is due to be told; a callback may have changed the list. */
static struct watch *next_ready(struct library_poll *p, const struct pollfd *fd, unsigned ready)
{
	for (struct list *at = p->watches.next; at != &p->watches; at = at->next) {
		struct watch *w = CONTAINER_OF(at, struct watch, at);
		if (w->fd == fd->fd && w->seen < p->turn && w->events & ready)
			return w;
	}
	return NULL;
}

static struct timer *next_due(struct library_poll *p, int64_t clock)
{
	for (struct list *at = p->timers.next; at != &p->timers; at = at->next) {
		struct timer *t = CONTAINER_OF(at, struct timer, at);
		if (t->on && t->due <= clock && t->seen < p->turn)
			return t;
	}
	return NULL;
}

/* An error or a hang-up is told as readiness for all that is waited for. */
static unsigned ready_of(short revents)
{
	if (revents & (POLLERR | POLLHUP | POLLNVAL))
		return OS_READ | OS_WRITE;
	return (revents & POLLIN ? OS_READ : 0) | (revents & POLLOUT ? OS_WRITE : 0);
}

void library_poll_done(struct library_poll *p, const struct pollfd *fds, size_t n)
{
	int64_t clock = os_clock_mono();
	struct watch *w;
	struct timer *t;

	p->turn++;
	for (size_t i = 0; i < n; i++) {
		unsigned ready = ready_of(fds[i].revents);
		while (ready && (w = next_ready(p, &fds[i], ready)) != NULL) {
			w->seen = p->turn;
			w->fn(w->arg, w->events & ready);
		}
	}
	while ((t = next_due(p, clock)) != NULL) {
		t->on = false;
		t->fn(t->arg);
	}
}

void library_poll_turn(struct library_poll *p, int most_ms)
{
	int64_t end = most_ms < 0 ? INT64_MAX : os_clock_mono() + most_ms;
	int got, timeout_ms;
	size_t n;

	do {
		n = library_poll_fds(p, p->fds, p->room, &timeout_ms);
		int64_t left = end == INT64_MAX ? INT_MAX : end - os_clock_mono();
		if (left < 0)
			left = 0;
		if (end != INT64_MAX && (timeout_ms < 0 || left < timeout_ms))
			timeout_ms = (int)left;
		got = poll(p->fds, (nfds_t)n, timeout_ms);
	} while (got < 0 && errno == EINTR);
	library_poll_done(p, p->fds, got < 0 ? 0 : n);
}
