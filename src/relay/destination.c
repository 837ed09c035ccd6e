#include "relay/destination.h"

#include "os/clock.h"
#include "os/random.h"
#include "relay/delivery.h"
#include "relay/rates.h"
#include "routing/aim.h"

#include <stdlib.h>

struct relay_destination {
	struct hash_node node;
	struct list dead; /* in worker->dead, while it has no mail and is closed */
	struct relay_worker *worker;
	struct buf domain;
	struct schedule_lane lane;
	struct schedule_outcome last; /* what was said when nobody could be reached */
};

static struct schedule_pace_limits limits_of(const struct relay_worker *w)
{
	const struct conf *conf = w->settings->conf;

	return (struct schedule_pace_limits){
		.total = schedule_pace_share(conf->delivery.total, (unsigned)w->shared->n_workers,
					     w->number),
		.per_destination = conf->delivery.per_destination,
		.backoff = schedule_backoff_limits(&w->settings->schedule),
	};
}

static int64_t now(const struct relay_worker *w)
{
	return loop_now(w->loop);
}

/* What its route says of a destination, by the settings in force; no memory: as it was. */
static bool limit_lane(struct relay_worker *w, struct relay_destination *d)
{
	const struct routing_settings *s = w->settings;
	const struct conf_route *via;

	if (routing_aim_via(s->conf, buf_str(&d->domain), &via) != ERR_OK)
		return false;
	const struct conf_delivery *how = via ? &via->delivery : &s->conf->delivery;
	const struct schedule_lane_limits own = {
		.per_destination = how->per_destination,
		.backoff = schedule_backoff_limits(routing_settings_schedule(s, how)),
		.stile = relay_rates_turnstile(w->shared->rates, via, w->number),
	};
	schedule_pace_limit_lane(&w->pace, &d->lane, &own, now(w));
	return true;
}

static void limit_one(struct hash_node *node, void *arg)
{
	(void)limit_lane(arg, CONTAINER_OF(node, struct relay_destination, node));
}

void relay_destination_init(struct relay_worker *w)
{
	const struct schedule_pace_limits limits = limits_of(w);

	schedule_pace_init(&w->pace, &limits);
}

void relay_destination_limit(struct relay_worker *w)
{
	const struct schedule_pace_limits limits = limits_of(w);

	schedule_pace_limit(&w->pace, &limits, now(w));
	hash_each(&w->destinations, limit_one, w);
}

static struct relay_destination *find(struct relay_worker *w, struct str domain, uint64_t h)
{
	for (struct hash_node *n = hash_first(&w->destinations, h); n; n = hash_next(n)) {
		struct relay_destination *d = CONTAINER_OF(n, struct relay_destination, node);
		if (str_eq_nocase(buf_str(&d->domain), domain))
			return d;
	}
	return NULL;
}

static struct relay_destination *find_or_make(struct relay_worker *w, struct str domain)
{
	uint64_t h = hash_nocase(w->shared->hash_seed, domain);
	struct relay_destination *d = find(w, domain, h);

	if (d)
		return d;
	d = malloc(sizeof(*d));
	if (!d)
		return NULL;
	*d = (struct relay_destination){ .worker = w, .domain = BUF_MAX(4096) };
	buf_add(&d->domain, domain);
	list_init(&d->dead);
	schedule_pace_open(&d->lane, NULL);
	if (!limit_lane(w, d)) {
		buf_free(&d->domain);
		free(d);
		return NULL;
	}
	hash_add(&w->destinations, &d->node, h);
	return d;
}

static void leave_dead(struct relay_destination *d)
{
	d->worker->n_dead -= !list_empty(&d->dead);
	list_drop(&d->dead);
}

static void free_one(struct relay_destination *d)
{
	struct relay_worker *w = d->worker;

	leave_dead(d);
	hash_drop(&w->destinations, &d->node);
	free((char *)(uintptr_t)d->last.text.p);
	buf_free(&d->domain);
	free(d);
}

/* Without mail it may go; one that is closed, or bears little, is remembered if there is room. */
static void reap(struct relay_destination *d)
{
	struct relay_worker *w = d->worker;

	if (!schedule_pace_idle(&d->lane))
		return;
	bool known = d->lane.backoff.failures || schedule_window_narrow(&d->lane.window);
	if (!known || w->stopping) {
		free_one(d);
		return;
	}
	list_add(&w->dead, &d->dead);
	if (++w->n_dead > RELAY_DESTINATION_DEAD_MAX)
		free_one(CONTAINER_OF(w->dead.next, struct relay_destination, dead));
}

static void reached(void *arg)
{
	struct relay_destination *d = arg;

	schedule_pace_reached(&d->worker->pace, &d->lane, now(d->worker));
}

static int64_t closed_for(struct relay_destination *d)
{
	return schedule_backoff_wait(&d->lane.backoff,
				     schedule_pace_backoff(&d->worker->pace, &d->lane),
				     now(d->worker), (uint32_t)os_random_u64());
}

/* What is told to those who come while it is closed. */
static void remember(struct relay_destination *d, const struct schedule_outcome *like)
{
	schedule_outcome_settle(&d->last, like->action, str_of(like->status));
	(void)str_copy(d->last.expired, sizeof(d->last.expired), str_of(like->expired));
	schedule_outcome_say(&d->last, like->text, like->remote);
}

static int64_t unreached(void *arg, uint64_t kind, const struct schedule_outcome *like)
{
	struct relay_destination *d = arg;

	schedule_pace_unreached(&d->worker->pace, &d->lane, kind, now(d->worker),
				(uint32_t)os_random_u64());
	remember(d, like);
	return closed_for(d);
}

/* Whoever closed it has said more of why. */
static int64_t shut(void *arg, uint64_t kind, const struct schedule_outcome *like, int64_t wait_ms)
{
	struct relay_destination *d = arg;

	if (d->lane.backoff.failures == 0)
		remember(d, like);
	schedule_pace_shut(&d->worker->pace, &d->lane, kind, now(d->worker), wait_ms);
	return closed_for(d);
}

static void ended(void *arg, enum schedule_echo echo)
{
	struct relay_destination *d = arg;
	struct relay_worker *w = d->worker;

	schedule_pace_done(&w->pace, &d->lane, echo, now(w));
	reap(d);
	relay_destination_pace(w);
}

static bool lend(void *arg)
{
	struct relay_destination *d = arg;

	return schedule_pace_lend(&d->worker->pace);
}

static void returned(void *arg)
{
	struct relay_destination *d = arg;

	schedule_pace_returned(&d->worker->pace);
	relay_destination_pace(d->worker);
}

static const struct relay_delivery_ops ops = { .reached = reached,
					       .unreached = unreached,
					       .shut = shut,
					       .lend = lend,
					       .returned = returned,
					       .ended = ended };

/* Nobody was reached just now: it shares that, and waits as long. */
static void put_off(struct relay_delivery *delivery)
{
	struct relay_destination *d = relay_delivery_owner(delivery);
	int64_t closed_ms = closed_for(d);

	d->last.not_before_wall_ms = closed_ms > 0 ? os_clock_wall() + closed_ms : 0;
	relay_delivery_share(delivery, &d->last);
	reap(d);
}

/* When what found no room or no memory is due again. */
static int64_t again(const struct queue_message *m)
{
	return schedule_budget_again(m->arrived_wall_ms, os_clock_wall(),
				     (uint32_t)os_random_u64());
}

/* It goes home without an attempt, which is not to be made before then; 0: at any time. */
static void skip(struct relay_part *part, int64_t not_before_wall_ms)
{
	schedule_part_skip(part->part, not_before_wall_ms);
	relay_post_result(part);
}

/* It has waited for too long: others may have the memory. */
static void go_back(struct relay_delivery *delivery)
{
	struct relay_destination *d = relay_delivery_owner(delivery);

	const int64_t not_before = again(relay_delivery_message(delivery));

	skip(relay_delivery_take(&delivery), not_before);
	reap(d);
}

/* The account of memory is told how long it waited; mail for several has no lane of its own. */
static void account_for(struct relay_worker *w, enum schedule_fate fate,
			const struct relay_delivery *delivery, int64_t waited_ms)
{
	struct schedule_budget *b = &w->shared->memory.budget;
	const struct queue_message *m = relay_delivery_message(delivery);
	uint32_t kib = schedule_budget_cost(m->size, m->n_rcpt);

	if (m->lane == 0)
		return;
	if (fate == SCHEDULE_GO_BACK)
		schedule_budget_sent_back(b, m->lane, kib);
	else
		schedule_budget_served(b, m->lane, kib, waited_ms);
}

static void follow(enum schedule_fate fate, struct relay_delivery *delivery)
{
	switch (fate) {
	case SCHEDULE_BEGIN:
		relay_delivery_begin(delivery);
		return;
	case SCHEDULE_PUT_OFF:
		put_off(delivery);
		return;
	case SCHEDULE_GO_BACK:
		go_back(delivery);
		return;
	}
}

void relay_destination_pace(struct relay_worker *w)
{
	struct schedule_turn *turn;
	enum schedule_fate fate;

	while (w->begun < SCHEDULE_PACE_BEGINS &&
	       (turn = schedule_pace_next(&w->pace, now(w), &fate)) != NULL) {
		w->begun++;
		account_for(w, fate, relay_delivery_of(turn), now(w) - turn->since_ms);
		follow(fate, relay_delivery_of(turn));
	}
	int64_t deadline = schedule_pace_deadline(&w->pace);
	if (deadline < w->paced_at) { /* else it comes early enough, and looks again then */
		w->paced_at = deadline;
		loop_timer_set(w->pacer, deadline);
	}
}

void relay_destination_turn(struct relay_worker *w)
{
	w->paced_at = INT64_MAX;
	w->begun = 0;
	relay_destination_pace(w);
}

void relay_destination_add(struct relay_worker *w, struct relay_part *part)
{
	struct relay_destination *d = w->stopping ? NULL : find_or_make(w, part->part->domain);
	struct relay_delivery *delivery = d ? relay_delivery_new(w, part, &ops, d) : NULL;

	if (d)
		leave_dead(d);
	if (!delivery) {
		skip(part, w->stopping ? 0 : again(part->message));
		if (d)
			reap(d);
		return;
	}
	if (part->message->flags & QUEUE_ENDING) {
		relay_delivery_order(delivery);
		reap(d);
		return;
	}
	schedule_pace_wait(&w->pace, &d->lane, relay_delivery_turn(delivery), now(w));
	relay_destination_pace(w);
}

static void forgive_one(struct hash_node *node, void *arg)
{
	struct relay_destination *d = CONTAINER_OF(node, struct relay_destination, node);

	(void)arg;
	if (schedule_pace_idle(&d->lane))
		free_one(d);
	else
		schedule_pace_reached(&d->worker->pace, &d->lane, now(d->worker));
}

void relay_destination_forgive(struct relay_worker *w)
{
	hash_each(&w->destinations, forgive_one, NULL);
	schedule_failing_clear(w->hosts);
	relay_destination_pace(w);
}

/* Takes one that waits out of its lane; NULL: none does. */
static struct relay_delivery *take_waiting(struct relay_destination *d)
{
	if (list_empty(&d->lane.waiting))
		return NULL;
	struct schedule_turn *turn = CONTAINER_OF(d->lane.waiting.next, struct schedule_turn, link);
	schedule_pace_leave(&d->worker->pace, turn, now(d->worker));
	return relay_delivery_of(turn);
}

/* As due as before: whatever becomes of the order, nothing was tried. */
static void call_back(struct relay_worker *w, struct schedule_turn *turn)
{
	struct relay_delivery *delivery = relay_delivery_of(turn);
	struct relay_destination *d = relay_delivery_owner(delivery);

	schedule_pace_leave(&w->pace, turn, now(w));
	struct relay_part *part = relay_delivery_take(&delivery);
	schedule_part_recall(part->part);
	relay_post_result(part);
	reap(d);
}

void relay_destination_recall(struct relay_worker *w, const struct schedule_recall *called)
{
	struct list *item, *next;

	for (item = w->pace.ages.next; item != &w->pace.ages; item = next) {
		struct schedule_turn *turn = CONTAINER_OF(item, struct schedule_turn, age);
		next = item->next;
		if (schedule_recall_has(called,
					relay_delivery_message(relay_delivery_of(turn))->id))
			call_back(w, turn);
	}
	relay_destination_pace(w);
}

static void stop_one(struct hash_node *node, void *arg)
{
	struct relay_destination *d = CONTAINER_OF(node, struct relay_destination, node);
	struct relay_delivery *delivery;

	(void)arg;
	while ((delivery = take_waiting(d)) != NULL)
		skip(relay_delivery_take(&delivery), 0);
	leave_dead(d);
	reap(d);
}

void relay_destination_stop(struct relay_worker *w)
{
	hash_each(&w->destinations, stop_one, NULL);
}

static void clear_one(struct hash_node *node, void *arg)
{
	struct relay_destination *d = CONTAINER_OF(node, struct relay_destination, node);
	struct relay_delivery *delivery;

	(void)arg;
	while ((delivery = take_waiting(d)) != NULL)
		relay_delivery_free(&delivery);
	free_one(d);
}

void relay_destination_clear(struct relay_worker *w)
{
	hash_each(&w->destinations, clear_one, NULL);
}
