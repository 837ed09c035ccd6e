/* What the log has of a trouble: caught on standard error. */
#include "relay/trouble.h"

#include "base/test.h"
#include "relay/caught_priv.h"

int main(void)
{
	struct relay_trouble t;

	relay_trouble_init(&t, "store-failed", "all is well again");
	caught_begin();
	relay_trouble_passed(&t, 0);
	for (int i = 0; i < 1000; i++)
		relay_trouble_met(&t, i, i ? "again" : "the disk is full");
	relay_trouble_passed(&t, 1000);
	relay_trouble_met(&t, 1001, "and again");
	struct str said = caught_end();
	CHECK_INT("said once", (long long)caught_lines(said), 1);
	CHECK_INT("with what it is", str_ends(said, STR("store-failed the disk is full\n")), 1);

	caught_begin();
	relay_trouble_passed(&t, 2000);
	relay_trouble_passed(&t, 2000 + LOOP_SHORTAGE_CALM_MS);
	relay_trouble_passed(&t, 3000 + LOOP_SHORTAGE_CALM_MS);
	said = caught_end();
	CHECK_INT("over: said once", (long long)caught_lines(said), 1);
	CHECK_INT("in words", str_ends(said, STR("store-failed all is well again\n")), 1);

	caught_begin();
	relay_trouble_met(&t, 50000, NULL);
	relay_trouble_met(&t, 50001, "said elsewhere");
	CHECK_INT("said elsewhere", (long long)caught_lines(caught_end()), 0);
	caught_begin();
	relay_trouble_passed(&t, 51000);
	relay_trouble_passed(&t, 51000 + LOOP_SHORTAGE_CALM_MS);
	CHECK_INT("and over", (long long)caught_lines(caught_end()), 1);
	relay_trouble_clear(&t);
	return TEST_EXIT();
}
