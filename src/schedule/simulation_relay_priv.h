/*
 * What relay does with the decisions of this room, without a socket: a message's way
 * through memory, and deliveries.  For the simulation alone.
 */
#ifndef SCHEDULE_SIMULATION_RELAY_PRIV_H
#define SCHEDULE_SIMULATION_RELAY_PRIV_H

#include "base/test.h"
#include "schedule/simulation_world_priv.h"

enum event { ARRIVE, ARRIVED, BREAK_OFF, STEP, PUMP, LOOK, SET_CLOCK, RELOAD };

/* The first that are broken are told. */
static inline void must(const char *what, bool holds)
{
	if (!holds && test_failures++ < 20)
		fprintf(stderr, "at %lld: %s: does not hold\n", (long long)w.now, what);
}

/* Each at its time, and none twice before. */
static inline void wake_at(enum event what, size_t of, int64_t at)
{
	int64_t *is = what == PUMP ? &w.pump_at[of] : &w.look_at;

	at = at < w.now ? w.now : at;
	if (at >= *is)
		return;
	*is = at;
	heap_add(&w.events, at, what, &w.pace[of]);
}

static inline void pump_soon(const struct destination *d)
{
	wake_at(PUMP, worker_of(d), schedule_pace_deadline(pace_of(d)));
}

static inline void heed(enum schedule_wake wake)
{
	if (wake != SCHEDULE_WAKE)
		return;
	must("woken who waits", w.waiting);
	must("and as soon as there is room", w.now - w.waits_since <= 10 * MINUTE);
	w.waiting = false;
	wake_at(LOOK, 0, w.now);
}

static inline void look_when_due(void)
{
	if (w.store.n && !w.waiting)
		wake_at(LOOK, 0, w.now + (w.store.item[0].at - w.wall));
}

static inline void record(struct transit *t, const struct schedule_change *change, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fate *f = &t->m->rcpt[change[i].rcpt];
		bool told = change[i].state == SCHEDULE_TOLD;
		must("final once", f->state == (told ? SCHEDULE_FAILED : SCHEDULE_WAITING));
		f->state = (uint8_t)change[i].state;
		if (f->state == SCHEDULE_DELIVERED)
			must("delivered: it was taken", f->heard == 2);
		if (f->state == SCHEDULE_FAILED)
			must("failed: it was not taken", f->heard != 2);
	}
}

static inline bool was_tried(const struct transit *t)
{
	for (size_t i = 0; i < t->n_part; i++)
		if (t->part[i]->rcpt[0].tried)
			return true;
	return false;
}

static inline void conclude(struct transit *t)
{
	struct message *m = t->m;
	struct schedule_change change[RCPTS];
	struct schedule_conclusion c;
	const struct schedule_facts facts = { .retry = &w.retry,
					      .arrived_wall_ms = m->arrived_wall,
					      .now_wall_ms = w.wall,
					      .attempts = m->attempts,
					      .noise = noise(),
					      .warned = m->warned };

	schedule_round_conclude(t->round, &facts, &c);
	record(t, change, schedule_round_told(t->round, change));
	m->warned |= c.warned;
	m->attempts += was_tried(t);
	must("no later than the longest", !c.waits || c.next_wall_ms <= w.wall + LONGEST);
	if (c.waits)
		heap_add(&w.store, c.next_wall_ms, 0, m);
	else
		w.done++;
	for (size_t i = 0; i < t->n_part; i++)
		schedule_part_free(&t->part[i]);
	schedule_round_free(&t->round);
	heed(schedule_budget_release(&w.budget, &t->charge));
	free(t);
	look_when_due();
}

/* A part is home. */
static inline void back(struct transit *t, struct schedule_part *part)
{
	struct schedule_change change[RCPTS];

	t->part[t->n_part++] = part;
	record(t, change, schedule_round_add(t->round, part, change));
	if (--t->out == 0)
		conclude(t);
}

static inline void go_back(struct transit *t, struct schedule_part *part)
{
	schedule_part_skip(part, schedule_budget_again(t->m->arrived_wall, w.wall, noise()));
	back(t, part);
}

static inline void lane_open(struct destination *d)
{
	if (d->open)
		return;
	d->open = true;
	schedule_pace_open(&d->lane, schedule_failing_find(w.lanes[worker_of(d)], key_of(d)));
	schedule_failing_drop(w.lanes[worker_of(d)], key_of(d));
}

static inline void lane_reap(struct destination *d)
{
	if (!schedule_pace_idle(&d->lane))
		return;
	d->open = false;
	if (d->lane.backoff.failures)
		*schedule_failing_at(w.lanes[worker_of(d)], key_of(d)) = d->lane.backoff;
}

static inline void send_part(struct transit *t, struct destination *d, struct schedule_part *part)
{
	struct delivery *x = calloc(1, sizeof(*x));

	if (!x)
		abort();
	x->transit = t;
	x->part = part;
	x->to = d;
	lane_open(d);
	x->turn.kind = 1;
	schedule_pace_wait(pace_of(d), &d->lane, &x->turn, w.now);
	pump_soon(d);
}

static inline struct destination *to_of(const struct transit *t, const struct schedule_part *part)
{
	return &w.destination[t->m->rcpt[part->rcpt[0].rcpt].destination];
}

/* The recipients that wait, each destination's together. */
static inline size_t part_message(struct transit *t, struct schedule_part **part)
{
	struct schedule_choice c[RCPTS], *at = c;
	size_t n = 0, n_part = 0;

	for (size_t i = 0; i < t->m->n; i++) {
		t->rcpt[i].state = (enum schedule_rcpt_state)t->m->rcpt[i].state;
		if (t->rcpt[i].state == SCHEDULE_WAITING)
			c[n++] = (struct schedule_choice){
				.rcpt = i,
				.domain = key_of(&w.destination[t->m->rcpt[i].destination])
			};
	}
	schedule_choice_sort(c, n);
	while (n) {
		size_t k = schedule_choice_together(at, n);
		struct schedule_part *p = schedule_part_new(at->domain, &at->demand, k);
		for (size_t i = 0; i < k; i++)
			p->rcpt[i].rcpt = at[i].rcpt;
		part[n_part++] = p;
		at += k;
		n -= k;
	}
	return n_part;
}

/* Which parts have a place in their lanes; and none has, where there is none for the message. */
static inline void find_room(struct transit *t, struct schedule_part **part, size_t n, bool *has)
{
	enum schedule_wake wake = SCHEDULE_SLEEP;
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= has[i] =
			schedule_budget_enter(&w.budget, lane_of(to_of(t, part[i])), &t->charge);
	bool kept = any && schedule_budget_keep(&w.budget, &t->charge, &wake);
	for (size_t i = 0; i < n && !kept; i++) {
		if (has[i])
			schedule_budget_leave(&w.budget, lane_of(to_of(t, part[i])), &t->charge);
		has[i] = false;
	}
	heed(wake);
}

/* Takes the charge. */
static inline void start(struct message *m, struct schedule_charge *charge)
{
	struct transit *t = calloc(1, sizeof(*t));
	struct schedule_part *part[RCPTS];
	bool has[RCPTS];

	if (!t)
		abort();
	t->m = m;
	t->charge = *charge;
	t->round = schedule_round_new(t->rcpt, m->n);
	size_t n = part_message(t, part);
	find_room(t, part, n, has);
	t->out = n + 1; /* one is ours, until all are sent */
	for (size_t i = 0; i < n; i++) {
		w.no_room += !has[i];
		to_of(t, part[i])->excused += !has[i];
		if (has[i])
			send_part(t, to_of(t, part[i]), part[i]);
		else
			go_back(t, part[i]);
	}
	if (--t->out == 0)
		conclude(t);
}

/* How long it takes until we know.  A host that just failed is not dialled at all. */
static inline int64_t dial(struct delivery *x)
{
	struct destination *d = x->to;
	size_t target = schedule_attempt_target(x->attempt);
	struct schedule_backoff *b =
		schedule_failing_find(w.hosts[worker_of(d)], host_key(d, target));

	x->skipping_ms = b ? schedule_backoff_closed(b, &w.backoff, w.now) : 0;
	if (x->skipping_ms)
		return 0;
	if (b && schedule_backoff_look(b, &w.backoff, w.now) == SCHEDULE_TRIAL)
		schedule_backoff_try(b, w.now);
	d->dials++;
	return works(d, target) ? 20 : 30 * SECOND;
}

static inline void nobody_there(struct delivery *x, struct str key)
{
	size_t target = schedule_attempt_target(x->attempt);
	struct schedule_failing *hosts = w.hosts[worker_of(x->to)];

	if (x->skipping_ms) {
		x->want = schedule_attempt_closed(x->attempt, target, STR("a moment ago"),
						  x->skipping_ms);
		return;
	}
	schedule_backoff_failed(schedule_failing_at(hosts, key), &w.backoff, w.now, noise());
	x->want = schedule_attempt_unreachable(x->attempt, target, STR("nobody there"));
}

static inline void dialled(struct delivery *x)
{
	struct destination *d = x->to;
	size_t target = schedule_attempt_target(x->attempt);

	x->heard |= 1u << target;
	if (x->skipping_ms || !works(d, target)) {
		nobody_there(x, host_key(d, target));
		return;
	}
	schedule_failing_drop(w.hosts[worker_of(d)], host_key(d, target));
	schedule_failing_drop(w.loader, key_of(d));
	schedule_pace_reached(pace_of(d), &d->lane, w.now);
	x->want = schedule_attempt_greeted(x->attempt, SCHEDULE_UNUSED);
}

static inline void sent(struct delivery *x)
{
	struct smtp_result r = result_of(x);
	size_t n;
	const size_t *batch = schedule_attempt_batch(x->attempt, &n);

	for (size_t i = 0; i < n; i++) {
		struct fate *f = &x->transit->m->rcpt[x->part->rcpt[batch[i]].rcpt];
		must("asked once at most", f->heard == 0);
		f->heard = (uint8_t)(r.code / 100 == 4 ? 0 : r.code / 100);
		schedule_attempt_result(x->attempt, i, &r, false);
	}
	x->want = schedule_attempt_sent(x->attempt, SCHEDULE_LINE_OPEN);
}

static inline void check_outcomes(const struct delivery *x, bool expires)
{
	const struct message *m = x->transit->m;

	for (size_t i = 0; i < x->part->n; i++) {
		const struct schedule_outcome *o = &x->part->rcpt[i];
		uint8_t heard = m->rcpt[o->rcpt].heard;
		if (o->target != SCHEDULE_NOBODY)
			must("it said so", x->heard >> o->target & 1);
		if (o->action == ROUTE_DELIVER)
			must("delivered", heard == 2);
		if (o->action != ROUTE_BOUNCE || heard == 5 || x->to->kind == NO_DOMAIN)
			continue;
		w.expired++;
		int64_t age = w.now - m->arrived + w.set_forward - m->set_forward;
		must("given up", expires);
		must("fairly", m->attempts + 1u >= schedule_retry_fair(&w.retry));
		must("at its end", w.wall < m->arrived_wall || age >= w.retry.lifetime_ms);
	}
}

static inline void end_part(struct delivery *x)
{
	const struct message *m = x->transit->m;
	const struct schedule_life life = { .retry = &w.retry,
					    .arrived_wall_ms = m->arrived_wall,
					    .now_wall_ms = w.wall,
					    .attempts = m->attempts };
	bool expires = schedule_retry_age(&w.retry, m->arrived_wall, m->attempts + 1, w.wall) ==
		       SCHEDULE_EXPIRED;

	x->to->excused += m->at_end && !expires; /* the clock was set back meanwhile */
	schedule_part_end(x->part, &life);
	check_outcomes(x, expires);
}

/* What the lane's end is for the account, and the part goes home. */
static inline void leave(struct delivery *x)
{
	struct destination *d = x->to;

	schedule_budget_leave(&w.budget, lane_of(d), &x->transit->charge);
	schedule_attempt_free(&x->attempt);
	lane_reap(d);
	back(x->transit, x->part);
	free(x);
}

/* None was reached: the lane, and who loads for it, are told alike. */
static inline void unreached(struct delivery *x)
{
	struct destination *d = x->to;
	struct schedule_backoff *known = schedule_failing_at(w.loader, key_of(d));
	uint32_t how = noise();

	int64_t closed_ms = schedule_attempt_closed_ms(x->attempt);

	if (schedule_attempt_reach(x->attempt) != SCHEDULE_REACH_CLOSED) {
		schedule_pace_unreached(pace_of(d), &d->lane, x->turn.kind, w.now, how);
		schedule_backoff_failed(known, &w.backoff, w.now, how);
	} else {
		schedule_pace_shut(pace_of(d), &d->lane, x->turn.kind, w.now, closed_ms);
		schedule_backoff_shut(known, &w.backoff, w.now, closed_ms);
	}
}

/* What the loader took for a trial was none. */
static inline void no_trial(const struct destination *d)
{
	struct schedule_backoff *known = schedule_failing_find(w.loader, key_of(d));

	if (known)
		schedule_backoff_unknown(known);
}

static inline void shut_until(struct delivery *x)
{
	int64_t wait = schedule_backoff_wait(&x->to->lane.backoff, &w.backoff, w.now, noise());

	for (size_t i = 0; wait && i < x->part->n; i++)
		x->part->rcpt[i].not_before_wall_ms = w.wall + wait;
}

static inline void finish(struct delivery *x)
{
	struct destination *d = x->to;

	bool reached = schedule_attempt_reach(x->attempt) == SCHEDULE_REACH_SOMEBODY;

	if (d->kind == NO_DNS || (d->kind != NO_DOMAIN && !reached))
		unreached(x);
	shut_until(x);
	schedule_pace_done(pace_of(d), &d->lane, schedule_attempt_echo(x->attempt), w.now);
	end_part(x);
	pump_soon(d);
	leave(x);
}

/* Whatever it wants takes its time. */
static inline void want(struct delivery *x)
{
	int64_t takes = 0;

	switch (x->want) {
	case SCHEDULE_DIAL:
		takes = dial(x);
		break;
	case SCHEDULE_WAIT:
		return;
	case SCHEDULE_SEND:
		takes = x->to->kind == SLOW ? (int64_t)pick(2 * (uint64_t)MINUTE) : 100;
		break;
	case SCHEDULE_DONE:
		finish(x);
		return;
	}
	heap_add(&w.events, w.now + takes, STEP, x);
}

static inline void step(struct delivery *x)
{
	if (!x->judged) {
		x->judged = true;
		x->want = schedule_attempt_start(x->attempt, &verdict[x->to->kind]);
	} else if (x->want == SCHEDULE_DIAL) {
		dialled(x);
	} else {
		sent(x);
	}
	want(x);
}

static inline void begin(struct delivery *x)
{
	const struct schedule_pace *p = pace_of(x->to);

	w.begun++;
	must("of all permits", p->used <= p->limits.total);
	must("a second one where enough are left for others",
	     x->to->lane.busy == 1 ||
		     p->used + schedule_pace_reserve(p->limits.total) <= p->limits.total);
	must("of the lane's", x->to->lane.busy <= p->limits.per_destination);
	x->attempt = schedule_attempt_new(x->part, 100);
	heap_add(&w.events, w.now + (x->to->kind == NO_DNS ? 10 * SECOND : 5), STEP, x);
}

static inline void share(struct delivery *x)
{
	static const struct schedule_outcome like = { .status = "4.4.1",
						      .text = STR_INIT("nobody there") };

	w.put_off++;
	no_trial(x->to);
	schedule_part_share(x->part, &like);
	for (size_t i = 0; i < x->part->n; i++)
		x->part->rcpt[i].target = SCHEDULE_NOBODY;
	shut_until(x);
	end_part(x);
	leave(x);
}

static inline void too_long(struct delivery *x)
{
	struct destination *d = x->to;

	w.sent_back++;
	no_trial(d);
	schedule_budget_sent_back(&w.budget, lane_of(d), x->transit->charge.kib);
	schedule_budget_leave(&w.budget, lane_of(d), &x->transit->charge);
	lane_reap(d);
	go_back(x->transit, x->part);
	free(x);
}

/* A few at a time, as relay does it. */
static inline void pump(size_t of)
{
	struct schedule_pace *p = &w.pace[of];
	enum schedule_fate fate;

	if (w.pump_at[of] != w.now)
		return;
	w.pump_at[of] = INT64_MAX;
	for (size_t i = 0; i < SCHEDULE_PACE_BEGINS; i++) {
		struct schedule_turn *turn = schedule_pace_next(p, w.now, &fate);
		if (!turn)
			break;
		must("nobody waits for longer", w.now - turn->since_ms <= SCHEDULE_WAIT_MS);
		struct delivery *x = CONTAINER_OF(turn, struct delivery, turn);
		if (fate != SCHEDULE_GO_BACK)
			schedule_budget_served(&w.budget, lane_of(x->to), x->transit->charge.kib,
					       w.now - turn->since_ms);
		switch (fate) {
		case SCHEDULE_BEGIN:
			begin(x);
			break;
		case SCHEDULE_PUT_OFF:
			share(x);
			break;
		case SCHEDULE_GO_BACK:
			too_long(x);
			break;
		}
	}
	int64_t deadline = schedule_pace_deadline(p);
	if (deadline != INT64_MAX)
		wake_at(PUMP, of, deadline);
}

#endif
