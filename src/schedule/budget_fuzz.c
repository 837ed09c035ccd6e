/*
 * The account of memory under any calls.  Seeds: src/schedule/corpus/budget/.
 *
 * Each two octets are a step, for a message that the first names.  What must hold: what is
 * charged is what the messages hold, side by side; what is asked for stays within the
 * limits; the largest message may always come in where nothing else does, and be kept where
 * nothing else is; whoever waits is woken once there is room; at the end all is given
 * back, and the account is at zero.
 */
#include "schedule/budget.h"

#include "base/rd.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define MESSAGES 32
#define LARGEST_OCTETS 100000

static struct schedule_budget budget;
static struct message {
	struct schedule_charge charge;
	uint64_t lane;
	bool entered;
} messages[MESSAGES];
static struct schedule_charge grant;
static bool waits, forced;

static bool may_load(const struct schedule_usage *u)
{
	return schedule_budget_fits(u, SCHEDULE_LOOK, u->largest) &&
	       schedule_budget_fits(u, SCHEDULE_KEPT, SCHEDULE_BUDGET_SMALL);
}

/* None sleeps while there is room; it is told by the call that made it. */
static void hear(enum schedule_wake wake)
{
	struct schedule_usage u = schedule_budget_usage(&budget);

	if (wake == SCHEDULE_WAKE) {
		MUST(waits && may_load(&u));
		waits = false;
	}
	MUST(!waits || !may_load(&u));
}

static void check(void)
{
	struct schedule_usage u = schedule_budget_usage(&budget);
	uint64_t sum[3] = { 0 };

	for (size_t i = 0; i < MESSAGES; i++)
		sum[messages[i].charge.side] += messages[i].charge.kib;
	sum[SCHEDULE_LOOK] += grant.kib;
	MUST(u.in == sum[SCHEDULE_IN] && u.look == sum[SCHEDULE_LOOK] &&
	     u.kept == sum[SCHEDULE_KEPT]);
	MUST(u.limit >= 4 * u.largest);
	if (forced)
		return;
	MUST(u.in + u.kept <= u.limit - u.largest);
	MUST(u.in <= u.limit - 2 * u.largest && u.kept <= u.limit - 2 * u.largest);
	MUST(u.look <= u.largest);
	if (u.in == 0)
		MUST(schedule_budget_fits(&u, SCHEDULE_IN, u.largest));
	if (u.kept == 0)
		MUST(schedule_budget_fits(&u, SCHEDULE_KEPT, u.largest));
}

static void release(struct message *m)
{
	if (m->entered)
		schedule_budget_leave(&budget, m->lane, &m->charge);
	m->entered = false;
	hear(schedule_budget_release(&budget, &m->charge));
}

static void keep(struct message *m)
{
	enum schedule_wake wake = SCHEDULE_SLEEP;

	if (m->charge.kib == 0 || m->entered || m->charge.side == SCHEDULE_KEPT ||
	    !schedule_budget_enter(&budget, m->lane, &m->charge))
		return;
	m->entered = true;
	if (schedule_budget_keep(&budget, &m->charge, &wake))
		hear(wake);
	else
		release(m);
}

static void look(void)
{
	struct schedule_usage u = schedule_budget_usage(&budget);

	if (grant.kib || waits)
		return;
	waits = !schedule_budget_look(&budget, &grant);
	MUST(waits == !may_load(&u));
}

static void load(struct message *m, uint32_t kib)
{
	if (m->charge.kib || kib > grant.kib || kib == 0)
		return;
	schedule_budget_loaded(&grant, &m->charge, kib);
	MUST(m->charge.side == SCHEDULE_LOOK && m->charge.kib == kib);
}

static void step(uint8_t octet, uint8_t how)
{
	struct message *m = &messages[octet % MESSAGES];

	m->lane = m->charge.kib ? m->lane : (uint64_t)(how % 5) << 32 | how % 3;
	switch (octet / MESSAGES) {
	case 0:
		if (m->charge.side == SCHEDULE_IN && !m->entered)
			(void)schedule_budget_grow(&budget, &m->charge, how);
		break;
	case 1:
		keep(m);
		break;
	case 2:
		release(m);
		break;
	case 3:
		look();
		break;
	case 4:
		load(m, how);
		break;
	case 5:
		hear(schedule_budget_release(&budget, &grant));
		break;
	case 6:
		if (how % 2)
			schedule_budget_sent_back(&budget, m->lane, how);
		else
			schedule_budget_served(&budget, m->lane, how, how * 300);
		break;
	case 7:
		forced = true; /* what was taken before may be more than may be taken now */
		hear(schedule_budget_limit(&budget, (uint64_t)how << 12, LARGEST_OCTETS));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct rd r = rd_over(data, n);

	memset(messages, 0, sizeof(messages));
	grant = (struct schedule_charge){ 0 };
	waits = forced = false;
	schedule_budget_init(&budget, 1 << 20, LARGEST_OCTETS);
	while (rd_left(&r)) {
		uint8_t octet = rd_u8(&r);
		step(octet, rd_u8(&r));
		check();
	}
	for (size_t i = 0; i < MESSAGES; i++)
		release(&messages[i]);
	hear(schedule_budget_release(&budget, &grant));
	MUST(!waits);
	MUST(schedule_budget_zero(&budget));
	return 0;
}
