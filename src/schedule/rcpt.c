#include "schedule/rcpt.h"

#include <stdlib.h>

struct str schedule_rcpt_state_text(enum schedule_rcpt_state state)
{
	switch (state) {
	case SCHEDULE_WAITING:
		return STR("waiting");
	case SCHEDULE_DELIVERED:
		return STR("delivered");
	case SCHEDULE_FAILED:
	case SCHEDULE_TOLD:
		return STR("failed");
	}
	abort();
}
