/* Without memory nobody guesses passwords faster: who is tried is counted all the same. */
#include "../failing.h"
#include "base/test.h"
#include "console/throttle.h"

int main(void)
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
	return TEST_EXIT();
}
