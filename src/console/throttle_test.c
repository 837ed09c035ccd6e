#include "console/throttle.h"

#include "base/test.h"

/* In the order of time: one key tries; RIGHT: and it was the right password. */
enum after { WRONG, RIGHT };

static const struct {
	const char *label;
	int64_t at;
	const char *key;
	enum after after;
	bool may;
} steps[] = {
	{ "first", 0, "a", WRONG, true },
	{ "second", 10000, "a", WRONG, true },
	{ "third", 20000, "a", WRONG, true },
	{ "fourth", 30000, "a", WRONG, true },
	{ "another is another", 30000, "b", WRONG, true },
	{ "no key is nobody", 30000, "", WRONG, true },
	{ "fifth, within a minute", 59999, "a", WRONG, true },
	{ "sixth", 60000, "a", WRONG, false },
	{ "another may", 60000, "b", WRONG, true },
	{ "for a minute", 119998, "a", RIGHT, false },
	{ "and no longer; the fifth is young", 119999, "a", WRONG, true },
	{ "second of the last five", 120000, "a", WRONG, true },
	{ "slow ones: first", 200000, "c", WRONG, true },
	{ "slow ones: second", 220000, "c", WRONG, true },
	{ "slow ones: third", 240000, "c", WRONG, true },
	{ "slow ones: fourth", 250000, "c", WRONG, true },
	{ "slow ones: fifth, a minute after the first", 260000, "c", WRONG, true },
	{ "slow ones: sixth", 260001, "c", WRONG, true },
	{ "slow ones: that was the fifth in a minute", 260002, "c", WRONG, false },
	{ "right ones do not count", 300000, "d", RIGHT, true },
	{ "right ones do not count", 300001, "d", RIGHT, true },
	{ "right ones do not count", 300002, "d", RIGHT, true },
	{ "right ones do not count", 300003, "d", RIGHT, true },
	{ "right ones do not count", 300004, "d", RIGHT, true },
	{ "right ones do not count", 300005, "d", WRONG, true },
	{ "nor the right fifth", 300006, "e", WRONG, true },
	{ "nor the right fifth", 300006, "e", WRONG, true },
	{ "nor the right fifth", 300006, "e", WRONG, true },
	{ "nor the right fifth", 300006, "e", WRONG, true },
	{ "nor the right fifth", 300006, "e", RIGHT, true },
	{ "nor the right fifth", 300007, "e", WRONG, true },
	{ "but the wrong one", 300008, "e", WRONG, false },
};

/* Many keys: who was tried last is still known. */
static void check_full(void)
{
	static struct console_throttle t;
	char key[32];

	for (int i = 0; i < CONSOLE_THROTTLE_WRONG; i++)
		CHECK_INT("tried", console_throttle_try(&t, STR("x"), 1000000), true);
	for (int i = 0; i < 2 * CONSOLE_THROTTLE_MAX; i++) {
		(void)snprintf(key, sizeof(key), "key %d", i);
		(void)console_throttle_try(&t, str_of(key), i);
	}
	CHECK_INT("still known", console_throttle_try(&t, STR("x"), 1000001), false);
}

/* Many keys that come later: who is kept out still is. */
static void check_flooded(void)
{
	static struct console_throttle t;
	char key[32];

	for (int i = 0; i < CONSOLE_THROTTLE_WRONG; i++)
		CHECK_INT("tried", console_throttle_try(&t, STR("x"), i), true);
	for (int i = 0; i < 2 * CONSOLE_THROTTLE_MAX; i++) {
		(void)snprintf(key, sizeof(key), "key %d", i);
		(void)console_throttle_try(&t, str_of(key), 10 + i);
	}
	CHECK_INT("still kept out", console_throttle_try(&t, STR("x"), 3000), false);
}

/* What an address counts for. */
static const struct {
	const char *address, *counts;
} froms[] = {
	{ "192.0.2.7", "192.0.2.7" },
	{ "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
	{ "2001:db8:1:2:ffff::", "2001:db8:1:2::" },
	{ "2001:db8:1:3::1", "2001:db8:1:3::" },
	{ "::1", "::" },
	{ "::ffff:192.0.2.7", "192.0.2.7" },
	{ "unix", "unix" },
	{ "", "" },
};

static void check_from(void)
{
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(froms); i++)
		CHECK_STR(froms[i].address, console_throttle_from(str_of(froms[i].address), text),
			  str_of(froms[i].counts));
}

/* Names of any length: what differs further back than there is room for is one. */
static void check_key(void)
{
	char key[CONSOLE_THROTTLE_KEY + 1], longer[CONSOLE_THROTTLE_KEY + 1];
	char octets[2 * CONSOLE_THROTTLE_KEY];

	console_throttle_key(key, STR("name "), STR("adam"));
	CHECK_STR("a name", str_of(key), STR("name adam"));
	console_throttle_key(key, STR("name "), STR_NONE);
	CHECK_STR("none", str_of(key), STR("name "));
	memset(octets, 'x', sizeof(octets));
	console_throttle_key(key, STR("name "), (struct str){ octets, CONSOLE_THROTTLE_KEY - 5 });
	CHECK_INT("as long as there is room", (long long)str_of(key).n, CONSOLE_THROTTLE_KEY);
	console_throttle_key(longer, STR("name "),
			     (struct str){ octets, CONSOLE_THROTTLE_KEY - 4 });
	CHECK_STR("longer", str_of(longer), str_of(key));
}

int main(void)
{
	static struct console_throttle t;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		struct str key = str_of(steps[i].key);
		bool may = console_throttle_try(&t, key, steps[i].at);
		CHECK_INT(steps[i].label, may, steps[i].may);
		if (may && steps[i].after == RIGHT)
			console_throttle_right(&t, key);
	}
	check_full();
	check_flooded();
	check_from();
	check_key();
	return TEST_EXIT();
}
