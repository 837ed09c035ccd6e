#include "relay/known.h"

#include "base/time.h"
#include "os/clock.h"
#include "os/random.h"
#include "schedule/memory.h"

#include <pthread.h>
#include <stdlib.h>

enum { BATCH_MAX = 1000, DNS_NAME_TEXT = 1100 };

struct relay_known {
	pthread_mutex_t lock;
	struct schedule_memory *memory; /* under it */
	struct queue *queue;
	struct loop *loop;
	struct loop_timer *timer;
	struct queue_job recall;
};

/* A batch on its way to the store. */
struct errand {
	struct queue_job job;
	struct schedule_memory_batch *batch;
};

/* On the store's thread.  Where it could not be kept, the next change may be. */
static void kept(struct queue_job *job)
{
	struct errand *e = job->owner;

	free(e->batch);
	free(e);
}

/* False: nothing is left. */
static bool keep_some(struct relay_known *k)
{
	struct errand *e = calloc(1, sizeof(*e));

	if (!e)
		return false;
	(void)pthread_mutex_lock(&k->lock);
	e->batch = schedule_memory_take(k->memory, BATCH_MAX);
	(void)pthread_mutex_unlock(&k->lock);
	if (!e->batch) {
		free(e);
		return false;
	}
	e->job = (struct queue_job){ .kind = QUEUE_REMEMBER,
				     .done = kept,
				     .owner = e,
				     .domains = e->batch,
				     .patient = true };
	list_init(&e->job.link);
	queue_submit(k->queue, &e->job);
	return true;
}

static void keep(void *arg)
{
	struct relay_known *k = arg;

	while (keep_some(k))
		;
	loop_timer_set(k->timer, loop_now(k->loop) + RELAY_KNOWN_KEEP_MS);
}

/* On the store's thread, both. */
static void recalled(void *arg, const struct schedule_memory_row *row)
{
	struct relay_known *k = arg;

	(void)pthread_mutex_lock(&k->lock);
	schedule_memory_load(k->memory, row);
	(void)pthread_mutex_unlock(&k->lock);
}

static void all_recalled(struct queue_job *job)
{
	(void)job;
}

struct relay_known *relay_known_new(struct queue *queue, struct loop *loop)
{
	struct relay_known *k = calloc(1, sizeof(*k));
	uint64_t seed[2];

	if (!k)
		return NULL;
	os_random(seed, sizeof(seed));
	k->memory = schedule_memory_new(seed, SCHEDULE_MEMORY_DOMAINS);
	k->timer = loop_timer_new(loop, keep, k);
	if (!k->memory || !k->timer) {
		loop_timer_free(&k->timer);
		schedule_memory_free(&k->memory);
		free(k);
		return NULL;
	}
	(void)pthread_mutex_init(&k->lock, NULL);
	k->queue = queue;
	k->loop = loop;
	k->recall = (struct queue_job){
		.kind = QUEUE_RECALL, .done = all_recalled, .recall = recalled, .recall_arg = k
	};
	list_init(&k->recall.link);
	queue_submit(queue, &k->recall);
	loop_timer_set(k->timer, loop_now(loop) + RELAY_KNOWN_KEEP_MS);
	return k;
}

void relay_known_stop(struct relay_known *k)
{
	while (k && keep_some(k))
		;
	if (k)
		loop_timer_free(&k->timer);
}

void relay_known_free(struct relay_known **kp)
{
	struct relay_known *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	schedule_memory_free(&k->memory);
	(void)pthread_mutex_destroy(&k->lock);
	free(k);
}

/* As it is kept: A-labels in lower case, no final dot. */
static void name_of(const struct route_facts *facts, struct buf *out)
{
	dns_name_text(out, &facts->conf.domain);
	for (size_t i = 0; i < out->n; i++)
		out->p[i] = (char)str_fold(out->p[i]);
	if (str_ends(buf_str(out), STR(".")))
		out->n--;
}

/* "DOMAIN was secure until TIME", appended. */
static void say(struct buf *out, const struct relay_known_was *was)
{
	char time[TIME_TEXT_MAX];

	buf_addf(out, "%.*s was secure until %.*s", STR_ARG(buf_str(&was->domain)),
		 STR_ARG(time_rfc3339(was->until_wall_ms, time)));
}

void relay_known_learn(struct relay_known *k, const struct route_facts *facts,
		       struct journal_block *b, struct relay_known_was *was)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(2 * DNS_NAME_TEXT);
	char text[DNS_NAME_TEXT];
	struct buf name = { .p = text, .cap = sizeof(text), .max = sizeof(text) };
	const struct dns_answer *mx = facts->mx;
	/* Without validation all is insecure, but what the server makes up (SPEC section 12). */
	bool says = mx && mx->asked_ad && mx->source.probe == DNS_PROBE_VALIDATES &&
		    (mx->status == DNS_SECURE || mx->status == DNS_INSECURE);
	int64_t now = os_clock_wall();

	if (!k || !says || facts->conf.kind != ROUTE_DOMAIN)
		return;
	name_of(facts, &name);
	(void)pthread_mutex_lock(&k->lock);
	was->until_wall_ms =
		schedule_memory_learn(k->memory, buf_str(&name), mx->status == DNS_SECURE, now);
	(void)pthread_mutex_unlock(&k->lock);
	if (was->until_wall_ms == 0)
		return;
	was->domain.max = DNS_NAME_TEXT;
	buf_add(&was->domain, buf_str(&name));
	if (!b)
		return;
	buf_add(&line, STR("note: "));
	say(&line, was);
	journal_line(b, now, JOURNAL_PLAIN, buf_str(&line));
}

void relay_known_add(struct buf *text, const struct relay_known_was *was)
{
	if (was->until_wall_ms == 0)
		return;
	buf_add(text, str_ends(buf_str(text), STR(".")) ? STR(" ") : STR(". "));
	say(text, was);
}

void relay_known_tell(struct schedule_part *part, const struct relay_known_was *was)
{
	for (size_t i = 0; was->until_wall_ms && i < part->n; i++) {
		CLEANUP(buf_free) struct buf text = BUF_MAX(SCHEDULE_TEXT_MAX);
		struct schedule_outcome *o = &part->rcpt[i];
		if (o->action != ROUTE_BOUNCE)
			continue;
		buf_add(&text, o->text);
		relay_known_add(&text, was);
		if (buf_err(&text) == ERR_OK)
			schedule_outcome_say(o, buf_str(&text), o->remote);
	}
}
