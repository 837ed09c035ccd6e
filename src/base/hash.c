#include "base/hash.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

enum err hash_init(struct hash *t)
{
	struct hash_node **buckets = calloc(BUCKETS_FIRST, sizeof(struct hash_node *));

	if (!buckets)
		return ERR_NOMEM;
	*t = (struct hash){ .buckets = buckets, .mask = BUCKETS_FIRST - 1 };
	return ERR_OK;
}

void hash_clear(struct hash *t)
{
	free(t->buckets);
	*t = (struct hash){ 0 };
}

/* Twice the buckets.  Without memory for them the table stays as it is: slower, not wrong. */
static void grow(struct hash *t)
{
	size_t n = (t->mask + 1) * 2;
	struct hash_node **buckets = calloc(n, sizeof(struct hash_node *));

	if (!buckets)
		return;
	for (size_t i = 0; i <= t->mask; i++) {
		for (struct hash_node *node = t->buckets[i]; node;) {
			struct hash_node *next = node->next;
			node->next = buckets[node->hash & (n - 1)];
			buckets[node->hash & (n - 1)] = node;
			node = next;
		}
	}
	free(t->buckets);
	t->buckets = buckets;
	t->mask = n - 1;
}

/* At most half as many nodes as buckets: who looks in vain mostly meets none, far off in memory. */
void hash_add(struct hash *t, struct hash_node *node, uint64_t h)
{
	if (t->n > t->mask / 2)
		grow(t);
	node->hash = h;
	node->next = t->buckets[h & t->mask];
	t->buckets[h & t->mask] = node;
	t->n++;
}

void hash_drop(struct hash *t, struct hash_node *node)
{
	struct hash_node **at = &t->buckets[node->hash & t->mask];

	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node->next = NULL;
	t->n--;
}

static struct hash_node *same(struct hash_node *node, uint64_t h)
{
	while (node && node->hash != h)
		node = node->next;
	return node;
}

struct hash_node *hash_first(const struct hash *t, uint64_t h)
{
	return same(t->buckets[h & t->mask], h);
}

struct hash_node *hash_next(const struct hash_node *node)
{
	return same(node->next, node->hash);
}

void hash_prefetch(const struct hash *t, uint64_t h)
{
	__builtin_prefetch(&t->buckets[h & t->mask]);
}

void hash_prefetch_node(const struct hash *t, uint64_t h)
{
	__builtin_prefetch(t->buckets[h & t->mask]);
}

void hash_each(struct hash *t, void (*fn)(struct hash_node *node, void *arg), void *arg)
{
	for (size_t i = 0; t->buckets && i <= t->mask; i++) {
		for (struct hash_node *node = t->buckets[i]; node;) {
			struct hash_node *next = node->next;
			fn(node, arg);
			node = next;
		}
	}
}

/* SipHash-1-3: one round a word, three at the end; short keyed hashing for tables. */
static uint64_t rotl(uint64_t x, unsigned b)
{
	return x << b | x >> (64 - b);
}

/* Its state; handed on by value, so that it stays in registers over a long text. */
struct sip {
	uint64_t a, b, c, d;
};

static inline struct sip sip_round(struct sip v)
{
	v.a += v.b;
	v.b = rotl(v.b, 13) ^ v.a;
	v.a = rotl(v.a, 32);
	v.c += v.d;
	v.d = rotl(v.d, 16) ^ v.c;
	v.a += v.d;
	v.d = rotl(v.d, 21) ^ v.a;
	v.c += v.b;
	v.b = rotl(v.b, 17) ^ v.c;
	v.c = rotl(v.c, 32);
	return v;
}

static inline struct sip sip_word(struct sip v, uint64_t word)
{
	v.d ^= word;
	v = sip_round(v);
	v.a ^= word;
	return v;
}

/*
 * The capitals among eight octets made small, all at once: a sum of seven bits
 * each reaches the eighth from 'A' on, and again past 'Z'.
 */
static uint64_t fold_word(uint64_t word)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t seven = word & ones * 0x7f;
	uint64_t from_a = seven + ones * (0x80 - 'A');
	uint64_t past_z = seven + ones * (0x80 - 'Z' - 1);
	uint64_t capital = from_a & ~past_z & ~word & ones * 0x80;

	return word | capital >> 2;
}

/* Eight octets, the first lowest. */
static inline uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* The last n octets of s, of which there are fewer than eight; the first lowest, then zeros. */
static inline uint64_t last_word(struct str s, size_t n)
{
	uint64_t word = 0;

	if (n == 0)
		return 0;
	if (s.n >= sizeof(word)) /* those before it are shifted out */
		return word_at(s.p + s.n - sizeof(word)) >> (64 - 8 * n);
	memcpy(&word, s.p, n);
	return le64toh(word);
}

/* Inlined into both of its callers, so that neither asks at each word whether to fold it. */
static inline __attribute__((always_inline)) uint64_t sip(const uint64_t seed[static 2],
							  struct str s, bool fold)
{
	const size_t words = s.n / 8 * 8; /* octets of them */
	struct sip v = { seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
			 seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573 };
	uint64_t word;

	for (size_t at = 0; at < words; at += 8) {
		word = word_at(s.p + at);
		v = sip_word(v, fold ? fold_word(word) : word);
	}
	word = last_word(s, s.n - words);
	v = sip_word(v, (fold ? fold_word(word) : word) | (uint64_t)s.n << 56);
	v.c ^= 0xff;
	for (int i = 0; i < 3; i++)
		v = sip_round(v);
	return v.a ^ v.b ^ v.c ^ v.d;
}

uint64_t hash_octets(const uint64_t seed[static 2], struct str s)
{
	return sip(seed, s, false);
}

uint64_t hash_nocase(const uint64_t seed[static 2], struct str s)
{
	return sip(seed, s, true);
}
