/*
 * What is true: at most one TAKE is at the store (taking), and while it is, the
 * account of memory holds room for what it may bring (charge).  When none is, either
 * the timer is set for due_wall_ms, the earliest time at which a message that waits
 * is known to be due, or there was no room, and whoever makes some wakes us
 * (waiting).
 *
 * TAKE brings envelopes; schedule/due says which of them are loaded.  Of the others a
 * row is written, without their content having been read.
 */
#include "relay/scheduler.h"

#include "log/log.h"
#include "os/clock.h"
#include "os/random.h"
#include "routing/aim.h"
#include "schedule/due.h"
#include "schedule/failing.h"
#include "schedule/turned.h"

#include <stdio.h>
#include <stdlib.h>

#define TAKE_MAX 200     /* messages in one transaction, */
#define TAKE_LANE_MAX 50 /* of one destination */
#define AGAIN_MS 1000    /* after the store failed, or memory was short */

struct relay_scheduler {
	struct relay_shared *shared;
	struct loop *loop;
	struct routing_settings *const *settings; /* the daemon's, in force */
	struct loop_timer *timer;
	struct list unwritten;            /* struct errand: rows that the store could not write */
	struct loop_timer *again;         /* when they are given to it once more */
	struct schedule_failing *failing; /* lanes whose hosts could not be reached */
	struct schedule_turned turned;    /* away, since their lanes held their share of memory */
	struct schedule_charge charge;
	int64_t due_wall_ms; /* INT64_MAX: none */
	size_t jobs;         /* at the store, TAKE as well */
	size_t loading;      /* of them, and so on their way to a worker */
	bool taking;
	bool loaded; /* something, of what this TAKE brought */
	bool waiting;
	bool look_again; /* something became due while taking */
	bool stopped;
	void (*still)(void *arg); /* who paused it is to be told; NULL: was */
	void *still_arg;
	bool paused;
};

/* A message that is loaded, or whose row is written. */
struct errand {
	struct relay_job job;
	struct list link; /* in unwritten, or in none */
	struct queue_message *message;
	struct schedule_change change[];
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

static void due_at(struct relay_scheduler *s, int64_t wall_ms)
{
	if (s->taking) /* the answer on its way may not know of this one */
		s->look_again = true;
	else if (wall_ms < s->due_wall_ms)
		s->due_wall_ms = wall_ms;
	set_timer(s);
}

static struct str lane_key(const uint64_t *lane)
{
	return (struct str){ (const char *)lane, sizeof(*lane) };
}

static uint32_t noise(void)
{
	return (uint32_t)os_random_u64();
}

static void post(struct relay_scheduler *s, struct errand *e, enum queue_job_kind kind,
		 void (*done)(void *owner, struct relay_job *job))
{
	e->job.back = s->shared->daemon;
	e->job.done = done;
	e->job.owner = s;
	e->job.job.kind = kind;
	s->jobs++;
	relay_post_job(s->shared, &e->job);
}

/* m may be NULL. */
static struct errand *errand_new(struct queue_message *m)
{
	size_t n = m ? m->n_rcpt : 0;
	struct errand *e = calloc(1, sizeof(*e) + n * sizeof(e->change[0]));

	if (e) {
		e->message = m;
		list_init(&e->link);
	}
	return e;
}

static void stray(struct relay_scheduler *s, struct queue_message *m)
{
	relay_post_stray(s->shared, m->id);
	queue_message_free(&m);
}

static void errand_free(struct errand *e)
{
	queue_message_free(&e->message);
	free(e);
}

/* Whether the store did it; it is told once that it does not, whatever it is that it cannot do. */
static void tell_store(struct relay_scheduler *s, const char *fails, const struct queue_job *job)
{
	char what[200];

	if (job->err == ERR_OK) {
		relay_trouble_passed(&s->shared->keeping, loop_now(s->loop));
		return;
	}
	(void)snprintf(what, sizeof(what), "%s: %s", fails,
		       job->why ? job->why : err_text(job->err));
	relay_trouble_met(&s->shared->keeping, loop_now(s->loop), what);
}

/* Until it is written the message is out, and nobody takes it; ERR_SYNTAX: it is there no more. */
static void left(void *owner, struct relay_job *job)
{
	struct relay_scheduler *s = owner;
	struct errand *e = CONTAINER_OF(job, struct errand, job);
	enum err err = job->job.err;

	s->jobs--;
	tell_store(s, "cannot record", &job->job);
	if (err != ERR_OK && err != ERR_SYNTAX && !s->stopped) {
		if (list_empty(&s->unwritten))
			loop_timer_set(s->again, loop_now(s->loop) + AGAIN_MS);
		list_add(&s->unwritten, &e->link);
		return;
	}
	if (err == ERR_OK && job->job.due_wall_ms != INT64_MAX)
		due_at(s, job->job.due_wall_ms);
	errand_free(e);
}

static void take_strays(struct relay_scheduler *s)
{
	struct errand *e = NULL;
	queue_id id;

	while (!s->stopped && (e = errand_new(NULL)) != NULL &&
	       relay_strays_take(&s->shared->strays, &id, 1) == 1) {
		e->job.job.update = (struct queue_update){ .id = id,
							   .then = QUEUE_WAITS,
							   .next_wall_ms = os_clock_wall() };
		post(s, e, QUEUE_RECORD, left);
	}
	if (!e && !s->stopped)
		loop_timer_set(s->again, loop_now(s->loop) + AGAIN_MS);
	free(e);
}

void relay_scheduler_strays(struct relay_scheduler *s)
{
	relay_strays_heard(&s->shared->strays);
	take_strays(s);
}

static void write_again(void *arg)
{
	struct relay_scheduler *s = arg;
	struct list *item;

	while ((item = list_shift(&s->unwritten)) != NULL)
		post(s, CONTAINER_OF(item, struct errand, link), QUEUE_RECORD, left);
	take_strays(s);
}

/* Due again at the next start. */
static void drop_unwritten(struct relay_scheduler *s)
{
	struct list *item;

	while ((item = list_shift(&s->unwritten)) != NULL)
		errand_free(CONTAINER_OF(item, struct errand, link));
}

/* It waits on: its row alone is written. */
static void leave(struct relay_scheduler *s, struct queue_message *m,
		  const struct schedule_row *row)
{
	struct errand *e = errand_new(m);

	if (!e) {
		stray(s, m);
		return;
	}
	e->job.job.update = (struct queue_update){ .id = m->id,
						   .change = e->change,
						   .then = QUEUE_WAITS,
						   .next_wall_ms = row->next_wall_ms,
						   .lane = m->lane };
	if (row->attempts != m->attempts) /* its destination was tried for it by another */
		e->job.job.update.n_change = schedule_rcpt_tried(m->rcpt, m->n_rcpt, e->change);
	post(s, e, QUEUE_RECORD, left);
}

/* What is damaged is held, and so told once; all else is the store's trouble. */
static void tell_loaded(struct relay_scheduler *s, queue_id id, const struct queue_job *job)
{
	char text[QUEUE_ID_MAX];

	if (job->err == ERR_SYNTAX)
		log_event(LOG_ERR, "store-failed", "message=%.*s is damaged, and is held",
			  STR_ARG(queue_id_text(id, text)));
	else
		tell_store(s, "cannot read a message", job);
}

/* Whoever paused it is told once nothing that was taken is on its way to a worker. */
static void tell_still(struct relay_scheduler *s)
{
	void (*still)(void *arg) = s->still;

	if (!still || s->taking || s->loading)
		return;
	s->still = NULL;
	still(s->still_arg);
}

static void loaded(void *owner, struct relay_job *job)
{
	struct relay_scheduler *s = owner;
	struct errand *e = CONTAINER_OF(job, struct errand, job);
	struct relay_transit *t = job->transit;
	enum err err = job->job.err;

	s->jobs--;
	s->loading--;
	tell_loaded(s, t->message->id, &job->job);
	free(e);
	if (err == ERR_OK) {
		relay_post_letter(relay_post_home(s->shared, t->message->id), &t->letter);
		tell_still(s);
		return;
	}
	const struct schedule_row row = { .next_wall_ms = os_clock_wall() + AGAIN_MS,
					  .attempts = t->message->attempts };
	struct queue_message *m = t->message;
	t->message = NULL;
	relay_transit_free(&t);
	leave(s, m, &row); /* a damaged one is held by the store, once it is back */
	tell_still(s);
}

static void load(struct relay_scheduler *s, struct queue_message *m, uint32_t kib)
{
	struct errand *e = errand_new(m);
	struct relay_transit *t = e ? relay_transit_new(s->shared, m) : NULL;

	if (!t) {
		free(e);
		stray(s, m);
		return;
	}
	t->watched = true;
	s->loaded = true;
	s->loading++;
	schedule_budget_loaded(&s->charge, &t->charge, kib);
	e->message = NULL;
	e->job.transit = t;
	e->job.job.message = m;
	post(s, e, QUEUE_LOAD, loaded);
}

/* When a message is tried again that waits for one destination alone; else, what is common. */
static const struct schedule_retry *retry_of(const struct relay_scheduler *s,
					     const struct queue_message *m)
{
	const struct routing_settings *all = *s->settings;
	const struct conf_delivery *how = &all->conf->delivery;
	size_t i = 0;

	while (i < m->n_rcpt && m->rcpt[i].state != SCHEDULE_WAITING)
		i++;
	if (m->lane && i < m->n_rcpt &&
	    routing_aim_how(all->conf, schedule_domain(m->rcpt[i].to), &how) != ERR_OK)
		return &all->schedule;
	return routing_settings_schedule(all, how);
}

static enum schedule_load decide(struct relay_scheduler *s, const struct queue_message *m,
				 struct schedule_row *row)
{
	const struct schedule_retry *retry = retry_of(s, m);
	struct schedule_budget *b = &s->shared->memory.budget;
	const struct schedule_due due = {
		.retry = retry,
		.limits = schedule_backoff_limits(retry),
		.backoff = m->lane ? schedule_failing_find(s->failing, lane_key(&m->lane)) : NULL,
		.usage = schedule_budget_usage(b),
		.share = schedule_budget_share(b, m->lane),
		.now_wall_ms = os_clock_wall(),
		.now_ms = loop_now(s->loop),
		.noise = noise(),
	};

	*row = (struct schedule_row){ .arrived_wall_ms = m->arrived_wall_ms,
				      .next_wall_ms = due.now_wall_ms,
				      .attempts = m->attempts,
				      .kib = schedule_budget_cost(queue_message_held(m),
								  m->n_rcpt) };
	if (s->loaded && row->kib > s->charge.kib) /* the next TAKE has room for it */
		return SCHEDULE_LEAVE;
	if (m->flags & QUEUE_ENDING)
		return SCHEDULE_LOAD;
	return schedule_due_load(&due, row);
}

static void hastened(void *owner, struct relay_job *job);

/* Lanes are empty: those that were turned away there are due. */
static void call_back(struct relay_scheduler *s)
{
	uint64_t ids[SCHEDULE_TURNED_MAX];
	size_t n = schedule_turned_take(&s->turned, &s->shared->memory.budget, ids);

	for (size_t i = 0; i < n && !s->stopped; i++) {
		struct errand *e = calloc(1, sizeof(*e));
		if (!e)
			return; /* they come by their time */
		e->job.job.id = ids[i];
		e->job.job.now_wall_ms = os_clock_wall();
		post(s, e, QUEUE_HASTEN, hastened);
	}
}

static void turn_away(struct relay_scheduler *s, uint64_t lane, queue_id id)
{
	if (schedule_turned_add(&s->turned, &s->shared->memory.budget, lane, id) == SCHEDULE_WAKE)
		call_back(s);
}

static void take_in(struct relay_scheduler *s, struct queue_message *m)
{
	uint64_t lane = m->lane;
	queue_id id = m->id;
	struct schedule_row row;

	schedule_turned_drop(&s->turned, id);
	if (decide(s, m, &row) == SCHEDULE_LOAD) {
		load(s, m, row.kib);
		return;
	}
	leave(s, m, &row);
	if (row.turned_away)
		turn_away(s, lane, id);
}

static void taken(void *owner, struct relay_job *job)
{
	struct relay_scheduler *s = owner;
	struct list *item;

	s->jobs--;
	s->taking = false;
	tell_store(s, "cannot take what is due", &job->job);
	if (job->job.err != ERR_OK) {
		s->due_wall_ms = os_clock_wall() + AGAIN_MS;
	} else {
		while ((item = list_shift(&job->job.taken)) != NULL)
			take_in(s, CONTAINER_OF(item, struct queue_message, link));
		s->due_wall_ms = job->job.due_wall_ms;
	}
	free(job);
	relay_memory_release(&s->shared->memory, &s->charge);
	if (s->look_again)
		s->due_wall_ms = 0;
	s->look_again = false;
	set_timer(s);
	tell_still(s);
}

static struct queue_look look_for(const struct relay_scheduler *s, int64_t now_wall_ms)
{
	return (struct queue_look){
		.max = TAKE_MAX,
		.per_lane = TAKE_LANE_MAX,
		.latest_wall_ms = routing_settings_latest(*s->settings, now_wall_ms),
		.forget_wall_ms = now_wall_ms - (*s->settings)->conf->keep_failed_ms,
	};
}

static void take(struct relay_scheduler *s)
{
	struct relay_job *job = calloc(1, sizeof(*job));

	if (!job) {
		relay_memory_release(&s->shared->memory, &s->charge);
		s->due_wall_ms = os_clock_wall() + AGAIN_MS;
		set_timer(s);
		return;
	}
	job->back = s->shared->daemon;
	job->done = taken;
	job->owner = s;
	job->job.kind = QUEUE_TAKE;
	job->job.now_wall_ms = os_clock_wall();
	job->job.take = look_for(s, job->job.now_wall_ms);
	list_init(&job->job.taken);
	s->taking = true;
	s->loaded = false;
	s->jobs++;
	relay_post_job(s->shared, job);
}

static void look(struct relay_scheduler *s)
{
	if (s->stopped || s->waiting)
		return;
	if (s->taking || s->paused) {
		s->look_again = true;
		return;
	}
	s->waiting = !schedule_budget_look(&s->shared->memory.budget, &s->charge);
	if (!s->waiting)
		take(s);
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
	list_init(&s->unwritten);
	s->timer = loop_timer_new(loop, timer_fired, s);
	s->again = loop_timer_new(loop, write_again, s);
	s->failing = schedule_failing_new(shared->hash_seed, SCHEDULE_FAILING_MAX);
	if (!s->timer || !s->again || !s->failing) {
		relay_scheduler_free(&s);
		return NULL;
	}
	look(s);
	return s;
}

void relay_scheduler_free(struct relay_scheduler **sp)
{
	struct relay_scheduler *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	loop_timer_free(&s->timer);
	loop_timer_free(&s->again);
	drop_unwritten(s);
	schedule_failing_free(&s->failing);
	free(s);
}

/* What became of a destination, for those of its messages that are not loaded. */
static void learn(struct relay_scheduler *s, const struct relay_transit *t)
{
	const struct str key = lane_key(&t->message->lane);
	const struct schedule_backoff_limits limits =
		schedule_backoff_limits(retry_of(s, t->message));
	struct schedule_backoff *b = NULL;

	if (t->message->lane == 0)
		return;
	switch (t->reach) {
	case SCHEDULE_REACH_SOMEBODY:
		schedule_failing_drop(s->failing, key);
		return;
	case SCHEDULE_REACH_NOBODY:
	case SCHEDULE_REACH_CLOSED:
		b = schedule_failing_at(s->failing, key);
		if (b) /* as its lane has it, which alone counts failures */
			schedule_backoff_shut(b, &limits, loop_now(s->loop),
					      t->closed_wall_ms - os_clock_wall());
		return;
	case SCHEDULE_REACH_UNKNOWN:
		b = schedule_failing_find(s->failing, key);
		if (b)
			schedule_backoff_unknown(b);
		return;
	}
}

void relay_scheduler_ended(struct relay_scheduler *s, struct relay_transit *t)
{
	int64_t due = t->due_wall_ms;
	uint64_t lane = t->message->lane;
	queue_id id = t->message->id;
	bool turned_away = t->turned_away;

	learn(s, t);
	relay_transit_free(&t);
	if (turned_away && due != INT64_MAX)
		turn_away(s, lane, id);
	if (due != INT64_MAX)
		due_at(s, due);
}

void relay_scheduler_look(struct relay_scheduler *s)
{
	look(s);
}

void relay_scheduler_woken(struct relay_scheduler *s)
{
	relay_memory_heard(&s->shared->memory);
	s->waiting = false;
	call_back(s);
	look(s);
}

void relay_scheduler_forgive(struct relay_scheduler *s)
{
	schedule_failing_clear(s->failing);
	look(s);
}

static void hastened(void *owner, struct relay_job *job)
{
	struct relay_scheduler *s = owner;

	s->jobs--;
	if (job->job.err != ERR_SYNTAX) /* it is there no more */
		tell_store(s, "cannot hasten messages", &job->job);
	free(CONTAINER_OF(job, struct errand, job));
	look(s);
}

void relay_scheduler_hasten(struct relay_scheduler *s)
{
	struct errand *e = s->stopped ? NULL : calloc(1, sizeof(*e));

	if (!e)
		return;
	e->job.job.now_wall_ms = os_clock_wall();
	post(s, e, QUEUE_HASTEN, hastened);
}

void relay_scheduler_pause(struct relay_scheduler *s, void (*still)(void *arg), void *arg)
{
	s->paused = true;
	s->still = still;
	s->still_arg = arg;
	tell_still(s);
}

void relay_scheduler_resume(struct relay_scheduler *s)
{
	s->paused = false;
	if (s->look_again) {
		s->look_again = false;
		look(s);
	}
}

void relay_scheduler_stop(struct relay_scheduler *s)
{
	s->stopped = true;
	loop_timer_unset(s->timer);
	loop_timer_unset(s->again);
	drop_unwritten(s);
}

bool relay_scheduler_quiet(const struct relay_scheduler *s)
{
	return s->jobs == 0;
}
