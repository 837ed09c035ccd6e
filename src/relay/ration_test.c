#include "relay/ration.h"

#include "base/test.h"

/* When something happens, and how often; how many of these are told. */
static const struct {
	const char *label;
	int64_t at;
	unsigned times, told;
} cases[] = {
	{ "the first", 5000, 1, 1 },
	{ "as many as may be", 5999, 9, 9 },
	{ "and no more", 5999, 1000, 0 },
	{ "in the next second", 6000, 11, 10 },
	{ "which is one from there", 6999, 1, 0 },
	{ "much later", 100000, 2, 2 },
};

int main(void)
{
	struct relay_ration r = { 0 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned told = 0;
		for (unsigned n = 0; n < cases[i].times; n++)
			told += relay_ration_take(&r, cases[i].at);
		CHECK_INT(cases[i].label, told, cases[i].told);
	}
	CHECK_INT("its end", (long long)relay_ration_ends(&r), 101000);
	return TEST_EXIT();
}
