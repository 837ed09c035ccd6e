#include "resolve/cache.h"

#include <stdlib.h>

enum {
	FAILURE_MAX_S = 5, /* RFC 9520 section 3.2: from one second to five minutes */
	DUE_LIFE_S = 10,
	DUE_HITS = 2,
};

_Static_assert(FAILURE_MAX_S < DUE_LIFE_S, "no failure is ever due");

enum err resolve_cache_init(struct resolve_cache *c, size_t max)
{
	*c = (struct resolve_cache){ .max = max };
	list_init(&c->used);
	list_init(&c->dropped);
	pool_init(&c->pool, sizeof(struct resolve_entry));
	return hash_init(&c->table);
}

static struct resolve_entry *of_list(struct list *at)
{
	return CONTAINER_OF(at, struct resolve_entry, at);
}

static size_t weight(const struct resolve_entry *e)
{
	return sizeof(*e) + e->answer->octets;
}

/* Out of the table, to the dropped. */
static void drop(struct resolve_cache *c, struct resolve_entry *e)
{
	hash_drop(&c->table, &e->node);
	c->octets -= weight(e);
	c->n--;
	list_drop(&e->at);
	list_add(&c->dropped, &e->at);
}

void resolve_cache_sweep(struct resolve_cache *c)
{
	struct list *at;

	while ((at = list_shift(&c->dropped)) != NULL) {
		struct resolve_entry *e = of_list(at);
		dns_answer_free(&e->answer);
		pool_put(&c->pool, e, sizeof(*e));
	}
}

void resolve_cache_clear(struct resolve_cache *c)
{
	if (!c->table.buckets)
		return;
	resolve_cache_flush(c, NULL);
	resolve_cache_sweep(c);
	hash_clear(&c->table);
	pool_clear(&c->pool);
}

uint64_t resolve_key_hash(const uint64_t seed[static 2], const struct resolve_key *key)
{
	uint64_t h = hash_nocase(seed, dns_name_wire(key->name));

	return h ^ ((uint64_t)key->type << 8 | key->bits) * UINT64_C(0x9e3779b97f4a7c15);
}

bool resolve_key_eq(const struct resolve_key *a, const struct resolve_key *b)
{
	return a->type == b->type && a->bits == b->bits && dns_name_eq(a->name, b->name);
}

struct resolve_entry *resolve_entry_new(struct resolve_cache *c, struct dns_answer *answer,
					const struct resolve_key *key)
{
	struct resolve_entry *e = pool_get(&c->pool, sizeof(*e));

	if (!e) {
		dns_answer_free(&answer);
		return NULL;
	}
	list_init(&e->at);
	e->answer = answer;
	e->bits = key->bits;
	e->node.hash = key->hash;
	e->server = -1;
	e->due = INT64_MAX;
	return e;
}

static struct resolve_key key_of(const struct resolve_entry *e)
{
	return (struct resolve_key){ e->answer->name, e->answer->type, e->bits, e->node.hash };
}

static struct resolve_entry *find(const struct resolve_cache *c, const struct resolve_key *key)
{
	for (struct hash_node *n = hash_first(&c->table, key->hash); n; n = hash_next(n)) {
		struct resolve_entry *e = CONTAINER_OF(n, struct resolve_entry, node);
		struct resolve_key its = key_of(e);
		if (resolve_key_eq(&its, key))
			return e;
	}
	return NULL;
}

struct resolve_entry *resolve_cache_find(struct resolve_cache *c, const struct resolve_key *key,
					 int64_t now)
{
	struct resolve_entry *e = find(c, key);

	if (!e)
		return NULL;
	if (now >= e->until) {
		/* A failure that has ended stays: the next one counts on from it. */
		if (e->failures == 0)
			drop(c, e);
		return NULL;
	}
	e->hits++;
	list_drop(&e->at);
	list_add(&c->used, &e->at);
	return e;
}

bool resolve_cache_due(struct resolve_entry *e, int64_t now)
{
	if (now < e->due || e->hits <= DUE_HITS)
		return false;
	e->due = INT64_MAX;
	return true;
}

static bool is_failure(const struct dns_answer *a)
{
	switch (a->outcome) {
	case DNS_DATA:
	case DNS_NODATA:
	case DNS_NO_NAME:
		return false;
	case DNS_FAILED:
	case DNS_NO_ANSWER:
	case DNS_LOOP:
		break;
	}
	return true;
}

/* Seconds that e is kept: 1, 2, 4, then 5 for failures in a row. */
static int64_t life_s(struct resolve_entry *e, const struct resolve_entry *old)
{
	if (!is_failure(e->answer))
		return e->answer->ttl_s;
	e->failures = (old ? old->failures : 0) + 1;
	return e->failures <= 3 ? 1 << (e->failures - 1) : FAILURE_MAX_S;
}

void resolve_cache_pass(struct resolve_cache *c, struct resolve_entry *e, int64_t now)
{
	e->until = now + (int64_t)e->answer->ttl_s * 1000;
	list_add(&c->dropped, &e->at);
}

/* What goes next is what was used longest ago, so it is far away: bring it near before its turn. */
static void prefetch_next(const struct resolve_cache *c)
{
	const struct resolve_entry *next = of_list(c->used.next);

	hash_prefetch(&c->table, next->node.hash);
	__builtin_prefetch(next->answer);
	__builtin_prefetch(next->at.next);
}

void resolve_cache_put(struct resolve_cache *c, struct resolve_entry *e, int64_t now)
{
	struct resolve_key key = key_of(e);
	struct resolve_entry *old = find(c, &key);
	int64_t life = life_s(e, old);

	e->until = now + life * 1000;
	if (life >= DUE_LIFE_S)
		e->due = e->until - life * 100;
	if (e->failures > 0 && old && old->failures == 0 && now < old->until) {
		list_add(&c->dropped, &e->at);
		return;
	}
	if (old)
		drop(c, old);
	if (life == 0 || weight(e) > c->max) {
		list_add(&c->dropped, &e->at);
		return;
	}
	hash_add(&c->table, &e->node, key.hash);
	list_add(&c->used, &e->at);
	c->octets += weight(e);
	c->n++;
	for (; c->octets > c->max; c->evictions++) {
		drop(c, of_list(c->used.next));
		prefetch_next(c);
	}
}

void resolve_cache_prove(struct resolve_cache *c, const struct resolve_key *key, uint64_t came)
{
	struct resolve_entry *e = find(c, key);

	if (e && e->came == came)
		e->proved = true;
}

struct flush {
	struct resolve_cache *c;
	const struct dns_name *name;
};

static void flush_one(struct hash_node *node, void *arg)
{
	struct resolve_entry *e = CONTAINER_OF(node, struct resolve_entry, node);
	const struct flush *f = arg;

	if (!f->name || dns_name_eq(f->name, e->answer->name))
		drop(f->c, e);
}

void resolve_cache_flush(struct resolve_cache *c, const struct dns_name *name)
{
	struct flush f = { c, name };

	hash_each(&c->table, flush_one, &f);
}
