/*
 * Each case is a list of steps and what schedule_pace_next() gave meanwhile.
 *
 *	+A  a turn waits in lane A     -A  its last turn leaves
 *	*A  one of another kind        _A  one that is never put off for what others were told
 *	n   next: "A" begins, "(A)" is put off, "<A" goes back, "." none
 *	eA  ends, went well          bA  ends, turned away
 *	dA  done      rA  reached      uA  unreached      sA  shut for five seconds
 *	vA  one of the other kind was not reached either
 *	t9  nine seconds pass          T9  nine seconds back
 *	l9,2  limits: total, per destination; half of the total is for lanes that hold none
 *	gA  lane A is held to the rate   GA  no more   p2  the rate has two places from now on
 *	x   a second permit is lent: "x", or "-", as too few are left    y   it comes back
 *	f   the place of the last that began comes back     a   the turnstile asks anew
 *	    without a place the rate is to be asked again after nine seconds
 *
 * After each step what is true of the whole is held against it.
 */
#include "schedule/pace.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/test.h"

#include <stdlib.h>
#include <string.h>

#define LANES 4
#define TURNS_MAX 64

enum { ONE = 1, OTHER = 2 }; /* kinds */

static const struct schedule_pace_limits usual = {
	.total = 8,
	.per_destination = 2,
	.backoff = { .first_ms = 30000, .most_ms = 3600000 },
};

static const struct {
	const char *label, *steps, *want;
} cases[] = {
	{ "nothing waits", "n", "." },
	{ "one", "+A n n", "A." },
	{ "first come, first begun, to the limit", "+A +A +A n n n dA n", "AA.A" },
	{ "one lane after the other", "+A +A +B +B n n n n", "ABAB" },
	{ "a late one stands behind those who wait", "+A +A +B n +C n n n", "ABAC" },
	{ "a second turn does not lose the first its place", "+A +B +A n n", "AB" },
	{ "the total", "l4,2 +A +A +B +B +C n n n n n dB n", "ABC..B" },
	{ "half of the permits are for who holds none", "l4,4 +A +A +A +A n n n +B n +C n +D n",
	  "AA.BC." },
	{ "a second one where enough are left", "l4,4 +A +A +A n n n dA n", "AA.A" },
	{ "who holds none gets the last, in turn", "l4,4 +A +A +A n n +B +C n n +D n dB n",
	  "AABC.D" },
	{ "who holds some waits for more than that", "l4,4 +A +A +B +C n n n n dB n dC n",
	  "ABC..A" },
	{ "two permits are for two", "l2,2 +A +A n n +B n", "A.B" },
	{ "of three one may have two", "l3,3 +A +A +A n n n +B n", "AA.B" },
	{ "one is whose turn it is", "l1,2 +A +A n n +B dA n dB n", "A.BA" },
	{ "a lane at its limit is left out", "+A +A +A +B n n n n", "ABA." },
	{ "whoever leaves does not begin", "+A +B -A n n", "B." },
	{ "second permits are of the total", "l4,4 x +A +B +C +D n n n n y n", "xABC.D" },
	{ "and not of the last ones", "l4,4 +A +B n n x +C n x", "AB-C-" },
	{ "nor more than a quarter of them", "l8,8 x x x y x", "xx-x" },
	{ "none is lent where two are left for two", "l4,4 +A +B n n x dA x", "AB-x" },
	{ "nor where there is but one in all", "l1,4 +A n x dA x", "A--" },
	{ "second permits are not of a lane's", "l9,1 +A +A n x n dA n", "Ax.A" },
	{ "permits come back", "+A +A n n dA dA +A +A n n n", "AAAA." },

	{ "more permits for each", "+A +A +A n n n l8,3 n", "AA.A" },
	{ "more in all", "l1,1 +A +B n n l2,1 n", "A.B" },
	{ "fewer for each", "+A +A +A n n l8,1 dA n dA n", "AA.A" },
	{ "fewer in all", "+A +B +C n n l1,1 dA n dB n", "AB.C" },
	{ "fewer for each while one could begin", "+A +A n l8,1 n dA n", "A.A" },

	{ "unreached: the others are put off", "+A +A +A n uA dA n n n", "A(A)(A)." },
	{ "those who come later, too", "n +A n uA dA t29 +A n n", ".A(A)." },
	{ "another lane goes on", "+A +A +B +B n uA n n n n", "A(A)BB." },
	{ "put off in turn", "+A +A +A +B +B n uA n n n n", "A(A)B(A)B" },
	{ "the total holds up nobody who is put off", "l1,1 +A n +B +B uA +A n n", "A(A)." },
	{ "shut with its hosts", "+A +A n sA dA n t5 +A n t29 +A n", "A (A) A ." },
	{ "a trial that met closed hosts", "+A n uA dA t30 +A +A n sA n dA t5 +A n", "A A (A) A" },
	{ "after its time one is let through", "+A n uA dA t30 +A +A n n", "A A." },
	{ "it works: the others begin", "+A n uA dA t30 +A +A n n rA n", "A A.A" },
	{ "it does not: they are put off", "+A n uA dA t30 +A +A n n uA n n", "A A.(A)." },
	{ "and for twice as long", "+A n uA dA t30 +A n uA dA t59 +A n t1 +A n", "A A (A) A" },
	{ "as before, once it worked", "+A n uA dA t30 +A n rA uA dA t29 +A n t1 +A n",
	  "A A (A) A" },
	{ "no word: the next one may try", "+A n uA dA t30 +A +A n n dA n", "A A.A" },
	{ "a trial that takes too long", "+A n uA dA t30 +A n t299 +A n t1 n", "A A.A" },
	{ "a trial with nobody waiting", "+A n uA dA t30 +A n t300 n +A n", "A A.A" },
	{ "failures of those under way count once", "+A +A n n uA uA dA dA t30 +A n", "AA A" },
	{ "one under way works: open", "+A +A +A n n uA rA n dA n", "AA.A" },
	{ "a trial beside one that was under way", "+A +A +A +A n n uA n n dA t30 +A +A n n n",
	  "AA(A)(A) A.." },
	{ "closed, its time passes while the total is used", "l1,2 +A n uA dA +B n t30 +A n dB n n",
	  "A B.A." },
	{ "shut, and it is time before anybody looked", "+A uA t30 n", "A" },
	{ "shut, then due before it was put off", "+A +A n uA t30 n n", "A A." },
	{ "whoever waits for a minute goes back", "+A +A +A n n t30 +A t29 n t1 n n t30 n n",
	  "AA.<A.<A." },
	{ "who waits for a trial is put off then", "+A n uA dA t30 +A +A n n t59 n t1 n n",
	  "A A..(A)." },
	{ "but first of all one begins", "+A +B t60 n n n", "A<B." },
	{ "beginning, being put off and going back take turns",
	  "l1,2 +A n uA dA t10 +D n +B +B +B +B t20 dD n +A uA +A t45 dB n n n n n n",
	  "A D B (A) <B B (A) <B ." },
	{ "for nobody waits longer than who comes before", "+A +B +C l1,2 n t60 n n n", "A<B<C." },
	{ "another kind finds out for itself", "+A n uA dA *A +A n n", "AA(A)" },
	{ "and is put off once it has", "+A n uA dA *A n vA dA *A +A n n", "AA(A)(A)" },
	{ "but a new failure is another's", "+A n uA dA *A n vA dA t30 +A n uA dA *A n", "AAAA" },
	{ "one beside a trial", "+A n uA dA t30 +A n +A *A n -A n", "AA.." },
	{ "the first of another kind beside a trial", "+A n uA dA t30 +A n *A +A n n", "AAA." },
	{ "one that is told nothing", "+A n uA dA _A n dA _A n", "AAA" },
	{ "who waits for a minute is told of its own kind alone", "l9,1 +A n +A *A t59 uA t1 n n n",
	  "A(A)<A." },
	{ "five at first", "l9,9 +A +A +A +A +A +A n n n n n n dA n", "AAAAA.A" },
	{ "one more for each that went well",
	  "l20,9 +A +A +A +A +A +A +A +A n n n n n n eA n n n eA n n", "AAAAA.AA.A." },
	{ "half of it, where one was turned away",
	  "l20,9 +A +A +A +A +A +A +A +A n n n n bA n eA n eA n eA n n n", "AAAA..AA.." },
	{ "turned away: no other lane is", "l9,9 +A +A +A +B +B +B n n n n bA n n", "ABABB." },
	{ "a lane of less", "oA1 +A +A +B +B n n n n dA n", "A B B . A" },
	{ "a lane of more, until it has no limits of its own",
	  "l9,1 oA2 +A +A +A +B +B n n n n dA oA0 n dA n", "A B A . . A" },
	{ "its own back-off, a second", "oA2 +A n uA dA t1 +A n", "A A" },
	{ "a rate: as many as there are places", "gA p2 +A +A l9,9 +A n n n", "AA." },
	{ "those that share it, in turn", "gA gB p3 +A +A +B +B n n n n", "ABA." },
	{ "others go on", "gA p1 +A +A +B +B n n n n", "ABB." },
	{ "its next place is there after a time", "gA p1 +A +A n n p1 t8 n t1 n", "A..A" },
	{ "whoever was turned back is the first", "gA gB gC +A +B +C n p3 n t9 n n n", "..ABC" },
	{ "and a late one the last", "gA gB gC +A +B n p3 t9 +C n n n n", ".ABC." },
	{ "a place that comes back, when it is asked", "gA p1 +A +A n n f n a n", "A..A" },
	{ "one that comes back is no permit", "gA p1 l9,1 +A +A n f a n dA n", "A.A" },
	{ "the first leaves the stile", "gA gB p1 +A n +A +B n -A p1 t9 n", "A.B" },
	{ "the first is shut meanwhile", "gA gB p1 +A n +A +B n uA dA p1 t9 n n", "A.(A)B" },
	{ "one that is let through leaves", "gA gB p2 +A +B -A n", "B" },
	{ "one that is let through has its permits", "gA gB l9,1 p3 +A +A +B n n n", "AB." },
	{ "no rate any more", "gA gB p0 +A +B n GA n n", ".A." },
	{ "a rate from now on", "p1 +A +A +B gA gB n n n", "A.." },
	{ "who waits at the turnstile for a minute goes back", "gA p0 +A n t60 n n", ".<A." },
	{ "a clock set back closes for no longer", "+A n uA dA T999999 +A n t3600 +A n",
	  "A (A) A" },
};

static struct schedule_pace pace;
static struct schedule_lane lanes[LANES];
static struct turn {
	struct schedule_turn turn;
	char lane;
} turns[TURNS_MAX];
static size_t n_turns;
static int64_t now;
static struct schedule_turnstile stile;
static struct schedule_turn *begun; /* the last one */
static int places;

static struct schedule_lane *lane(char name)
{
	return &lanes[name - 'A'];
}

static struct schedule_turn *last(char name)
{
	return CONTAINER_OF(lane(name)->waiting.prev, struct schedule_turn, link);
}

static void wait_in(char name, uint64_t kind)
{
	struct turn *t = &turns[n_turns++ % TURNS_MAX];

	t->lane = name;
	t->turn.kind = kind;
	schedule_pace_wait(&pace, lane(name), &t->turn, now);
}

static void next(struct buf *got)
{
	enum schedule_fate fate;
	struct schedule_turn *t = schedule_pace_next(&pace, now, &fate);

	if (!t) {
		buf_addc(got, '.');
		return;
	}
	char name = CONTAINER_OF(t, struct turn, turn)->lane;
	switch (fate) {
	case SCHEDULE_BEGIN:
		begun = t;
		buf_addc(got, name);
		break;
	case SCHEDULE_PUT_OFF:
		buf_addf(got, "(%c)", name);
		break;
	case SCHEDULE_GO_BACK:
		buf_addf(got, "<%c", name);
		break;
	}
}

static void limit(const char *step)
{
	struct schedule_pace_limits limits = usual;

	limits.total = (unsigned)strtoul(step, NULL, 10);
	limits.per_destination = (unsigned)strtoul(strchr(step, ',') + 1, NULL, 10);
	schedule_pace_limit(&pace, &limits, now);
}

/* Its own limits: so many, and a second; 0: none. */
static void limit_lane(const char *step)
{
	const struct schedule_lane_limits own = { .per_destination =
							  (unsigned)strtoul(step + 1, NULL, 10),
						  .backoff = { 1000, 1000 } };

	schedule_pace_limit_lane(&pace, lane(*step), &own, now);
}

static bool take(void *arg, int64_t at, int64_t *next_ms)
{
	bool is_free = places > 0;

	(void)arg;
	places -= is_free;
	*next_ms = places > 0 ? at : at + 9000;
	return is_free;
}

static void give(void *arg, bool sent)
{
	(void)arg;
	places += !sent;
}

static void hold_to(char name, struct schedule_turnstile *to)
{
	struct schedule_lane_limits own = lane(name)->own;

	own.stile = to;
	schedule_pace_limit_lane(&pace, lane(name), &own, now);
}

static void run_rate(const char *step)
{
	switch (*step) {
	case 'g':
		hold_to(step[1], &stile);
		break;
	case 'G':
		hold_to(step[1], NULL);
		break;
	case 'p':
		places = (int)strtol(step + 1, NULL, 10);
		break;
	case 'f':
		schedule_turnstile_give(begun, false);
		break;
	case 'a':
		schedule_turnstile_ask(&stile);
		break;
	}
}

static void run(const char *step, struct buf *got)
{
	run_rate(step);
	switch (*step) {
	case '+':
		wait_in(step[1], ONE);
		break;
	case '*':
		wait_in(step[1], OTHER);
		break;
	case '_':
		wait_in(step[1], 0);
		break;
	case '-':
		schedule_pace_leave(&pace, last(step[1]), now);
		break;
	case 'n':
		next(got);
		break;
	case 'x':
		buf_addc(got, schedule_pace_lend(&pace) ? 'x' : '-');
		break;
	case 'y':
		schedule_pace_returned(&pace);
		break;
	case 'd':
		schedule_pace_done(&pace, lane(step[1]), SCHEDULE_ECHO_NONE, now);
		break;
	case 'e':
		schedule_pace_done(&pace, lane(step[1]), SCHEDULE_ECHO_GOOD, now);
		break;
	case 'b':
		schedule_pace_done(&pace, lane(step[1]), SCHEDULE_ECHO_BAD, now);
		break;
	case 'r':
		schedule_pace_reached(&pace, lane(step[1]), now);
		break;
	case 'u':
		schedule_pace_unreached(&pace, lane(step[1]), ONE, now, 0);
		break;
	case 'v':
		schedule_pace_unreached(&pace, lane(step[1]), OTHER, now, 0);
		break;
	case 's':
		schedule_pace_shut(&pace, lane(step[1]), ONE, now, 5000);
		break;
	case 't':
		now += 1000 * strtol(step + 1, NULL, 10);
		break;
	case 'T':
		now -= 1000 * strtol(step + 1, NULL, 10);
		break;
	case 'l':
		limit(step + 1);
		break;
	case 'o':
		limit_lane(step + 1);
		break;
	}
}

/* Permits add up, and whoever waits is on a list, the right one for its deadline. */
static void check(const char *label)
{
	unsigned used = 0;
	size_t ready = 0;

	for (size_t i = 0; i < LANES; i++) {
		used += lanes[i].busy;
		ready += lanes[i].place == SCHEDULE_READY || lanes[i].place == SCHEDULE_MORE;
		if (lanes[i].place == SCHEDULE_READY || lanes[i].place == SCHEDULE_MORE)
			CHECK_INT(label, lanes[i].place == SCHEDULE_MORE, lanes[i].busy > 0);
		CHECK_INT(label, lanes[i].place == SCHEDULE_NOWHERE, list_empty(&lanes[i].waiting));
		CHECK_INT(label, lanes[i].place == SCHEDULE_NOWHERE, list_empty(&lanes[i].link));
		CHECK_INT(label, lanes[i].backoff.trying, !list_empty(&lanes[i].trial));
		if (lanes[i].own.stile &&
		    (lanes[i].place == SCHEDULE_READY || lanes[i].place == SCHEDULE_MORE))
			CHECK_INT(label, stile.let == &lanes[i], 1);
	}
	CHECK_INT(label, pace.used, used + pace.lent);
	CHECK_INT(label, (long long)schedule_pace_ready(&pace), (long long)ready);
}

static void start(void)
{
	static const struct schedule_turnstile_ops ops = { take, give };

	now = 1000000;
	n_turns = 0;
	places = 0;
	schedule_turnstile_init(&stile, &ops, NULL);
	schedule_pace_init(&pace, &usual);
	for (size_t i = 0; i < LANES; i++)
		schedule_pace_open(&lanes[i], NULL);
}

static void run_case(size_t i)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(1000), want = BUF_MAX(1000);
	struct str steps = str_of(cases[i].steps), step;

	start();
	for (bool more = true; more;) {
		more = str_cut(&steps, ' ', &step);
		run(more ? step.p : steps.p, &got);
		check(cases[i].label);
	}
	for (const char *p = cases[i].want; *p; p++)
		if (*p != ' ')
			buf_addc(&want, *p);
	CHECK_STR(cases[i].label, buf_str(&got), buf_str(&want));
}

/* When the caller has to come again. */
static void deadlines(void)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(100);

	start();
	CHECK_INT("nothing waits", schedule_pace_deadline(&pace), INT64_MAX);
	run("+A", &got);
	run("+A", &got);
	CHECK_INT("one waits", schedule_pace_deadline(&pace), INT64_MIN);
	CHECK_INT("not idle: one waits", schedule_pace_idle(lane('A')), 0);
	run("n", &got);
	run("l1,2", &got);
	CHECK_INT("for a permit, a minute", schedule_pace_deadline(&pace), now + SCHEDULE_WAIT_MS);
	run("uA", &got);
	CHECK_INT("to be put off", schedule_pace_deadline(&pace), INT64_MIN);
	run("n", &got);
	CHECK_INT("not idle: one is under way", schedule_pace_idle(lane('A')), 0);
	run("dA", &got);
	CHECK_INT("closed, nobody waits", schedule_pace_deadline(&pace), INT64_MAX);
	CHECK_INT("idle", schedule_pace_idle(lane('A')), 1);
	run("t30", &got);
	run("+A", &got);
	run("n", &got);
	run("+A", &got);
	CHECK_INT("a minute, beside a trial", schedule_pace_deadline(&pace),
		  now + SCHEDULE_WAIT_MS);
	run("-A", &got);
	CHECK_INT("a trial", schedule_pace_deadline(&pace), now + SCHEDULE_TRIAL_MS);
	run("n", &got);
	CHECK_INT("still", schedule_pace_deadline(&pace), now + SCHEDULE_TRIAL_MS);
	run("rA", &got);
	CHECK_INT("no more", schedule_pace_deadline(&pace), INT64_MAX);
	CHECK_STR("meanwhile", buf_str(&got), STR("A(A)A."));
}

/* At the turnstile: until there is a place, then at once. */
static void deadlines_of_turnstile(void)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(100);

	start();
	run("gA", &got);
	run("gB", &got);
	run("+A", &got);
	CHECK_INT("one may ask", schedule_pace_deadline(&pace), INT64_MIN);
	run("n", &got);
	CHECK_INT("no place", schedule_pace_deadline(&pace), now + 9000);
	run("+B", &got);
	CHECK_INT("for two", schedule_pace_deadline(&pace), now + 9000);
	run("p2", &got);
	run("t9", &got);
	CHECK_INT("time to ask", schedule_pace_deadline(&pace) <= now, 1);
	run("n", &got);
	CHECK_INT("the other one", schedule_pace_deadline(&pace) <= now, 1);
	run("n", &got);
	CHECK_INT("nobody waits", schedule_pace_deadline(&pace), INT64_MAX);
	CHECK_STR("meanwhile", buf_str(&got), STR(".AB"));
}

/* A lane that comes back remembers; a trial of its earlier life is nobody's. */
static void remembered(void)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(100);
	const struct schedule_backoff known = {
		.failures = 2, .until_ms = 1060000, .trying = true, .tried_ms = 1000000
	};

	start();
	schedule_pace_open(lane('A'), &known);
	run("+A", &got);
	run("n", &got);
	run("t60", &got);
	run("+A", &got);
	run("n", &got);
	CHECK_STR("remembered", buf_str(&got), STR("(A)A"));
}

static void shares(void)
{
	static const struct {
		unsigned total, n, want[4];
	} rows[] = {
		{ 2000, 1, { 2000 } },    { 2000, 3, { 667, 667, 666 } }, { 4, 4, { 1, 1, 1, 1 } },
		{ 6, 4, { 2, 2, 1, 1 } }, { 2, 4, { 1, 1, 1, 1 } },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (unsigned k = 0; k < rows[i].n; k++)
			CHECK_INT("share", schedule_pace_share(rows[i].total, rows[i].n, k),
				  rows[i].want[k]);
}

static void reserves(void)
{
	static const unsigned rows[][2] = { { 1, 0 },   { 2, 1 },   { 3, 1 },   { 4, 2 },
					    { 63, 31 }, { 64, 32 }, { 65, 32 }, { 100000, 32 } };

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		CHECK_INT("reserve", schedule_pace_reserve(rows[i][0]), rows[i][1]);
}

/* Idle connections make room, as many as it takes. */
static void crowd(void)
{
	start();
	limit("4,2");
	CHECK_INT("none open", schedule_pace_crowd(&pace), 0);
	for (int i = 0; i < 3; i++)
		schedule_pace_connected(&pace);
	CHECK_INT("room for one", schedule_pace_crowd(&pace), 0);
	schedule_pace_connected(&pace);
	CHECK_INT("full", schedule_pace_crowd(&pace), 1);
	limit("2,2");
	CHECK_INT("over full", schedule_pace_crowd(&pace), 3);
	for (int i = 0; i < 3; i++)
		schedule_pace_closed(&pace);
	CHECK_INT("room again", schedule_pace_crowd(&pace), 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run_case(i);
	deadlines();
	deadlines_of_turnstile();
	remembered();
	shares();
	reserves();
	crowd();
	return TEST_EXIT();
}
