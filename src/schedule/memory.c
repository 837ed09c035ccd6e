/*
 * What is true: every domain is in the table and in all, where the one that was heard of last is
 * the last; those that are to be kept are in changed, too.
 */
#include "schedule/memory.h"

#include "base/hash.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct hash_node node;
	struct list link, changed;
	struct schedule_memory_row row; /* domain: name below */
	char name[];
};

struct schedule_memory {
	struct hash table;
	struct list all, changed;
	size_t n, max;
	uint64_t seed[2];
};

struct schedule_memory *schedule_memory_new(const uint64_t seed[static 2], size_t max)
{
	struct schedule_memory *m = calloc(1, sizeof(*m));

	if (!m || hash_init(&m->table) != ERR_OK) {
		free(m);
		return NULL;
	}
	list_init(&m->all);
	list_init(&m->changed);
	m->max = max;
	memcpy(m->seed, seed, sizeof(m->seed));
	return m;
}

static void drop_oldest(struct schedule_memory *m)
{
	struct entry *e = CONTAINER_OF(m->all.next, struct entry, link);

	hash_drop(&m->table, &e->node);
	list_drop(&e->link);
	list_drop(&e->changed);
	free(e);
	m->n--;
}

void schedule_memory_free(struct schedule_memory **mp)
{
	struct schedule_memory *m = *mp;

	*mp = NULL;
	if (!m)
		return;
	while (!list_empty(&m->all))
		drop_oldest(m);
	hash_clear(&m->table);
	free(m);
}

static struct entry *find(struct schedule_memory *m, struct str domain, uint64_t h)
{
	for (struct hash_node *n = hash_first(&m->table, h); n; n = hash_next(n)) {
		struct entry *e = CONTAINER_OF(n, struct entry, node);
		if (str_eq(e->row.domain, domain))
			return e;
	}
	return NULL;
}

static struct entry *make(struct schedule_memory *m, struct str domain, uint64_t h)
{
	struct entry *e = calloc(1, sizeof(*e) + domain.n + 1);

	if (!e)
		return NULL;
	memcpy(e->name, domain.p, domain.n);
	e->row.domain = (struct str){ e->name, domain.n };
	list_init(&e->changed);
	list_add(&m->all, &e->link);
	hash_add(&m->table, &e->node, h);
	if (++m->n > m->max)
		drop_oldest(m);
	return e;
}

void schedule_memory_load(struct schedule_memory *m, const struct schedule_memory_row *row)
{
	uint64_t h = hash_octets(m->seed, row->domain);
	struct entry *e =
		row->domain.n && !find(m, row->domain, h) ? make(m, row->domain, h) : NULL;

	if (!e)
		return;
	struct str own = e->row.domain;
	e->row = *row;
	e->row.domain = own;
}

int64_t schedule_memory_learn(struct schedule_memory *m, struct str domain, bool secure,
			      int64_t now_wall_ms)
{
	uint64_t h = hash_octets(m->seed, domain);
	struct entry *e = domain.n ? find(m, domain, h) : NULL;
	bool known = e != NULL;

	if (!e && domain.n)
		e = make(m, domain, h);
	if (!e)
		return 0;
	struct schedule_memory_row *row = &e->row;
	int64_t was = row->secure_wall_ms;
	int64_t stale = now_wall_ms - row->seen_wall_ms;

	list_drop(&e->link);
	list_add(&m->all, &e->link);
	if (!known || row->secure != secure)
		row->since_wall_ms = now_wall_ms;
	if (!known || row->secure != secure || stale >= SCHEDULE_MEMORY_FRESH_MS || stale < 0) {
		row->seen_wall_ms = now_wall_ms;
		list_drop(&e->changed);
		list_add(&m->changed, &e->changed);
	}
	row->secure = secure;
	if (secure)
		row->secure_wall_ms = now_wall_ms;
	return !secure && was && now_wall_ms - was <= SCHEDULE_MEMORY_TELL_MS ? was : 0;
}

struct schedule_memory_batch *schedule_memory_take(struct schedule_memory *m, size_t max)
{
	size_t n = 0, octets = 0;

	for (struct list *l = m->changed.next; l != &m->changed && n < max; l = l->next, n++)
		octets += CONTAINER_OF(l, struct entry, changed)->row.domain.n;
	struct schedule_memory_batch *b = calloc(1, sizeof(*b) + n * sizeof(b->row[0]) + octets);
	if (n == 0 || !b) {
		free(b);
		return NULL;
	}
	char *text = (char *)&b->row[n];
	struct list *l;
	while (b->n < n && (l = list_shift(&m->changed)) != NULL) {
		struct entry *e = CONTAINER_OF(l, struct entry, changed);
		list_init(&e->changed);
		b->row[b->n] = e->row;
		memcpy(text, e->name, e->row.domain.n);
		b->row[b->n++].domain.p = text;
		text += e->row.domain.n;
	}
	return b;
}
