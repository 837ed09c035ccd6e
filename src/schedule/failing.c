#include "schedule/failing.h"

#include "base/hash.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct hash_node node;
	struct list link; /* the one looked up longest ago first */
	struct schedule_backoff backoff;
	size_t n;
	char key[];
};

struct schedule_failing {
	struct hash table;
	struct list all;
	size_t max;
	uint64_t seed[2];
};

struct schedule_failing *schedule_failing_new(const uint64_t seed[static 2], size_t max)
{
	struct schedule_failing *t = calloc(1, sizeof(*t));

	if (!t || hash_init(&t->table) != ERR_OK) {
		free(t);
		return NULL;
	}
	list_init(&t->all);
	t->max = max;
	memcpy(t->seed, seed, sizeof(t->seed));
	return t;
}

static void drop(struct schedule_failing *t, struct entry *e)
{
	hash_drop(&t->table, &e->node);
	list_drop(&e->link);
	free(e);
}

static void drop_oldest(struct schedule_failing *t)
{
	drop(t, CONTAINER_OF(t->all.next, struct entry, link));
}

void schedule_failing_free(struct schedule_failing **t)
{
	if (!*t)
		return;
	while (!list_empty(&(*t)->all))
		drop_oldest(*t);
	hash_clear(&(*t)->table);
	free(*t);
	*t = NULL;
}

static struct entry *find(const struct schedule_failing *t, struct str key, uint64_t h)
{
	for (struct hash_node *n = hash_first(&t->table, h); n; n = hash_next(n)) {
		struct entry *e = CONTAINER_OF(n, struct entry, node);
		if (str_eq((struct str){ e->key, e->n }, key))
			return e;
	}
	return NULL;
}

struct schedule_backoff *schedule_failing_find(const struct schedule_failing *t, struct str key)
{
	struct entry *e = find(t, key, hash_octets(t->seed, key));

	return e ? &e->backoff : NULL;
}

static struct entry *add(struct schedule_failing *t, struct str key, uint64_t h)
{
	struct entry *e = calloc(1, sizeof(*e) + key.n);

	if (!e)
		return NULL;
	e->n = key.n;
	if (key.n)
		memcpy(e->key, key.p, key.n);
	if (t->table.n >= t->max && !list_empty(&t->all))
		drop_oldest(t);
	hash_add(&t->table, &e->node, h);
	list_init(&e->link);
	return e;
}

struct schedule_backoff *schedule_failing_at(struct schedule_failing *t, struct str key)
{
	uint64_t h = hash_octets(t->seed, key);
	struct entry *e = find(t, key, h);

	if (!e)
		e = add(t, key, h);
	if (!e)
		return NULL;
	list_drop(&e->link);
	list_add(&t->all, &e->link);
	return &e->backoff;
}

void schedule_failing_drop(struct schedule_failing *t, struct str key)
{
	struct entry *e = find(t, key, hash_octets(t->seed, key));

	if (e)
		drop(t, e);
}

void schedule_failing_clear(struct schedule_failing *t)
{
	while (!list_empty(&t->all))
		drop_oldest(t);
}

size_t schedule_failing_count(const struct schedule_failing *t)
{
	return t->table.n;
}
