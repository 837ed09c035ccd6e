/*
 * Which messages are refused early.  rcpts: "DOMAIN!" is required, "DOMAIN" is not; verdicts: one
 * a group in the order of the domains, b bounces, d is delivered, p is put off.
 */
#include "schedule/early.h"

#include "base/test.h"

#include <string.h>

enum { MOST = 8 };

static const struct {
	const char *label, *rcpts, *verdicts;
	enum schedule_early_want want;
	size_t first;
} cases[] = {
	{ "nobody", "", "", SCHEDULE_EARLY_TAKE, 0 },
	{ "not required", "a", "", SCHEDULE_EARLY_TAKE, 0 },
	{ "one of two is not", "a! b", "", SCHEDULE_EARLY_TAKE, 0 },
	{ "it bounces", "a!", "b", SCHEDULE_EARLY_REFUSE, 0 },
	{ "it goes", "a!", "d", SCHEDULE_EARLY_TAKE, 0 },
	{ "it waits", "a!", "p", SCHEDULE_EARLY_TAKE, 0 },
	{ "one of two bounces so far", "a! b!", "b", SCHEDULE_EARLY_WAIT, 0 },
	{ "both bounce", "a! b!", "bb", SCHEDULE_EARLY_REFUSE, 0 },
	{ "the second goes", "a! b!", "bd", SCHEDULE_EARLY_TAKE, 0 },
	{ "the second waits", "a! b!", "bp", SCHEDULE_EARLY_TAKE, 0 },
	{ "the first recipient is in the second group", "b! a! b!", "bb", SCHEDULE_EARLY_REFUSE,
	  1 },
	{ "those of one domain are one group", "a! A! a!", "b", SCHEDULE_EARLY_REFUSE, 0 },
};

static size_t choices(struct str text, struct schedule_choice *c)
{
	struct str word;
	size_t n = 0;

	for (; str_word(&text, &word); n++) {
		bool required = str_ends(word, STR("!"));
		c[n] = (struct schedule_choice){ .rcpt = n,
						 .domain = str_head(word, 1),
						 .demand.service =
							 required ? ROUTE_REQUIRED : ROUTE_OFF };
	}
	schedule_choice_sort(c, n);
	return n;
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct schedule_choice c[MOST];
		struct schedule_early e;
		size_t n = choices(str_of(cases[i].rcpts), c);
		enum schedule_early_want want =
			schedule_early_begin(&e, c, n) ? SCHEDULE_EARLY_WAIT : SCHEDULE_EARLY_TAKE;

		for (const char *v = cases[i].verdicts; *v; v++)
			want = schedule_early_verdict(&e, *v == 'b'   ? ROUTE_BOUNCE
							  : *v == 'd' ? ROUTE_DELIVER
								      : ROUTE_DEFER);
		CHECK_INT(cases[i].label, want, cases[i].want);
		if (want == SCHEDULE_EARLY_REFUSE)
			CHECK_INT(cases[i].label, (long long)e.first, (long long)cases[i].first);
	}
	return TEST_EXIT();
}
