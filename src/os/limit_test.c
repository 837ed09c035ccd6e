#include "os/limit.h"

#include "base/test.h"

#include <stdlib.h>
#include <sys/resource.h>

static const struct {
	const char *label;
	struct os_limit have;
	uint64_t want;
	bool super;
	struct os_limit get;
} cases[] = {
	{ "enough", { 1024, 4096 }, 1000, false, { 1024, 4096 } },
	{ "just enough", { 1024, 4096 }, 1024, true, { 1024, 4096 } },
	{ "one more", { 1024, 4096 }, 1025, false, { 1025, 4096 } },
	{ "all there are", { 1024, 4096 }, 4096, false, { 4096, 4096 } },
	{ "not beyond", { 1024, 4096 }, 4097, false, { 4096, 4096 } },
	{ "beyond for root", { 1024, 4096 }, 4097, true, { 4097, 4097 } },
	{ "nothing to raise", { 1024, 1024 }, 3000, false, { 1024, 1024 } },
	{ "without bound", { 1024, UINT64_MAX }, 3000, false, { 3000, UINT64_MAX } },
	{ "in force without bound",
	  { UINT64_MAX, UINT64_MAX },
	  3000,
	  false,
	  { UINT64_MAX, UINT64_MAX } },
};

/* The process's own limit: soft 100 of 200 to begin with. */
static void raise_it(void)
{
	struct rlimit r = { .rlim_cur = 100, .rlim_max = 200 };
	struct os_limit l;
	uint64_t have = 0;

	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		exit(1);
	CHECK_INT("read", os_limit_read(&l), ERR_OK);
	CHECK_INT("as it was set", l.now == 100 && l.most == 200, 1);
	CHECK_INT("enough", os_limit_raise(50, &have), ERR_OK);
	CHECK_INT("stays", (long long)have, 100);
	CHECK_INT("more", os_limit_raise(150, &have), ERR_OK);
	CHECK_INT("as much", (long long)have, 150);
	CHECK_INT("too much for anybody", os_limit_raise(UINT64_MAX, &have), ERR_OK);
	CHECK_INT("as far as it goes", have >= 200, 1);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct os_limit got = os_limit_for(cases[i].have, cases[i].want, cases[i].super);

		CHECK_INT(cases[i].label, got.now == cases[i].get.now, 1);
		CHECK_INT(cases[i].label, got.most == cases[i].get.most, 1);
	}
	raise_it();
	return TEST_EXIT();
}
