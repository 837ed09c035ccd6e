/*
 * One table under a mutex: it is touched once when a session begins and once
 * when it ends, and a limit that held for each worker alone would hold for none.
 */
#include "relay/clients.h"

#include "base/hash.h"
#include "os/random.h"

#include <pthread.h>
#include <stdlib.h>

struct client {
	struct hash_node node;
	struct ip ip;
	unsigned sessions;
};

struct relay_clients {
	pthread_mutex_t lock;
	struct hash table;
	uint64_t seed[2];
};

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

bool relay_clients_enter(struct relay_clients *c, const struct ip *ip, unsigned max)
{
	uint64_t h = hash_of(c, ip);

	(void)pthread_mutex_lock(&c->lock);
	struct client *x = find(c, ip, h);
	if (!x && max) {
		x = calloc(1, sizeof(*x));
		if (x) {
			x->ip = *ip;
			hash_add(&c->table, &x->node, h);
		}
	}
	bool enters = x && x->sessions < max;
	if (enters)
		x->sessions++;
	(void)pthread_mutex_unlock(&c->lock);
	return enters;
}

void relay_clients_leave(struct relay_clients *c, const struct ip *ip)
{
	(void)pthread_mutex_lock(&c->lock);
	struct client *x = find(c, ip, hash_of(c, ip));
	if (x && --x->sessions == 0) {
		hash_drop(&c->table, &x->node);
		free(x);
	}
	(void)pthread_mutex_unlock(&c->lock);
}
