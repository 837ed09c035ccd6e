#include "relay/memory.h"

#include "base/test.h"

#define LIMIT (8u << 20)
#define LARGEST (1u << 20)

static struct relay_memory memory; /* large, for a stack */
static unsigned called;

static void wake(void *arg)
{
	(void)arg;
	called++;
}

/* A message of that lane, which somebody waits to see empty, and which fills the account. */
static void fill(uint64_t lane, struct schedule_charge *c)
{
	struct schedule_budget *b = &memory.budget;

	schedule_budget_force(b, c, SCHEDULE_KEPT, schedule_budget_usage(b).limit);
	CHECK_INT("in its lane", schedule_budget_enter(b, lane, c), true);
	schedule_budget_want(b, lane);
}

/* As the end of a transit has it: a lane is empty, for one that waits; there is room for others. */
static void leave(uint64_t lane, struct schedule_charge *c)
{
	if (schedule_budget_leave(&memory.budget, lane, c) == SCHEDULE_WAKE)
		relay_memory_wake(&memory);
	relay_memory_release(&memory, c);
}

int main(void)
{
	struct schedule_charge loader = { .kib = 0 }, one = { .kib = 0 }, other = { .kib = 0 };

	memory.wake = wake;
	schedule_budget_init(&memory.budget, LIMIT, LARGEST);
	fill(1, &one);
	fill(2, &other);
	CHECK_INT("no room", schedule_budget_look(&memory.budget, &loader), false);
	leave(1, &one);
	leave(2, &other);
	CHECK_INT("three reasons, of which it hears as one", called, 1);
	relay_memory_heard(&memory);
	fill(1, &one);
	leave(1, &one);
	CHECK_INT("the next is another", called, 2);
	return TEST_EXIT();
}
