#include "relay/login.h"

#include "smtp/server.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS_MAX 4

struct relay_login_desk {
	pthread_mutex_t lock;
	pthread_cond_t come; /* something waits, or the end has come */
	struct list waiting; /* struct relay_login */
	size_t n_waiting, idle;
	pthread_t thread[THREADS_MAX];
	size_t n_threads;
	bool over;
};

struct relay_login *relay_login_new(struct str name, struct str password)
{
	struct relay_login *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->letter.kind = RELAY_LETTER_LOGIN;
	list_init(&l->letter.link);
	l->name = BUF_MAX(SMTP_SERVER_LINE_MAX);
	l->password = BUF_MAX(SMTP_SERVER_LINE_MAX);
	buf_add(&l->name, name);
	buf_add(&l->password, password);
	if (buf_err(&l->name) != ERR_OK || buf_err(&l->password) != ERR_OK)
		relay_login_free(&l);
	return l;
}

void relay_login_free(struct relay_login **l)
{
	if (*l) {
		buf_free(&(*l)->name);
		buf_wipe(&(*l)->password);
		relay_doors_drop(&(*l)->doors);
	}
	free(*l);
	*l = NULL;
}

static void judge(struct relay_login *l)
{
	const struct auth_users *users = relay_doors_at(l->doors, l->listen)->users;

	l->fits = users && auth_users_fits(users, buf_str(&l->name), buf_str(&l->password));
	buf_wipe(&l->password);
	relay_post_letter(l->back, &l->letter);
}

/* The next that waits; NULL: the end has come. */
static struct relay_login *take(struct relay_login_desk *d)
{
	struct list *item = NULL;

	(void)pthread_mutex_lock(&d->lock);
	d->idle++;
	while (!d->over && !(item = list_shift(&d->waiting)))
		(void)pthread_cond_wait(&d->come, &d->lock);
	d->idle--;
	d->n_waiting -= item != NULL;
	(void)pthread_mutex_unlock(&d->lock);
	return item ? CONTAINER_OF(item, struct relay_login, letter.link) : NULL;
}

static void *work(void *arg)
{
	struct relay_login_desk *d = arg;

	for (struct relay_login *l = take(d); l; l = take(d))
		judge(l);
	return NULL;
}

struct relay_login_desk *relay_login_desk_new(void)
{
	struct relay_login_desk *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	(void)pthread_mutex_init(&d->lock, NULL);
	(void)pthread_cond_init(&d->come, NULL);
	list_init(&d->waiting);
	return d;
}

void relay_login_desk_free(struct relay_login_desk **dp)
{
	struct relay_login_desk *d = *dp;
	struct list *item;

	*dp = NULL;
	if (!d)
		return;
	(void)pthread_mutex_lock(&d->lock);
	d->over = true;
	(void)pthread_cond_broadcast(&d->come);
	(void)pthread_mutex_unlock(&d->lock);
	for (size_t i = 0; i < d->n_threads; i++)
		(void)pthread_join(d->thread[i], NULL);
	while ((item = list_shift(&d->waiting)) != NULL) {
		struct relay_login *l = CONTAINER_OF(item, struct relay_login, letter.link);
		relay_login_free(&l);
	}
	(void)pthread_cond_destroy(&d->come);
	(void)pthread_mutex_destroy(&d->lock);
	free(d);
}

/* One more thread, where all are at work.  True: there is one at least. */
static bool staff(struct relay_login_desk *d)
{
	if (d->idle <= d->n_waiting && d->n_threads < THREADS_MAX &&
	    pthread_create(&d->thread[d->n_threads], NULL, work, d) == 0)
		d->n_threads++;
	return d->n_threads > 0;
}

enum err relay_login_ask(struct relay_login_desk *d, struct relay_login *l)
{
	enum err e = ERR_OK;

	(void)pthread_mutex_lock(&d->lock);
	if (d->n_waiting >= RELAY_LOGIN_WAITING_MAX)
		e = ERR_LIMIT;
	else if (!staff(d))
		e = ERR_NOMEM;
	if (e == ERR_OK) {
		d->n_waiting++;
		list_add(&d->waiting, &l->letter.link);
		(void)pthread_cond_signal(&d->come);
	}
	(void)pthread_mutex_unlock(&d->lock);
	return e;
}
