#include "resolve/core_priv.h"

#include <stdlib.h>

/* How long an ID of which no answer came may not be used again on its socket. */
enum { LATE_MS = 5000 };

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

	resolve_flight_free(f->socket->r, f);
}

struct resolve_flight *resolve_flight_new(struct resolve_link *link, uint64_t serial)
{
	struct resolve *r = link->r;
	struct resolve_flight *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	/* A channel never has more than a small part of all IDs on the way: a few tries. */
	do
		f->id = resolve_core_random(r);
	while (resolve_flight_find(r, serial, f->id));
	f->link = link;
	resolve_timer_init(&f->late, forget);
	list_init(&f->of_channel);
	list_init(&f->of_link);
	list_add(&link->flights, &f->of_link);
	hash_add(&r->flights, &f->node, key(serial, f->id));
	return f;
}

void resolve_flight_free(struct resolve *r, struct resolve_flight *f)
{
	struct resolve_socket *s = f->socket;
	struct resolve_connection *c = f->connection;

	resolve_timer_unset(&f->late);
	list_drop(&f->of_link);
	list_drop(&f->of_channel);
	hash_drop(&r->flights, &f->node);
	free(f);
	if (s) {
		s->n_flights--;
		resolve_udp_settle(s);
	}
	if (c)
		resolve_tcp_gone(c);
}

void resolve_flight_late(struct resolve_flight *f)
{
	struct resolve_connection *c = f->connection;

	list_drop(&f->of_link);
	f->link = NULL;
	/* A connection ends, and with it what is late there; a socket may live on. */
	if (c)
		resolve_tcp_late(f);
	else
		resolve_timer_set(&f->socket->r->wheel, &f->late, f->socket->r->now + LATE_MS);
}

enum resolve_took resolve_flight_feed(struct resolve_flight *f, struct str octets, bool truncated,
				      int64_t now_us)
{
	struct resolve_link *link = f->link;
	struct resolve *r = link->r;
	unsigned server = f->socket ? f->socket->server : resolve_tcp_server(f->connection);
	struct resolve_server_info *info = &r->up[server].info;
	struct resolve_reply reply = {
		.octets = octets,
		.server = server,
		.over_tcp = f->connection != NULL,
		.edns = f->edns,
		.truncated = truncated,
	};

	enum resolve_took took = resolve_query_feed(&link->query, &reply);
	if (took == RESOLVE_DROPPED)
		return took;
	/* By TCP it is the connection that is timed: no measure for datagrams. */
	bool timed = f->socket || r->peers[server].stream;
	resolve_server_answered(info, timed ? now_us - f->sent_us : -1, r->now);
	if (took == RESOLVE_SPOILT)
		resolve_server_failed(info, INT64_MAX, r->now);
	if (f->connection)
		resolve_tcp_keepalive(f->connection, link->query.keepalive_100ms);
	/* Of what was sent twice a second answer may come. */
	if (f->socket && f->sent > 1)
		resolve_flight_late(f);
	else
		resolve_flight_free(r, f);
	resolve_link_act(link);
	return took;
}

static void free_one(struct hash_node *node, void *arg)
{
	resolve_flight_free(arg, CONTAINER_OF(node, struct resolve_flight, node));
}

void resolve_flight_free_all(struct resolve *r)
{
	hash_each(&r->flights, free_one, r);
}
