#include "schedule/early.h"

bool schedule_early_begin(struct schedule_early *e, const struct schedule_choice *c, size_t n)
{
	size_t first = SIZE_MAX, groups = 0;

	*e = (struct schedule_early){ 0 };
	for (size_t i = 0; i < n; groups++) {
		size_t together = schedule_choice_together(c + i, n - i);
		if (c[i].demand.service != ROUTE_REQUIRED)
			return false;
		/* Within a group they are in the order of the message. */
		if (c[i].rcpt < first) {
			first = c[i].rcpt;
			e->first = groups;
		}
		i += together;
	}
	e->open = groups;
	return groups > 0;
}

enum schedule_early_want schedule_early_verdict(struct schedule_early *e, enum route_action action)
{
	if (action != ROUTE_BOUNCE)
		return SCHEDULE_EARLY_TAKE;
	return --e->open ? SCHEDULE_EARLY_WAIT : SCHEDULE_EARLY_REFUSE;
}
