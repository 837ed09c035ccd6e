/*
 * What is true of a transit on its home's thread:
 *
 *	parts > 0         some destination is still at it
 *	records > 0       a job is at the store, or a report is being made: they borrow from us
 *	concluded         what becomes of the message is decided; the record that says
 *	                  so is at the store or done, or waits for its report
 *	parts = 0, records = 0, concluded: it ends, and goes to the scheduler
 *
 * Outcomes are merged into the message's own recipients as parts come back;
 * their texts live in the parts, which are kept in back.  A part on another
 * thread reads its own recipients alone, so there is nothing to lock.
 */
#include "relay/transit.h"

#include "criteria/keep.h"
#include "log/log.h"
#include "os/clock.h"
#include "os/random.h"
#include "relay/choice.h"
#include "relay/reporting.h"
#include "routing/aim.h"
#include "schedule/conclude.h"

#include <stdio.h>
#include <stdlib.h>

#define STORE_RETRY_MS 2000
#define UNDECODED_OCTETS 256

/* A record on its way to the store, with what it borrows. */
struct record {
	struct relay_job job;
	struct relay_worker *home;
	struct loop_timer *again; /* set where the store failed */
	struct queue_message *report;
	bool tells; /* these are outcomes alone; then a report is made, which takes its time */
	struct relay_reporting *reporting; /* that one */
	struct relay_report telling;       /* of what; and */
	struct schedule_conclusion conclusion;
	struct schedule_change change[];
};

struct relay_transit *relay_transit_new(struct relay_shared *shared, struct queue_message *message)
{
	struct relay_transit *t = malloc(sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct relay_transit){
		.letter.kind = RELAY_LETTER_START,
		.shared = shared,
		.message = message,
		.due_wall_ms = INT64_MAX,
		.names = ARENA_MAX(SIZE_MAX), /* no more than the recipients' domains */
		.undecoded = BUF_MAX(UNDECODED_OCTETS),
		.kept = BUF_MAX(CRITERIA_KEEP_MAX),
	};
	list_init(&t->back);
	return t;
}

/* WAKE: the loader, once the memory is free again, too. */
static enum schedule_wake leave_lane(struct relay_transit *t)
{
	bool entered = t->entered;

	t->entered = false;
	return entered ? schedule_budget_leave(&t->shared->memory.budget, t->message->lane,
					       &t->charge)
		       : SCHEDULE_SLEEP;
}

void relay_transit_free(struct relay_transit **tp)
{
	struct relay_transit *t = *tp;
	struct list *item;

	*tp = NULL;
	if (!t)
		return;
	enum schedule_wake wake = leave_lane(t);
	relay_memory_release(&t->shared->memory, &t->charge);
	if (wake == SCHEDULE_WAKE)
		relay_memory_wake(&t->shared->memory);
	while ((item = list_shift(&t->back)) != NULL) {
		struct relay_part *part = CONTAINER_OF(item, struct relay_part, letter.link);
		relay_post_part_free(&part);
	}
	schedule_round_free(&t->round);
	queue_message_free(&t->message);
	routing_settings_drop(&t->settings);
	arena_clear(&t->names);
	buf_free(&t->undecoded);
	buf_free(&t->kept);
	free(t);
}

/* Those that wait, by the parts that they go in, and fields that are kept.  NULL: out of memory. */
static struct schedule_choice *choose(struct relay_transit *t, size_t *n)
{
	const struct routing_settings *s = t->settings;
	struct schedule_choice *c = NULL;
	enum err e = relay_choice_make(s, t->message, &t->names, &t->undecoded, &c, n);

	if (e == ERR_OK && s->conf->dnssec.keep_headers_ms)
		e = criteria_keep(s->criteria, buf_str(&t->message->content), &t->kept);
	if (e == ERR_OK)
		return c;
	free(c);
	return NULL;
}

static enum err send_part(struct relay_transit *t, const struct schedule_choice *c, size_t n)
{
	struct relay_part *part = malloc(sizeof(*part));

	if (!part)
		return ERR_NOMEM;
	*part = (struct relay_part){
		.letter.kind = RELAY_LETTER_PART,
		.home = t->home->mailbox,
		.transit = t,
		.message = t->message,
		.settings = t->settings,
		.undecoded = buf_str(&t->undecoded),
		.kept = buf_str(&t->kept),
	};
	if (routing_aim_how(t->settings->conf, c->domain, &part->how) == ERR_OK)
		part->part = schedule_part_new(c->domain, &c->demand, n);
	if (!part->part) {
		free(part);
		return ERR_NOMEM;
	}
	part->part->retry = routing_settings_schedule(t->settings, part->how);
	for (size_t i = 0; i < n; i++)
		part->part->rcpt[i].rcpt = c[i].rcpt;
	t->parts++;
	relay_post_letter(relay_post_owner(t->shared, c->domain), &part->letter);
	return ERR_OK;
}

/* What cannot be sent for want of memory waits. */
static void send_parts(struct relay_transit *t)
{
	size_t n, at = 0;
	struct schedule_choice *c = choose(t, &n);
	enum err e = ERR_OK;

	while (c && at < n && e == ERR_OK) {
		size_t together = schedule_choice_together(c + at, n - at);
		e = send_part(t, c + at, together);
		at += together;
	}
	free(c);
}

/* On its home from now on. */
static void arrive(struct relay_worker *home, struct relay_transit *t)
{
	t->home = home;
	t->settings = routing_settings_hold(home->settings);
	t->mends = atomic_load(&t->shared->mends);
	home->transits++;
}

static void end(struct relay_transit *t)
{
	struct relay_worker *home = t->home;

	home->transits--;
	if (t->due_wall_ms == INT64_MAX && !t->watched) {
		relay_transit_free(&t); /* most: nobody needs to know */
	} else {
		t->letter.kind = RELAY_LETTER_ENDED;
		relay_post_letter(t->shared->daemon, &t->letter);
	}
	relay_worker_ended(home);
}

static struct record *record_new(struct relay_transit *t, size_t max)
{
	struct record *r = malloc(sizeof(*r) + max * sizeof(r->change[0]));

	if (!r)
		return NULL;
	*r = (struct record){
		.home = t->home,
		.job = { .back = t->home->mailbox,
			 .transit = t,
			 .job = { .kind = QUEUE_RECORD,
				  .update = { .id = t->message->id, .change = r->change } } },
	};
	return r;
}

static void submit(struct relay_transit *t, struct record *r)
{
	t->records++;
	r->job.job.update.lane = queue_message_lane(t->shared->queue, t->message);
	relay_post_job(t->shared, &r->job);
}

/* Back to the store: there is no room for it now. */
static void postpone(struct relay_transit *t)
{
	t->concluded = true;
	struct record *r = record_new(t, 0);
	if (!r) {
		relay_post_stray(t->shared, t->message->id);
		end(t);
		return;
	}
	t->due_wall_ms = schedule_budget_again(t->message->arrived_wall_ms, os_clock_wall(),
					       (uint32_t)os_random_u64());
	r->job.job.update.then = QUEUE_WAITS;
	r->job.job.update.next_wall_ms = t->due_wall_ms;
	submit(t, r);
}

/* From where it came in or was loaded to those that are kept, with a place in its lane. */
static bool keep(struct relay_transit *t)
{
	struct schedule_budget *b = &t->shared->memory.budget;
	const struct queue_message *m = t->message;
	enum schedule_wake wake = SCHEDULE_SLEEP;

	if (t->charge.kib == 0) /* a report of ours: the memory is used already */
		schedule_budget_force(b, &t->charge, SCHEDULE_IN,
				      schedule_budget_cost(queue_message_held(m), m->n_rcpt));
	if (m->flags & QUEUE_ENDING) /* it waits in no lane, and is gone at once */
		return true;
	t->entered = schedule_budget_enter(b, m->lane, &t->charge);
	t->turned_away = !t->entered;
	bool kept = t->entered && schedule_budget_keep(b, &t->charge, &wake);
	if ((!kept && leave_lane(t) == SCHEDULE_WAKE) || wake == SCHEDULE_WAKE)
		relay_memory_wake(&t->shared->memory);
	return kept;
}

/* With a report, or without one. */
static void add_report(struct relay_transit *t, struct record *r, struct queue_message *report)
{
	r->report = report;
	if (report)
		report->lane = queue_message_lane(t->shared->queue, report);
	r->job.job.update.report = report;
}

/* False: no memory, and the failed stay untold: the message is due again, and tells them then. */
static bool make_report(struct relay_transit *t, struct record *r)
{
	add_report(t, r, r->report ? r->report : relay_report_make(&r->telling));
	return r->report;
}

static void log_kept(const struct relay_transit *t)
{
	char id[QUEUE_ID_MAX];

	log_event(LOG_WARNING, "report-failed",
		  "message=%.*s nobody is told: its sender is <>; it is kept",
		  STR_ARG(queue_id_text(t->message->id, id)));
}

/* Nobody can foresee it; nearly all mail is concluded without it, so the kernel is not asked. */
static uint32_t noise_of(const struct relay_transit *t, int64_t now)
{
	const uint64_t of[] = { t->message->id, (uint64_t)now };

	return (uint32_t)hash_octets(t->shared->hash_seed,
				     (struct str){ (const char *)of, sizeof(of) });
}

static struct schedule_facts facts_of(const struct relay_transit *t, int64_t now)
{
	const struct queue_message *m = t->message;

	return (struct schedule_facts){ .retry = &t->settings->schedule,
					.arrived_wall_ms = m->arrived_wall_ms,
					.now_wall_ms = now,
					.attempts = m->attempts,
					.noise = noise_of(t, now),
					.mended = t->mends != atomic_load(&t->shared->mends),
					.warned = m->flags & QUEUE_WARNED,
					.null_sender = m->from.n == 0 };
}

/* The last record: what becomes of the message. */
static void write_conclusion(struct relay_transit *t, struct record *r)
{
	const struct schedule_conclusion *c = &r->conclusion;
	struct queue_update *u = &r->job.job.update;

	if (!c->report || make_report(t, r))
		u->n_change += schedule_round_told(t->round, r->change + u->n_change);
	u->then = c->kept ? QUEUE_FAILS : QUEUE_WAITS;
	u->next_wall_ms = c->next_wall_ms;
	u->set_flags =
		(c->warned && r->report ? QUEUE_WARNED : 0) | (c->resolver ? QUEUE_RESOLVER : 0);
	u->clear_flags = QUEUE_RESOLVER;
	r->job.job.patient = !r->report && !c->waits;
	t->due_wall_ms = c->next_wall_ms;
	if (c->kept)
		log_kept(t);
}

/* A record is done with.  Where none is left, and none is to come, it ends. */
static void drop_record(struct relay_transit *t, struct record *r)
{
	free(r);
	if (t->records == 0 && t->concluded)
		end(t);
}

/* The report is made, or cannot be; or the worker stops, and the next start makes it. */
static void reported(void *arg)
{
	struct record *r = arg;
	struct relay_transit *t = r->job.transit;
	bool dropped = relay_reporting_dropped(r->reporting);

	r->report = relay_reporting_take(&r->reporting);
	t->records--;
	if (dropped) {
		drop_record(t, r);
		return;
	}
	write_conclusion(t, r);
	submit(t, r);
}

/* All outcomes are recorded: a crash, or a stop, amid the report leaves that to the next start. */
static void begin_report(struct relay_transit *t, struct record *r)
{
	r->tells = false;
	r->job.job.update.n_change = 0;
	if (t->home->stopping) {
		drop_record(t, r);
	} else if (relay_reporting_new(t->home, &r->telling, reported, r, &r->reporting) ==
		   ERR_OK) {
		t->records++;
	} else {
		write_conclusion(t, r);
		submit(t, r);
	}
}

static struct relay_report telling_of(const struct relay_transit *t,
				      const enum schedule_notice *what, int64_t now)
{
	return (struct relay_report){ .about = t->message,
				      .settings = t->settings,
				      .what = what,
				      .id = queue_next_id(t->shared->queue),
				      .now_wall_ms = now };
}

/* Whether the report takes its time.  False also where nothing is to be told. */
static bool tells_slowly(struct relay_transit *t, struct record *r, int64_t now)
{
	struct message_original whole;

	if (!r->conclusion.report)
		return false;
	r->telling = telling_of(t, schedule_round_notices(t->round), now);
	return relay_report_is_far(&r->telling, &whole);
}

/*
 * Who was relayed is told in a report of its own, with the outcomes, where these do not wait for
 * the rest: no record says afterwards that they are to be told.  Where there is no memory for it
 * they are told with the others, if nothing comes between.
 */
static void tell_relayed(struct relay_transit *t, struct record *r)
{
	const struct queue_message *m = t->message;
	enum schedule_notice *relayed = m->from.n ? calloc(m->n_rcpt + 1, sizeof(*relayed)) : NULL;

	if (relayed && schedule_round_relayed(t->round, relayed) > 0) {
		const struct relay_report telling = telling_of(t, relayed, os_clock_wall());
		add_report(t, r, relay_report_make(&telling));
	}
	if (r->report)
		schedule_round_relayed_told(t->round);
	free(relayed);
}

/* All parts are back: what now?  last is the part whose outcomes are not yet recorded, or NULL. */
static void conclude(struct relay_transit *t, struct record *r, const struct relay_part *last)
{
	int64_t now = os_clock_wall();
	const struct schedule_facts facts = facts_of(t, now);

	t->concluded = true;
	if (last)
		r->job.job.update.n_change = schedule_round_add(t->round, last->part, r->change);
	schedule_round_conclude(t->round, &facts, &r->conclusion);
	r->tells = tells_slowly(t, r, now);
	if (r->tells && !last) {
		begin_report(t, r);
		return;
	}
	if (r->tells) {
		r->job.job.update.then = QUEUE_STAYS_OUT;
		tell_relayed(t, r);
	} else {
		write_conclusion(t, r);
	}
	submit(t, r);
}

/* Room for all that conclude() may write. */
static struct record *last_record(struct relay_transit *t)
{
	return record_new(t, 2 * t->message->n_rcpt + 1);
}

static void give_up(struct relay_transit *t)
{
	relay_post_stray(t->shared, t->message->id);
	t->concluded = true;
	end(t);
}

void relay_transit_start(struct relay_worker *home, struct relay_transit *t)
{
	arrive(home, t);
	if (!keep(t)) {
		postpone(t);
		return;
	}
	t->round = schedule_round_new(t->message->rcpt, t->message->n_rcpt);
	if (!t->round) {
		give_up(t);
		return;
	}
	t->parts = 1; /* ours, until all are sent: none that comes back concludes before */
	send_parts(t);
	if (--t->parts)
		return;
	struct record *r = last_record(t); /* nothing to try, or no memory to send it */
	if (r)
		conclude(t, r, NULL);
	else
		give_up(t);
}

void relay_transit_result(struct relay_part *part)
{
	struct relay_transit *t = part->transit;
	bool last = t->parts == 1;
	struct record *r = last ? last_record(t) : record_new(t, part->part->n);

	/* What was delivered must be recorded, or it goes out again: it returns until it can be. */
	if (!r) {
		relay_post_letter(t->home->mailbox, &part->letter);
		return;
	}
	t->parts--;
	t->reach = part->reach;
	t->closed_wall_ms = part->part->rcpt[0].not_before_wall_ms;
	list_init(&part->letter.link);
	list_add(&t->back, &part->letter.link);
	if (last) {
		conclude(t, r, part);
		return;
	}
	r->job.job.update.n_change = schedule_round_add(t->round, part->part, r->change);
	r->job.job.update.then = QUEUE_STAYS_OUT;
	tell_relayed(t, r);
	submit(t, r);
}

static void submit_again(void *arg)
{
	struct record *r = arg;

	loop_timer_free(&r->again);
	relay_post_job(r->home->shared, &r->job);
}

/* The report is stored, and out: it goes its way from here. */
static void start_report(struct relay_worker *home, struct queue_message *report)
{
	struct relay_transit *t = relay_transit_new(home->shared, report);

	if (t) {
		relay_transit_start(home, t);
		return;
	}
	relay_post_stray(home->shared, report->id);
	queue_message_free(&report);
}

/* Nobody is sent what the store does not have: after a crash nothing would be known of it. */
static void drop_report(const struct relay_transit *t, const struct relay_job *job,
			struct queue_message *report)
{
	char id[QUEUE_ID_MAX];

	log_event(LOG_WARNING, "report-failed",
		  "message=%.*s its report cannot be stored (%s): it is not sent",
		  STR_ARG(queue_id_text(t->message->id, id)),
		  job->job.why ? job->job.why : err_text(job->job.err));
	queue_message_free(&report);
}

static void tell_recorded(struct relay_worker *home, const struct relay_job *job)
{
	const char *why = job->job.why ? job->job.why : err_text(job->job.err);
	char what[200];

	if (job->job.err == ERR_OK) {
		relay_trouble_passed(&home->shared->keeping, loop_now(home->loop));
		return;
	}
	(void)snprintf(what, sizeof(what), "cannot record: %s", why);
	relay_trouble_met(&home->shared->keeping, loop_now(home->loop), what);
}

void relay_transit_recorded(struct relay_job *job)
{
	struct record *r = CONTAINER_OF(job, struct record, job);
	struct relay_transit *t = job->transit;

	tell_recorded(r->home, job);
	/* A syntax error stays one; all else may mend itself: a disk, memory. */
	if (job->job.err != ERR_OK && job->job.err != ERR_SYNTAX) {
		r->again = loop_timer_new(r->home->loop, submit_again, r);
		if (r->again) {
			loop_timer_set(r->again, loop_now(r->home->loop) + STORE_RETRY_MS);
			return;
		}
	}
	if (job->job.err == ERR_OK && (job->job.gone || job->job.update.then != QUEUE_STAYS_OUT))
		t->due_wall_ms = job->job.due_wall_ms;
	if (r->report && job->job.err == ERR_OK)
		start_report(t->home, r->report);
	else if (r->report)
		drop_report(t, job, r->report);
	add_report(t, r, NULL);
	t->records--;
	if (r->tells)
		begin_report(t, r);
	else
		drop_record(t, r);
}
