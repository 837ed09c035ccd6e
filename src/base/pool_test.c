#include "base/pool.h"

#include "base/test.h"

#include <string.h>

struct thing {
	char octets[40];
};

static bool zeroed(const struct thing *t)
{
	for (size_t i = 0; i < sizeof(t->octets); i++)
		if (t->octets[i] != 0)
			return false;
	return true;
}

static void fill(struct pool *p, struct thing **things, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		things[i] = pool_get(p, sizeof(struct thing));
		CHECK_INT("zeroed", things[i] && zeroed(things[i]), 1);
		if (things[i])
			memset(things[i], 'x', sizeof(struct thing));
	}
}

int main(void)
{
	enum { N = 1000 };
	static struct thing *things[N];
	struct pool p;

	pool_init(&p, sizeof(struct thing));
	/* Twice: those of the second time have been in use. */
	for (int turn = 0; turn < 2; turn++) {
		fill(&p, things, N);
		for (size_t i = 0; i < N; i++)
			pool_put(&p, things[i], sizeof(struct thing));
		CHECK_INT("not all are kept", p.n_idle < N, 1);
	}
	/* A larger thing is one, too, and is not kept. */
	unsigned kept = p.n_idle;
	char *large = pool_get(&p, 4096);
	CHECK_INT("large", large && large[4095] == 0, 1);
	pool_put(&p, large, 4096);
	pool_put(&p, NULL, sizeof(struct thing));
	CHECK_INT("as many kept as before", p.n_idle, kept);
	pool_clear(&p);
	CHECK_INT("none kept", p.n_idle, 0);
	fill(&p, things, 1);
	pool_put(&p, things[0], sizeof(struct thing));
	pool_clear(&p);
	return TEST_EXIT();
}
