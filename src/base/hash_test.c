#include "base/hash.h"

#include "base/test.h"

#include <stdlib.h>

struct thing {
	struct hash_node node;
	int key;
	bool seen;
};

static const uint64_t seed[2] = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static uint64_t of(int key)
{
	return hash_octets(seed, (struct str){ (const char *)&key, sizeof(key) });
}

static struct thing *find(struct hash *t, int key)
{
	uint64_t h = of(key);

	for (struct hash_node *n = hash_first(t, h); n; n = hash_next(n)) {
		struct thing *x = CONTAINER_OF(n, struct thing, node);
		if (x->key == key)
			return x;
	}
	return NULL;
}

static void see(struct hash_node *node, void *arg)
{
	struct hash *t = arg;
	struct thing *x = CONTAINER_OF(node, struct thing, node);

	x->seen = true;
	if (x->key % 2)
		hash_drop(t, node);
}

static void table(void)
{
	enum { N = 1000 };
	static struct thing things[N];
	struct hash t;

	if (hash_init(&t) != ERR_OK)
		exit(1);
	for (int i = 0; i < N; i++) {
		things[i].key = i;
		hash_add(&t, &things[i].node, i < 10 ? 42 : of(i));
	}
	CHECK_INT("all in", (long long)t.n, N);
	CHECK_INT("found", find(&t, 999) == &things[999], 1);
	CHECK_INT("not found", find(&t, N) == NULL, 1);
	int same = 0;
	for (struct hash_node *n = hash_first(&t, 42); n; n = hash_next(n))
		same++;
	CHECK_INT("equal hashes", same, 10);
	hash_each(&t, see, &t);
	CHECK_INT("half dropped on the way", (long long)t.n, N / 2);
	for (int i = 0; i < N; i++)
		CHECK_INT("each seen", things[i].seen, 1);
	CHECK_INT("dropped is gone", find(&t, 999) == NULL, 1);
	hash_clear(&t);
}

/* What the function was on the day it was first written to disk: a queue must be read again. */
static void kept(void)
{
	const struct str words = STR("two words and a bit"), capitals = STR("Two WORDS and a bit");

	CHECK_INT("nothing", hash_octets(seed, STR("")) == 0xabac0158050fc4dc, 1);
	CHECK_INT("less than a word", hash_octets(seed, STR("seven o")) == 0x3c33c05c155b37f5, 1);
	CHECK_INT("a word", hash_octets(seed, STR("a word .")) == 0x6e33697e7d67e2b1, 1);
	CHECK_INT("words", hash_octets(seed, words) == 0x6b070a7f40d13ab1, 1);
	CHECK_INT("folded", hash_nocase(seed, capitals) == 0x6b070a7f40d13ab1, 1);
}

int main(void)
{
	table();
	kept();
	CHECK_INT("case folded",
		  hash_nocase(seed, STR("MX.Example.NET")) ==
			  hash_nocase(seed, STR("mx.example.net")),
		  1);
	CHECK_INT("case kept", hash_octets(seed, STR("A")) == hash_octets(seed, STR("a")), 0);
	/* The length takes part: zeros at the end are not lost. */
	CHECK_INT("length", hash_octets(seed, STR("a")) == hash_octets(seed, STR("a\0")), 0);
	const uint64_t other[2] = { 1, 2 };
	CHECK_INT("seed", hash_octets(seed, STR("a")) == hash_octets(other, STR("a")), 0);
	return TEST_EXIT();
}
