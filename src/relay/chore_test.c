/* Chores: done on other threads, back on the loop's, and a bound on those that wait. */
#include "relay/chore.h"

#include "base/test.h"

#include <pthread.h>
#include <stdlib.h>

#define MANY 200
#define WAITING 7

/* One chore: how far it came. */
struct task {
	struct relay_chore chore;
	pthread_t by;
	unsigned worked, done, dropped;
};

static struct loop *loop;
static struct loop_mailbox *mailbox;
static pthread_t here;
static size_t n_back;

/* Work that waits, while it is shut, until it is opened. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool shut;
	size_t inside;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

static void pass(void)
{
	(void)pthread_mutex_lock(&gate.lock);
	gate.inside++;
	(void)pthread_cond_broadcast(&gate.change);
	while (gate.shut)
		(void)pthread_cond_wait(&gate.change, &gate.lock);
	gate.inside--;
	(void)pthread_mutex_unlock(&gate.lock);
}

static void set_shut(bool shut)
{
	(void)pthread_mutex_lock(&gate.lock);
	gate.shut = shut;
	(void)pthread_cond_broadcast(&gate.change);
	(void)pthread_mutex_unlock(&gate.lock);
}

static void await_inside(size_t n)
{
	(void)pthread_mutex_lock(&gate.lock);
	while (gate.inside < n)
		(void)pthread_cond_wait(&gate.change, &gate.lock);
	(void)pthread_mutex_unlock(&gate.lock);
}

static void work(struct relay_chore *c)
{
	struct task *t = CONTAINER_OF(c, struct task, chore);

	pass();
	t->worked++;
	t->by = pthread_self();
}

static void done(void *owner, struct relay_chore *c)
{
	struct task *t = CONTAINER_OF(c, struct task, chore);

	CHECK_INT("its owner", owner == &n_back, true);
	t->done++;
	n_back++;
	loop_stop(loop);
}

static void drop(struct relay_chore *c)
{
	CONTAINER_OF(c, struct task, chore)->dropped++;
}

static void came(void *arg, struct list *item)
{
	struct relay_chore *c = CONTAINER_OF(item, struct relay_chore, letter.link);

	(void)arg;
	CHECK_INT("as a letter", c->letter.kind, RELAY_LETTER_CHORE);
	c->done(c->owner, c);
}

static struct relay_chore *chore_of(struct task *t)
{
	*t = (struct task){ .chore = { .back = mailbox, .work = work, .done = done } };
	t->chore.owner = &n_back;
	return &t->chore;
}

static void await_back(size_t n)
{
	while (n_back < n)
		CHECK_INT("loop", loop_run(loop), ERR_OK);
}

/* Each is done once, somewhere else, and comes back once. */
static void check_done(void)
{
	struct relay_chores *all = relay_chores_new(SIZE_MAX, NULL);
	struct task *tasks = calloc(MANY, sizeof(*tasks));

	n_back = 0;
	for (size_t i = 0; i < MANY; i++)
		CHECK_INT("given", relay_chores_give(all, chore_of(&tasks[i])), ERR_OK);
	await_back(MANY);
	for (size_t i = 0; i < MANY; i++) {
		CHECK_INT("once", tasks[i].worked == 1 && tasks[i].done == 1, true);
		CHECK_INT("elsewhere", pthread_equal(tasks[i].by, here) != 0, false);
	}
	/* The same again: it may be given where it has come back. */
	CHECK_INT("again", relay_chores_give(all, &tasks[0].chore), ERR_OK);
	await_back(MANY + 1);
	CHECK_INT("twice", tasks[0].worked, 2);
	relay_chores_free(&all);
	CHECK_INT("gone", all == NULL, true);
	free(tasks);
}

/* So many are at work at once, so many wait, and one more is refused; then there is room again. */
static void check_bound(void)
{
	struct relay_chores *all = relay_chores_new(WAITING, NULL);
	struct task tasks[20];
	size_t n = 0;

	n_back = 0;
	set_shut(true);
	/* Those that are at work wait no more, so that each begins before the next is given. */
	for (; n < 4; n++) {
		CHECK_INT("at work", relay_chores_give(all, chore_of(&tasks[n])), ERR_OK);
		await_inside(n + 1);
	}
	for (; n < 4 + WAITING; n++)
		CHECK_INT("waits", relay_chores_give(all, chore_of(&tasks[n])), ERR_OK);
	CHECK_INT("too many", relay_chores_give(all, chore_of(&tasks[n])), ERR_LIMIT);
	set_shut(false);
	await_back(4 + WAITING);
	CHECK_INT("it was not taken", tasks[n].worked + tasks[n].done, 0);
	CHECK_INT("room", relay_chores_give(all, chore_of(&tasks[n])), ERR_OK);
	await_back(4 + WAITING + 1);
	relay_chores_free(&all);
}

/* At the end what is at work ends, and what waits is dropped: nothing is both, or neither. */
static void check_end(void)
{
	struct relay_chores *all = relay_chores_new(SIZE_MAX, drop);
	struct task *tasks = calloc(MANY, sizeof(*tasks));
	struct list rest, *item;

	for (size_t i = 0; i < MANY; i++)
		CHECK_INT("given", relay_chores_give(all, chore_of(&tasks[i])), ERR_OK);
	relay_chores_free(&all);
	loop_mailbox_free(&mailbox, &rest);
	while ((item = list_shift(&rest)) != NULL)
		CONTAINER_OF(item, struct task, chore.letter.link)->done++;
	for (size_t i = 0; i < MANY; i++) {
		CHECK_INT("worked, or dropped", tasks[i].worked + tasks[i].dropped, 1);
		CHECK_INT("and back", tasks[i].done, tasks[i].worked);
	}
	free(tasks);
	relay_chores_free(&all);
}

int main(void)
{
	here = pthread_self();
	loop = loop_new();
	mailbox = loop_mailbox_new(loop, came, NULL);
	check_done();
	check_bound();
	check_end();
	loop_free(&loop);
	return TEST_EXIT();
}
