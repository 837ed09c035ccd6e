#include "schedule/turned.h"

#include "base/test.h"

/* Lanes that share no cell. */
#define SEVEN UINT64_C(0x700000077)
#define EIGHT UINT64_C(0x800000088)

static struct schedule_budget account;
static struct schedule_turned turned;

static void begin(void)
{
	schedule_budget_init(&account, UINT64_C(256) << 20, UINT64_C(10) << 20);
	turned = (struct schedule_turned){ .n = 0 };
}

/* A message of that size holds a place in the lane. */
static struct schedule_charge hold(uint64_t lane, uint32_t kib)
{
	struct schedule_charge c = { SCHEDULE_KEPT, kib };

	CHECK_INT("holds", schedule_budget_enter(&account, lane, &c), 1);
	return c;
}

/* Those who may come back are these, in that order; 0 ends them. */
static void take(const char *label, const uint64_t *want)
{
	uint64_t ids[SCHEDULE_TURNED_MAX];
	size_t n = schedule_turned_take(&turned, &account, ids), i = 0;

	for (; want[i]; i++)
		CHECK_INT(label, i < n ? (long long)ids[i] : 0, (long long)want[i]);
	CHECK_INT(label, (long long)n, (long long)i);
}

#define THESE(...) ((const uint64_t[]){ __VA_ARGS__ __VA_OPT__(, ) 0 })

/* Whoever empties the lane wakes the loader, once; nobody else does. */
static void emptied(void)
{
	begin();
	struct schedule_charge a = hold(SEVEN, 10), b = hold(SEVEN, 20), c = hold(EIGHT, 5);

	CHECK_INT("nobody wants it", schedule_budget_leave(&account, EIGHT, &c), SCHEDULE_SLEEP);
	c = hold(EIGHT, 5);
	CHECK_INT("turned away", schedule_turned_add(&turned, &account, SEVEN, 1), SCHEDULE_SLEEP);
	take("not yet", THESE());
	CHECK_INT("another lane", schedule_budget_leave(&account, EIGHT, &c), SCHEDULE_SLEEP);
	CHECK_INT("one is left", schedule_budget_leave(&account, SEVEN, &a), SCHEDULE_SLEEP);
	take("not yet", THESE());
	CHECK_INT("empty", schedule_budget_leave(&account, SEVEN, &b), SCHEDULE_WAKE);
	take("it comes back", THESE(1));
	take("once", THESE());
	a = hold(SEVEN, 10);
	CHECK_INT("nobody any more", schedule_budget_leave(&account, SEVEN, &a), SCHEDULE_SLEEP);
}

/* It may have become empty before that was known. */
static void too_late(void)
{
	begin();
	CHECK_INT("at once", schedule_turned_add(&turned, &account, SEVEN, 1), SCHEDULE_WAKE);
	take("it comes back", THESE(1));
}

static void dropped(void)
{
	begin();
	struct schedule_charge a = hold(SEVEN, 10);

	(void)schedule_turned_add(&turned, &account, SEVEN, 1);
	(void)schedule_turned_add(&turned, &account, SEVEN, 2);
	(void)schedule_turned_add(&turned, &account, SEVEN, 1);
	schedule_turned_drop(&turned, 3);
	schedule_turned_drop(&turned, 2);
	(void)schedule_budget_leave(&account, SEVEN, &a);
	take("the other one, once", THESE(1));
}

/* Some of a lane; the rest when it is empty again. */
static void some(void)
{
	begin();
	struct schedule_charge a = hold(SEVEN, 10);

	for (uint64_t id = 1; id <= SCHEDULE_TURNED_AT_ONCE + 2; id++)
		(void)schedule_turned_add(&turned, &account, SEVEN, id);
	(void)schedule_turned_add(&turned, &account, EIGHT, 99);
	CHECK_INT("empty", schedule_budget_leave(&account, SEVEN, &a), SCHEDULE_WAKE);
	take("some of each", THESE(1, 2, 3, 4, 5, 6, 7, 8, 99));
	a = hold(SEVEN, 10);
	CHECK_INT("empty again", schedule_budget_leave(&account, SEVEN, &a), SCHEDULE_WAKE);
	take("the rest", THESE(9, 10));
}

/* The last are known. */
static void many(void)
{
	begin();
	struct schedule_charge a = hold(SEVEN, 10);

	for (uint64_t id = 1; id <= SCHEDULE_TURNED_MAX + 5; id++)
		(void)schedule_turned_add(&turned, &account, SEVEN, id);
	CHECK_INT("as many as there may be", (long long)turned.n, SCHEDULE_TURNED_MAX);
	(void)schedule_budget_leave(&account, SEVEN, &a);
	take("the first are forgotten", THESE(6, 7, 8, 9, 10, 11, 12, 13));
}

int main(void)
{
	emptied();
	too_late();
	dropped();
	some();
	many();
	return TEST_EXIT();
}
