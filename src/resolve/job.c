/*
 * Jobs: what one question of a user's goes through, from the cache or the servers
 * to its callback.
 *
 * A job waits in one list, which its state names, so that it can be taken out
 * at any moment.  Before its callback is made it is out of all of them and
 * freed: the callback may cancel, ask, and free the resolver.
 */
#include "resolve/core_priv.h"

#include "dns/build.h"

#include <string.h>

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

/* Its server was found not to validate, and there is a better one: what it said asks for DNSSEC. */
static bool is_outranked(const struct resolve *r, const struct resolve_job *job,
			 const struct resolve_entry *e)
{
	return job->flags & RESOLVE_AD && e->server >= 0 &&
	       resolve_probe_outranked(r, (unsigned)e->server);
}

/* Not all of it comes from the cache. */
static void note_asked(struct resolve_job *job)
{
	job->cached = false;
	if (job->asked_us == 0)
		job->asked_us = job->r->now_us;
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
	if (e && r->failing && is_outranked(r, job, e))
		e = NULL;
	if (e) {
		r->counters.hits++;
		resolve_core_serve(r, job, e, STR(""));
		if (resolve_cache_due(e, r->now))
			resolve_link_prefetch(r, &key);
		return;
	}
	r->counters.misses++;
	note_asked(job);
	if (r->failing)
		resolve_probe_failing(r);
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
	dns_answer_free(&job->held);
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
	view.proved = job->flags & RESOLVE_PROVED && a->status == DNS_INSECURE && job->proved;
	view.cached = job->cached;
	view.elapsed_us = job->cached ? 0 : r->now_us - job->asked_us;
	view.source = resolve_show_source(r, job, a);
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
	dns_answer_free(&job->held);
	job->evidence = (struct resolve_evidence){ 0 };
	job->proved = job->doubted = false;
	job->servers = 0;
	aim(r, job, job->name);
	start(r, job);
}

/*
 * Whether a server may have said this before it began to validate: then it does
 * not go with what the probe says now.  What was to be proved has a probe of its own.
 */
static bool outdated(const struct resolve *r, const struct resolve_job *job,
		     const struct dns_answer *a)
{
	unsigned asked = RESOLVE_AD | RESOLVE_PROBED;

	if (job->flags & RESOLVE_PROVED && a->status == DNS_INSECURE)
		return false;
	return job->epoch != r->epoch && (job->flags & asked) == asked && a->status != DNS_SECURE &&
	       a->outcome != DNS_NO_ANSWER;
}

/*
 * Whether a server of the answer was found not to validate, though there is one that may: that
 * one is asked.  Once for each server at most: they may change places meanwhile.
 */
static bool to_be_bettered(const struct resolve *r, struct resolve_job *job,
			   const struct dns_answer *a)
{
	unsigned asks = RESOLVE_PROBED | RESOLVE_AD;

	if (!r->failing || (job->flags & asks) != asks || a->outcome == DNS_NO_ANSWER)
		return false;
	for (unsigned i = 0; i < r->n_up; i++)
		if (job->servers & 1u << i && resolve_probe_outranked(r, i))
			return ++job->rounds < r->n_up;
	return false;
}

/*
 * The servers whose probe is wanted.  Where none answered and a proof was asked for, each that
 * could have is, until one is known for something else than that it does not validate.  Of who
 * fails that is known until it is found otherwise: nobody waits for as long as slow ones are
 * probed in turn.
 */
static unsigned suspects(const struct resolve *r, const struct resolve_job *job,
			 const struct dns_answer *a)
{
	unsigned all = 0;

	if (!(job->flags & RESOLVE_PROBED))
		return 0;
	if (a->outcome != DNS_NO_ANSWER)
		return job->servers;
	for (unsigned i = 0; job->flags & RESOLVE_PROVED && i < r->n_up; i++) {
		if (r->peers[i].trust == DNS_TRUST_NONE || resolve_probe_fails(r, i))
			continue;
		if (resolve_probe_state(r, i, r->now) != DNS_PROBE_UNKNOWN)
			return 0;
		all |= 1u << i;
	}
	return all;
}

/* The answer is whole: call back, after a probe where one is wanted. */
static void conclude(struct resolve *r, struct resolve_job *job, const struct dns_answer *a)
{
	unsigned of = suspects(r, job, a);

	for (unsigned i = 0; i < r->n_up; i++) {
		if (!(of & 1u << i) || r->peers[i].trust == DNS_TRUST_NONE ||
		    resolve_probe_known(r, i))
			continue;
		if (!job->own && dns_answer_copy(a, &job->own) != ERR_OK)
			deliver_none(r, job, STR("out of memory"));
		else
			resolve_probe_wait(r, i, job);
		return;
	}
	if (to_be_bettered(r, job, a) || outdated(r, job, a))
		again(r, job);
	else
		deliver(r, job, a);
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

static void note_server(struct resolve_job *job)
{
	if (job->server >= 0)
		job->servers |= (uint16_t)(1u << job->server);
}

/* One link of the chain is there, to be used: held, or one that lives longer than we look. */
static void add_link(struct resolve *r, struct resolve_job *job, const struct dns_answer *link)
{
	const struct dns_answer *whole = link;
	struct dns_answer *joined = NULL;
	enum err e = ERR_OK;

	note_server(job);
	if (job->own) {
		e = dns_build_join(job->own, link, &joined);
		dns_answer_free(&job->own);
	} else if (job->held) {
		joined = job->held;
		job->held = NULL;
	} else if (link->open && !(job->flags & RESOLVE_NO_CHASE)) {
		e = dns_answer_copy(link, &joined);
	}
	dns_answer_free(&job->held);
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
		conclude(r, job, whole);
}

/* False: no memory. */
static bool hold(struct resolve_job *job, const struct dns_answer *a, uint64_t came)
{
	struct dns_answer *copy;

	if (dns_answer_copy(a, &copy) != ERR_OK)
		return false;
	dns_answer_free(&job->held);
	job->held = copy;
	job->since = came;
	return true;
}

/* What is held is as sure as it gets. */
static void use_held(struct resolve *r, struct resolve_job *job)
{
	job->evidence = (struct resolve_evidence){ 0 };
	add_link(r, job, job->held);
}

static void probe_for(struct resolve *r, struct resolve_job *job)
{
	unsigned server = (unsigned)job->server;
	enum dns_probe found = resolve_probe_since(r, server, &job->since);

	if (found == DNS_PROBE_UNKNOWN)
		resolve_probe_wait(r, server, job);
	else
		resolve_evidence_probe(&job->evidence, found);
}

/* Do what the evidence wants, as far as it goes now. */
static void prove(struct resolve *r, struct resolve_job *job)
{
	struct resolve_key key = key_of(r, job);

	if (job->evidence.state == RESOLVE_EVIDENCE_BEFORE ||
	    job->evidence.state == RESOLVE_EVIDENCE_AFTER)
		probe_for(r, job);
	switch (job->evidence.state) {
	case RESOLVE_EVIDENCE_BEFORE:
	case RESOLVE_EVIDENCE_AFTER:
		return;
	case RESOLVE_EVIDENCE_AGAIN:
		note_asked(job);
		resolve_link_again(job, &key, (unsigned)job->server, job->since);
		return;
	case RESOLVE_EVIDENCE_PROVED:
		resolve_cache_prove(&r->cache, &key, job->came);
		job->proved = true;
		break;
	case RESOLVE_EVIDENCE_DOUBTED:
		job->doubted = true;
		break;
	case RESOLVE_EVIDENCE_NONE:
		break;
	}
	use_held(r, job);
}

/* An answer came for what is to be proved, or may have to be. */
static void prove_found(struct resolve *r, struct resolve_job *job, const struct dns_answer *view)
{
	const struct resolve_entry *e = job->found;

	if (resolve_evidence_answer(&job->evidence, view)) {
		job->server = e->server;
		job->over_tcp = e->over_tcp;
		job->came = e->came;
		if (!hold(job, view, e->came)) {
			deliver_none(r, job, STR("out of memory"));
			return;
		}
	}
	prove(r, job);
}

/* Whether the answer has to be proved before it can be used, or is one that proves. */
static bool wants_proof(const struct resolve_job *job, const struct resolve_entry *e)
{
	if (job->evidence.state != RESOLVE_EVIDENCE_NONE)
		return true;
	return job->flags & RESOLVE_PROVED && e->answer->status == DNS_INSECURE && !e->proved &&
	       !job->proved && !job->doubted;
}

static void serve_found(struct resolve *r, struct resolve_job *job)
{
	struct dns_answer view = view_of(r, job->found);

	if (wants_proof(job, job->found)) {
		prove_found(r, job, &view);
		return;
	}
	job->server = job->found->server;
	job->over_tcp = job->found->over_tcp;
	job->proved = job->proved || job->found->proved;
	if (job->own || view.open) {
		add_link(r, job, &view);
		return;
	}
	/* The usual case: the link is the whole answer, and nothing has to be copied. */
	note_server(job);
	conclude(r, job, &view);
}

void resolve_job_serve(struct resolve *r, struct resolve_job *job)
{
	if (job->found)
		serve_found(r, job);
	else if (job->why.n > 0)
		deliver_none(r, job, job->why);
	else if (job->evidence.state != RESOLVE_EVIDENCE_NONE)
		prove(r, job);
	else
		conclude(r, job, job->own);
}

void resolve_job_aim(struct resolve_job *job)
{
	aim(job->r, job, job->name);
}

void resolve_job_start(struct resolve_job *job)
{
	start(job->r, job);
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

struct resolve_job *resolve_job_new(struct resolve *r, const struct resolve_question *q,
				    resolve_done *done, void *arg)
{
	struct resolve_job *job = pool_get(&r->job_pool, octets_of(&q->name));

	if (!job)
		return NULL;
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
	return job;
}

static struct resolve_job *find_job(struct resolve *r, uint64_t id)
{
	struct hash_node *n = hash_first(&r->jobs, id);

	return n ? CONTAINER_OF(n, struct resolve_job, node) : NULL;
}

void resolve_job_cancel(struct resolve *r, uint64_t id)
{
	struct resolve_job *job = find_job(r, id);

	if (!job)
		return;
	struct resolve_link *link = job->link;
	end(job);
	if (link && list_empty(&link->jobs))
		resolve_link_drop(link);
}

static void free_job(struct hash_node *node, void *arg)
{
	(void)arg;
	end(CONTAINER_OF(node, struct resolve_job, node));
}

/* As it was when it was asked. */
static void reset_job(struct hash_node *node, void *arg)
{
	struct resolve *r = arg;
	struct resolve_job *job = CONTAINER_OF(node, struct resolve_job, node);

	dns_answer_free(&job->own);
	dns_answer_free(&job->held);
	job->evidence = (struct resolve_evidence){ 0 };
	job->proved = job->doubted = false;
	job->rounds = 0;
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

void resolve_job_free_all(struct resolve *r)
{
	hash_each(&r->jobs, free_job, NULL);
}

void resolve_job_reset_all(struct resolve *r)
{
	hash_each(&r->jobs, reset_job, r);
}
