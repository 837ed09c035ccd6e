#include "smtp/patience.h"

#include "base/test.h"

#define MINUTE 60000
#define LONG (5 * MINUTE)

/* What happens at which second. */
struct act {
	enum { END, WAIT, DATA, PASS } what;
	int64_t at_s;
	size_t octets;
};

static const struct {
	const char *label;
	int64_t allowed_ms;
	struct act acts[10];
	int64_t deadline; /* ms */
} cases[] = {
	{ "a wait has what is allowed", LONG, { { WAIT, 10, 0 } }, 10000 + LONG },
	{ "octets of it gain nothing", LONG, { { WAIT, 0, 0 }, { PASS, 100, 1 } }, LONG },
	{ "not many either", LONG, { { WAIT, 0, 0 }, { PASS, 299, 1 << 20 } }, LONG },
	{ "the next wait does", LONG, { { WAIT, 0, 0 }, { WAIT, 299, 0 } }, 299000 + LONG },
	{ "data begins: a minute", LONG, { { WAIT, 0, 0 }, { DATA, 10, 0 } }, 10000 + MINUTE },
	{ "said again: the same minute", LONG, { { DATA, 0, 0 }, { DATA, 50, 0 } }, MINUTE },
	{ "one octet short of enough", LONG, { { DATA, 0, 0 }, { PASS, 1, 61439 } }, MINUTE },
	{ "enough: the next minute, too",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 1, 61440 } },
	  2 * MINUTE },
	{ "octet by octet to the last moment",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 30, 61439 }, { PASS, 59, 1 } },
	  2 * MINUTE },
	{ "too late does not count", LONG, { { DATA, 0, 0 }, { PASS, 60, 1 << 20 } }, MINUTE },
	{ "what was too much is no credit",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 1, 100 << 20 }, { PASS, 61, 1 } },
	  2 * MINUTE },
	{ "minute after minute",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 59, 61440 }, { PASS, 119, 61440 }, { PASS, 179, 61440 } },
	  4 * MINUTE },
	{ "a minute of nothing ends it",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 1, 61440 }, { PASS, 121, 1 << 20 } },
	  2 * MINUTE },
	{ "silence is held to what is allowed", 5000, { { DATA, 0, 0 }, { PASS, 2, 9 } }, 7000 },
	{ "and has ended it, even if much comes",
	  5000,
	  { { DATA, 0, 0 }, { PASS, 5, 1 << 20 } },
	  5000 },
	{ "nothing passed is silence", 5000, { { DATA, 0, 0 }, { PASS, 4, 0 } }, 5000 },
	{ "after data a wait",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 1, 1 }, { WAIT, 2, 0 } },
	  2000 + LONG },
	{ "and other data",
	  LONG,
	  { { DATA, 0, 0 }, { PASS, 1, 61440 }, { WAIT, 2, 0 }, { DATA, 3, 0 } },
	  3000 + MINUTE },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct smtp_patience p = { 0 };

		for (const struct act *a = cases[i].acts; a->what != END; a++) {
			if (a->what == WAIT)
				smtp_patience_wait(&p, a->at_s * 1000, cases[i].allowed_ms);
			else if (a->what == DATA)
				smtp_patience_data(&p, a->at_s * 1000, cases[i].allowed_ms);
			else
				smtp_patience_pass(&p, a->at_s * 1000, a->octets);
		}
		CHECK_INT(cases[i].label, smtp_patience_deadline(&p), cases[i].deadline);
	}
	return TEST_EXIT();
}
