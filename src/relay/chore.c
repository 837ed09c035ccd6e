#include "relay/chore.h"

#include <pthread.h>
#include <stdlib.h>

#define THREADS_MAX 4

struct relay_chores {
	pthread_mutex_t lock;
	pthread_cond_t come;      /* something waits, or the end has come */
	struct list waiting;      /* struct relay_chore */
	struct relay_turns turns; /* instead, where they take turns */
	bool by_turns;
	size_t n_waiting, waiting_max, idle;
	void (*drop)(struct relay_chore *c);
	pthread_t thread[THREADS_MAX];
	size_t n_threads;
	bool over;
};

/* NULL: none waits. */
static struct relay_chore *next(struct relay_chores *all)
{
	if (all->by_turns) {
		struct relay_turn *turn = relay_turns_next(&all->turns);
		return turn ? CONTAINER_OF(turn, struct relay_chore, turn) : NULL;
	}
	struct list *item = list_shift(&all->waiting);
	return item ? CONTAINER_OF(item, struct relay_chore, letter.link) : NULL;
}

/* The next that waits; NULL: the end has come. */
static struct relay_chore *take(struct relay_chores *all)
{
	struct relay_chore *c = NULL;

	(void)pthread_mutex_lock(&all->lock);
	all->idle++;
	while (!all->over && !(c = next(all)))
		(void)pthread_cond_wait(&all->come, &all->lock);
	all->idle--;
	all->n_waiting -= c != NULL;
	(void)pthread_mutex_unlock(&all->lock);
	return c;
}

static void done(struct relay_chores *all, struct relay_chore *c)
{
	if (all->by_turns) {
		(void)pthread_mutex_lock(&all->lock);
		relay_turns_done(&c->turn);
		(void)pthread_mutex_unlock(&all->lock);
	}
	relay_post_letter(c->back, &c->letter);
}

static void *work(void *arg)
{
	for (struct relay_chore *c = take(arg); c; c = take(arg)) {
		c->work(c);
		done(arg, c);
	}
	return NULL;
}

struct relay_chores *relay_chores_new(size_t waiting_max, void (*drop)(struct relay_chore *c))
{
	struct relay_chores *all = calloc(1, sizeof(*all));

	if (!all)
		return NULL;
	(void)pthread_mutex_init(&all->lock, NULL);
	(void)pthread_cond_init(&all->come, NULL);
	list_init(&all->waiting);
	all->waiting_max = waiting_max;
	all->drop = drop;
	return all;
}

void relay_chores_take_turns(struct relay_chores *all)
{
	relay_turns_init(&all->turns);
	all->by_turns = true;
}

void relay_chores_free(struct relay_chores **allp)
{
	struct relay_chores *all = *allp;
	struct relay_chore *c;

	*allp = NULL;
	if (!all)
		return;
	(void)pthread_mutex_lock(&all->lock);
	all->over = true;
	(void)pthread_cond_broadcast(&all->come);
	(void)pthread_mutex_unlock(&all->lock);
	for (size_t i = 0; i < all->n_threads; i++)
		(void)pthread_join(all->thread[i], NULL);
	while ((c = next(all)) != NULL) {
		if (all->by_turns)
			relay_turns_done(&c->turn); /* it is still with those that follow */
		all->drop(c);
	}
	(void)pthread_cond_destroy(&all->come);
	(void)pthread_mutex_destroy(&all->lock);
	free(all);
}

/* One more thread, where all are at work.  True: there is one at least. */
static bool staff(struct relay_chores *all)
{
	if (all->idle <= all->n_waiting && all->n_threads < THREADS_MAX &&
	    pthread_create(&all->thread[all->n_threads], NULL, work, all) == 0)
		all->n_threads++;
	return all->n_threads > 0;
}

enum err relay_chores_give(struct relay_chores *all, struct relay_chore *c)
{
	enum err e = ERR_OK;

	c->letter.kind = RELAY_LETTER_CHORE;
	list_init(&c->letter.link);
	(void)pthread_mutex_lock(&all->lock);
	if (all->n_waiting >= all->waiting_max)
		e = ERR_LIMIT;
	else if (!staff(all))
		e = ERR_NOMEM;
	if (e == ERR_OK) {
		all->n_waiting++;
		if (all->by_turns)
			relay_turns_add(&all->turns, &c->turn);
		else
			list_add(&all->waiting, &c->letter.link);
		(void)pthread_cond_signal(&all->come);
	}
	(void)pthread_mutex_unlock(&all->lock);
	return e;
}
