/*
 * The resolver as its users see it: jobs, the turn in which they are served,
 * and the calling back.
 *
 * A job waits in one list, which its state names, so that it can be taken out
 * at any moment.  Before its callback is made it is out of all of them and
 * freed: the callback may cancel, ask, and free the resolver.
 */
#include "resolve/core_priv.h"

#include "dns/build.h"
#include "dns/type.h"
#include "os/clock.h"
#include "os/random.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_OCTETS = 16 << 20 };

static void look_at_clocks(struct resolve *r)
{
	r->now = r->reactor.now(r->reactor.loop);
	r->now_us = os_clock_mono_us();
}

void resolve_core_enter(struct resolve *r)
{
	r->inside++;
	look_at_clocks(r);
}

uint16_t resolve_core_random(struct resolve *r)
{
	uint16_t v;

	if (r->random_left < sizeof(v)) {
		os_random(r->random, sizeof(r->random));
		r->random_left = sizeof(r->random);
	}
	r->random_left -= (unsigned)sizeof(v);
	memcpy(&v, r->random + r->random_left, sizeof(v));
	return v;
}

static struct resolve_key key_of(const struct resolve *r, const struct resolve_job *job)
{
	bool dnssec_ok = job->flags & RESOLVE_DO || (r->conf.set_do && job->flags & RESOLVE_AD);

	return (struct resolve_key){
		.name = job->next,
		.type = job->type,
		.bits = (job->flags & RESOLVE_AD ? RESOLVE_KEY_AD : 0) |
			(dnssec_ok ? RESOLVE_KEY_DO : 0) |
			(r->trusted_only ? RESOLVE_KEY_TRUSTED : 0),
		.hash = job->hash,
	};
}

/* The name that is looked up next, in start(). */
static void aim(struct resolve *r, struct resolve_job *job, const struct dns_name *name)
{
	job->next = name;
	struct resolve_key key = key_of(r, job);
	job->hash = resolve_key_hash(r->seed, &key);
	hash_prefetch(&r->cache.table, job->hash);
}

void resolve_core_serve(struct resolve *r, struct resolve_job *job, struct resolve_entry *found,
			struct str why)
{
	job->state = RESOLVE_JOB_SERVED;
	job->link = NULL;
	job->found = found;
	job->why = why;
	list_add(&r->served, &job->at);
}

/* Look in the cache, else to the servers. */
static void start(struct resolve *r, struct resolve_job *job)
{
	struct resolve_key key = key_of(r, job);
	struct resolve_entry *e = NULL;

	if (!job->own)
		job->epoch = r->epoch;
	if (!(job->flags & RESOLVE_NO_CACHE))
		e = resolve_cache_find(&r->cache, &key, r->now);
	if (e) {
		r->counters.hits++;
		resolve_core_serve(r, job, e, STR(""));
		if (resolve_cache_due(e, r->now))
			resolve_link_prefetch(r, &key);
		return;
	}
	r->counters.misses++;
	job->cached = false;
	if (job->asked_us == 0)
		job->asked_us = r->now_us;
	resolve_link_join(r, job, &key);
}

static size_t octets_of(const struct dns_name *name)
{
	return sizeof(struct resolve_job) + dns_name_octets(name);
}

/* Out of every table and list, and freed. */
static void end(struct resolve_job *job)
{
	hash_drop(&job->r->jobs, &job->node);
	resolve_timer_unset(&job->deadline);
	list_drop(&job->at);
	dns_answer_free(&job->own);
	pool_put(&job->r->job_pool, job, octets_of(job->name));
}

/* a may be the job's own: it lives until the callback has returned. */
static void deliver(struct resolve *r, struct resolve_job *job, const struct dns_answer *a)
{
	struct dns_answer view = *a;
	struct dns_name asked;
	struct dns_answer *own = job->own;
	resolve_done *done = job->done;
	void *arg = job->arg;
	uint64_t id = job->id;

	dns_name_copy(&asked, job->name);
	view.name = &asked;
	view.asked_ad = job->flags & RESOLVE_AD;
	view.cached = job->cached;
	view.elapsed_us = job->cached ? 0 : r->now_us - job->asked_us;
	view.source = resolve_core_source(r, job, a);
	job->own = NULL;
	end(job);
	done(arg, id, &view);
	dns_answer_free(&own);
}

static void deliver_none(struct resolve *r, struct resolve_job *job, struct str why)
{
	struct dns_answer none = {
		.type = job->type,
		.outcome = DNS_NO_ANSWER,
		.status = DNS_INDETERMINATE,
		.why = why,
	};

	job->server = -1;
	job->cached = false;
	deliver(r, job, &none);
}

/* Forget what the job has learnt, and ask from its name on. */
static void again(struct resolve *r, struct resolve_job *job)
{
	dns_answer_free(&job->own);
	job->servers = 0;
	aim(r, job, job->name);
	start(r, job);
}

/*
 * Whether a server may have said this before it began to validate: then it does
 * not go with what the probe says now.
 */
static bool outdated(const struct resolve *r, const struct resolve_job *job,
		     const struct dns_answer *a)
{
	unsigned asked = RESOLVE_AD | RESOLVE_PROBED;

	return job->epoch != r->epoch && (job->flags & asked) == asked && a->status != DNS_SECURE &&
	       a->outcome != DNS_NO_ANSWER;
}

/* The answer is whole: call back, after a probe where one is wanted. */
static void settle(struct resolve *r, struct resolve_job *job, const struct dns_answer *a)
{
	for (unsigned i = 0; job->flags & RESOLVE_PROBED && i < r->n_up; i++) {
		if (!(job->servers & 1u << i) || r->peers[i].trust == DNS_TRUST_NONE ||
		    a->outcome == DNS_NO_ANSWER || resolve_probe_known(r, i))
			continue;
		if (!job->own && dns_answer_copy(a, &job->own) != ERR_OK)
			deliver_none(r, job, STR("out of memory"));
		else
			resolve_probe_wait(r, i, job);
		return;
	}
	if (outdated(r, job, a))
		again(r, job);
	else
		deliver(r, job, a);
}

void resolve_core_probed(struct resolve *r, struct resolve_job *job)
{
	/* Served without a link's answer, but with one of its own: see serve(). */
	resolve_core_serve(r, job, NULL, STR(""));
}

/* The answer of a link, as long as it still lasts. */
static struct dns_answer view_of(const struct resolve *r, const struct resolve_entry *e)
{
	struct dns_answer view = *e->answer;

	view.ttl_s = e->until > r->now ? (uint32_t)((e->until - r->now + 999) / 1000) : 0;
	return view;
}

/* Ask for what the chain leads to.  own is the chain so far. */
static void chase(struct resolve *r, struct resolve_job *job)
{
	aim(r, job, dns_answer_final(job->own));
	start(r, job);
}

static void serve_found(struct resolve *r, struct resolve_job *job)
{
	struct dns_answer view = view_of(r, job->found), *joined = NULL;
	const struct dns_answer *whole = &view;
	enum err e = ERR_OK;

	job->server = job->found->server;
	job->over_tcp = job->found->over_tcp;
	if (job->server >= 0)
		job->servers |= (uint16_t)(1u << job->server);
	if (job->own) {
		e = dns_build_join(job->own, &view, &joined);
		dns_answer_free(&job->own);
	} else if (view.open && !(job->flags & RESOLVE_NO_CHASE)) {
		e = dns_answer_copy(&view, &joined);
	}
	if (e != ERR_OK) {
		deliver_none(r, job, STR("out of memory"));
		return;
	}
	job->own = joined;
	if (joined)
		whole = joined;
	if (whole->open && !(job->flags & RESOLVE_NO_CHASE))
		chase(r, job);
	else
		settle(r, job, whole);
}

static void serve(struct resolve *r, struct resolve_job *job)
{
	if (job->found)
		serve_found(r, job);
	else if (job->why.n == 0 && job->own)
		settle(r, job, job->own);
	else
		deliver_none(r, job, job->why);
}

/* A callback that frees r leaves served empty. */
static void serve_all(struct resolve *r)
{
	struct list *at;

	while ((at = list_shift(&r->served)) != NULL)
		serve(r, CONTAINER_OF(at, struct resolve_job, at));
}

static void start_all(struct resolve *r)
{
	struct list asked, *at;

	list_init(&asked);
	while ((at = list_shift(&r->asked)) != NULL) {
		struct resolve_job *job = CONTAINER_OF(at, struct resolve_job, at);
		aim(r, job, job->name);
		list_add(&asked, at);
	}
	for (at = asked.next; at != &asked; at = at->next)
		hash_prefetch_node(&r->cache.table, CONTAINER_OF(at, struct resolve_job, at)->hash);
	while ((at = list_shift(&asked)) != NULL)
		start(r, CONTAINER_OF(at, struct resolve_job, at));
}

/*
 * Have the timer fire when something is due, at when at the latest: perhaps earlier, for
 * what is over meanwhile, as to set it for each question is dearer; not where nothing is.
 */
static void arm(struct resolve *r, int64_t when)
{
	int64_t next = list_empty(&r->asked) ? resolve_wheel_next(&r->wheel) : r->now;

	if (next > when)
		next = when;
	if (next == INT64_MAX && r->timer_at != INT64_MAX)
		r->reactor.unset(r->reactor.loop, r->timer);
	else if (next < r->timer_at)
		r->reactor.set(r->reactor.loop, r->timer, next);
	else
		return;
	r->timer_at = next;
}

/*
 * What callbacks ask anew is started once a turn, and waits for the next turn
 * after that: so a turn ends however eager they are.
 */
static void turn(struct resolve *r)
{
	int64_t when = INT64_MAX;

	resolve_follow_look(r);
	serve_all(r);
	if (r->dead)
		return;
	start_all(r);
	/* What is served may send (a probe, a chain's next link), what is sent may fail and be served. */
	do {
		serve_all(r);
		if (r->dead)
			return;
		when = INT64_MAX;
		resolve_udp_flush(r, &when);
		resolve_tcp_flush(r);
	} while (resolve_embedded_flush(r) || !list_empty(&r->served));
	resolve_cache_sweep(&r->cache);
	resolve_tcp_sweep(r);
	arm(r, when);
}

static void free_rest(struct resolve *r)
{
	resolve_tcp_sweep(r);
	resolve_cache_clear(&r->cache);
	pool_clear(&r->job_pool);
	pool_clear(&r->link_pool);
	pool_clear(&r->flight_pool);
	free(r);
}

void resolve_core_leave(struct resolve *r)
{
	if (!r->dead)
		turn(r);
	r->inside--;
	if (r->dead && r->inside == 0)
		free_rest(r);
}

static void on_timer(void *arg)
{
	struct resolve *r = arg;

	resolve_core_enter(r);
	r->timer_at = INT64_MAX;
	resolve_wheel_run(&r->wheel, r->now);
	resolve_core_leave(r);
}

static enum err init_tables(struct resolve *r)
{
	enum err e = hash_init(&r->jobs);

	r->seed[0] = os_random_u64();
	r->seed[1] = os_random_u64();
	if (e == ERR_OK)
		e = hash_init(&r->links);
	if (e == ERR_OK)
		e = hash_init(&r->flights);
	if (e == ERR_OK)
		e = resolve_cache_init(&r->cache,
				       r->conf.cache_octets ? r->conf.cache_octets : CACHE_OCTETS);
	return e;
}

enum err resolve_core_open(struct resolve *r)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < r->conf.n_servers && i < RESOLVE_SERVERS_MAX; i++) {
		struct resolve_upstream *up = &r->up[r->n_up++];
		*up = (struct resolve_upstream){ 0 };
		resolve_server_init(&up->info, &r->conf.servers[i], &r->peers[i]);
		list_init(&up->queue);
		list_init(&up->all_sockets);
		list_init(&up->waiting);
		enum err its = resolve_tcp_init(r, i);
		if (its != ERR_OK)
			e = its;
		if (r->peers[i].trust != DNS_TRUST_NONE)
			r->trusted_only = true;
		if (up->info.conf.channel == RESOLVE_EMBEDDED)
			resolve_embedded_new(r, i);
	}
	return e == ERR_OK ? resolve_udp_init(r) : e;
}

struct resolve *resolve_new(const struct os_reactor *reactor, const struct resolve_conf *conf)
{
	static const struct dns_name com = { 5, "\3com" };
	struct resolve *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->reactor = *reactor;
	r->conf = *conf;
	if (r->conf.probe_name.len == 0)
		r->conf.probe_name = com;
	if (r->conf.probe_type == 0)
		r->conf.probe_type = DNS_TYPE_NS;
	r->now = reactor->now(reactor->loop);
	r->timer_at = INT64_MAX;
	list_init(&r->asked);
	list_init(&r->served);
	list_init(&r->closing);
	resolve_wheel_init(&r->wheel, r->now);
	pool_init(&r->job_pool, sizeof(struct resolve_job) + RESOLVE_NAME_OFTEN);
	pool_init(&r->link_pool, sizeof(struct resolve_link) + RESOLVE_NAME_OFTEN);
	pool_init(&r->flight_pool, sizeof(struct resolve_flight));
	enum err e = resolve_core_open(r);
	if (e == ERR_OK)
		e = resolve_follow_init(r, conf->follow);
	if (init_tables(r) == ERR_OK && e == ERR_OK)
		r->timer = reactor->timer(reactor->loop, on_timer, r);
	if (!r->timer)
		resolve_free(&r);
	return r;
}

/* As it was when it was asked. */
static void reset_job(struct hash_node *node, void *arg)
{
	struct resolve *r = arg;
	struct resolve_job *job = CONTAINER_OF(node, struct resolve_job, node);

	dns_answer_free(&job->own);
	list_drop(&job->at);
	job->state = RESOLVE_JOB_ASKED;
	job->link = NULL;
	job->found = NULL;
	job->why = STR("");
	job->cached = true;
	job->over_tcp = false;
	job->server = -1;
	job->servers = 0;
	list_add(&r->asked, &job->at);
}

void resolve_core_close(struct resolve *r)
{
	hash_each(&r->jobs, reset_job, r);
	resolve_link_free_all(r);
	for (unsigned i = 0; i < r->n_up; i++)
		resolve_embedded_clear(r, i);
	resolve_flight_free_all(r);
	resolve_tcp_clear(r);
	resolve_udp_clear(r);
	r->n_up = 0;
	r->trusted_only = false;
}

static void free_job(struct hash_node *node, void *arg)
{
	(void)arg;
	end(CONTAINER_OF(node, struct resolve_job, node));
}

/* What a callback may be looking at, the present answer, lives until its handler is over. */
void resolve_free(struct resolve **rp)
{
	struct resolve *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	r->dead = true;
	if (r->timer)
		r->reactor.untimer(r->reactor.loop, r->timer);
	r->timer = NULL;
	hash_each(&r->jobs, free_job, NULL);
	resolve_core_close(r);
	resolve_follow_clear(r);
	hash_clear(&r->jobs);
	hash_clear(&r->links);
	hash_clear(&r->flights);
	if (r->inside == 0)
		free_rest(r);
}

static void deadline(struct resolve_timer *t)
{
	struct resolve_job *job = CONTAINER_OF(t, struct resolve_job, deadline);
	struct resolve_link *link = job->link;

	list_drop(&job->at);
	resolve_core_serve(job->r, job, NULL, STR("no answer before the deadline"));
	if (link && list_empty(&link->jobs))
		resolve_link_drop(link);
}

/*
 * Outside a turn a question waits for the next one, so that many leave by one
 * call.  One that is alone gains nothing by that, and leaves at once.  Nobody is
 * called back here: what is served already is delivered in the next turn.
 */
static void depart(struct resolve *r)
{
	int64_t when = INT64_MAX;

	r->inside++;
	resolve_follow_look(r);
	start_all(r);
	resolve_udp_flush(r, &when);
	resolve_tcp_flush(r);
	if (resolve_embedded_flush(r) || !list_empty(&r->served))
		when = r->now;
	r->inside--;
	arm(r, when);
}

/* The loop's time may be that of a turn long ago: then nothing can be timed by it yet. */
static bool is_fresh(const struct resolve *r)
{
	int64_t real = r->now_us / 1000;

	return r->now >= real - 1 && r->now <= real + 1;
}

/* Have a question that is in r->asked begin. */
static void begin(struct resolve *r)
{
	if (r->inside > 0)
		return;
	if (r->counters.in_flight == 0 && r->asked.next == r->asked.prev &&
	    list_empty(&r->served) && is_fresh(r)) {
		depart(r);
	} else if (r->timer_at > r->now) {
		r->timer_at = r->now;
		r->reactor.set(r->reactor.loop, r->timer, r->now);
	}
}

uint64_t resolve_ask(struct resolve *r, const struct resolve_question *q, resolve_done *done,
		     void *arg)
{
	struct resolve_job *job = pool_get(&r->job_pool, octets_of(&q->name));

	if (!job)
		return 0;
	job->r = r;
	job->id = ++r->last_id;
	job->name = memcpy(job->octets, &q->name, dns_name_octets(&q->name));
	job->type = q->type;
	job->flags = q->flags;
	job->done = done;
	job->arg = arg;
	job->cached = true;
	job->server = -1;
	resolve_timer_init(&job->deadline, deadline);
	list_init(&job->at);
	list_add(&r->asked, &job->at);
	hash_add(&r->jobs, &job->node, job->id);
	r->counters.asked++;
	if (r->inside == 0)
		look_at_clocks(r);
	if (q->deadline_ms > 0)
		resolve_timer_set(&r->wheel, &job->deadline, r->now + q->deadline_ms);
	uint64_t id = job->id;
	begin(r);
	return id;
}

static struct resolve_job *find_job(struct resolve *r, uint64_t id)
{
	struct hash_node *n = hash_first(&r->jobs, id);

	return n ? CONTAINER_OF(n, struct resolve_job, node) : NULL;
}

void resolve_cancel(struct resolve *r, uint64_t id)
{
	struct resolve_job *job = find_job(r, id);

	if (!job)
		return;
	struct resolve_link *link = job->link;
	end(job);
	if (link && list_empty(&link->jobs))
		resolve_link_drop(link);
}

void resolve_flush(struct resolve *r, const struct dns_name *name)
{
	resolve_link_outdate(r, name);
	resolve_embedded_outdate(r);
	/* What is served is looked at in the next turn, which sweeps. */
	if (r->inside == 0 && list_empty(&r->served))
		resolve_cache_sweep(&r->cache);
}
