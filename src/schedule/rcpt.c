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

struct str schedule_domain(struct str address)
{
	for (size_t i = address.n; i-- > 0;)
		if (address.p[i] == '@')
			return str_skip(address, i + 1);
	return str_skip(address, address.n);
}

size_t schedule_rcpt_tried(const struct schedule_rcpt *rcpt, size_t n,
			   struct schedule_change *change)
{
	size_t n_change = 0;

	for (size_t i = 0; i < n; i++) {
		if (rcpt[i].state != SCHEDULE_WAITING)
			continue;
		change[n_change++] = (struct schedule_change){ .rcpt = i,
							       .state = rcpt[i].state,
							       .status = rcpt[i].status,
							       .text = rcpt[i].text,
							       .remote = rcpt[i].remote,
							       .tried = true };
	}
	return n_change;
}
