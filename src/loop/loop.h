/*
 * The event loop: libevent behind the few calls that we need.
 *
 * One loop a thread.  Times are monotonic milliseconds.  Watches, timers and
 * streams belong to the loop's thread; only what posts to mailboxes and
 * loop_is_asleep() may be called from another.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/err.h"
#include "base/list.h"
#include "os/reactor.h"

struct loop;

/* NULL: out of memory or descriptors. */
struct loop *loop_new(void) MUST_USE;

/* What is on it must have been freed. */
void loop_free(struct loop **l);

/* Run until loop_stop().  ERR_IO. */
enum err loop_run(struct loop *l) MUST_USE;

/* Leave loop_run() at the end of this turn. */
void loop_stop(struct loop *l);

/*
 * Something to do after each turn, on the loop's thread: what a turn has brought goes on together.
 * fn says whether there was anything; then all are called again, in the order in which they were
 * added.  It may drop any of them.
 */
struct loop_after {
	struct list link;
	bool (*fn)(void *arg);
	void *arg;
};
void loop_after_add(struct loop *l, struct loop_after *a);
void loop_after_drop(struct loop *l, struct loop_after *a);

/*
 * Any thread: false where all in loop_after will be called before the loop waits, whatever was done
 * before this was asked (under a lock that fn takes, too).
 */
bool loop_is_asleep(const struct loop *l);

/* The time now. */
int64_t loop_now(const struct loop *l);

/* Readiness of a descriptor: OS_READ, OS_WRITE.  NULL: out of memory. */
struct loop_watch;
struct loop_watch *loop_watch_new(struct loop *l, int fd, unsigned events,
				  void (*fn)(void *arg, unsigned ready), void *arg) MUST_USE;
void loop_watch_set(struct loop_watch *w, unsigned events);
void loop_watch_free(struct loop_watch **w); /* before the descriptor is closed; legal in fn */

/* A timer, not yet set.  NULL: out of memory. */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *l, void (*fn)(void *arg), void *arg) MUST_USE;
void loop_timer_set(struct loop_timer *t, int64_t at); /* once; a time that has passed: next turn */
void loop_timer_unset(struct loop_timer *t);
void loop_timer_free(struct loop_timer **t); /* legal in fn */

/* A signal for this thread's loop; fn runs as any callback.  One loop a process takes signals. */
struct loop_signal;
struct loop_signal *loop_signal_new(struct loop *l, int signo, void (*fn)(void *arg), void *arg)
	MUST_USE;
void loop_signal_free(struct loop_signal **s);

/* The loop as the resolver library wants it. */
struct os_reactor loop_reactor(struct loop *l);

#endif
