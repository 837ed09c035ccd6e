/*
 * libevent, reduced to what we use.
 *
 * libevent is asked for one turn at a time, as what comes after a turn is ours.  A loop is asleep
 * from before it looks for the last time whether there is anything to do, until the first callback:
 * whoever hands it something and finds it awake knows that it will look again.
 */
#include "loop/loop.h"

#include "os/clock.h"

#include <event2/event.h>
#include <stdatomic.h>
#include <stdlib.h>

#define ROUNDS 4 /* of what comes after a turn, before descriptors have their turn again */

struct loop {
	struct event_base *base;
	struct list after; /* struct loop_after */
	struct list *next; /* of them, in a round */
	atomic_bool asleep;
	bool stop;
};

struct loop_watch {
	struct loop *loop;
	struct event *event;
	int fd;
	unsigned events;
	void (*fn)(void *arg, unsigned ready);
	void *arg;
};

struct loop_timer {
	struct loop *loop;
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

struct loop_signal {
	struct event *event;
	void (*fn)(void *arg);
	void *arg;
};

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));
	struct event_config *config = event_config_new();

	if (l) {
		list_init(&l->after);
		atomic_init(&l->asleep, true);
	}
	if (l && config) {
		(void)event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
		l->base = event_base_new_with_config(config);
	}
	if (config)
		event_config_free(config);
	if (l && !l->base)
		loop_free(&l);
	return l;
}

void loop_free(struct loop **l)
{
	if (*l && (*l)->base)
		event_base_free((*l)->base);
	free(*l);
	*l = NULL;
}

bool loop_is_asleep(const struct loop *l)
{
	return atomic_load(&l->asleep);
}

static void awake(struct loop *l)
{
	atomic_store_explicit(&l->asleep, false, memory_order_relaxed);
}

void loop_after_add(struct loop *l, struct loop_after *a)
{
	list_add(&l->after, &a->link);
}

void loop_after_drop(struct loop *l, struct loop_after *a)
{
	if (l->next == &a->link)
		l->next = a->link.next;
	list_drop(&a->link);
}

/* Whether there was anything to do. */
static bool round_once(struct loop *l)
{
	bool any = false;

	for (struct list *i = l->after.next; i != &l->after; i = l->next) {
		const struct loop_after *a = CONTAINER_OF(i, struct loop_after, link);
		l->next = i->next;
		any |= a->fn(a->arg);
	}
	return any;
}

/* What comes after a turn; whether there is nothing left to do, so that the loop may sleep. */
static bool settle(struct loop *l)
{
	unsigned rounds = 0;

	while (rounds < ROUNDS && round_once(l))
		rounds++;
	if (rounds == ROUNDS || l->stop)
		return false;
	atomic_store(&l->asleep, true);
	if (!round_once(l))
		return true;
	awake(l);
	return false;
}

enum err loop_run(struct loop *l)
{
	int failed = 0;

	awake(l);
	do {
		int how = settle(l) ? EVLOOP_ONCE : EVLOOP_NONBLOCK;
		failed = event_base_loop(l->base, how | EVLOOP_NO_EXIT_ON_EMPTY);
		awake(l);
	} while (!l->stop && failed >= 0);
	(void)round_once(l);
	l->stop = false;
	atomic_store(&l->asleep, true);
	return failed < 0 ? ERR_IO : ERR_OK;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}

int64_t loop_now(const struct loop *l)
{
	(void)l; /* the clock is cheap (vDSO), and never behind */
	return os_clock_mono();
}

static void watch_ready(evutil_socket_t fd, short what, void *arg)
{
	struct loop_watch *w = arg;
	unsigned ready = (what & EV_READ ? OS_READ : 0) | (what & EV_WRITE ? OS_WRITE : 0);

	(void)fd;
	awake(w->loop);
	w->fn(w->arg, ready);
}

struct loop_watch *loop_watch_new(struct loop *l, int fd, unsigned events,
				  void (*fn)(void *arg, unsigned ready), void *arg)
{
	struct loop_watch *w = malloc(sizeof(*w));

	if (!w)
		return NULL;
	*w = (struct loop_watch){ .loop = l, .fd = fd, .fn = fn, .arg = arg };
	w->event = event_new(l->base, fd, EV_READ | EV_PERSIST, watch_ready, w);
	if (!w->event) {
		free(w);
		return NULL;
	}
	loop_watch_set(w, events);
	return w;
}

void loop_watch_set(struct loop_watch *w, unsigned events)
{
	short what = (short)((events & OS_READ ? EV_READ : 0) | (events & OS_WRITE ? EV_WRITE : 0));

	if (events == w->events)
		return;
	if (w->events)
		(void)event_del(w->event);
	w->events = events;
	if (!events)
		return;
	(void)event_assign(w->event, w->loop->base, w->fd, (short)(what | EV_PERSIST), watch_ready,
			   w);
	(void)event_add(w->event, NULL);
}

void loop_watch_free(struct loop_watch **w)
{
	if (*w)
		event_free((*w)->event);
	free(*w);
	*w = NULL;
}

static void timer_fired(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *t = arg;

	(void)fd;
	(void)what;
	awake(t->loop);
	t->fn(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg)
{
	struct loop_timer *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct loop_timer){ .loop = l, .fn = fn, .arg = arg };
	t->event = evtimer_new(l->base, timer_fired, t);
	if (!t->event) {
		free(t);
		return NULL;
	}
	return t;
}

void loop_timer_set(struct loop_timer *t, int64_t at)
{
	int64_t now = os_clock_mono();
	int64_t wait = at > now ? at - now : 0; /* at may be any time, the earliest there is, too */
	struct timeval tv = { .tv_sec = wait / 1000, .tv_usec = wait % 1000 * 1000 };
	(void)evtimer_add(t->event, &tv);
}

void loop_timer_unset(struct loop_timer *t)
{
	(void)evtimer_del(t->event);
}

void loop_timer_free(struct loop_timer **t)
{
	if (*t)
		event_free((*t)->event);
	free(*t);
	*t = NULL;
}

static void signal_came(evutil_socket_t signo, short what, void *arg)
{
	struct loop_signal *s = arg;

	(void)signo;
	(void)what;
	s->fn(s->arg);
}

struct loop_signal *loop_signal_new(struct loop *l, int signo, void (*fn)(void *arg), void *arg)
{
	struct loop_signal *s = malloc(sizeof(*s));

	if (!s)
		return NULL;
	*s = (struct loop_signal){ .fn = fn, .arg = arg };
	s->event = evsignal_new(l->base, signo, signal_came, s);
	if (!s->event || evsignal_add(s->event, NULL) < 0)
		loop_signal_free(&s);
	return s;
}

void loop_signal_free(struct loop_signal **s)
{
	if (*s && (*s)->event)
		event_free((*s)->event);
	free(*s);
	*s = NULL;
}

static int64_t reactor_now(void *loop)
{
	return loop_now(loop);
}

static void *reactor_watch(void *loop, int fd, unsigned events, void (*fn)(void *, unsigned),
			   void *arg)
{
	return loop_watch_new(loop, fd, events, fn, arg);
}

static void reactor_rewatch(void *loop, void *watch, unsigned events)
{
	(void)loop;
	loop_watch_set(watch, events);
}

static void reactor_unwatch(void *loop, void *watch)
{
	struct loop_watch *w = watch;

	(void)loop;
	loop_watch_free(&w);
}

static void *reactor_timer(void *loop, void (*fn)(void *), void *arg)
{
	return loop_timer_new(loop, fn, arg);
}

static void reactor_set(void *loop, void *timer, int64_t at)
{
	(void)loop;
	loop_timer_set(timer, at);
}

static void reactor_unset(void *loop, void *timer)
{
	(void)loop;
	loop_timer_unset(timer);
}

static void reactor_untimer(void *loop, void *timer)
{
	struct loop_timer *t = timer;

	(void)loop;
	loop_timer_free(&t);
}

struct os_reactor loop_reactor(struct loop *l)
{
	return (struct os_reactor){
		.loop = l,
		.now = reactor_now,
		.watch = reactor_watch,
		.rewatch = reactor_rewatch,
		.unwatch = reactor_unwatch,
		.timer = reactor_timer,
		.set = reactor_set,
		.unset = reactor_unset,
		.untimer = reactor_untimer,
	};
}
