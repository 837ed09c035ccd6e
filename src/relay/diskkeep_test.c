/* A disk that runs short and has room again, told once each. */
#include "relay/diskkeep.h"

#include "base/test.h"

#define CALM LOOP_SHORTAGE_CALM_MS

int main(void)
{
	static const struct {
		int64_t now;
		bool is_short;
		enum relay_disk_turn want;
	} steps[] = {
		{ 0, false, RELAY_DISK_SAME },
		{ 1000, true, RELAY_DISK_SHORT },
		{ 2000, true, RELAY_DISK_SAME },
		{ 3000, false, RELAY_DISK_SAME }, /* for a moment, maybe */
		{ 4000, true, RELAY_DISK_SAME },
		{ 5000, false, RELAY_DISK_SAME },
		{ 4999 + CALM, false, RELAY_DISK_SAME },
		{ 5000 + CALM, false, RELAY_DISK_ROOM },
		{ 6000 + CALM, false, RELAY_DISK_SAME },
		{ 7000 + CALM, true, RELAY_DISK_SHORT },
	};
	struct loop_shortage s = { .said = false };

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		char label[32];
		(void)snprintf(label, sizeof(label), "step %zu", i);
		CHECK_INT(label, relay_diskkeep_judge(&s, steps[i].now, steps[i].is_short),
			  steps[i].want);
	}
	return TEST_EXIT();
}
