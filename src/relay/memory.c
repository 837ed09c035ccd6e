#include "relay/memory.h"

void relay_memory_wake(const struct relay_memory *m)
{
	m->wake(m->arg);
}

void relay_memory_release(struct relay_memory *m, struct schedule_charge *c)
{
	if (schedule_budget_release(&m->budget, c) == SCHEDULE_WAKE)
		relay_memory_wake(m);
}
