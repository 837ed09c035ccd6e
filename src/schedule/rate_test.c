/*
 * Each case is a list of steps and what schedule_rate_take() said meanwhile.
 *
 *	b   one would begin: "b" it does, "." not now
 *	s   the oldest that is under way has ended and was sent     f   it has ended, unsent
 *	t9  nine seconds pass      T9  another thread's clock is nine seconds late
 *	l3,60  limits: three a minute, from here on
 *	?9  to be asked again in nine seconds, by the last answer (in tenths of a second)
 */
#include "schedule/rate.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdlib.h>

static const struct {
	const char *label, *steps, *want;
} cases[] = {
	{ "as many as there are places", "l2,60 b b b", "bb." },
	{ "a place is free a window after the end", "l1,60 b t5 s t59 b t1 b", "b.b" },
	{ "to the millisecond, whatever began before", "l1,60 b t5 s b t60 b", "b.b" },
	{ "at once, where nothing was sent", "l1,60 b f b", "bb" },
	{ "each end counts for itself", "l2,60 b s t30 b s t29 b t1 b b t29 b t1 s b", "bb.b..b" },
	{ "the oldest end first", "l2,60 b b s t10 s t50 b b t10 b", "bbb.b" },
	{ "while one is under way the others' ends count", "l2,60 b b s b t60 b b", "bb.b." },
	{ "a full hand", "l3,1 b b b s s s b t1 b b b b", "bbb.bbb." },
	{ "the next: at once", "l2,60 b ?0", "b" },
	{ "the next: when the oldest has its window behind it", "l1,60 b s t20 b ?400", "b." },
	{ "the next: soon, as who is under way may fail", "l1,60 b t20 b ?10", "b." },
	{ "the next: in a short window", "l1,0 b b ?5", "b." },
	{ "a late thread's time is the last one", "l1,60 b t100 s T90 b t59 b t1 b", "b..b" },

	{ "the same limits forget nothing", "l2,60 b s b s l2,60 b t60 b b b", "bb.bb." },
	{ "more places", "l1,60 b s l2,60 b b", "bb." },
	{ "fewer: the last ends count", "l3,60 b b b s t10 s t10 s l1,60 t50 b t10 b", "bbb.b" },
	{ "fewer than are under way", "l3,60 b b b l1,60 s f b s b t60 b b", "bbb..b." },
	{ "a longer window, over what is remembered", "l1,10 b s l1,60 t59 b t1 b", "b.b" },
	{ "a shorter one", "l1,60 b s l1,10 t9 b t1 b", "b.b" },
	{ "more, then fewer", "l1,60 b s l5,60 b b l1,60 s b t60 s b t60 b", "bbb..b" },
};

static struct schedule_rate rate;
static int64_t now, next;

static long number(const char **p)
{
	return strtol(*p, (char **)(uintptr_t)p, 10);
}

static void limit(const char **p)
{
	long n = number(p);
	++*p;
	long s = number(p);

	CHECK_INT("limit", schedule_rate_limit(&rate, (uint32_t)n, s ? s * 1000 : 500), ERR_OK);
}

static void begin(const char *label, int64_t at, struct buf *got)
{
	bool begun = schedule_rate_take(&rate, at, &next);

	buf_addc(got, begun ? 'b' : '.');
	CHECK_INT(label, begun || next > at, 1);
}

static void step(const char *label, const char **p, struct buf *got)
{
	static int64_t late;

	switch (*(*p)++) {
	case 'b':
		begin(label, now - late, got);
		late = 0;
		break;
	case 's':
		schedule_rate_give(&rate, now, true);
		break;
	case 'f':
		schedule_rate_give(&rate, now, false);
		break;
	case 't':
		now += 1000 * number(p);
		break;
	case 'T':
		late = 1000 * number(p);
		break;
	case 'l':
		limit(p);
		break;
	case '?':
		CHECK_INT(label, next > now ? (next - now) / 100 : 0, number(p));
		break;
	default:
		break;
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf got = BUF_MAX(256);
		now = 0;
		for (const char *p = cases[i].steps; *p;)
			step(cases[i].label, &p, &got);
		CHECK_STR(cases[i].label, buf_str(&got), str_of(cases[i].want));
		schedule_rate_clear(&rate);
	}
	return TEST_EXIT();
}
