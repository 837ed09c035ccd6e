/* The resolver as its users see it. */
#include "resolve/resolve.h"

#include "dns/type.h"
#include "os/random.h"
#include "resolve/core_priv.h"

#include <stdlib.h>

enum { CACHE_OCTETS = 16 << 20 };

static void bury(struct resolve *r)
{
	resolve_stream_sweep(r);
	resolve_cache_clear(&r->cache);
	pool_clear(&r->job_pool);
	pool_clear(&r->link_pool);
	pool_clear(&r->flight_pool);
	free(r);
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
	r->turn = resolve_turn_run;
	r->bury = bury;
	list_init(&r->asked);
	list_init(&r->served);
	list_init(&r->closing);
	resolve_wheel_init(&r->wheel, r->now);
	pool_init(&r->job_pool, sizeof(struct resolve_job) + RESOLVE_NAME_OFTEN);
	pool_init(&r->link_pool, sizeof(struct resolve_link) + RESOLVE_NAME_OFTEN);
	pool_init(&r->flight_pool, sizeof(struct resolve_flight));
	enum err e = resolve_upstream_open(r);
	if (e == ERR_OK)
		e = resolve_follow_init(r, conf->follow);
	if (init_tables(r) == ERR_OK && e == ERR_OK)
		r->timer = reactor->timer(reactor->loop, on_timer, r);
	if (!r->timer)
		resolve_free(&r);
	return r;
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
	resolve_job_free_all(r);
	resolve_upstream_close(r);
	resolve_follow_clear(r);
	hash_clear(&r->jobs);
	hash_clear(&r->links);
	hash_clear(&r->flights);
	if (r->inside == 0)
		bury(r);
}

uint64_t resolve_ask(struct resolve *r, const struct resolve_question *q, resolve_done *done,
		     void *arg)
{
	struct resolve_job *job = resolve_job_new(r, q, done, arg);

	if (!job)
		return 0;
	if (r->inside == 0)
		resolve_core_clock(r);
	if (q->deadline_ms > 0)
		resolve_timer_set(&r->wheel, &job->deadline, r->now + q->deadline_ms);
	uint64_t id = job->id;
	resolve_turn_begin(r);
	return id;
}

void resolve_cancel(struct resolve *r, uint64_t id)
{
	resolve_job_cancel(r, id);
}

void resolve_flush(struct resolve *r, const struct dns_name *name)
{
	resolve_link_outdate(r, name);
	resolve_upstream_outdate(r);
	/* What is served is looked at in the next turn, which sweeps. */
	if (r->inside == 0 && list_empty(&r->served))
		resolve_cache_sweep(&r->cache);
}

void resolve_reprobe(struct resolve *r)
{
	if (r->inside == 0)
		resolve_core_clock(r);
	resolve_probe_forget(r);
	resolve_turn_begin(r);
}

void resolve_reread(struct resolve *r)
{
	r->follow.at_once = true;
}

bool resolve_server_at(const struct resolve *r, size_t i, struct resolve_server_state *out)
{
	if (i >= r->n_up)
		return false;
	*out = resolve_show_server(r, (unsigned)i, r->reactor.now(r->reactor.loop));
	return true;
}

struct resolve_counters resolve_counters(const struct resolve *r)
{
	struct resolve_counters c = r->counters;

	c.cache_octets = r->cache.octets;
	c.cache_entries = r->cache.n;
	c.evictions = r->cache.evictions;
	return c;
}

void resolve_go_on(struct resolve *r, const struct resolve *before)
{
	const struct resolve_counters c = resolve_counters(before);
	struct resolve_tallies tallies;

	r->counters.asked += c.asked;
	r->counters.joined += c.joined;
	r->counters.sent += c.sent;
	r->counters.hits += c.hits;
	r->counters.misses += c.misses;
	r->counters.prefetches += c.prefetches;
	r->cache.evictions += c.evictions;
	resolve_upstream_tell(before, &tallies);
	resolve_upstream_go_on(r, &tallies);
}

struct resolve_followed resolve_followed(const struct resolve *r)
{
	const struct resolve_follow *f = &r->follow;

	return (struct resolve_followed){ str_of(f->path ? f->path : ""), buf_str(&f->why),
					  f->changes };
}
