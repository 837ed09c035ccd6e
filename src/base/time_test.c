#include "base/time.h"

#include "base/test.h"

static const struct {
	int64_t ms;
	struct str rfc3339, rfc5322;
} times[] = {
	{ 0, STR_INIT("1970-01-01T00:00:00.000Z"), STR_INIT("Thu, 1 Jan 1970 00:00:00 +0000") },
	{ 951782400123, STR_INIT("2000-02-29T00:00:00.123Z"),
	  STR_INIT("Tue, 29 Feb 2000 00:00:00 +0000") },
	{ 1795489445678, STR_INIT("2026-11-24T03:04:05.678Z"),
	  STR_INIT("Tue, 24 Nov 2026 03:04:05 +0000") },
	{ 4107542399999, STR_INIT("2100-02-28T23:59:59.999Z"),
	  STR_INIT("Sun, 28 Feb 2100 23:59:59 +0000") },
	{ -1, STR_INIT("1969-12-31T23:59:59.999Z"), STR_INIT("Wed, 31 Dec 1969 23:59:59 +0000") },
};

static const struct {
	struct str in;
	enum err err;
	int64_t ms;
} reads[] = {
	{ STR_INIT("2026-11-24"), ERR_OK, 1795478400000 },
	{ STR_INIT("2026-11-24T03:04:05Z"), ERR_OK, 1795489445000 },
	{ STR_INIT("2026-11-24T03:04:05.5+01:00"), ERR_OK, 1795485845500 },
	{ STR_INIT("2026-11-24t03:04:05-00:30"), ERR_OK, 1795491245000 },
	{ STR_INIT("2026-02-29"), ERR_SYNTAX, 0 },
	{ STR_INIT("2026-13-01"), ERR_SYNTAX, 0 },
	{ STR_INIT("2026-11-24T03:04:05"), ERR_SYNTAX, 0 },
	{ STR_INIT("2026-11-24T03:04:05.Z"), ERR_SYNTAX, 0 },
	{ STR_INIT("2026-11-24T24:00:00Z"), ERR_SYNTAX, 0 },
	{ STR_INIT("2026-11-24T03:04:05Zx"), ERR_SYNTAX, 0 },
};

static const struct {
	struct str in;
	enum err err;
	int64_t ms;
	struct str out;
} spans[] = {
	{ STR_INIT("30s"), ERR_OK, 30000, STR_INIT("30s") },
	{ STR_INIT("90s"), ERR_OK, 90000, STR_INIT("1m30s") },
	{ STR_INIT("5d"), ERR_OK, 432000000, STR_INIT("5d") },
	{ STR_INIT("250ms"), ERR_OK, 250, STR_INIT("250ms") },
	{ STR_INIT("0s"), ERR_OK, 0, STR_INIT("0s") },
	{ STR_INIT("36525d"), ERR_OK, 36525 * INT64_C(86400000), STR_INIT("36525d") },
	{ STR_INIT("36526d"), ERR_LIMIT, 0, STR_INIT("") },
	{ STR_INIT("99999999999999999999s"), ERR_LIMIT, 0, STR_INIT("") },
	{ STR_INIT("5"), ERR_SYNTAX, 0, STR_INIT("") },
	{ STR_INIT("s"), ERR_SYNTAX, 0, STR_INIT("") },
	{ STR_INIT("1w"), ERR_SYNTAX, 0, STR_INIT("") },
	{ STR_INIT("-1s"), ERR_SYNTAX, 0, STR_INIT("") },
};

/* However far a clock goes, and whichever way, the next text is the one that is made anew. */
static void check_next(void)
{
	static const int64_t steps[] = { 0,    1,    321,   322,      -678,
					 -679, 1000, -1000, 86400000, -86400000 };
	char text[TIME_TEXT_MAX], anew[TIME_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(times); i++)
		for (size_t k = 0; k < COUNT_OF(steps); k++) {
			int64_t ms = times[i].ms + steps[k];
			(void)time_rfc3339(times[i].ms, text);
			CHECK_STR("next", time_rfc3339_next(ms, times[i].ms, text),
				  time_rfc3339(ms, anew));
		}
}

int main(void)
{
	char text[TIME_TEXT_MAX];
	int64_t ms;

	check_next();

	for (size_t i = 0; i < COUNT_OF(times); i++) {
		CHECK_STR("RFC 3339", time_rfc3339(times[i].ms, text), times[i].rfc3339);
		CHECK_STR("RFC 5322", time_rfc5322(times[i].ms, text), times[i].rfc5322);
		CHECK_STR("date", time_date(times[i].ms, text), str_head(times[i].rfc3339, 10));
		CHECK_INT("back", time_read(times[i].rfc3339, &ms), ERR_OK);
		CHECK_INT("back", ms, times[i].ms);
	}
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		CHECK_INT(reads[i].in.p, time_read(reads[i].in, &ms), reads[i].err);
		if (reads[i].err == ERR_OK)
			CHECK_INT(reads[i].in.p, ms, reads[i].ms);
	}
	for (size_t i = 0; i < COUNT_OF(spans); i++) {
		CHECK_INT(spans[i].in.p, time_read_span(spans[i].in, &ms), spans[i].err);
		if (spans[i].err != ERR_OK)
			continue;
		CHECK_INT(spans[i].in.p, ms, spans[i].ms);
		CHECK_STR(spans[i].in.p, time_span(ms, text), spans[i].out);
	}
	return TEST_EXIT();
}
