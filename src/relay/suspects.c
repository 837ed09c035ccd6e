#include "relay/suspects.h"

#include "auth/pause.h"
#include "base/hash.h"
#include "os/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct suspect {
	struct hash_node node;
	struct list link; /* who was wrong last is last */
	struct ip ip;
	struct auth_pause pause;
};

struct relay_suspects {
	pthread_mutex_t lock;
	struct hash table;
	struct list order;
	uint64_t seed[2];
};

struct relay_suspects *relay_suspects_new(void)
{
	struct relay_suspects *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	if (hash_init(&s->table) != ERR_OK) {
		free(s);
		return NULL;
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	list_init(&s->order);
	os_random(s->seed, sizeof(s->seed));
	return s;
}

static void free_one(struct hash_node *node, void *arg)
{
	(void)arg;
	free(CONTAINER_OF(node, struct suspect, node));
}

void relay_suspects_free(struct relay_suspects **s)
{
	if (*s) {
		hash_each(&(*s)->table, free_one, NULL);
		hash_clear(&(*s)->table);
		(void)pthread_mutex_destroy(&(*s)->lock);
	}
	free(*s);
	*s = NULL;
}

struct ip relay_suspects_network(const struct ip *ip)
{
	struct ip n = *ip;

	if (n.family == 6)
		memset(n.octets + 8, 0, 8);
	return n;
}

static uint64_t hash_of(const struct relay_suspects *s, const struct ip *net)
{
	return hash_octets(s->seed, (struct str){ (const char *)net->octets, sizeof(net->octets) });
}

static struct suspect *find(const struct relay_suspects *s, const struct ip *ip, uint64_t h)
{
	for (struct hash_node *n = hash_first(&s->table, h); n; n = hash_next(n)) {
		struct suspect *x = CONTAINER_OF(n, struct suspect, node);
		if (ip_eq(&x->ip, ip))
			return x;
	}
	return NULL;
}

/* A new one; where there are too many, in place of who was wrong longest ago.  NULL: no memory. */
static struct suspect *add(struct relay_suspects *s, const struct ip *ip, uint64_t h)
{
	struct list *oldest = s->table.n < RELAY_SUSPECTS_MAX ? NULL : list_shift(&s->order);
	struct suspect *x;

	if (oldest) {
		x = CONTAINER_OF(oldest, struct suspect, link);
		hash_drop(&s->table, &x->node);
		free(x);
	}
	x = calloc(1, sizeof(*x));
	if (!x)
		return NULL;
	x->ip = *ip;
	list_init(&x->link);
	list_add(&s->order, &x->link);
	hash_add(&s->table, &x->node, h);
	return x;
}

unsigned relay_suspects_wrong(struct relay_suspects *s, const struct ip *ip, int64_t now)
{
	const struct ip net = relay_suspects_network(ip);
	unsigned wrong = 1;

	if (ip->family == 0)
		return wrong;
	(void)pthread_mutex_lock(&s->lock);
	uint64_t h = hash_of(s, &net);
	struct suspect *x = find(s, &net, h);
	if (!x)
		x = add(s, &net, h);
	if (x) {
		auth_pause_wrong(&x->pause, now);
		wrong = x->pause.wrong;
		list_drop(&x->link);
		list_add(&s->order, &x->link);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return wrong;
}

bool relay_suspects_lately(struct relay_suspects *s, const struct ip *ip, int64_t now)
{
	const struct ip net = relay_suspects_network(ip);

	(void)pthread_mutex_lock(&s->lock);
	const struct suspect *x = find(s, &net, hash_of(s, &net));
	bool lately = x && now - x->pause.last < AUTH_PAUSE_FORGET_MS;
	(void)pthread_mutex_unlock(&s->lock);
	return lately;
}
