/*
 * Without memory the console is no easier: who is tried is counted all the same, and a session's
 * cookie goes nowhere else.
 */
#include "../failing.h"
#include "base/test.h"
#include "console/head.h"
#include "console/throttle.h"

static void check_cookie(void)
{
	const struct console_cookie c = { STR("0123456789abcdef"), 43200, true };
	char room[CONSOLE_COOKIE_ROOM];

	countdown = 0;
	struct str cookie = console_head_set_cookie(&c, room);
	countdown = -1;
	CHECK_STR(
		"cookie", cookie,
		STR("signpost=0123456789abcdef; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; "
		    "Secure"));
}

static void check_throttle(void)
{
	static struct console_throttle t;
	char key[CONSOLE_THROTTLE_KEY + 1];
	bool may = true;

	countdown = 0;
	for (int64_t now = 0; now <= CONSOLE_THROTTLE_WRONG; now++) {
		console_throttle_key(key, STR("name "), STR("adam"));
		may = console_throttle_try(&t, str_of(key), now);
	}
	countdown = -1;
	CHECK_INT("after five wrong passwords", may, false);
}

int main(void)
{
	check_throttle();
	check_cookie();
	return TEST_EXIT();
}
