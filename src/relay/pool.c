#include "relay/pool.h"

#include <stdlib.h>

struct relay_pool {
	struct relay_worker *worker;
	struct hash table;        /* idle connections, by key */
	struct list idle;         /* the same, who was idle longest first */
	struct list all;          /* every connection that is not closed */
	struct loop_timer *timer; /* for the first of idle */
	bool timed;               /* it is set */
};

/* With the host's name, as one address may be that of a thousand names. */
static uint64_t hash_of(const struct relay_pool *p, const struct relay_connection_key *key)
{
	const struct ip_port *at = &key->at;
	const uint64_t *seed = p->worker->shared->hash_seed;
	uint64_t h = hash_nocase(seed, dns_name_wire(&key->host)) ^
		     hash_octets(seed, (struct str){ (const char *)at->ip.octets,
						     sizeof(at->ip.octets) });

	return h ^ ((uint64_t)at->port << 8) ^ key->service ^ ((uint64_t)key->tls << 4);
}

static bool key_eq(const struct relay_connection_key *a, const struct relay_connection_key *b)
{
	return ip_port_eq(&a->at, &b->at) && a->service == b->service &&
	       a->authenticated == b->authenticated && ip_eq(&a->from, &b->from) &&
	       dns_name_eq(&a->host, &b->host) && a->tls == b->tls && a->at_once == b->at_once &&
	       a->login == b->login && str_eq(a->trust, b->trust);
}

/* Times grow along the list: a timer that is set comes early enough, and looks again then. */
static void set_timer(struct relay_pool *p)
{
	if (p->timed || list_empty(&p->idle))
		return;
	p->timed = true;
	loop_timer_set(p->timer,
		       CONTAINER_OF(p->idle.next, struct relay_connection, idle)->idle_until);
}

static void leave_idle(struct relay_pool *p, struct relay_connection *c)
{
	if (list_empty(&c->idle))
		return;
	list_drop(&c->idle);
	hash_drop(&p->table, &c->node);
}

static void uncount(struct relay_pool *p, struct relay_connection *c)
{
	if (c->counted)
		schedule_pace_closed(&p->worker->pace);
	c->counted = false;
}

static void gone(struct relay_connection *c)
{
	struct relay_pool *p = c->worker->pool;

	leave_idle(p, c);
	list_drop(&c->member);
	uncount(p, c);
}

/* One that says good-bye is not in the way of another any more. */
static void quit(struct relay_pool *p, struct relay_connection *c)
{
	leave_idle(p, c);
	uncount(p, c);
	relay_connection_quit(c);
}

static void quit_first(struct relay_pool *p)
{
	quit(p, CONTAINER_OF(p->idle.next, struct relay_connection, idle));
}

static void timer_fired(void *arg)
{
	struct relay_pool *p = arg;
	int64_t now = loop_now(p->worker->loop);

	p->timed = false;
	while (!list_empty(&p->idle) &&
	       CONTAINER_OF(p->idle.next, struct relay_connection, idle)->idle_until <= now)
		quit_first(p);
	set_timer(p);
}

struct relay_pool *relay_pool_new(struct relay_worker *w)
{
	struct relay_pool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->worker = w;
	list_init(&p->idle);
	list_init(&p->all);
	p->timer = loop_timer_new(w->loop, timer_fired, p);
	if (!p->timer || hash_init(&p->table) != ERR_OK) {
		loop_timer_free(&p->timer);
		free(p);
		return NULL;
	}
	return p;
}

void relay_pool_free(struct relay_pool **pp)
{
	struct relay_pool *p = *pp;

	if (!p)
		return;
	while (!list_empty(&p->all)) {
		struct relay_connection *c =
			CONTAINER_OF(p->all.next, struct relay_connection, member);
		relay_connection_close(&c);
	}
	loop_timer_free(&p->timer);
	hash_clear(&p->table);
	free(p);
	*pp = NULL;
}

struct relay_connection *relay_pool_take(struct relay_pool *p,
					 const struct relay_connection_key *key,
					 const struct relay_connection_user *user)
{
	struct relay_connection *latest = NULL;

	/* The latest used: the others may run out and be ended. */
	for (struct hash_node *n = hash_first(&p->table, hash_of(p, key)); n; n = hash_next(n)) {
		struct relay_connection *c = CONTAINER_OF(n, struct relay_connection, node);
		if (key_eq(&c->key, key) && (!latest || c->idle_until > latest->idle_until))
			latest = c;
	}
	if (!latest)
		return NULL;
	leave_idle(p, latest);
	relay_connection_give(latest, user);
	return latest;
}

struct relay_connection *relay_pool_connect(struct relay_pool *p,
					    const struct relay_connection_key *key,
					    const struct relay_connection_user *user,
					    struct buf *why)
{
	for (unsigned n = schedule_pace_crowd(&p->worker->pace); n && !list_empty(&p->idle); n--)
		quit_first(p);
	struct relay_connection *c = relay_connection_new(p->worker, key, user, why);
	if (!c)
		return NULL;
	c->gone = gone;
	list_add(&p->all, &c->member);
	schedule_pace_connected(&p->worker->pace);
	c->counted = true;
	return c;
}

bool relay_pool_used_up(const struct relay_connection *c)
{
	bool closed = c->secured && tls_session_state(c->tls) != TLS_OPEN;

	return closed || c->used >= c->how->reuse;
}

bool relay_pool_serves(const struct relay_pool *p, const struct ip_port *at)
{
	for (struct list *l = p->all.next; l != &p->all; l = l->next) {
		const struct relay_connection *c = CONTAINER_OF(l, struct relay_connection, member);
		if (c->state == RELAY_OPEN && c->used && ip_port_eq(&c->key.at, at))
			return true;
	}
	return false;
}

void relay_pool_release(struct relay_pool *p, struct relay_connection *c,
			enum relay_pool_worth worth)
{
	if (worth == RELAY_POOL_SPENT || p->worker->stopping || relay_pool_used_up(c) ||
	    c->settings != p->worker->settings) {
		quit(p, c);
		return;
	}
	relay_connection_give(c, NULL);
	c->idle_until = loop_now(p->worker->loop) + RELAY_POOL_IDLE_MS;
	list_add(&p->idle, &c->idle);
	hash_add(&p->table, &c->node, hash_of(p, &c->key));
	set_timer(p);
}

void relay_pool_stop(struct relay_pool *p)
{
	while (!list_empty(&p->idle))
		quit_first(p);
}
