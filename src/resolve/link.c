#include "resolve/core_priv.h"

#include "base/buf.h"
#include "dns/build.h"

#include <stdlib.h>
#include <string.h>

static struct resolve_key key_of(const struct resolve_link *link)
{
	return (struct resolve_key){ link->query.name, link->query.type, link->bits,
				     link->node.hash };
}

static struct resolve_link *find(struct resolve *r, const struct resolve_key *key)
{
	for (struct hash_node *n = hash_first(&r->links, key->hash); n; n = hash_next(n)) {
		struct resolve_link *link = CONTAINER_OF(n, struct resolve_link, node);
		struct resolve_key its = key_of(link);
		if (!link->stale && resolve_key_eq(&its, key))
			return link;
	}
	return NULL;
}

struct order {
	uint8_t server[RESOLVE_PEERS_MAX];
	unsigned n;
};

/* Those of the tier that are down, and failing, or not; from first on. */
static void add_to_order(struct resolve *r, unsigned first, bool down, bool failing,
			 struct order *out)
{
	for (unsigned i = 0; i < r->n_up; i++) {
		unsigned server = (first + i) % r->n_up;
		const struct resolve_peer *peer = &r->peers[server];
		bool fails = r->failing & 1u << server;
		if (r->trusted_only && peer->trust == DNS_TRUST_NONE)
			continue;
		if (peer->down == down && fails == failing)
			out->server[out->n++] = (uint8_t)server;
	}
}

/*
 * Those of the tier, the ones that answer first; each half in order from where this turn
 * begins.  Who is found not to validate comes behind all others, and is asked only where they
 * are silent; where they are silent already, before them, and then all are alike.
 */
static void order(struct resolve *r, struct resolve_query *q)
{
	unsigned first = r->conf.rotate ? r->first++ % (r->n_up ? r->n_up : 1) : 0;
	struct order o;

	o.n = 0;
	for (unsigned i = 0; i < r->n_up; i++)
		resolve_server_refresh(&r->up[i].info, r->now);
	add_to_order(r, first, false, false, &o);
	bool some = o.n > 0;
	if (!some && r->failing)
		add_to_order(r, first, false, true, &o);
	if (o.n < r->n_up) /* mostly all are there by now */
		add_to_order(r, first, true, false, &o);
	if (some && r->failing) {
		q->n_upper = o.n;
		add_to_order(r, first, false, true, &o);
	}
	if (r->failing)
		add_to_order(r, first, true, true, &o);
	resolve_query_start(q, r->peers, o.server, o.n);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool by_datagram(const struct resolve_link *link)
{
	return !link->r->up[link->query.server].info.peer->stream &&
	       !(link->query.stream & 1u << link->query.server);
}

static const struct resolve_server_info *info_of(const struct resolve_link *link)
{
	return &link->r->up[link->query.server].info;
}

/* When the datagram that is on the way is sent for the last time; INT64_MAX: not in this turn. */
static int64_t resend_at(const struct resolve_link *link)
{
	if (link->resent || !by_datagram(link))
		return INT64_MAX;
	return link->sent_at + resolve_server_resend_ms(info_of(link));
}

/*
 * Whether it is to be sent once more before that, as the server answers others; not where the last
 * one follows on its heels.
 */
static bool hurries(const struct resolve_link *link)
{
	const struct resolve_server_info *info = info_of(link);
	int64_t hurry = resolve_server_hurry_ms(info);

	return by_datagram(link) && !link->resent && !link->hurried &&
	       link->r->now >= link->sent_at + hurry && link->r->now + hurry <= resend_at(link) &&
	       resolve_server_overtaken(info, link->sent_at);
}

/* When to see again to what is on the way. */
static int64_t look_at(const struct resolve_link *link)
{
	int64_t at = earlier(link->query.deadline, resend_at(link));

	if (link->resent || link->hurried || !by_datagram(link))
		return at;
	return earlier(at, link->r->now + resolve_server_hurry_ms(info_of(link)));
}

/* The channels of the server learn that it was silent. */
static void give_up(struct resolve_link *link, unsigned server)
{
	const struct resolve_channel *whole = link->r->up[server].info.channel->whole;

	if (whole->silent)
		whole->silent(link, server);
}

/* Before all that wait for their first: its time is running. */
static void send_again(struct resolve_link *link, bool last)
{
	struct resolve *r = link->r;
	int64_t next = last ? INT64_MAX : resend_at(link);

	resolve_timer_set(&r->wheel, &link->timer, earlier(link->query.deadline, next));
	list_drop(&link->queue);
	list_add(r->up[link->query.server].queue.next, &link->queue);
}

/* The datagram is taken for lost, once: while the system takes no other time goes on. */
static void miss(struct resolve_link *link)
{
	if (!link->missed)
		resolve_window_lost(&link->r->up[link->query.server].info.window);
	link->missed = true;
}

/* The attempt that was last sent has run out of time, or its datagram is sent again. */
static void expire(struct resolve_timer *t)
{
	struct resolve_link *link = CONTAINER_OF(t, struct resolve_link, timer);
	struct resolve *r = link->r;
	unsigned server = link->query.server;
	struct resolve_server_info *info = &r->up[server].info;
	bool over = r->now >= link->query.deadline, last = r->now >= resend_at(link);

	if (by_datagram(link) && (over || last))
		miss(link);
	if (!over && (last || hurries(link))) {
		send_again(link, last);
		return;
	}
	if (resolve_query_expire(&link->query, r->now)) {
		info->tally.timeouts++;
		resolve_server_failed(info, link->sent_at, r->now);
		give_up(link, server);
	}
	resolve_link_act(link);
}

static const struct resolve_carried told;

static size_t octets_of(const struct dns_name *name)
{
	return sizeof(struct resolve_link) + dns_name_octets(name);
}

static struct resolve_link *new_link(struct resolve *r, const struct resolve_key *key)
{
	struct resolve_link *link = pool_get(&r->link_pool, octets_of(key->name));

	if (!link)
		return NULL;
	link->r = r;
	link->told = &told;
	link->bits = key->bits;
	link->probe_of = -1;
	list_init(&link->jobs);
	list_init(&link->flights);
	list_init(&link->queue);
	resolve_timer_init(&link->timer, expire);
	link->query.name = memcpy(link->octets, key->name, dns_name_octets(key->name));
	link->query.type = key->type;
	link->query.ad = key->bits & RESOLVE_KEY_AD;
	link->query.dnssec_ok = key->bits & RESOLVE_KEY_DO || r->conf.diagnose;
	link->query.cd = r->conf.diagnose;
	link->began = resolve_core_moment(r);
	r->counters.in_flight++;
	return link;
}

/* The link that asks for key: the one in flight, else a fresh one to be sent.  NULL: no memory. */
static struct resolve_link *link_for(struct resolve *r, const struct resolve_key *key, bool *fresh)
{
	struct resolve_link *link = find(r, key);

	*fresh = !link;
	if (link)
		return link;
	link = new_link(r, key);
	if (!link)
		return NULL;
	hash_add(&r->links, &link->node, key->hash);
	order(r, &link->query);
	return link;
}

void resolve_link_prefetch(struct resolve *r, const struct resolve_key *key)
{
	bool fresh;
	struct resolve_link *link = link_for(r, key, &fresh);

	if (!link)
		return;
	r->counters.prefetches++;
	link->prefetch = true;
	link->keep = true;
	if (fresh)
		resolve_link_act(link);
}

/* job waits for link, which is set going where it is fresh; NULL: there was no memory for it. */
static void join(struct resolve_job *job, struct resolve_link *link, bool fresh)
{
	if (!link) {
		resolve_core_serve(job->r, job, NULL, STR("out of memory"));
		return;
	}
	if (!fresh)
		job->r->counters.joined++;
	if (!(job->flags & RESOLVE_NO_CACHE))
		link->keep = true;
	job->state = RESOLVE_JOB_WAITING;
	job->link = link;
	list_add(&link->jobs, &job->at);
	if (fresh)
		resolve_link_act(link);
}

void resolve_link_join(struct resolve *r, struct resolve_job *job, const struct resolve_key *key)
{
	bool fresh;
	struct resolve_link *link = link_for(r, key, &fresh);

	join(job, link, fresh);
}

/* Ask one server alone. */
static void ask_only(struct resolve_link *link, unsigned server)
{
	uint8_t only = (uint8_t)server;

	resolve_query_start(&link->query, link->r->peers, &only, 1);
}

void resolve_link_again(struct resolve_job *job, const struct resolve_key *key, unsigned server,
			uint64_t since)
{
	struct resolve *r = job->r;
	struct resolve_key at = *key;

	at.bits |= RESOLVE_KEY_AT(server);
	at.hash = resolve_key_hash(r->seed, &at);
	struct resolve_link *link = find(r, &at);
	bool fresh = !link || link->began <= since;
	if (fresh && link)
		link->stale = true; /* for whoever waits for it; what is newer takes its place */
	if (fresh)
		link = new_link(r, &at);
	if (fresh && link) {
		hash_add(&r->links, &link->node, at.hash);
		ask_only(link, server);
	}
	join(job, link, fresh);
}

struct resolve_link *resolve_link_probe(struct resolve *r, unsigned server, unsigned part,
					const struct resolve_key *key, resolve_link_probed *probed)
{
	struct resolve_link *link = new_link(r, key);

	if (!link)
		return NULL;
	link->probed = probed;
	link->probe_of = (int)server;
	link->part = part;
	ask_only(link, server);
	return link;
}

/* Out of all tables; its flights are late.  What it held is freed. */
static void end(struct resolve_link *link)
{
	struct list *at;

	while ((at = list_shift(&link->flights)) != NULL)
		resolve_flight_late(CONTAINER_OF(at, struct resolve_flight, of_link));
	resolve_timer_unset(&link->timer);
	if (link->ask)
		link->unask(link);
	list_drop(&link->queue);
	if (link->probe_of < 0)
		hash_drop(&link->r->links, &link->node);
	link->r->counters.in_flight--;
	resolve_query_clear(&link->query);
	pool_put(&link->r->link_pool, link, octets_of(link->query.name));
}

/* What is said where there is no answer: "127.0.0.1:53: no answer in time". */
static struct dns_answer *no_answer(const struct resolve_link *link)
{
	const struct resolve_query *q = &link->query;
	struct dns_asked asked = { .name = q->name, .type = q->type, .ad = q->ad };
	struct buf why = BUF_MAX(256);
	struct dns_answer *a = NULL;

	if (q->n_order > 0)
		buf_addf(&why, "%.*s: ", STR_ARG(link->r->up[q->server].info.name));
	resolve_query_why(q, &why);
	if (dns_build_none(&asked, DNS_NO_ANSWER, buf_str(&why), &a) != ERR_OK)
		a = NULL;
	buf_free(&why);
	return a;
}

/* The line of the cache for what link asks. */
static struct resolve_key line_of(const struct resolve_link *link)
{
	struct resolve_key key = key_of(link);

	if (key.bits == (key.bits & RESOLVE_KEY_LINE))
		return key;
	key.bits &= RESOLVE_KEY_LINE;
	key.hash = resolve_key_hash(link->r->seed, &key);
	return key;
}

/* The entry that the link came to; NULL when out of memory. */
static struct resolve_entry *harvest(struct resolve_link *link)
{
	struct resolve_query *q = &link->query;
	struct dns_answer *a = q->answer;
	bool answered = a != NULL;

	q->answer = NULL;
	if (!answered)
		a = no_answer(link);
	struct resolve_key key = line_of(link);
	struct resolve_entry *e = a ? resolve_entry_new(&link->r->cache, a, &key) : NULL;
	if (e)
		e->came = resolve_core_moment(link->r);
	if (!e || !answered)
		return e;
	e->server = (int)q->server;
	e->over_tcp = q->over_tcp;
	if (q->plain & 1u << q->server && e->answer->outcome != DNS_FAILED)
		resolve_server_plain(&link->r->up[q->server].info, link->r->now);
	return e;
}

static void complete(struct resolve_link *link)
{
	struct resolve *r = link->r;
	struct resolve_entry *e = harvest(link);
	int probe_of = link->probe_of;
	unsigned part = link->part;
	resolve_link_probed *probed = link->probed;
	struct list jobs, *at;

	list_init(&jobs);
	while ((at = list_shift(&link->jobs)) != NULL)
		list_add(&jobs, at);
	if (e && link->keep && !link->stale)
		resolve_cache_put(&r->cache, e, r->now);
	else if (e)
		resolve_cache_pass(&r->cache, e, r->now);
	end(link);
	if (probe_of >= 0)
		probed(r, (unsigned)probe_of, part, e ? e->answer : NULL);
	while ((at = list_shift(&jobs)) != NULL)
		resolve_core_serve(r, CONTAINER_OF(at, struct resolve_job, at), e,
				   e ? STR("") : STR("out of memory"));
}

static const struct resolve_channel *channel_of(const struct resolve_link *link)
{
	return link->r->up[link->query.server].info.channel;
}

void resolve_link_act(struct resolve_link *link)
{
	struct resolve *r = link->r;

	list_drop(&link->queue);
	for (;;) {
		switch (resolve_query_want(&link->query)) {
		case RESOLVE_WANT_UDP:
			if (!channel_of(link)->send(link))
				return;
			break;
		case RESOLVE_WANT_TCP:
			if (!channel_of(link)->whole->send(link))
				return;
			break;
		case RESOLVE_WANT_WAIT:
			resolve_timer_set(&r->wheel, &link->timer, look_at(link));
			return;
		case RESOLVE_WANT_DONE:
			complete(link);
			return;
		}
	}
}

static void lost(struct resolve_link *link, unsigned server, struct str why)
{
	resolve_server_failed(&link->r->up[server].info, link->sent_at, link->r->now);
	resolve_query_lost(&link->query, server, why);
	resolve_link_act(link);
}

static void sent(struct resolve_link *link)
{
	link->r->counters.sent++;
	link->datagram_at = link->r->now;
	link->missed = false;
	if (link->query.state == RESOLVE_QUERY_WAIT) {
		link->resent = link->datagram_at >= resend_at(link);
		link->hurried = true;
		return;
	}
	link->hurried = link->resent = false;
	link->sent_at = link->r->now;
	resolve_query_sent(&link->query, link->r->now);
}

static const struct resolve_carried told = { resolve_link_act, sent, lost };

void resolve_link_drop(struct resolve_link *link)
{
	if (!link->prefetch)
		end(link);
}

struct outdate {
	const struct dns_name *name;
};

static void outdate_one(struct hash_node *node, void *arg)
{
	struct resolve_link *link = CONTAINER_OF(node, struct resolve_link, node);
	const struct outdate *o = arg;

	if (!o->name || dns_name_eq(o->name, link->query.name))
		link->stale = true;
}

/* The links stay in the table, where all are found when the servers go. */
void resolve_link_outdate(struct resolve *r, const struct dns_name *name)
{
	struct outdate o = { name };

	resolve_cache_flush(&r->cache, name);
	hash_each(&r->links, outdate_one, &o);
}

static void free_one(struct hash_node *node, void *arg)
{
	(void)arg;
	end(CONTAINER_OF(node, struct resolve_link, node));
}

void resolve_link_free_all(struct resolve *r)
{
	hash_each(&r->links, free_one, NULL);
	for (unsigned i = 0; i < r->n_up; i++) {
		for (unsigned part = 0; part < RESOLVE_PROBE_PARTS; part++) {
			if (r->up[i].probing[part])
				end(r->up[i].probing[part]);
			r->up[i].probing[part] = NULL;
		}
	}
}
