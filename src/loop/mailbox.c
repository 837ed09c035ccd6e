/*
 * A list under a mutex and an eventfd to wake the loop.
 *
 * The list is looked at after each turn.  So the eventfd is written only where the loop sleeps, and
 * only when the list was empty: whoever finds it not empty knows that the loop has been woken, or
 * looks once more before it sleeps.  It is written under the mutex: an item is had only once its
 * poster has nothing left to do with the mailbox, so that what the item says may be to free it.
 */
#include "loop/mailbox.h"

#include "os/file.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct loop_mailbox {
	pthread_mutex_t lock;
	struct list items; /* under lock */
	struct loop *loop;
	struct loop_after after;
	int event;
	struct loop_watch *watch;
	void (*fn)(void *arg, struct list *item);
	void *arg;
	struct list unwoken; /* of loop_mailbox_wake() */
	bool busy;           /* fn runs: if it frees us, that waits for its end */
	bool freed;          /* by fn */
};

/* Move all items from one list head to another, empty one. */
static void move_all(struct list *from, struct list *to)
{
	if (list_empty(from))
		return;
	*to = *from;
	to->next->prev = to;
	to->prev->next = to;
	list_init(from);
}

/* What woke the loop is looked at when its turn ends. */
static void woken(void *arg, unsigned ready)
{
	struct loop_mailbox *m = arg;
	uint64_t count;

	(void)ready;
	(void)!read(m->event, &count, sizeof(count));
}

/* Hand out what is there; false: nothing. */
static bool hand_out(void *arg)
{
	struct loop_mailbox *m = arg;
	struct list taken, *item;

	list_init(&taken);
	(void)pthread_mutex_lock(&m->lock);
	move_all(&m->items, &taken);
	(void)pthread_mutex_unlock(&m->lock);
	if (list_empty(&taken))
		return false;
	m->busy = true;
	while (!m->freed && (item = list_shift(&taken)) != NULL)
		m->fn(m->arg, item);
	m->busy = false;
	if (m->freed)
		free(m);
	return true;
}

struct loop_mailbox *loop_mailbox_new(struct loop *l, void (*fn)(void *arg, struct list *item),
				      void *arg)
{
	struct loop_mailbox *m = malloc(sizeof(*m));

	if (!m)
		return NULL;
	*m = (struct loop_mailbox){ .lock = PTHREAD_MUTEX_INITIALIZER,
				    .loop = l,
				    .after = { .fn = hand_out, .arg = m },
				    .fn = fn,
				    .arg = arg };
	list_init(&m->items);
	list_init(&m->unwoken);
	loop_after_add(l, &m->after);
	m->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->event >= 0)
		m->watch = loop_watch_new(l, m->event, OS_READ, woken, m);
	if (!m->watch)
		loop_mailbox_free(&m, NULL);
	return m;
}

void loop_mailbox_free(struct loop_mailbox **mp, struct list *rest)
{
	struct loop_mailbox *m = *mp;

	*mp = NULL;
	if (!m)
		return;
	(void)pthread_mutex_lock(&m->lock); /* whoever posted last is done with us */
	if (rest) {
		list_init(rest);
		move_all(&m->items, rest);
	}
	(void)pthread_mutex_unlock(&m->lock);
	loop_after_drop(m->loop, &m->after);
	loop_watch_free(&m->watch);
	os_fd_close(&m->event);
	(void)pthread_mutex_destroy(&m->lock);
	m->freed = true;
	if (!m->busy)
		free(m);
}

static void wake(struct loop_mailbox *m)
{
	const uint64_t one = 1;

	if (loop_is_asleep(m->loop))
		(void)!write(m->event, &one, sizeof(one));
}

/* Under lock: whether it was empty. */
static bool put(struct loop_mailbox *m, struct list *item)
{
	bool first = list_empty(&m->items);

	list_add(&m->items, item);
	return first;
}

void loop_mailbox_post(struct loop_mailbox *m, struct list *item)
{
	(void)pthread_mutex_lock(&m->lock);
	if (put(m, item))
		wake(m);
	(void)pthread_mutex_unlock(&m->lock);
}

void loop_mailbox_put(struct loop_mailbox *m, struct list *item, struct list *unwoken)
{
	(void)pthread_mutex_lock(&m->lock);
	if (put(m, item) && list_empty(&m->unwoken))
		list_add(unwoken, &m->unwoken);
	(void)pthread_mutex_unlock(&m->lock);
}

void loop_mailbox_wake(struct list *unwoken)
{
	for (struct list *l; (l = list_shift(unwoken));)
		wake(CONTAINER_OF(l, struct loop_mailbox, unwoken));
}
