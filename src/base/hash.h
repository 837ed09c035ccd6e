/*
 * A hash table of things that carry their own link: the table allocates only
 * its array of buckets, so adding to it cannot fail once it exists.
 *
 * The caller computes hashes (hash_octets() with a seed that a peer cannot
 * know) and compares keys:
 *
 *	for (struct hash_node *n = hash_first(&t, h); n; n = hash_next(n))
 *		if (eq(CONTAINER_OF(n, struct thing, node), key)) ...
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"

struct hash_node {
	struct hash_node *next; /* in the bucket */
	uint64_t hash;
};

struct hash {
	struct hash_node **buckets;
	size_t mask; /* buckets - 1 */
	size_t n;
};

/* ERR_NOMEM.  The table grows by itself; where it cannot, chains get longer. */
enum err hash_init(struct hash *t) MUST_USE;

/* The nodes are their owners' business. */
void hash_clear(struct hash *t);

void hash_add(struct hash *t, struct hash_node *node, uint64_t h);

/* node must be in t. */
void hash_drop(struct hash *t, struct hash_node *node);

/* The first node whose hash is h, and the next one with the same hash; NULL at the end. */
struct hash_node *hash_first(const struct hash *t, uint64_t h);
struct hash_node *hash_next(const struct hash_node *node);

/* Have the bucket of h brought near before its turn: tables are large, and memory is far. */
void hash_prefetch(const struct hash *t, uint64_t h);

/* The first node of that bucket, once it is near. */
void hash_prefetch_node(const struct hash *t, uint64_t h);

/* Call fn for each node, in no order.  fn may drop and free the node it is given, no other. */
void hash_each(struct hash *t, void (*fn)(struct hash_node *node, void *arg), void *arg);

/* SipHash-1-3 over s under a seed of two random words. */
uint64_t hash_octets(const uint64_t seed[static 2], struct str s);

/* The same with ASCII letters folded. */
uint64_t hash_nocase(const uint64_t seed[static 2], struct str s);

#endif
