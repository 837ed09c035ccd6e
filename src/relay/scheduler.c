/*
 * What is true: at most one TAKE is at the store (taking).  When none is, the
 * timer is set for due_wall_ms, the earliest time at which a message that
 * waits is known to be due, unless memory is full (shared->starving): then the
 * next transit that ends makes us look again.
 */
#include "relay/scheduler.h"

#include "log/log.h"
#include "os/clock.h"

#include <stdlib.h>

#define TAKE_MAX 200       /* messages in one transaction */
#define IN_MEMORY_MAX 5000 /* messages, of all kinds, beyond which none is taken */
#define OCTETS_MAX (1 << 27)
#define AGAIN_MS 1000 /* after the store failed */

struct relay_scheduler {
	struct relay_shared *shared;
	struct loop *loop;
	struct routing_settings *const *settings; /* the daemon's, in force */
	struct loop_timer *timer;
	int64_t due_wall_ms; /* INT64_MAX: none */
	bool taking;
	bool look_again; /* something became due while taking */
	bool stopped;
};

static void set_timer(struct relay_scheduler *s)
{
	if (s->due_wall_ms == INT64_MAX || s->stopped) {
		loop_timer_unset(s->timer);
		return;
	}
	int64_t wait = s->due_wall_ms - os_clock_wall();
	loop_timer_set(s->timer, loop_now(s->loop) + (wait > 0 ? wait : 0));
}

static void give_home(struct relay_scheduler *s, struct queue_message *m)
{
	struct relay_transit *t = relay_transit_new(s->shared, m);

	if (t) {
		relay_post_letter(relay_post_home(s->shared, t->message->id), &t->letter);
		return;
	}
	log_event(LOG_ERR, "no-memory", "a message waits for the next start");
	queue_message_free(&m);
}

static void taken(void *owner, struct relay_job *job)
{
	struct relay_scheduler *s = owner;
	struct list *item;

	s->taking = false;
	if (job->job.err != ERR_OK) {
		log_event(LOG_ERR, "store-failed", "cannot take messages: %s",
			  err_text(job->job.err));
		s->due_wall_ms = os_clock_wall() + AGAIN_MS;
	} else {
		while ((item = list_shift(&job->job.taken)) != NULL)
			give_home(s, CONTAINER_OF(item, struct queue_message, link));
		s->due_wall_ms = job->job.due_wall_ms;
	}
	free(job);
	if (s->look_again)
		s->due_wall_ms = 0;
	s->look_again = false;
	set_timer(s);
}

static bool memory_full(const struct relay_scheduler *s)
{
	const struct relay_counters *c = &s->shared->counters;

	return atomic_load_explicit(&c->messages, memory_order_relaxed) >= IN_MEMORY_MAX ||
	       atomic_load_explicit(&c->octets, memory_order_relaxed) >= OCTETS_MAX;
}

static void look(struct relay_scheduler *s)
{
	if (s->stopped)
		return;
	if (s->taking) {
		s->look_again = true;
		return;
	}
	atomic_store(&s->shared->starving, true); /* first, so that none ends unseen */
	if (memory_full(s))
		return;
	atomic_store(&s->shared->starving, false);
	struct relay_job *job = calloc(1, sizeof(*job));
	if (!job) {
		s->due_wall_ms = os_clock_wall() + AGAIN_MS;
		set_timer(s);
		return;
	}
	job->back = s->shared->daemon;
	job->done = taken;
	job->owner = s;
	job->job.kind = QUEUE_TAKE;
	int64_t now = os_clock_wall();
	job->job.now_wall_ms = now;
	job->job.take = (struct queue_look){
		.max = TAKE_MAX,
		.latest_wall_ms = schedule_retry_latest(&(*s->settings)->schedule, now),
		.forget_wall_ms = now - (*s->settings)->conf->keep_failed_ms,
		.with_content = true,
	};
	list_init(&job->job.taken);
	s->taking = true;
	relay_post_job(s->shared, job);
}

static void timer_fired(void *arg)
{
	look(arg);
}

struct relay_scheduler *relay_scheduler_new(struct relay_shared *shared, struct loop *loop,
					    struct routing_settings *const *settings)
{
	struct relay_scheduler *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->shared = shared;
	s->loop = loop;
	s->settings = settings;
	s->due_wall_ms = INT64_MAX;
	s->timer = loop_timer_new(loop, timer_fired, s);
	if (!s->timer) {
		free(s);
		return NULL;
	}
	look(s);
	return s;
}

void relay_scheduler_free(struct relay_scheduler **s)
{
	if (*s)
		loop_timer_free(&(*s)->timer);
	free(*s);
	*s = NULL;
}

void relay_scheduler_ended(struct relay_scheduler *s, struct relay_transit *t)
{
	int64_t due = t->due_wall_ms;

	relay_transit_free(&t);
	if (atomic_load(&s->shared->starving) && !memory_full(s))
		due = 0;
	if (due == INT64_MAX)
		return;
	if (s->taking) { /* the answer on its way may not know of this one */
		s->look_again = true;
	} else if (due < s->due_wall_ms) {
		s->due_wall_ms = due;
		set_timer(s);
	}
}

void relay_scheduler_look(struct relay_scheduler *s)
{
	look(s);
}

void relay_scheduler_stop(struct relay_scheduler *s)
{
	s->stopped = true;
	loop_timer_unset(s->timer);
}

bool relay_scheduler_quiet(const struct relay_scheduler *s)
{
	return !s->taking;
}
