/*
 * One letter is under way at a time, for as many jobs as have gathered since the last.  Until
 * they are with the store the scheduler takes nothing from there, or what was given back
 * would be out again.
 */
#include "relay/recall.h"

#include <stdlib.h>

struct relay_recall {
	struct relay_letter letter;
	struct schedule_recall called;
	enum schedule_recall_step step; /* what its reader is to do */
};

void relay_recalls_init(struct relay_recalls *r, struct relay_shared *shared,
			struct relay_scheduler *scheduler)
{
	*r = (struct relay_recalls){ .shared = shared, .scheduler = scheduler };
	list_init(&r->waiting);
	list_init(&r->meant);
}

static void letter_free(struct relay_recall *l)
{
	if (l)
		schedule_recall_clear(&l->called);
	free(l);
}

static struct relay_job *job_of(struct list *item)
{
	return CONTAINER_OF(item, struct relay_job, letter.link);
}

static void hand_over(struct relay_recalls *r, struct list *jobs)
{
	struct list *item;

	while ((item = list_shift(jobs)) != NULL)
		relay_post_job(r->shared, job_of(item));
}

/* For all that wait; NULL: no memory. */
static struct relay_recall *letter_new(struct relay_recalls *r)
{
	struct relay_recall *l = calloc(1, sizeof(*l));
	enum err e = l ? ERR_OK : ERR_NOMEM;

	if (e == ERR_OK && r->sweep)
		e = schedule_recall_add(&l->called, 0);
	for (struct list *i = r->waiting.next; e == ERR_OK && i != &r->waiting; i = i->next)
		e = schedule_recall_add(&l->called, job_of(i)->job.id);
	if (e == ERR_OK) {
		l->letter.kind = RELAY_LETTER_RECALL;
		return l;
	}
	letter_free(l);
	return NULL;
}

static void still(void *arg)
{
	struct relay_recalls *r = arg;

	relay_recall_forward(r->shared, &r->under_way->letter);
}

static void begin(struct relay_recalls *r)
{
	struct list *item;

	if (r->under_way || (list_empty(&r->waiting) && !r->sweep))
		return;
	r->under_way = letter_new(r);
	r->sweep = false;
	if (!r->under_way) {
		hand_over(r, &r->waiting);
		return;
	}
	while ((item = list_shift(&r->waiting)) != NULL)
		list_add(&r->meant, item);
	relay_scheduler_pause(r->scheduler, still, r);
}

void relay_recalls_post(struct relay_recalls *r, struct relay_job *job)
{
	if (!queue_job_calls_back(job->job.kind)) {
		relay_post_job(r->shared, job);
		return;
	}
	list_init(&job->letter.link);
	list_add(&r->waiting, &job->letter.link);
	begin(r);
}

void relay_recalls_sweep(struct relay_recalls *r)
{
	r->sweep = true;
	begin(r);
}

void relay_recalls_back(struct relay_recalls *r, struct relay_letter *letter)
{
	letter_free(CONTAINER_OF(letter, struct relay_recall, letter));
	r->under_way = NULL;
	hand_over(r, &r->meant);
	relay_scheduler_resume(r->scheduler);
	begin(r);
}

bool relay_recalls_quiet(const struct relay_recalls *r)
{
	return !r->under_way;
}

const struct schedule_recall *relay_recall_called(const struct relay_letter *letter)
{
	const struct relay_recall *l =
		CONTAINER_OF((struct relay_letter *)(uintptr_t)letter, struct relay_recall, letter);

	return l->step == SCHEDULE_RECALL_GIVE ? &l->called : NULL;
}

void relay_recall_forward(const struct relay_shared *shared, struct relay_letter *letter)
{
	struct relay_recall *l = CONTAINER_OF(letter, struct relay_recall, letter);
	size_t worker = 0;

	l->step = schedule_recall_next(&l->called, shared->n_workers, &worker);
	relay_post_letter(
		l->step == SCHEDULE_RECALL_OVER ? shared->daemon : shared->workers[worker], letter);
}
