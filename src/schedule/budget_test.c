#include "schedule/budget.h"

#include "base/test.h"
#include "schedule/pace.h"

#include <pthread.h>
#include <semaphore.h>

#define MIB 1024 /* KiB */
#define KIB ((uint64_t)1024)
#define SIZE_LIMIT ((uint64_t)50 << 20)

/* A limit of 1000 and a largest of 100: both sides 900, each 800. */
static const struct {
	const char *label;
	uint32_t in, look, kept;
	enum schedule_side side;
	uint32_t kib;
	bool want;
} fits[] = {
	{ "all that comes in", 0, 0, 0, SCHEDULE_IN, 800, true },
	{ "and one more", 0, 0, 0, SCHEDULE_IN, 801, false },
	{ "all that is kept", 0, 0, 0, SCHEDULE_KEPT, 800, true },
	{ "and one more", 0, 0, 0, SCHEDULE_KEPT, 801, false },
	{ "in, to its end", 799, 0, 0, SCHEDULE_IN, 1, true },
	{ "in, at its end", 800, 0, 0, SCHEDULE_IN, 1, false },
	{ "kept, at its end", 0, 0, 800, SCHEDULE_KEPT, 1, false },
	{ "the largest comes in beside all that may be kept", 0, 0, 800, SCHEDULE_IN, 100, true },
	{ "and no more", 0, 0, 800, SCHEDULE_IN, 101, false },
	{ "the largest is kept beside all that may come in", 800, 0, 0, SCHEDULE_KEPT, 100, true },
	{ "and no more", 800, 0, 0, SCHEDULE_KEPT, 101, false },
	{ "the largest is looked at beside all that", 800, 0, 100, SCHEDULE_LOOK, 100, true },
	{ "in its own part", 0, 0, 0, SCHEDULE_LOOK, 101, false },
	{ "which is not empty", 0, 1, 0, SCHEDULE_LOOK, 100, false },
	{ "and in nobody's way", 0, 100, 0, SCHEDULE_IN, 800, true },
	{ "no overflow", 0, 0, 0, SCHEDULE_KEPT, UINT32_MAX, false },
	{ "nor here", UINT32_MAX, 0, UINT32_MAX, SCHEDULE_IN, UINT32_MAX, false },
	{ "over its limit after a reload: nothing", 950, 0, 0, SCHEDULE_KEPT, 0, false },
};

#define NONE UINT32_MAX

/* Of 800 that may be kept. */
static const struct {
	const char *label;
	uint32_t kept, held, cap, want;
} rooms[] = {
	{ "one message, always", 800, 0, NONE, 100 },
	{ "whatever its cap", 800, 0, 0, 100 },
	{ "half, where it is alone", 1, 1, NONE, 798 },
	{ "half is half", 400, 400, NONE, 0 },
	{ "a third, where there are two", 533, 266, NONE, 1 },
	{ "more than it may", 700, 500, NONE, 0 },
	{ "over the limit", 900, 1, NONE, 0 },
	{ "to its cap", 100, 100, 120, 20 },
	{ "at its cap", 100, 100, 100, 0 },
	{ "over its cap", 100, 100, 50, 0 },
	{ "a cap that is above all", 300, 300, 700, 200 },
};

static const struct {
	const char *label;
	uint64_t octets;
	size_t n_rcpt;
	uint32_t want;
} costs[] = {
	{ "nothing", 0, 0, 4 },
	{ "one recipient", 0, 1, 5 },
	{ "a small one", 2000, 1, 7 },
	{ "just full", 1024, 0, 5 },
	{ "an octet more", 1025, 0, 6 },
	{ "many recipients", 1024, 10000, 5005 },
	{ "the largest there is", UINT64_MAX, 1, UINT32_MAX / 4 },
	{ "to more than there are", 1, SIZE_MAX, 536870916 },
};

static const struct {
	const char *label;
	uint64_t limit, size_limit;
	uint32_t want, largest;
} limits[] = {
	{ "as it comes", (uint64_t)256 << 20, SIZE_LIMIT, 256 * MIB, 50 * MIB + 68 },
	{ "too little: four of the largest", 1, SIZE_LIMIT, 200 * MIB + 272, 50 * MIB + 68 },
	{ "more than is counted", UINT64_MAX, UINT64_MAX, UINT32_MAX / 4, UINT32_MAX / 16 },
};

static struct schedule_budget account;

static void begin(void)
{
	schedule_budget_init(&account, (uint64_t)256 << 20, SIZE_LIMIT);
}

static void end(const char *label)
{
	CHECK_INT(label, schedule_budget_zero(&account), 1);
}

/* A message that comes in, is stored, goes out. */
static void way_through(void)
{
	struct schedule_charge c = { 0 };
	enum schedule_wake wake;

	begin();
	for (uint32_t kib = 1; kib <= 20; kib++)
		CHECK_INT("it grows", schedule_budget_grow(&account, &c, kib), 1);
	CHECK_INT("never less", schedule_budget_grow(&account, &c, 5), 1);
	CHECK_INT("as it was", schedule_budget_usage(&account).in, 20);
	CHECK_INT("enters", schedule_budget_enter(&account, 7, &c), 1);
	CHECK_INT("in that lane", schedule_budget_share(&account, 7).held, 20);
	CHECK_INT("and in no other", schedule_budget_share(&account, 8).held, 0);
	CHECK_INT("is kept", schedule_budget_keep(&account, &c, &wake), 1);
	CHECK_INT("nobody waits", wake, SCHEDULE_SLEEP);
	CHECK_INT("nothing comes in", schedule_budget_usage(&account).in, 0);
	CHECK_INT("it is kept", schedule_budget_usage(&account).kept, 20);
	CHECK_INT("not zero", schedule_budget_zero(&account), 0);
	schedule_budget_leave(&account, 7, &c);
	CHECK_INT("none is told", schedule_budget_release(&account, &c), SCHEDULE_SLEEP);
	end("way through");
}

/* Load as much as is taken from the store, and let each go where it can. */
static bool load(struct schedule_charge *m, uint32_t kib)
{
	struct schedule_charge batch = { 0 };

	if (!schedule_budget_look(&account, &batch))
		return false;
	schedule_budget_loaded(&batch, m, kib);
	(void)schedule_budget_release(&account, &batch);
	return true;
}

/* False: it goes back to the store. */
static bool send(struct schedule_charge *m, uint64_t lane)
{
	enum schedule_wake wake;

	if (!schedule_budget_enter(&account, lane, m))
		return false;
	if (schedule_budget_keep(&account, m, &wake))
		return true;
	schedule_budget_leave(&account, lane, m);
	return false;
}

/*
 * G2: a host that trickles takes no mail away, whatever waits for it, small or
 * large: what is due for another is loaded and sent.
 */
static void slow_host(uint32_t kib, size_t n)
{
	struct schedule_charge slow[6000] = { 0 }, other = { 0 };
	size_t sent = 0;

	begin();
	for (size_t i = 0; i < n; i++) {
		CHECK_INT("each is looked at", load(&slow[i], kib), 1);
		if (send(&slow[i], 1))
			sent++;
		else
			(void)schedule_budget_release(&account, &slow[i]);
	}
	CHECK_INT("some are with it", sent > 0, 1);
	CHECK_INT("another is looked at", load(&other, 45 * MIB), 1);
	CHECK_INT("and sent", send(&other, 2), 1);
	for (size_t i = 0; i < n; i++) {
		if (slow[i].kib)
			schedule_budget_leave(&account, 1, &slow[i]);
		(void)schedule_budget_release(&account, &slow[i]);
	}
	schedule_budget_leave(&account, 2, &other);
	(void)schedule_budget_release(&account, &other);
	end("slow host");
}

/* Hosts that trickle leave something to others, even where each has all it can get. */
static void slow_hosts(void)
{
	static struct schedule_charge m[8][6000];
	struct schedule_charge other = { 0 };
	size_t n[8] = { 0 };

	begin();
	for (size_t i = 0; i < COUNT_OF(n); i++) {
		while (n[i] < COUNT_OF(m[i]) && load(&m[i][n[i]], 7) && send(&m[i][n[i]], i))
			n[i]++;
		if (n[i] < COUNT_OF(m[i])) /* the one that had no room */
			(void)schedule_budget_release(&account, &m[i][n[i]]);
	}
	CHECK_INT("the first has much", n[0] > 5000, 1);
	CHECK_INT("the last has something", n[7] > 20, 1);
	CHECK_INT("one more is looked at", load(&other, 25), 1);
	CHECK_INT("and sent", send(&other, 99), 1);
}

/* G3: three clients hold 45 MB each in DATA, and break off. */
static void broken_off(void)
{
	struct schedule_charge in[3] = { 0 }, due = { 0 };

	begin();
	for (size_t i = 0; i < COUNT_OF(in); i++)
		CHECK_INT("taken", schedule_budget_grow(&account, &in[i], 45 * MIB), 1);
	CHECK_INT("meanwhile one that is due", load(&due, 10) && send(&due, 1), 1);
	for (size_t i = 0; i < COUNT_OF(in); i++)
		(void)schedule_budget_release(&account, &in[i]);
	schedule_budget_leave(&account, 1, &due);
	(void)schedule_budget_release(&account, &due);
	end("broken off");
}

/* Whoever waits for room is told by whoever makes it, once. */
static void woken(void)
{
	struct schedule_charge first = { 0 }, batch = { 0 }, m = { 0 };
	enum schedule_wake wake = SCHEDULE_SLEEP;

	begin();
	CHECK_INT("the first look", schedule_budget_look(&account, &first), 1);
	schedule_budget_loaded(&first, &m, 100);
	CHECK_INT("nobody waits yet", schedule_budget_release(&account, &first), SCHEDULE_SLEEP);
	CHECK_INT("one is not decided", schedule_budget_look(&account, &batch), 0);
	CHECK_INT("nothing was taken", batch.kib, 0);
	CHECK_INT("it is kept", schedule_budget_keep(&account, &m, &wake), 1);
	CHECK_INT("now there is room", wake, SCHEDULE_WAKE);
	CHECK_INT("told once", schedule_budget_release(&account, &m), SCHEDULE_SLEEP);
	end("looked at");

	schedule_budget_force(&account, &m, SCHEDULE_KEPT, 256 * MIB);
	CHECK_INT("nothing may be kept", schedule_budget_look(&account, &batch), 0);
	schedule_budget_force(&account, &first, SCHEDULE_IN, 1);
	CHECK_INT("that makes no room", schedule_budget_release(&account, &first), SCHEDULE_SLEEP);
	CHECK_INT("this does", schedule_budget_release(&account, &m), SCHEDULE_WAKE);
	CHECK_INT("it looks", schedule_budget_look(&account, &batch), 1);
	CHECK_INT("and waits no more", schedule_budget_release(&account, &batch), SCHEDULE_SLEEP);
	end("kept");

	schedule_budget_force(&account, &m, SCHEDULE_IN, 256 * MIB);
	CHECK_INT("nothing either", schedule_budget_look(&account, &batch), 0);
	CHECK_INT("who comes in makes room, too", schedule_budget_release(&account, &m),
		  SCHEDULE_WAKE);
	end("in");

	schedule_budget_force(&account, &m, SCHEDULE_IN, 256 * MIB);
	CHECK_INT("nothing again", schedule_budget_look(&account, &batch), 0);
	CHECK_INT("a reload that is no help",
		  schedule_budget_limit(&account, UINT64_C(300) << 20, SIZE_LIMIT), SCHEDULE_SLEEP);
	CHECK_INT("and one that is",
		  schedule_budget_limit(&account, UINT64_C(400) << 20, SIZE_LIMIT), SCHEDULE_WAKE);
	(void)schedule_budget_release(&account, &m);
	end("reload");
}

/* At each end of what is there: to the last KiB, and one more. */
static void to_the_end_of_it(void)
{
	struct schedule_charge in = { 0 }, kept = { 0 }, first = { 0 }, second = { 0 };
	enum schedule_wake wake;

	begin();
	struct schedule_usage u = schedule_budget_usage(&account);
	uint32_t all = u.limit - 2 * u.largest;
	CHECK_INT("nearly all", schedule_budget_grow(&account, &in, all - 1), 1);
	CHECK_INT("all", schedule_budget_grow(&account, &in, all), 1);
	CHECK_INT("more", schedule_budget_grow(&account, &in, all + 1), 0);
	schedule_budget_force(&account, &kept, SCHEDULE_LOOK, u.largest + 1);
	CHECK_INT("too much to keep", schedule_budget_keep(&account, &kept, &wake), 0);
	CHECK_INT("it is still looked at", kept.side, SCHEDULE_LOOK);
	(void)schedule_budget_release(&account, &kept);
	schedule_budget_force(&account, &kept, SCHEDULE_LOOK, u.largest);
	CHECK_INT("just enough", schedule_budget_keep(&account, &kept, &wake), 1);
	first.kib = 1000;
	second.kib = all - u.largest - 1000;
	CHECK_INT("the first has room", schedule_budget_enter(&account, 3, &first), 1);
	CHECK_INT("all there is", schedule_budget_enter(&account, 3, &second), 1);
	CHECK_INT("no more", schedule_budget_enter(&account, 3, &first), 0);
	schedule_budget_leave(&account, 3, &first);
	schedule_budget_leave(&account, 3, &second);
	(void)schedule_budget_release(&account, &kept);
	(void)schedule_budget_release(&account, &in);
	end("to the end");
}

/* Mail that is larger than what is accepted today is loaded all the same, and counts as that. */
static void too_large(void)
{
	struct schedule_charge m = { 0 };

	begin();
	uint32_t largest = schedule_budget_usage(&account).largest;
	CHECK_INT("loaded", load(&m, 90 * MIB), 1);
	CHECK_INT("it has all that there is", m.kib, largest);
	CHECK_INT("and no more", schedule_budget_usage(&account).look, largest);
	CHECK_INT("and goes out", send(&m, 1), 1);
	schedule_budget_leave(&account, 1, &m);
	(void)schedule_budget_release(&account, &m);
	end("too large");
}

/* A reload that lowers the limit takes nothing away from who has it. */
static void lowered(void)
{
	struct schedule_charge c = { 0 }, d = { 0 };

	begin();
	CHECK_INT("taken", schedule_budget_grow(&account, &c, 45 * MIB), 1);
	(void)schedule_budget_limit(&account, 1, 1 << 20);
	CHECK_INT("as before", schedule_budget_grow(&account, &c, 45 * MIB), 1);
	CHECK_INT("no more", schedule_budget_grow(&account, &c, 45 * MIB + 1), 0);
	CHECK_INT("nor another", schedule_budget_grow(&account, &d, 1), 0);
	CHECK_INT("it has what it had", c.kib, 45 * MIB);
	(void)schedule_budget_release(&account, &c);
	CHECK_INT("then", schedule_budget_grow(&account, &d, 1), 1);
	(void)schedule_budget_release(&account, &d);
	end("lowered");
}

static void again(void)
{
	static const struct {
		const char *label;
		int64_t age, least, most;
	} rows[] = {
		{ "new", 0, 10000, 19999 },
		{ "from the future", -5000, 10000, 19999 },
		{ "80 seconds", 80000, 10000, 19999 },
		{ "and a little", 88000, 11000, 21999 },
		{ "80 minutes", 4800000, 600000, 1199999 },
		{ "a day", 86400000, 600000, 1199999 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CHECK_INT(rows[i].label, schedule_budget_again(7, 7 + rows[i].age, 0),
			  7 + rows[i].age + rows[i].least);
		CHECK_INT(rows[i].label, schedule_budget_again(7, 7 + rows[i].age, UINT32_MAX),
			  7 + rows[i].age + rows[i].most);
	}
	CHECK_INT("no overflow", schedule_budget_again(INT64_MIN, INT64_MAX - 1, 0), INT64_MAX);
}

/* A lane is held to what it can begin, and grows again once it begins in good time. */
static void capped(void)
{
	const struct schedule_charge c = { SCHEDULE_KEPT, 100 };

	begin();
	for (int i = 0; i < 5; i++)
		CHECK_INT("enters", schedule_budget_enter(&account, 1, &c), 1);
	schedule_budget_served(&account, 1, 100, 0);
	CHECK_INT("no cap grows", schedule_budget_share(&account, 1).cap, NONE);
	schedule_budget_sent_back(&account, 1, 100);
	CHECK_INT("what is left is its cap", schedule_budget_share(&account, 1).cap, 400);
	CHECK_INT("no more enters", schedule_budget_enter(&account, 1, &c), 0);
	schedule_budget_leave(&account, 1, &c);
	schedule_budget_sent_back(&account, 1, 100);
	schedule_budget_leave(&account, 1, &c);
	CHECK_INT("and lower", schedule_budget_share(&account, 1).cap, 300);
	schedule_budget_served(&account, 1, 100, SCHEDULE_WAIT_MS / 2 + 1);
	CHECK_INT("not in good time", schedule_budget_share(&account, 1).cap, 300);
	schedule_budget_served(&account, 1, 100, SCHEDULE_WAIT_MS / 2);
	CHECK_INT("in good time", schedule_budget_share(&account, 1).cap, 500);
	CHECK_INT("two enter", schedule_budget_enter(&account, 1, &c), 1);
	CHECK_INT("two enter", schedule_budget_enter(&account, 1, &c), 1);
	CHECK_INT("and no more", schedule_budget_enter(&account, 1, &c), 0);
	schedule_budget_sent_back(&account, 1, 50);
	CHECK_INT("a new cap", schedule_budget_share(&account, 1).cap, 450);
	schedule_budget_sent_back(&account, 1, 20);
	CHECK_INT("never higher by that", schedule_budget_share(&account, 1).cap, 450);
	for (int i = 0; i < 5; i++)
		schedule_budget_leave(&account, 1, &c);
	schedule_budget_sent_back(&account, 1, 100);
	CHECK_INT("nothing is left", schedule_budget_share(&account, 1).cap, 0);
	CHECK_INT("one has room", schedule_budget_enter(&account, 1, &c), 1);
	for (int i = 0; i < 2000; i++)
		schedule_budget_served(&account, 1, 100, 0);
	CHECK_INT("it holds nobody back", schedule_budget_share(&account, 1).cap, NONE);
	schedule_budget_leave(&account, 1, &c);
	end("capped");
}

/* Two lanes that share a cell do not share the other. */
static void cells(void)
{
	const struct schedule_charge c = { SCHEDULE_KEPT, 100 };
	const uint64_t slow = 5 | (uint64_t)9 << 32, other = 5 | (uint64_t)8 << 32, same = 5;

	begin();
	CHECK_INT("enters", schedule_budget_enter(&account, slow, &c), 1);
	CHECK_INT("enters", schedule_budget_enter(&account, slow, &c), 1);
	schedule_budget_sent_back(&account, slow, 100);
	schedule_budget_leave(&account, slow, &c);
	CHECK_INT("it is at its cap", schedule_budget_enter(&account, slow, &c), 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT("another is not", schedule_budget_enter(&account, other, &c), 1);
	CHECK_INT("it holds its own", schedule_budget_share(&account, other).held, 300);
	CHECK_INT("one cell for both", schedule_budget_enter(&account, same, &c), 1);
	CHECK_INT("is two", schedule_budget_share(&account, same).held, 100);
	schedule_budget_leave(&account, same, &c);
	for (int i = 0; i < 3; i++)
		schedule_budget_leave(&account, other, &c);
	schedule_budget_leave(&account, slow, &c);
	end("cells");
}

#define THREADS 4
#define ROUNDS 20000

static sem_t bell;
static atomic_bool over;
static atomic_int broken;

static void ring(enum schedule_wake wake)
{
	if (wake == SCHEDULE_WAKE)
		(void)sem_post(&bell);
}

static void within(void)
{
	struct schedule_usage u = schedule_budget_usage(&account);

	if ((uint64_t)u.in + u.kept > u.limit - u.largest || u.look > u.largest)
		atomic_fetch_add(&broken, 1);
}

static void *client(void *arg)
{
	uint32_t x = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct schedule_charge c = { 0 };
		enum schedule_wake wake = SCHEDULE_SLEEP;
		uint64_t lane = (x = x * 1664525 + 1013904223) >> 28;
		uint32_t kib = 1 + (x >> 16) % (40 * MIB);

		if (schedule_budget_grow(&account, &c, kib / 2) &&
		    schedule_budget_grow(&account, &c, kib) &&
		    schedule_budget_enter(&account, lane, &c)) {
			(void)schedule_budget_keep(&account, &c, &wake);
			ring(wake);
			within();
			schedule_budget_leave(&account, lane, &c);
		}
		ring(schedule_budget_release(&account, &c));
	}
	return NULL;
}

/* Sleeps where it is told to, and would sleep for ever if a wake were lost. */
static void *loader(void *arg)
{
	int *loads = arg;

	while (!atomic_load(&over) || *loads == 0) {
		struct schedule_charge c = { 0 }, m = { 0 };
		enum schedule_wake wake = SCHEDULE_SLEEP;

		if (!schedule_budget_look(&account, &c)) {
			while (sem_wait(&bell) != 0)
				;
			continue;
		}
		++*loads;
		schedule_budget_loaded(&c, &m, 100);
		(void)schedule_budget_release(&account, &c);
		(void)schedule_budget_keep(&account, &m, &wake);
		(void)schedule_budget_release(&account, &m);
		within();
	}
	return NULL;
}

static void threads(void)
{
	pthread_t t[THREADS], l;
	int loads = 0;

	begin();
	(void)sem_init(&bell, 0, 0);
	(void)pthread_create(&l, NULL, loader, &loads);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_create(&t[i], NULL, client, (void *)(uintptr_t)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(t[i], NULL);
	atomic_store(&over, true);
	(void)sem_post(&bell);
	(void)pthread_join(l, NULL);
	CHECK_INT("within its limits at any time", atomic_load(&broken), 0);
	CHECK_INT("it looked", loads > 0, 1);
	end("threads");
}

/* What came and is on disk now costs less: who waits to load hears of it; it goes on as it is. */
static void shrunk(void)
{
	struct schedule_charge c = { .kib = 0 }, look = { .kib = 0 }, other = { .kib = 0 };
	enum schedule_wake wake = SCHEDULE_SLEEP;

	schedule_budget_init(&account, 4000 * KIB, 100 * KIB);
	CHECK_INT("comes in", schedule_budget_grow(&account, &c, 500), true);
	CHECK_INT("to as much as it is", schedule_budget_shrink(&account, &c, 500), SCHEDULE_SLEEP);
	CHECK_INT("and no more", schedule_budget_shrink(&account, &c, 600), SCHEDULE_SLEEP);
	CHECK_INT("is charged", schedule_budget_usage(&account).in, 500);
	schedule_budget_force(&account, &other, SCHEDULE_KEPT,
			      schedule_budget_usage(&account).limit - 500);
	CHECK_INT("nobody can load", schedule_budget_look(&account, &look), false);
	CHECK_INT("less", schedule_budget_shrink(&account, &c, 100), SCHEDULE_WAKE);
	CHECK_INT("is charged", schedule_budget_usage(&account).in, 100);
	CHECK_INT("by itself", c.kib, 100);
	(void)schedule_budget_release(&account, &other);
	CHECK_INT("is kept", schedule_budget_keep(&account, &c, &wake), true);
	CHECK_INT("as it is", schedule_budget_usage(&account).kept, 100);
	(void)schedule_budget_release(&account, &c);
	CHECK_INT("nothing", schedule_budget_zero(&account), true);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(fits); i++) {
		const struct schedule_usage u = { .in = fits[i].in,
						  .look = fits[i].look,
						  .kept = fits[i].kept,
						  .limit = 1000,
						  .largest = 100 };
		CHECK_INT(fits[i].label, schedule_budget_fits(&u, fits[i].side, fits[i].kib),
			  fits[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(rooms); i++) {
		const struct schedule_usage u = { .kept = rooms[i].kept,
						  .limit = 1000,
						  .largest = 100 };
		const struct schedule_share share = { rooms[i].held, rooms[i].cap };
		CHECK_INT(rooms[i].label, schedule_budget_lane_room(&u, &share), rooms[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(costs); i++)
		CHECK_INT(costs[i].label, schedule_budget_cost(costs[i].octets, costs[i].n_rcpt),
			  costs[i].want);
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		schedule_budget_init(&account, limits[i].limit, limits[i].size_limit);
		CHECK_INT(limits[i].label, schedule_budget_usage(&account).limit, limits[i].want);
		CHECK_INT(limits[i].label, schedule_budget_usage(&account).largest,
			  limits[i].largest);
	}
	way_through();
	slow_host(7, 5200);
	slow_host(45 * MIB, 5);
	slow_hosts();
	broken_off();
	woken();
	to_the_end_of_it();
	too_large();
	lowered();
	shrunk();
	again();
	capped();
	cells();
	threads();
	return TEST_EXIT();
}
