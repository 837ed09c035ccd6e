#include "schedule/descriptors.h"

#include "base/test.h"

/* workers, listeners, servers, validators, in, out; what there is; need, in, out. */
static const struct {
	const char *label;
	struct schedule_descriptors_wish wish;
	uint64_t have;
	uint64_t need, in, out;
} cases[] = {
	{ "the defaults on two cores", { 2, 1, 1, 0, 1000, 2000 }, 4096, 3132, 1000, 2000 },
	{ "just enough", { 2, 1, 1, 0, 1000, 2000 }, 3132, 3132, 1000, 2000 },
	{ "one too few", { 2, 1, 1, 0, 1000, 2000 }, 3131, 3132, 999, 2000 },
	{ "a limit of 1,024: a third is for what comes in",
	  { 2, 1, 1, 0, 1000, 2000 },
	  1024,
	  3132,
	  297,
	  595 },
	{ "shared as the wishes are", { 2, 1, 1, 0, 2000, 1000 }, 1024, 3132, 594, 298 },
	{ "more workers have more of their own", { 8, 1, 1, 0, 1000, 2000 }, 1024, 3384, 213, 427 },
	{ "the validator inside wants much", { 2, 1, 0, 1, 1000, 2000 }, 1024, 3204, 273, 547 },
	{ "three servers and two listeners", { 2, 2, 3, 0, 1000, 2000 }, 1024, 3248, 258, 518 },
	{ "hardly any", { 2, 1, 1, 0, 1000, 2000 }, 135, 3132, 1, 2 },
	{ "not even for the rest: one of each", { 2, 1, 1, 0, 1000, 2000 }, 64, 3132, 1, 1 },
	{ "none at all", { 2, 1, 1, 0, 1000, 2000 }, 0, 3132, 1, 1 },
	{ "without bound", { 256, 16, 16, 1, 100000, 100000 }, UINT64_MAX, 342384, 100000, 100000 },
	{ "one of each is wished", { 1, 1, 1, 0, 1, 1 }, 10, 92, 1, 1 },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct schedule_descriptors s =
			schedule_descriptors_share(&cases[i].wish, cases[i].have);

		CHECK_INT(cases[i].label, (long long)s.need, (long long)cases[i].need);
		CHECK_INT(cases[i].label, (long long)s.in, (long long)cases[i].in);
		CHECK_INT(cases[i].label, (long long)s.out, (long long)cases[i].out);
		CHECK_INT(cases[i].label, s.lowered, cases[i].have < cases[i].need);
	}
	return TEST_EXIT();
}
