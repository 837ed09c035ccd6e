/*
 * What is true of a transit on its home's thread:
 *
 *	parts > 0         some destination is still at it
 *	records > 0       a job is at the store, which borrows from us
 *	concluded         the last record, which decides what becomes of the
 *	                  message, is at the store or done
 *	parts = 0, records = 0, concluded: it ends, and goes to the scheduler
 *
 * Outcomes are merged into the message's own recipients as parts come back;
 * their texts live in the parts, which are kept in back.  A part on another
 * thread reads its own recipients alone, so there is nothing to lock.
 */
#include "relay/transit.h"

#include "log/log.h"
#include "os/clock.h"
#include "os/random.h"
#include "relay/report.h"

#include <stdlib.h>
#include <string.h>

#define STORE_RETRY_MS 2000

/* A record on its way to the store, with what it borrows. */
struct record {
	struct relay_job job;
	struct relay_worker *home;
	struct loop_timer *again; /* set where the store failed */
	struct queue_message *report;
	struct schedule_change change[];
};

void relay_transit_say(struct relay_outcome *o, struct str text, struct str remote)
{
	char *copy = malloc(text.n + remote.n + 1);

	if (!copy)
		return;
	if (text.n)
		memcpy(copy, text.p, text.n);
	if (remote.n)
		memcpy(copy + text.n, remote.p, remote.n);
	free((char *)(uintptr_t)o->text.p);
	o->text = (struct str){ copy, text.n };
	o->remote = (struct str){ copy + text.n, remote.n };
}

static void part_free(struct relay_part *part)
{
	for (size_t i = 0; i < part->n; i++)
		free((char *)(uintptr_t)part->rcpt[i].text.p);
	free(part);
}

struct relay_transit *relay_transit_new(struct relay_worker *home, struct queue_message *message)
{
	struct relay_transit *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->letter.kind = RELAY_LETTER_START;
	t->home = home;
	t->message = message;
	t->due_wall_ms = INT64_MAX;
	list_init(&t->back);
	atomic_fetch_add_explicit(&home->shared->counters.messages, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&home->shared->counters.octets, (long long)message->content.n,
				  memory_order_relaxed);
	return t;
}

void relay_transit_free(struct relay_transit **tp)
{
	struct relay_transit *t = *tp;
	struct list *item;

	*tp = NULL;
	if (!t)
		return;
	struct relay_counters *c = &t->home->shared->counters;
	atomic_fetch_sub_explicit(&c->messages, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&c->octets, (long long)t->message->content.n,
				  memory_order_relaxed);
	while ((item = list_shift(&t->back)) != NULL)
		part_free(CONTAINER_OF(item, struct relay_part, letter.link));
	queue_message_free(&t->message);
	routing_settings_drop(&t->settings);
	free(t);
}

static struct str domain_of(struct str address)
{
	for (size_t i = address.n; i-- > 0;)
		if (address.p[i] == '@')
			return str_skip(address, i + 1);
	return str_skip(address, address.n);
}

/* What has been decided of each recipient that is to be tried. */
struct choice {
	const struct criterion *criterion, *observed;
	bool placed; /* in a part */
};

static enum err choose(struct relay_transit *t, struct choice *choices)
{
	const struct queue_message *m = t->message;
	const struct criteria *criteria = t->settings->criteria;

	if (!criteria || criteria_count(criteria) == 0)
		return ERR_OK;
	struct str *rcpts = calloc(m->n_rcpt + 1, sizeof(*rcpts));
	if (!rcpts)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->n_rcpt; i++)
		rcpts[i] = m->rcpt[i].to;
	struct criteria_match *match =
		criteria_match_new(criteria, buf_str(&m->content), m->from, rcpts, m->n_rcpt);
	if (match) {
		for (size_t i = 0; i < m->n_rcpt; i++) {
			choices[i].criterion = criteria_match_rcpt(match, rcpts[i]);
			choices[i].observed = criteria_match_observed(match, rcpts[i]);
		}
	}
	free(rcpts);
	enum err e = match ? ERR_OK : ERR_NOMEM;
	criteria_match_free(&match);
	return e;
}

/* Whether recipient j goes with recipient i. */
static bool together(const struct queue_message *m, const struct choice *choices, size_t i,
		     size_t j)
{
	return !choices[j].placed && m->rcpt[j].state == SCHEDULE_WAITING &&
	       choices[i].criterion == choices[j].criterion &&
	       choices[i].observed == choices[j].observed &&
	       str_eq_nocase(domain_of(m->rcpt[i].to), domain_of(m->rcpt[j].to));
}

/* The part that recipient i begins, with all that go with it. */
static enum err send_part(struct relay_transit *t, struct choice *choices, size_t i)
{
	const struct queue_message *m = t->message;
	size_t n = 0;

	for (size_t j = i; j < m->n_rcpt; j++)
		n += together(m, choices, i, j);
	struct relay_part *part = calloc(1, sizeof(*part) + n * sizeof(part->rcpt[0]));
	if (!part)
		return ERR_NOMEM;
	*part = (struct relay_part){
		.letter.kind = RELAY_LETTER_PART,
		.transit = t,
		.domain = domain_of(m->rcpt[i].to),
		.service = routing_settings_service(
			choices[i].criterion,
			m->flags & QUEUE_REPORT ? ROUTING_SETTINGS_OURS : ROUTING_SETTINGS_OTHERS),
		.criterion = choices[i].criterion,
		.observed = choices[i].observed,
	};
	for (size_t j = i; j < m->n_rcpt; j++) {
		if (!together(m, choices, i, j))
			continue;
		part->rcpt[part->n++].rcpt = j;
		if (j != i)
			choices[j].placed = true;
	}
	choices[i].placed = true;
	t->parts++;
	relay_worker_post(relay_worker_of_domain(t->home->shared, part->domain), &part->letter);
	return ERR_OK;
}

static void conclude(struct relay_transit *t, const struct relay_part *last);

void relay_transit_start(struct relay_transit *t)
{
	const struct queue_message *m = t->message;
	struct choice *choices = calloc(m->n_rcpt + 1, sizeof(*choices));
	enum err e = choices ? ERR_OK : ERR_NOMEM;

	t->home->transits++;
	t->settings = routing_settings_hold(t->home->settings);
	t->parts = 1; /* ours, until all are sent: none that comes back concludes before */
	if (e == ERR_OK)
		e = choose(t, choices);
	for (size_t i = 0; e == ERR_OK && i < m->n_rcpt; i++)
		if (m->rcpt[i].state == SCHEDULE_WAITING && !choices[i].placed)
			e = send_part(t, choices, i);
	free(choices);
	if (--t->parts == 0) /* nothing to try, or no memory: what was not sent waits */
		conclude(t, NULL);
}

static void end(struct relay_transit *t)
{
	struct relay_worker *home = t->home;

	home->transits--;
	if (t->due_wall_ms == INT64_MAX && !atomic_load(&home->shared->starving)) {
		relay_transit_free(&t); /* most: nobody needs to know */
	} else {
		t->letter.kind = RELAY_LETTER_ENDED;
		list_init(&t->letter.link);
		loop_mailbox_post(home->shared->daemon, &t->letter.link);
	}
	relay_worker_settle(home);
}

static void merge(struct relay_transit *t, struct relay_outcome *o)
{
	struct schedule_rcpt *r = &t->message->rcpt[o->rcpt];

	r->secure_failed = o->secure_failed;
	r->text = o->text;
	r->remote = o->remote;
	r->status = str_of(o->status);
	switch (o->action) {
	case ROUTE_DELIVER:
		r->state = SCHEDULE_DELIVERED;
		return;
	case ROUTE_BOUNCE:
		r->state = SCHEDULE_FAILED;
		return;
	case ROUTE_DEFER: /* it waits; the delivery has seen to the end of its life */
		return;
	}
}

static struct record *record_new(struct relay_transit *t, size_t max)
{
	struct record *r = calloc(1, sizeof(*r) + max * sizeof(r->change[0]));

	if (!r)
		return NULL;
	r->home = t->home;
	r->job.back = t->home->mailbox;
	r->job.transit = t;
	r->job.job.kind = QUEUE_RECORD;
	r->job.job.update = (struct queue_update){ .id = t->message->id, .change = r->change };
	return r;
}

static void record_add(struct record *r, const struct queue_message *m, size_t rcpt, bool tried)
{
	const struct schedule_rcpt *q = &m->rcpt[rcpt];

	r->change[r->job.job.update.n_change++] =
		(struct schedule_change){ .rcpt = rcpt,
					  .state = q->state,
					  .status = q->status,
					  .text = q->text,
					  .remote = q->remote,
					  .secure_failed = q->secure_failed,
					  .tried = tried };
}

static void submit(struct relay_transit *t, struct record *r)
{
	t->records++;
	r->job.job.update.lane = queue_message_lane(t->home->shared->queue, t->message);
	relay_worker_submit(t->home->shared, &r->job);
}

void relay_transit_postpone(struct relay_transit *t)
{
	int64_t now = os_clock_wall();

	t->home->transits++;
	t->settings = routing_settings_hold(t->home->settings);
	t->concluded = true;
	struct record *r = record_new(t, 0);
	if (!r) {
		end(t);
		return;
	}
	r->job.job.update.then = QUEUE_WAITS;
	r->job.job.update.next_wall_ms = now;
	t->due_wall_ms = now;
	submit(t, r);
}

/*
 * What is to be said, recipient by recipient; those told are told with the
 * record that carries the report.  True where there is anything.
 */
static bool decide_report(struct relay_transit *t, enum relay_report_what *what, int64_t now)
{
	struct queue_message *m = t->message;
	bool any = false;
	bool late = schedule_retry_age(&t->settings->schedule, m->arrived_wall_ms, m->attempts + 1,
				       now) == SCHEDULE_LATE &&
		    !(m->flags & QUEUE_WARNED);

	for (size_t i = 0; i < m->n_rcpt; i++) {
		struct schedule_rcpt *r = &m->rcpt[i];
		if (r->state == SCHEDULE_FAILED)
			what[i] = relay_report_for(r, RELAY_REPORT_FAILED);
		else if (r->state == SCHEDULE_WAITING && late)
			what[i] = relay_report_for(r, RELAY_REPORT_DELAYED);
		any |= what[i] != RELAY_REPORT_NOTHING;
	}
	for (struct list *l = t->back.next; l != &t->back; l = l->next) {
		struct relay_part *part = CONTAINER_OF(l, struct relay_part, letter.link);
		for (size_t i = 0; i < part->n; i++) {
			const struct relay_outcome *o = &part->rcpt[i];
			if (o->action != ROUTE_DELIVER || o->dsn)
				continue;
			what[o->rcpt] = relay_report_for(&m->rcpt[o->rcpt], RELAY_REPORT_RELAYED);
			any |= what[o->rcpt] != RELAY_REPORT_NOTHING;
		}
	}
	return any;
}

/* The failed are told now, or nobody is to be told; a null sender's stay as failed. */
static void settle_failed(struct relay_transit *t, struct record *r)
{
	struct queue_message *m = t->message;

	for (size_t i = 0; i < m->n_rcpt; i++) {
		if (m->rcpt[i].state != SCHEDULE_FAILED)
			continue;
		if (m->from.n == 0) {
			char id[QUEUE_ID_MAX];
			r->job.job.update.then = QUEUE_FAILS;
			log_event(LOG_WARNING, "report-failed",
				  "message=%.*s nobody is told: its sender is <>; it is kept",
				  STR_ARG(queue_id_text(m->id, id)));
			continue;
		}
		m->rcpt[i].state = SCHEDULE_TOLD;
		record_add(r, m, i, false);
	}
}

static void add_report(struct relay_transit *t, struct record *r, int64_t now)
{
	struct queue_message *m = t->message;
	enum relay_report_what *what = calloc(m->n_rcpt + 1, sizeof(*what));

	if (what && m->from.n && decide_report(t, what, now)) {
		const struct relay_report report = { .about = m,
						     .settings = t->settings,
						     .what = what,
						     .id = queue_next_id(t->home->shared->queue),
						     .now_wall_ms = now };
		r->report = relay_report_make(&report);
		if (!r->report) { /* no memory: they stay failed and untold, and are due again */
			free(what);
			return;
		}
		r->report->lane = queue_message_lane(t->home->shared->queue, r->report);
		r->job.job.update.report = r->report;
		r->job.job.update.set_flags |= QUEUE_WARNED;
	}
	free(what);
	settle_failed(t, r);
}

static bool any_in(const struct queue_message *m, enum schedule_rcpt_state state)
{
	for (size_t i = 0; i < m->n_rcpt; i++)
		if (m->rcpt[i].state == state)
			return true;
	return false;
}

static bool part_tried(const struct relay_part *part)
{
	return part && part->n && !part->rcpt[0].untried;
}

/* All parts are back: what now?  last is the part whose outcomes are not yet recorded. */
static void conclude(struct relay_transit *t, const struct relay_part *last)
{
	struct queue_message *m = t->message;
	int64_t now = os_clock_wall();
	struct record *r = record_new(t, 2 * m->n_rcpt + 1);

	t->concluded = true;
	if (!r) { /* stays out in the store: due again at the next start */
		log_event(LOG_ERR, "no-memory", "a message waits for the next start");
		if (t->records == 0)
			end(t);
		return;
	}
	for (size_t i = 0; last && i < last->n; i++)
		record_add(r, m, last->rcpt[i].rcpt, !last->rcpt[i].untried);
	r->job.job.update.then = QUEUE_WAITS;
	add_report(t, r, now);
	r->job.job.update.next_wall_ms = now;
	r->job.job.patient = !r->report && !any_in(m, SCHEDULE_WAITING);
	if (any_in(m, SCHEDULE_WAITING) && part_tried(last))
		r->job.job.update.next_wall_ms =
			schedule_retry_next(&t->settings->schedule, m->arrived_wall_ms,
					    m->attempts + 1, now, (uint32_t)os_random_u64());
	t->due_wall_ms = r->job.job.update.next_wall_ms;
	submit(t, r);
}

void relay_transit_result(struct relay_part *part)
{
	struct relay_transit *t = part->transit;

	for (size_t i = 0; i < part->n; i++)
		merge(t, &part->rcpt[i]);
	list_init(&part->letter.link);
	list_add(&t->back, &part->letter.link);
	if (--t->parts == 0) {
		conclude(t, part);
		return;
	}
	struct record *r = record_new(t, part->n);
	if (!r)
		return; /* recorded by nobody: may be tried again, RFC 5321 allows; never lost */
	for (size_t i = 0; i < part->n; i++)
		record_add(r, t->message, part->rcpt[i].rcpt, !part->rcpt[i].untried);
	r->job.job.update.then = QUEUE_STAYS_OUT;
	submit(t, r);
}

static void submit_again(void *arg)
{
	struct record *r = arg;

	loop_timer_free(&r->again);
	relay_worker_submit(r->home->shared, &r->job);
}

/* The report is stored, and out: it goes its way from here. */
static void start_report(struct relay_worker *home, struct queue_message *report)
{
	struct relay_transit *t = relay_transit_new(home, report);

	if (t)
		relay_transit_start(t);
	else
		queue_message_free(&report); /* in the store: due again at the next start */
}

void relay_transit_recorded(struct relay_job *job)
{
	struct record *r = CONTAINER_OF(job, struct record, job);
	struct relay_transit *t = job->transit;

	if (job->job.err != ERR_OK)
		log_event(LOG_ERR, "store-failed", "cannot record: %s",
			  job->job.why ? job->job.why : err_text(job->job.err));
	/* A syntax error stays one; all else may mend itself: a disk, memory. */
	if (job->job.err != ERR_OK && job->job.err != ERR_SYNTAX) {
		r->again = loop_timer_new(r->home->loop, submit_again, r);
		if (r->again) {
			loop_timer_set(r->again, loop_now(r->home->loop) + STORE_RETRY_MS);
			return;
		}
	}
	if (job->job.gone)
		t->due_wall_ms = INT64_MAX;
	if (r->report)
		start_report(t->home, r->report);
	free(r);
	if (--t->records == 0 && t->concluded)
		end(t);
}
