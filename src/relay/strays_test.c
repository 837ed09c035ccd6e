/* What goes astray is kept, as far as there is room, and who has it taken back is told once. */
#include "relay/strays.h"

#include "base/test.h"

int main(void)
{
	static struct relay_strays s;
	queue_id got[RELAY_STRAYS_MAX];

	relay_strays_init(&s);
	CHECK_INT("none", (long long)relay_strays_take(&s, got, 1), 0);
	CHECK_INT("the first is told", relay_strays_add(&s, 7), true);
	CHECK_INT("the second not", relay_strays_add(&s, 8), false);
	CHECK_INT("one at a time", (long long)relay_strays_take(&s, got, 1), 1);
	CHECK_INT("the rest", (long long)relay_strays_take(&s, got + 1, RELAY_STRAYS_MAX), 1);
	CHECK_INT("taken by a timer, its letter is on its way still", relay_strays_add(&s, 9),
		  false);
	relay_strays_heard(&s);
	CHECK_INT("what was told is there", (long long)relay_strays_take(&s, got + 2, 1), 1);
	CHECK_INT("each of them", (long long)(got[0] + got[1] + got[2]), 7 + 8 + 9);
	CHECK_INT("and none twice", (long long)relay_strays_take(&s, got, 1), 0);
	for (int i = 0; i < RELAY_STRAYS_MAX + 2; i++)
		CHECK_INT("told once more", relay_strays_add(&s, 10 + (queue_id)i), i == 0);
	CHECK_INT("as many as there is room for",
		  (long long)relay_strays_take(&s, got, RELAY_STRAYS_MAX), RELAY_STRAYS_MAX);
	relay_strays_clear(&s);
	return TEST_EXIT();
}
