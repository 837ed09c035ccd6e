#include "relay/memory.h"

void relay_memory_release(struct relay_memory *m, struct schedule_charge *c)
{
	if (schedule_budget_release(&m->budget, c) == SCHEDULE_WAKE)
		m->wake(m->arg);
}
