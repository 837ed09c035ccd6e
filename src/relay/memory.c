#include "relay/memory.h"

void relay_memory_wake(struct relay_memory *m)
{
	if (!atomic_exchange(&m->woken, true))
		m->wake(m->arg);
}

void relay_memory_heard(struct relay_memory *m)
{
	atomic_store(&m->woken, false);
}

void relay_memory_shrink(struct relay_memory *m, struct schedule_charge *c, uint32_t kib)
{
	if (schedule_budget_shrink(&m->budget, c, kib) == SCHEDULE_WAKE)
		relay_memory_wake(m);
}

void relay_memory_release(struct relay_memory *m, struct schedule_charge *c)
{
	if (schedule_budget_release(&m->budget, c) == SCHEDULE_WAKE)
		relay_memory_wake(m);
}
