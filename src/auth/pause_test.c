#include "auth/pause.h"

#include "base/test.h"

#include <limits.h>

static const struct {
	const char *label;
	unsigned wrong;
	int64_t ms;
} pauses[] = {
	{ "none", 0, 0 },      { "first", 1, 500 },
	{ "second", 2, 1000 }, { "third", 3, 2000 },
	{ "fourth", 4, 4000 }, { "fifth", 5, 8000 },
	{ "sixth", 6, 8000 },  { "very many", UINT_MAX, 8000 },
};

/* When an address was wrong, and as how many times that counts at the end. */
static const struct {
	const char *label;
	int64_t at[3];
	size_t n;
	unsigned wrong;
} addresses[] = {
	{ "once", { 5 }, 1, 1 },
	{ "twice", { 5, 6 }, 2, 2 },
	{ "just remembered", { 5, 5 + AUTH_PAUSE_FORGET_MS - 1 }, 2, 2 },
	{ "forgotten", { 5, 5 + AUTH_PAUSE_FORGET_MS }, 2, 1 },
	{ "by the last", { 5, AUTH_PAUSE_FORGET_MS, 2 * AUTH_PAUSE_FORGET_MS - 1 }, 3, 3 },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(pauses); i++)
		CHECK_INT(pauses[i].label, auth_pause_ms(pauses[i].wrong), pauses[i].ms);
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct auth_pause p = { 0 };
		for (size_t k = 0; k < addresses[i].n; k++)
			auth_pause_wrong(&p, addresses[i].at[k]);
		CHECK_INT(addresses[i].label, p.wrong, addresses[i].wrong);
	}
	struct auth_pause most = { UINT_MAX, 5 };
	auth_pause_wrong(&most, 6);
	CHECK_INT("no further", most.wrong, UINT_MAX);
	return TEST_EXIT();
}
