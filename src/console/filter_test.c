#include "console/filter.h"

#include "base/test.h"

/* The time at which they are read. */
#define NOW INT64_C(1796000400000) /* 2026-11-30T01:00:00Z */

static const struct {
	const char *query, *why; /* "": well */
} queries[] = {
	{ "", "" },
	{ "message=m1&to=a@b.example&dnssec=1&outcome=bounced&since=1h&limit=5", "" },
	{ "dnssec=0", "" },
	{ "since=2026-11-30", "" },
	{ "before=2026-11-30T00:00:00%2b01:00", "" },
	{ "limit=1000", "" },
	{ "limit=1001", "limit is not" },
	{ "limit=0", "limit is not" },
	{ "limit=x", "limit is not" },
	{ "dnssec=yes", "dnssec is neither" },
	{ "outcome=lost", "outcome is none" },
	{ "since=yesterday", "since is no time" },
	{ "before=x", "before is no time" },
	{ "since=", "" },
	{ "colour=red", "no such parameter: colour" },
};

#define RECORD(time, to, domain, service, outcome)                                                 \
	"{\"time\":\"" time "\",\"message\":\"m1\",\"to\":\"" to "\",\"domain\":\"" domain         \
	"\",\"service\":\"" service "\",\"outcome\":\"" outcome "\"}"
#define LOST "{\"time\":\"2026-11-30T00:30:00.000Z\",\"was_secure\":\"2026-11-29T00:30:00.000Z\"}"
#define ONE RECORD("2026-11-30T00:30:00.000Z", "a@b.example", "b.example", "required", "bounced")
#define U_LABEL RECORD("2026-11-30T00:30:00.000Z", "a@x", "xn--b-eha.example", "off", "bounced")

static const struct {
	const char *query, *record;
	bool passes, over;
} cases[] = {
	{ "", ONE, true, false },
	{ "since=1h", ONE, true, false },
	{ "since=30m", ONE, true, false },
	{ "since=29m", ONE, true, true },
	{ "since=2026-11-30T00:30:00.001Z", ONE, true, true },
	{ "since=2026-11-30T01:30:00%2b01:00", ONE, true, false },
	{ "before=2026-11-30T00:30:00.000Z", ONE, false, false },
	{ "before=2026-11-30T00:30:00.001Z", ONE, true, false },
	{ "domain=B.example", ONE, true, false },
	{ "domain=B\xc3\x9c.example", U_LABEL, true, false },
	{ "domain=example", ONE, false, false },
	{ "was_secure=1", ONE, false, false },
	{ "was_secure=1", LOST, true, false },
	{ "message=m1", ONE, true, false },
	{ "message=m2", ONE, false, false },
	{ "to=A@B.example", ONE, true, false },
	{ "to=%40b.example", ONE, true, false },
	{ "to=b@b.example", ONE, false, false },
	{ "outcome=bounced", ONE, true, false },
	{ "outcome=delivered", ONE, false, false },
	{ "dnssec=1", ONE, true, false },
	{ "dnssec=1", RECORD("2026-11-30T00:30:00.000Z", "a@b.example", "b.example", "off", ""),
	  false, false },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		CLEANUP(console_parameters_clear) struct console_parameters p;
		CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
		struct console_filter f;
		struct str want = str_of(queries[i].why);
		CHECK_INT("query", console_parameters_read(str_of(queries[i].query), &p), ERR_OK);
		CHECK_INT(queries[i].query, console_filter_read(&p, NOW, &f, &why),
			  want.n ? ERR_SYNTAX : ERR_OK);
		CHECK_STR(queries[i].query, str_head(buf_str(&why), want.n), want);
	}
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(console_parameters_clear) struct console_parameters p;
		CLEANUP(buf_free) struct buf why = BUF_MAX(1000), room = BUF_MAX(1000);
		struct journal_record r;
		struct console_filter f;
		CHECK_INT("query", console_parameters_read(str_of(cases[i].query), &p), ERR_OK);
		CHECK_INT("filter", console_filter_read(&p, NOW, &f, &why), ERR_OK);
		CHECK_INT("record", journal_record_read(str_of(cases[i].record), &room, &r),
			  ERR_OK);
		CHECK_INT(cases[i].query, console_filter_passes(&f, &r), cases[i].passes);
		CHECK_INT(cases[i].query, console_filter_over(&f, &r), cases[i].over);
	}
	return TEST_EXIT();
}
