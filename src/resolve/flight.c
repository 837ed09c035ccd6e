/*
 * Transmissions: under which ID and in which form a question went out, and what
 * its answer must therefore show.
 */
#include "resolve/core_priv.h"

#include "os/clock.h"

#include <stdlib.h>
#include <string.h>

/* How long a server that changes the letters of names is asked without mixing them. */
enum { UNMIXED_MS = 3600000 };

static uint64_t key(uint64_t serial, uint16_t id)
{
	return serial << 16 | id;
}

struct resolve_flight *resolve_flight_find(struct resolve *r, uint64_t serial, uint16_t id)
{
	struct hash_node *n = hash_first(&r->flights, key(serial, id));

	return n ? CONTAINER_OF(n, struct resolve_flight, node) : NULL;
}

static void forget(struct resolve_timer *t)
{
	struct resolve_flight *f = CONTAINER_OF(t, struct resolve_flight, late);

	resolve_flight_free(f->r, f);
}

struct resolve_flight *resolve_flight_new(struct resolve_link *link,
					  const struct resolve_channel *channel, uint64_t serial)
{
	struct resolve *r = link->r;
	struct resolve_flight *f = pool_get(&r->flight_pool, sizeof(*f));

	if (!f)
		return NULL;
	/* A channel never has more than a small part of all IDs on the way: a few tries. */
	do
		f->id = resolve_core_random(r);
	while (resolve_flight_find(r, serial, f->id));
	f->link = link;
	f->r = r;
	f->channel = channel;
	f->server = link->query.server;
	resolve_timer_init(&f->late, forget);
	list_init(&f->of_channel);
	list_init(&f->of_link);
	list_add(&link->flights, &f->of_link);
	hash_add(&r->flights, &f->node, key(serial, f->id));
	return f;
}

void resolve_flight_free(struct resolve *r, struct resolve_flight *f)
{
	resolve_timer_unset(&f->late);
	list_drop(&f->of_link);
	list_drop(&f->of_channel);
	hash_drop(&r->flights, &f->node);
	free(f->signature);
	f->channel->gone(f);
	pool_put(&r->flight_pool, f, sizeof(*f));
}

void resolve_flight_late(struct resolve_flight *f)
{
	list_drop(&f->of_link);
	f->link = NULL;
	f->channel->late(f);
}

/* It may be lost, forged, or come twice. */
static bool by_datagram(const struct resolve_flight *f)
{
	return f->channel->whole != f->channel;
}

static void choose_cookie(struct resolve *r, struct resolve_flight *f, struct dns_cookie *c)
{
	uint16_t random[DNS_COOKIE_CLIENT / 2];

	if (dns_cookie_stale(c, r->now)) {
		for (size_t i = 0; i < DNS_COOKIE_CLIENT / 2; i++)
			random[i] = resolve_core_random(r);
		dns_cookie_renew(c, (const uint8_t *)random, r->now);
	}
	memcpy(f->cookie, c->client, DNS_COOKIE_CLIENT);
	f->cookied = true;
}

/*
 * Letters are mixed over TCP too: not to be checked there, but to learn whether
 * the server keeps them.
 */
static void choose_letters(struct resolve *r, struct resolve_flight *f)
{
	f->mixed = true;
	for (int i = 0; i < 4; i++)
		f->letters = f->letters << 16 | resolve_core_random(r);
}

static void choose_form(struct resolve *r, struct resolve_flight *f, unsigned server)
{
	struct resolve_upstream *up = &r->up[server];
	const struct dns_server *conf = &up->info.conf;

	f->edns = resolve_query_edns(&f->link->query, server);
	if (by_datagram(f) && f->edns && dns_cookie_wanted(&up->cookie, r->now))
		choose_cookie(r, f, &up->cookie);
	if (conf->mix_case && up->info.channel->whole != up->info.channel &&
	    r->peers[server].trust == DNS_TRUST_NONE && r->now >= up->unmixed_until)
		choose_letters(r, f);
}

/* Sign n octets; their new number, 0 without memory. */
static size_t sign(struct resolve_flight *f, const struct dns_tsig_key *key, uint8_t *out, size_t n)
{
	if (!f->signature)
		f->signature = malloc(sizeof(*f->signature));
	if (!f->signature)
		return 0;
	return dns_tsig_sign(out, n, key, os_clock_wall() / 1000, f->signature);
}

size_t resolve_flight_write(struct resolve_flight *f, uint8_t out[static RESOLVE_WIRE_MAX])
{
	struct resolve *r = f->link->r;
	unsigned server = f->server;
	struct resolve_upstream *up = &r->up[server];
	const struct dns_tsig_key *key = &up->info.conf.tsig;
	uint8_t cookie[DNS_COOKIE_MAX];
	struct resolve_form form = { .server = server, .id = f->id };

	if (f->sent == 0)
		choose_form(r, f, server);
	form.mixed = f->mixed;
	form.letters = f->letters;
	if (f->cookied)
		form.cookie = dns_cookie_write(&up->cookie, cookie);
	if (key->name.len > 0)
		form.trailer = dns_tsig_trailer(key);
	size_t n = resolve_query_write(&f->link->query, &form, out);
	return key->name.len > 0 ? sign(f, key, out, n) : n;
}

bool resolve_flight_repeatable(const struct resolve_flight *f)
{
	const struct resolve *r = f->link->r;
	unsigned server = f->server;

	if (f->signature || f->edns != resolve_query_edns(&f->link->query, server))
		return false;
	return !f->cookied ||
	       memcmp(f->cookie, r->up[server].cookie.client, DNS_COOKIE_CLIENT) == 0;
}

/* What came, and what the transmission has to be held against it. */
static struct resolve_fed judge(struct resolve_flight *f, struct str octets, bool truncated)
{
	struct resolve *r = f->link->r;
	unsigned server = f->server;
	struct resolve_upstream *up = &r->up[server];
	struct resolve_reply reply = {
		.octets = octets,
		.server = server,
		.over_tcp = !by_datagram(f),
		.edns = f->edns,
		.truncated = truncated,
		.mixed = f->mixed,
		.letters = f->letters,
		.now = r->now,
	};

	if (f->signature) {
		reply.key = &up->info.conf.tsig;
		reply.sent = f->signature;
		reply.wall_s = os_clock_wall() / 1000;
	}
	if (f->cookied) {
		reply.cookie = &up->cookie;
		reply.client_cookie = f->cookie;
	}
	struct resolve_fed fed = resolve_query_feed(&f->link->query, &reply);
	if (fed.took == RESOLVE_TOOK && fed.other_case)
		up->unmixed_until = r->now + UNMIXED_MS;
	return fed;
}

enum resolve_took resolve_flight_feed(struct resolve_flight *f, struct str octets, bool truncated)
{
	struct resolve_link *link = f->link;
	struct resolve *r = link->r;
	unsigned server = f->server;
	struct resolve_server_info *info = &r->up[server].info;
	hash_prefetch(&r->cache.table, link->node.hash); /* where the answer will go */
	struct resolve_fed fed = judge(f, octets, truncated);

	if (r->conf.trace)
		resolve_trace_taken(f, &fed, octets);
	if (fed.took == RESOLVE_DROPPED)
		return fed.took;
	if (fed.took == RESOLVE_DOUBTED) {
		resolve_flight_late(f);
		link->told->act(link);
		return fed.took;
	}
	/*
	 * By TCP it is the connection that is timed: no measure for datagrams.  Which of two
	 * datagrams was answered nobody knows (RFC 6298 section 3, Karn's algorithm).
	 */
	bool timed = by_datagram(f) ? f->sent == 1 : r->peers[server].stream;
	if (by_datagram(f))
		resolve_window_answered(&info->window, link->datagram_at);
	resolve_server_answered(info, timed ? r->now_us - f->sent_us : -1, r->now);
	resolve_server_judged(info, &fed);
	if (fed.took == RESOLVE_SPOILT)
		resolve_server_failed(info, INT64_MAX, r->now);
	if (f->channel->keepalive)
		f->channel->keepalive(f, link->query.keepalive_100ms);
	/* Of what was sent twice a second answer may come. */
	if (by_datagram(f) && f->sent > 1)
		resolve_flight_late(f);
	else
		resolve_flight_free(r, f);
	link->told->act(link);
	return fed.took;
}

static void free_one(struct hash_node *node, void *arg)
{
	resolve_flight_free(arg, CONTAINER_OF(node, struct resolve_flight, node));
}

void resolve_flight_free_all(struct resolve *r)
{
	hash_each(&r->flights, free_one, r);
}
