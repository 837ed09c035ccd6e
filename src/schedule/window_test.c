/*
 * Windows as text: what deliveries that end say, a letter each, and how wide it is after each.
 *
 *	g  went well    b  turned away    -  says nothing    of as many as the window
 *	1 to 9  as many are under way from now on
 */
#include "schedule/window.h"

#include "base/buf.h"
#include "base/test.h"

static const struct {
	const char *label, *ended;
	unsigned ceiling;
	const char *sizes; /* at first, and after each that ended */
} cases[] = {
	{ "nothing is known", "", 20, "5" },
	{ "a ceiling below the first", "g", 3, "3 3" },
	{ "one at a time", "gbg", 1, "1 1 1 1" },
	{ "each success widens it", "ggg", 20, "5 6 7 8" },
	{ "to the ceiling", "gggg", 7, "5 6 7 7 7" },
	{ "nothing said", "-g-", 20, "5 5 6 6" },
	{ "no wider than was tried, and some", "1ggg2gg", 20, "5 6 6 6 7 7" },
	{ "turned away: half", "gggb", 20, "5 6 7 8 4" },
	{ "what was under way then says no more", "gggbbbbgggg", 20, "5 6 7 8 4 4 4 4 4 4 4 4" },
	{ "then it counts again", "gggbbbbggggb", 20, "5 6 7 8 4 4 4 4 4 4 4 4 2" },
	{ "of what was under way", "ggg2b", 20, "5 6 7 8 1" },
	{ "not of more than the window", "9b", 20, "5 2" },
	{ "never less than one", "b----bb", 20, "5 2 2 2 2 2 1 1" },
	{ "one in a round, from then on", "b----ggggg", 20, "5 2 2 2 2 2 2 3 3 3 4" },
	{ "a round begins anew where it is turned away", "b----ggggb--gg", 20,
	  "5 2 2 2 2 2 2 3 3 3 1 1 1 2 2" },
};

static unsigned play(char what, struct schedule_window *w, unsigned busy, unsigned ceiling)
{
	unsigned size = schedule_window_size(w, ceiling);

	schedule_window_ended(w,
			      what == 'g'   ? SCHEDULE_ECHO_GOOD
			      : what == 'b' ? SCHEDULE_ECHO_BAD
					    : SCHEDULE_ECHO_NONE,
			      busy ? busy : size, ceiling);
	return schedule_window_size(w, ceiling);
}

static void run(size_t i)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(256);
	struct schedule_window w = { 0 };
	unsigned busy = 0;

	buf_addu(&got, schedule_window_size(&w, cases[i].ceiling));
	for (const char *p = cases[i].ended; *p; p++) {
		if (*p >= '0' && *p <= '9')
			busy = (unsigned)(*p - '0');
		else
			buf_addf(&got, " %u", play(*p, &w, busy, cases[i].ceiling));
	}
	CHECK_STR(cases[i].label, buf_str(&got), str_of(cases[i].sizes));
}

/* A round of successes doubles it: to 100 in as many deliveries. */
static void doubles(void)
{
	struct schedule_window w = { 0 };
	unsigned n = 0;

	while (schedule_window_size(&w, 100) < 100 && n < 1000) {
		schedule_window_ended(&w, SCHEDULE_ECHO_GOOD, schedule_window_size(&w, 100), 100);
		n++;
	}
	CHECK_INT("as many", n, 100 - SCHEDULE_WINDOW_FIRST);
}

/* Worth remembering is what is less than the first. */
static void remembered(void)
{
	static const struct {
		const char *label, *ended;
		bool narrow;
	} rows[] = {
		{ "nothing is known", "", false },
		{ "it went well", "ggg", false },
		{ "half of many", "ggggggggggb", false },
		{ "half of few", "b", true },
		{ "and well again", "1b2gg3ggg4ggggg", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct schedule_window w = { 0 };
		unsigned busy = 0;
		for (const char *p = rows[i].ended; *p; p++)
			if (*p >= '0' && *p <= '9')
				busy = (unsigned)(*p - '0');
			else
				(void)play(*p, &w, busy, 20);
		CHECK_INT(rows[i].label, schedule_window_narrow(&w), rows[i].narrow);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run(i);
	doubles();
	remembered();
	return TEST_EXIT();
}
