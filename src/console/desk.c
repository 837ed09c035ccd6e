#include "console/desk.h"

#include "loop/mailbox.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>

/* Users, for as long as somebody is held against them.  Counted on the loop's thread. */
struct roll {
	struct auth_users *users;
	size_t held;
};

struct question {
	struct list link;
	struct roll *roll;
	struct buf name, password;
	enum err err; /* what came of it, and */
	enum console_role role;
	void (*fn)(void *arg, enum err e, enum console_role role);
	void *arg;
};

struct console_desk {
	struct loop *own;             /* the thread's */
	struct loop_mailbox *asked;   /* to the thread */
	struct loop_mailbox *answers; /* back */
	struct list end;              /* the item that ends the thread */
	pthread_t thread;
	sem_t begun; /* the C library has asked the kernel for what a thread needs */
	bool running;
	struct roll *roll; /* NULL: no users */
	size_t waiting;
};

static void roll_drop(struct roll *r)
{
	if (!r || --r->held > 0)
		return;
	auth_users_free(&r->users);
	free(r);
}

static void question_free(struct question *q)
{
	roll_drop(q->roll);
	buf_free(&q->name);
	buf_wipe(&q->password);
	free(q);
}

/* On the thread. */
static void was_asked(void *arg, struct list *item)
{
	struct console_desk *d = arg;

	if (item == &d->end) {
		loop_stop(d->own);
		return;
	}
	struct question *q = CONTAINER_OF(item, struct question, link);
	struct str name = buf_str(&q->name);
	enum auth_verdict v = auth_users_judge(q->roll->users, name, buf_str(&q->password));
	if (v == AUTH_UNJUDGED)
		q->err = ERR_NOMEM;
	if (v == AUTH_RIGHT)
		q->role = str_eq(auth_users_role(q->roll->users, name), STR("admin"))
				  ? CONSOLE_ADMIN
				  : CONSOLE_VIEW;
	buf_wipe(&q->password);
	loop_mailbox_post(d->answers, item);
}

static void came_back(void *arg, struct list *item)
{
	struct console_desk *d = arg;
	struct question *q = CONTAINER_OF(item, struct question, link);

	d->waiting--;
	q->fn(q->arg, q->err, q->role);
	question_free(q);
}

static void *run(void *arg)
{
	struct console_desk *d = arg;

	(void)sem_post(&d->begun);
	if (loop_run(d->own) != ERR_OK)
		abort(); /* the kernel refuses to poll */
	return NULL;
}

/*
 * Signals are the main thread's.  Once this returns the thread is there, so that system calls can
 * be given up.
 */
static bool start(struct console_desk *d)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	d->running = pthread_create(&d->thread, NULL, run, d) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	while (d->running && sem_wait(&d->begun) < 0)
		continue; /* EINTR */
	return d->running;
}

struct console_desk *console_desk_new(struct loop *loop)
{
	struct console_desk *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	(void)sem_init(&d->begun, 0, 0);
	list_init(&d->end);
	d->own = loop_new();
	if (d->own)
		d->asked = loop_mailbox_new(d->own, was_asked, d);
	if (d->asked)
		d->answers = loop_mailbox_new(loop, came_back, d);
	if (!d->answers || !start(d))
		console_desk_free(&d);
	return d;
}

static void free_rest(struct console_desk *d, struct loop_mailbox **mailbox)
{
	struct list rest, *item;

	list_init(&rest);
	if (*mailbox)
		loop_mailbox_free(mailbox, &rest);
	while ((item = list_shift(&rest)) != NULL)
		if (item != &d->end)
			question_free(CONTAINER_OF(item, struct question, link));
}

void console_desk_free(struct console_desk **dp)
{
	struct console_desk *d = *dp;

	*dp = NULL;
	if (!d)
		return;
	if (d->running) {
		loop_mailbox_post(d->asked, &d->end);
		(void)pthread_join(d->thread, NULL);
	}
	free_rest(d, &d->asked);
	free_rest(d, &d->answers);
	if (d->own)
		loop_free(&d->own);
	(void)sem_destroy(&d->begun);
	roll_drop(d->roll);
	free(d);
}

void console_desk_users(struct console_desk *d, struct auth_users *users)
{
	struct roll *r = users ? calloc(1, sizeof(*r)) : NULL;

	roll_drop(d->roll);
	d->roll = r;
	if (r)
		*r = (struct roll){ users, 1 };
	else
		auth_users_free(&users);
}

bool console_desk_same(const struct console_desk *d, const struct auth_users *next, struct str name)
{
	return d->roll && auth_users_same(d->roll->users, next, name);
}

bool console_desk_open(const struct console_desk *d)
{
	return d->roll && auth_users_count(d->roll->users) > 0;
}

enum err console_desk_ask(struct console_desk *d, struct str name, struct str password,
			  void (*fn)(void *arg, enum err e, enum console_role role), void *arg)
{
	if (d->waiting >= CONSOLE_DESK_WAITING_MAX)
		return ERR_LIMIT;
	struct question *q = calloc(1, sizeof(*q));
	if (!q)
		return ERR_NOMEM;
	*q = (struct question){ .name = BUF_MAX(name.n), .password = BUF_MAX(password.n) };
	q->fn = fn;
	q->arg = arg;
	list_init(&q->link);
	buf_add(&q->name, name);
	buf_add(&q->password, password);
	if (buf_err(&q->name) != ERR_OK || buf_err(&q->password) != ERR_OK) {
		question_free(q);
		return ERR_NOMEM;
	}
	q->roll = d->roll;
	d->roll->held++;
	d->waiting++;
	loop_mailbox_post(d->asked, &q->link);
	return ERR_OK;
}
