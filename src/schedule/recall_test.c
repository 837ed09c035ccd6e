#include "schedule/recall.h"

#include "base/test.h"

/* Where it goes: a letter for what is done, a digit for the worker; '.' at the end. */
static void journey(void)
{
	static const struct {
		const char *label;
		size_t n_workers;
		const char *want;
	} rows[] = {
		{ "one worker", 1, "p0g0p0." },
		{ "two", 2, "p0p1g0g1p0p1." },
		{ "three", 3, "p0p1p2g0g1g2p0p1p2." },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct schedule_recall r = { .all = true };
		char got[32];
		size_t n = 0, worker;
		enum schedule_recall_step step;
		while ((step = schedule_recall_next(&r, rows[i].n_workers, &worker)) !=
			       SCHEDULE_RECALL_OVER &&
		       n + 2 < sizeof(got)) {
			got[n++] = step == SCHEDULE_RECALL_GIVE ? 'g' : 'p';
			got[n++] = (char)('0' + worker);
		}
		got[n++] = '.';
		CHECK_STR(rows[i].label, ((struct str){ got, n }), str_of(rows[i].want));
		CHECK_INT("it stays over", schedule_recall_next(&r, rows[i].n_workers, &worker),
			  SCHEDULE_RECALL_OVER);
	}
}

static void called(const char *label, struct schedule_recall *r, size_t n)
{
	for (uint64_t id = 1; id <= n + 1; id++) {
		CHECK_INT(label, schedule_recall_has(r, 10 * id), id <= n);
		CHECK_INT(label, schedule_recall_has(r, 10 * id + 1), false);
	}
}

/* In whatever order they were named. */
static void whom(void)
{
	static const size_t many[] = { 0, 1, 2, 3, 4, 5, 8, 9, 300 };

	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		struct schedule_recall r = { 0 };
		size_t worker;
		for (size_t k = 0; k < many[i]; k++)
			CHECK_INT("named", schedule_recall_add(&r, 10 * (many[i] - k)), ERR_OK);
		(void)schedule_recall_next(&r, 1, &worker);
		called("called", &r, many[i]);
		schedule_recall_clear(&r);
		CHECK_INT("nobody", schedule_recall_has(&r, 10), false);
	}
}

static void everybody(void)
{
	struct schedule_recall r = { 0 };
	size_t worker;

	CHECK_INT("one", schedule_recall_add(&r, 7), ERR_OK);
	CHECK_INT("and all", schedule_recall_add(&r, 0), ERR_OK);
	(void)schedule_recall_next(&r, 2, &worker);
	CHECK_INT("that one", schedule_recall_has(&r, 7), true);
	CHECK_INT("any", schedule_recall_has(&r, UINT64_MAX), true);
	schedule_recall_clear(&r);
}

int main(void)
{
	journey();
	whom();
	everybody();
	return TEST_EXIT();
}
