#include "relay/post.h"

#include "base/hash.h"

#include <stdlib.h>

void relay_post_letter(struct loop_mailbox *to, struct relay_letter *letter)
{
	list_init(&letter->link);
	loop_mailbox_post(to, &letter->link);
}

void relay_post_stray(struct relay_shared *s, queue_id id)
{
	if (!relay_strays_add(&s->strays, id))
		return;
	s->strayed.kind = RELAY_LETTER_STRAYED;
	relay_post_letter(s->daemon, &s->strayed);
}

/* On the store's thread. */
static void job_done(struct queue_job *job)
{
	struct relay_job *j = CONTAINER_OF(job, struct relay_job, job);

	loop_mailbox_put(j->back, &j->letter.link, &j->shared->unwoken);
}

static void batch_told(void *arg)
{
	struct relay_shared *s = arg;

	loop_mailbox_wake(&s->unwoken);
}

void relay_post_told(struct relay_shared *s, struct queue_conf *conf)
{
	list_init(&s->unwoken);
	conf->told = batch_told;
	conf->arg = s;
}

void relay_post_job(struct relay_shared *s, struct relay_job *job)
{
	job->letter.kind = RELAY_LETTER_JOB;
	list_init(&job->letter.link);
	list_init(&job->job.link);
	job->job.done = job_done;
	job->shared = s;
	queue_submit(s->queue, &job->job);
}

struct loop_mailbox *relay_post_owner(const struct relay_shared *s, struct str domain)
{
	return s->workers[hash_nocase(s->hash_seed, domain) % s->n_workers];
}

struct loop_mailbox *relay_post_home(const struct relay_shared *s, queue_id id)
{
	struct str octets = { (const char *)&id, sizeof(id) };

	return s->workers[hash_octets(s->hash_seed, octets) % s->n_workers];
}

void relay_post_result(struct relay_part *part)
{
	part->letter.kind = RELAY_LETTER_RESULT;
	relay_post_letter(part->home, &part->letter);
}

void relay_post_part_free(struct relay_part **pp)
{
	struct relay_part *p = *pp;

	*pp = NULL;
	if (p)
		schedule_part_free(&p->part);
	free(p);
}
