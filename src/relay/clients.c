/*
 * One table under a mutex: it is touched once when a session begins and once
 * when it ends, and a limit that held for each worker alone would hold for none.
 */
#include "relay/clients.h"

#include "base/hash.h"
#include "os/random.h"

#include <pthread.h>
#include <stdlib.h>

#define KEPT 10 /* one part in so many is for who may relay */

struct client {
	struct hash_node node;
	struct ip ip;
	unsigned sessions;
};

struct relay_clients {
	pthread_mutex_t lock;
	struct relay_clients_limits limits;
	struct relay_clients_count count; /* .same is not used */
	struct hash table;                /* addresses of strangers */
	uint64_t seed[2];
};

enum relay_admission relay_clients_judge(const struct relay_clients_limits *limits,
					 const struct relay_clients_count *count,
					 enum relay_client who)
{
	const enum relay_admission full = limits->scarce ? RELAY_MAKE_ROOM : RELAY_FULL;

	if (count->all >= limits->connections)
		return full;
	if (who == RELAY_MAY_RELAY)
		return RELAY_ADMITTED;
	if (count->strangers >= limits->connections - limits->connections / KEPT)
		return full;
	return count->same >= limits->per_client ? RELAY_FULL_OF_SAME : RELAY_ADMITTED;
}

struct relay_clients *relay_clients_new(void)
{
	struct relay_clients *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (hash_init(&c->table) != ERR_OK) {
		free(c);
		return NULL;
	}
	(void)pthread_mutex_init(&c->lock, NULL);
	os_random(c->seed, sizeof(c->seed));
	return c;
}

void relay_clients_limit(struct relay_clients *c, struct relay_clients_limits limits)
{
	(void)pthread_mutex_lock(&c->lock);
	c->limits = limits;
	(void)pthread_mutex_unlock(&c->lock);
}

static void free_one(struct hash_node *node, void *arg)
{
	(void)arg;
	free(CONTAINER_OF(node, struct client, node));
}

void relay_clients_free(struct relay_clients **c)
{
	if (*c) {
		hash_each(&(*c)->table, free_one, NULL);
		hash_clear(&(*c)->table);
		(void)pthread_mutex_destroy(&(*c)->lock);
	}
	free(*c);
	*c = NULL;
}

static struct client *find(const struct relay_clients *c, const struct ip *ip, uint64_t h)
{
	for (struct hash_node *n = hash_first(&c->table, h); n; n = hash_next(n)) {
		struct client *x = CONTAINER_OF(n, struct client, node);
		if (ip_eq(&x->ip, ip))
			return x;
	}
	return NULL;
}

static uint64_t hash_of(const struct relay_clients *c, const struct ip *ip)
{
	return hash_octets(c->seed, (struct str){ (const char *)ip->octets, sizeof(ip->octets) });
}

/* RELAY_ADMITTED: there is room; then x, if it is a stranger, is its address's entry. */
static enum relay_admission admit(struct relay_clients *c, const struct client *x,
				  enum relay_client who)
{
	struct relay_clients_count count = c->count;

	count.same = x ? x->sessions : 0;
	return relay_clients_judge(&c->limits, &count, who);
}

/* Under the lock. */
static enum relay_admission enter_stranger(struct relay_clients *c, const struct ip *ip)
{
	uint64_t h = hash_of(c, ip);
	struct client *x = find(c, ip, h);
	enum relay_admission a = admit(c, x, RELAY_STRANGER);

	if (a != RELAY_ADMITTED)
		return a;
	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			return RELAY_NO_MEMORY;
		x->ip = *ip;
		hash_add(&c->table, &x->node, h);
	}
	x->sessions++;
	c->count.strangers++;
	return RELAY_ADMITTED;
}

enum relay_admission relay_clients_enter(struct relay_clients *c, const struct ip *ip,
					 enum relay_client who)
{
	(void)pthread_mutex_lock(&c->lock);
	enum relay_admission a =
		who == RELAY_STRANGER ? enter_stranger(c, ip) : admit(c, NULL, who);
	if (a == RELAY_ADMITTED)
		c->count.all++;
	(void)pthread_mutex_unlock(&c->lock);
	return a;
}

static void leave_stranger(struct relay_clients *c, const struct ip *ip)
{
	struct client *x = find(c, ip, hash_of(c, ip));

	c->count.strangers--;
	if (x && --x->sessions == 0) {
		hash_drop(&c->table, &x->node);
		free(x);
	}
}

void relay_clients_leave(struct relay_clients *c, const struct ip *ip, enum relay_client who)
{
	(void)pthread_mutex_lock(&c->lock);
	c->count.all--;
	if (who == RELAY_STRANGER)
		leave_stranger(c, ip);
	(void)pthread_mutex_unlock(&c->lock);
}
