/*
 * A million messages to ten thousand destinations, in a few seconds: the decisions of
 * this room, wired as relay wires them, over a world that is made up.
 *
 * In the world there are hosts that work, that are slow, dead, down for an hour every
 * three, that refuse, that greylist, domains whose first mail host is dead, whose DNS
 * fails or that do not exist; one dead destination has a tenth of the mail; clients
 * break off; the clock is set forward and back, by days; reloads change limits.
 *
 * It is all from a seed, which is printed: SEED=n in the environment for another one.
 *
 * What must hold: each recipient has one final outcome, which is what the world said of
 * it, by a target that was asked; what is given up was tried fairly, and not before its
 * life ended; permits stay within their limits, all come back, and the
 * last are for destinations that hold none; nobody waits for longer
 * than SCHEDULE_WAIT_MS; the account of memory ends at zero; a dead destination is
 * dialled and loaded a few times, not once for each of its messages.
 */
#include "schedule/simulation_relay_priv.h"

#ifdef __SANITIZE_ADDRESS__
#define MESSAGES 100000
#else
#define MESSAGES 1000000
#endif
#define TAKE_MAX 200

static bool may_load(struct message *m, struct destination *d)
{
	struct schedule_row row = { .arrived_wall_ms = m->arrived_wall,
				    .attempts = m->attempts,
				    .kib = m->kib };
	const struct schedule_due due = {
		.retry = &w.retry,
		.limits = w.backoff,
		.backoff = schedule_failing_find(w.loader, key_of(d)),
		.usage = schedule_budget_usage(&w.budget),
		.share = schedule_budget_share(&w.budget, lane_of(d)),
		.now_wall_ms = w.wall,
		.now_ms = w.now,
		.noise = noise(),
	};

	if (schedule_due_load(&due, &row) == SCHEDULE_LOAD)
		return true;
	w.left++;
	m->attempts = (uint16_t)row.attempts;
	must("later", row.next_wall_ms > w.wall);
	heap_add(&w.store, row.next_wall_ms, 0, m);
	return false;
}

/* The one destination that m waits for; NULL: there are several. */
static struct destination *only_one(const struct message *m)
{
	const struct fate *only = NULL;

	for (size_t i = 0; i < m->n; i++) {
		if (m->rcpt[i].state != SCHEDULE_WAITING)
			continue;
		if (only && only->destination != m->rcpt[i].destination)
			return NULL;
		only = &m->rcpt[i];
	}
	return only ? &w.destination[only->destination] : NULL;
}

static void count_load(struct message *m, struct destination *d)
{
	m->at_end = schedule_retry_age(&w.retry, m->arrived_wall, m->attempts + 1, w.wall) ==
		    SCHEDULE_EXPIRED;
	w.loaded++;
	if (d)
		*(m->at_end ? &d->loads_at_end : &d->loads) += 1;
}

/* Loads what is due, as much as there is room to look at; false: not even that. */
static bool take(struct session *batch, size_t *n)
{
	struct schedule_charge c = { 0 };

	w.waiting = !schedule_budget_look(&w.budget, &c);
	w.waits_since = w.now;
	if (w.waiting)
		return false;
	while (*n < TAKE_MAX && w.store.n && w.store.item[0].at <= w.wall) {
		struct message *m = w.store.item[0].what;
		struct destination *d = only_one(m);
		if (*n && m->kib > c.kib)
			break;
		(void)heap_take(&w.store);
		if (d && !may_load(m, d))
			continue;
		count_load(m, d);
		batch[*n].m = m;
		schedule_budget_loaded(&c, &batch[(*n)++].charge, m->kib);
	}
	heed(schedule_budget_release(&w.budget, &c));
	return true;
}

static void look(void)
{
	struct session batch[TAKE_MAX];
	size_t n = 0;

	if (w.look_at != w.now || w.waiting)
		return;
	w.look_at = INT64_MAX;
	if (w.store.n && w.store.item[0].at <= w.wall && !take(batch, &n))
		return; /* whoever makes room wakes us */
	for (size_t i = 0; i < n; i++)
		start(batch[i].m, &batch[i].charge);
	look_when_due();
}

static void next_client(size_t i)
{
	if (i < w.n_message)
		heap_add(&w.events, ARRIVING / (int64_t)w.n_message * (int64_t)i, ARRIVE,
			 &w.message[i]);
}

static void come_again(struct session *s, int64_t in)
{
	heed(schedule_budget_release(&w.budget, &s->charge));
	heap_add(&w.events, w.now + in, ARRIVE, s->m);
	free(s);
}

/* In DATA. */
static void arrive(struct message *m)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->m = m;
	if (m->n == 0) { /* not one that comes again */
		make_message((size_t)(m - w.message));
		next_client((size_t)(m - w.message) + 1);
	}
	if (schedule_budget_grow(&w.budget, &s->charge, m->kib / 2 + 1))
		heap_add(&w.events, w.now + 100 + m->kib, chance(20) ? BREAK_OFF : ARRIVED, s);
	else
		come_again(s, 5 * MINUTE);
}

static void arrived(struct session *s)
{
	struct message *m = s->m;

	if (!schedule_budget_grow(&w.budget, &s->charge, m->kib)) {
		w.not_taken++;
		come_again(s, 5 * MINUTE);
		return;
	}
	m->arrived = w.now;
	m->arrived_wall = w.wall;
	m->set_forward = w.set_forward;
	start(m, &s->charge);
	free(s);
}

static void set_clock(void)
{
	int64_t by = (int64_t)pick(10 * (uint64_t)DAY);

	by = chance(2) ? by : by / 1000;
	by = chance(2) ? by : -by;
	w.wall += by;
	w.set_forward += by > 0 ? by : 0;
	heap_bring_forward(&w.store, schedule_retry_latest(&w.retry, w.wall));
	for (size_t i = 0; i < w.store.n; i++)
		must("none sleeps until the wrong date", w.store.item[i].at <= w.wall + LONGEST);
	look_when_due();
}

static void reload(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct schedule_pace_limits limits = {
			.total = schedule_pace_share(200 + (unsigned)pick(2000), WORKERS, i),
			.per_destination = 1 + (unsigned)pick(20),
			.backoff = w.backoff,
		};
		schedule_pace_limit(&w.pace[i], &limits, w.now);
		wake_at(PUMP, i, schedule_pace_deadline(&w.pace[i]));
	}
	heed(schedule_budget_limit(&w.budget, (42 + pick(60)) << 20, SIZE_LIMIT));
}

static void happen(const struct heap_item *e)
{
	switch ((enum event)e->kind) {
	case ARRIVE:
		arrive(e->what);
		break;
	case ARRIVED:
		arrived(e->what);
		break;
	case BREAK_OFF:
		w.broken_off++;
		come_again(e->what, MINUTE);
		break;
	case STEP:
		step(e->what);
		break;
	case PUMP:
		pump((size_t)((struct schedule_pace *)e->what - w.pace));
		break;
	case LOOK:
		look();
		break;
	case SET_CLOCK:
		set_clock();
		break;
	case RELOAD:
		reload();
		break;
	}
}

static void open_world(size_t n_message)
{
	uint64_t hash_seed[2] = { roll(), roll() };
	struct world none = { 0 };

	w = none;
	w.wall = T0;
	w.look_at = INT64_MAX;
	w.n_message = n_message;
	w.retry = (struct schedule_retry){
		.retry_ms = { MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR },
		.n_retry = 5,
		.lifetime_ms = DAY,
		.warn_after_ms = 4 * HOUR,
	};
	w.backoff = schedule_backoff_limits(&w.retry);
	w.message = calloc(n_message, sizeof(*w.message));
	w.destination = calloc(DESTINATIONS, sizeof(*w.destination));
	w.loader = schedule_failing_new(hash_seed, SCHEDULE_FAILING_MAX);
	schedule_budget_init(&w.budget, UINT64_C(64) << 20, SIZE_LIMIT);
	for (size_t i = 0; i < WORKERS; i++) {
		const struct schedule_pace_limits limits = { 1000, 20, w.backoff };
		schedule_pace_init(&w.pace[i], &limits);
		w.pump_at[i] = INT64_MAX;
		w.hosts[i] = schedule_failing_new(hash_seed, SCHEDULE_FAILING_MAX);
		w.lanes[i] = schedule_failing_new(hash_seed, SCHEDULE_FAILING_MAX);
	}
	for (size_t i = 0; i < DESTINATIONS; i++) {
		w.destination[i].kind = some_kind(i);
		(void)snprintf(w.destination[i].name, sizeof(w.destination[i].name), "d%zu.example",
			       i);
	}
}

static void close_world(void)
{
	for (size_t i = 0; i < WORKERS; i++) {
		schedule_failing_free(&w.hosts[i]);
		schedule_failing_free(&w.lanes[i]);
	}
	schedule_failing_free(&w.loader);
	free(w.events.item);
	free(w.store.item);
	free(w.message);
	free(w.destination);
}

/* So often may one that is dead be tried: once a back-off, and who was under way at first. */
static uint64_t trials(void)
{
	return 20 + 8 + (uint64_t)(w.now / (w.backoff.most_ms * 3 / 4)) + 1;
}

static void check_dead(void)
{
	for (size_t i = 0; i < DESTINATIONS; i++) {
		const struct destination *d = &w.destination[i];
		if (d->kind != DEAD)
			continue;
		must("dialled a few times", d->dials <= trials());
		must("loaded a few times", d->loads <= trials());
		must("and once at the end of each life",
		     d->loads_at_end <= d->messages + d->excused);
	}
	printf("the dead one: %llu messages, %llu times dialled, %llu loaded, and %llu at their "
	       "end\n",
	       (unsigned long long)w.destination[BIG_DEAD].messages,
	       (unsigned long long)w.destination[BIG_DEAD].dials,
	       (unsigned long long)w.destination[BIG_DEAD].loads,
	       (unsigned long long)w.destination[BIG_DEAD].loads_at_end);
}

static void check_end(void)
{
	CHECK_INT("all are done", (long long)w.done, (long long)w.n_message);
	CHECK_INT("nothing is stored", (long long)w.store.n, 0);
	CHECK_INT("the account is at zero", schedule_budget_zero(&w.budget), 1);
	for (size_t i = 0; i < WORKERS; i++) {
		CHECK_INT("all permits are back", w.pace[i].used, 0);
		CHECK_INT("nobody waits", list_empty(&w.pace[i].ages), 1);
	}
	for (size_t i = 0; i < w.n_message; i++)
		for (size_t k = 0; k < w.message[i].n; k++) {
			uint8_t state = w.message[i].rcpt[k].state;
			must("final", state == SCHEDULE_DELIVERED || state == SCHEDULE_TOLD);
		}
	check_dead();
}

static void advance(int64_t to)
{
	w.wall += to - w.now;
	w.now = to;
}

static void run(size_t n_message, size_t jumps)
{
	open_world(n_message);
	next_client(0);
	for (size_t i = 0; i < jumps; i++)
		heap_add(&w.events, (int64_t)pick(2 * ARRIVING), SET_CLOCK, NULL);
	for (int64_t at = HOUR / 2; at < DAY; at += HOUR / 2)
		heap_add(&w.events, at, RELOAD, NULL);
	while (w.events.n) {
		struct heap_item e = heap_take(&w.events);
		advance(e.at);
		happen(&e);
	}
	check_end();
	printf("%zu messages in %lld hours: %zu begun, %zu put off, %zu sent back, %zu without "
	       "room, "
	       "%zu loaded, %zu not, %zu given up, %zu broken off\n",
	       w.done, (long long)(w.now / HOUR), w.begun, w.put_off, w.sent_back, w.no_room,
	       w.loaded, w.left, w.expired, w.broken_off);
	close_world();
}

int main(void)
{
	const char *given = getenv("SEED");

	seed = given ? strtoull(given, NULL, 10) : 1;
	printf("SEED=%llu\n", (unsigned long long)seed);
	make_verdicts();
	run(MESSAGES, 16);
	run(MESSAGES / 10, 0);
	return TEST_EXIT();
}
