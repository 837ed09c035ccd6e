/*
 * The turn: what is asked is started, what is served is called back, what has
 * gathered is sent.
 */
#include "resolve/core_priv.h"

enum { STEPS = 4 };

/* A callback that frees r leaves served empty. */
static void serve_all(struct resolve *r)
{
	struct list *at;

	while ((at = list_shift(&r->served)) != NULL)
		resolve_job_serve(r, CONTAINER_OF(at, struct resolve_job, at));
}

static void start_all(struct resolve *r)
{
	struct list asked, *at;

	list_init(&asked);
	while ((at = list_shift(&r->asked)) != NULL) {
		struct resolve_job *job = CONTAINER_OF(at, struct resolve_job, at);
		resolve_job_aim(job);
		list_add(&asked, at);
	}
	for (at = asked.next; at != &asked; at = at->next)
		hash_prefetch_node(&r->cache.table, CONTAINER_OF(at, struct resolve_job, at)->hash);
	while ((at = list_shift(&asked)) != NULL)
		resolve_job_start(CONTAINER_OF(at, struct resolve_job, at));
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
 * What callbacks ask anew is started at once, as from MX to address to TLSA in the cache, but
 * only so often in a turn, and waits for the next turn after that: so a turn ends however eager
 * they are.
 */
void resolve_turn_run(struct resolve *r)
{
	int64_t when = INT64_MAX;

	resolve_follow_look(r);
	for (int i = 0; i < STEPS; i++) {
		serve_all(r);
		if (r->dead)
			return;
		start_all(r);
		if (list_empty(&r->served))
			break;
	}
	/* What is served may send (probe, next link), what is sent may fail and be served. */
	do {
		serve_all(r);
		if (r->dead)
			return;
		when = INT64_MAX;
	} while (resolve_upstream_flush(r, &when) || !list_empty(&r->served));
	resolve_cache_sweep(&r->cache);
	resolve_stream_sweep(r);
	arm(r, when);
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
	if (resolve_upstream_flush(r, &when) || !list_empty(&r->served))
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

void resolve_turn_begin(struct resolve *r)
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
