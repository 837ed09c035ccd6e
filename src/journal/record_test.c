#include "journal/record.h"

#include "base/test.h"

#include <string.h>

#define FULL                                                                                       \
	"{\"time\":\"2026-11-24T03:04:05.678Z\",\"session\":\"S1\",\"message\":\"Q1\","            \
	"\"from\":\"a@a.example\",\"to\":\"b@B.example\",\"domain\":\"b.example\","                \
	"\"service\":\"requested\",\"criterion\":\"To *\",\"mx_status\":\"secure\","               \
	"\"address_status\":\"insecure\",\"host\":\"mx.b.example\",\"address\":\"192.0.2.1\","     \
	"\"tls\":\"TLSv1.3\",\"dane\":\"dane-ee\",\"outcome\":\"delivered\",\"status\":\"2.0.0\"," \
	"\"reply\":\"250 \\\"ok\\\"\",\"delay_ms\":12,\"dns_ms\":-3,\"observe\":\"delivered\","    \
	"\"exempt\":\"x.example\",\"was_secure\":\"2026\",\"user\":\"u\","                         \
	"\"headers\":[\"From: a@a.example\",\"Subject: \\u00fcber\"],"                             \
	"\"observed\":\"To b OBSERVE\"}\n"

/* Every member, in the order of the struct. */
static void test_full(void)
{
	CLEANUP(buf_free) struct buf room = BUF_MAX(65536);
	struct journal_record r;
	struct str field;

	CHECK_INT("full", journal_record_read(STR(FULL), &room, &r), ERR_OK);
	CHECK_STR("time", r.time, STR("2026-11-24T03:04:05.678Z"));
	CHECK_STR("session", r.session, STR("S1"));
	CHECK_STR("message", r.message, STR("Q1"));
	CHECK_STR("from", r.from, STR("a@a.example"));
	CHECK_STR("to", r.to, STR("b@B.example"));
	CHECK_STR("domain", r.domain, STR("b.example"));
	CHECK_STR("service", r.service, STR("requested"));
	CHECK_STR("criterion", r.criterion, STR("To *"));
	CHECK_STR("mx_status", r.mx_status, STR("secure"));
	CHECK_STR("address_status", r.address_status, STR("insecure"));
	CHECK_STR("host", r.host, STR("mx.b.example"));
	CHECK_STR("address", r.address, STR("192.0.2.1"));
	CHECK_STR("tls", r.tls, STR("TLSv1.3"));
	CHECK_STR("dane", r.dane, STR("dane-ee"));
	CHECK_STR("outcome", r.outcome, STR("delivered"));
	CHECK_STR("status", r.status, STR("2.0.0"));
	CHECK_STR("reply", r.reply, STR("250 \"ok\""));
	CHECK_INT("delay_ms", r.delay_ms, 12);
	CHECK_INT("dns_ms", r.dns_ms, -3);
	CHECK_STR("observe", r.observe, STR("delivered"));
	CHECK_STR("exempt", r.exempt, STR("x.example"));
	CHECK_STR("was_secure", r.was_secure, STR("2026"));
	CHECK_STR("user", r.user, STR("u"));
	CHECK_STR("observed", r.observed, STR("To b OBSERVE"));
	CHECK_INT("a field", journal_record_header(&r.headers, &room, &field), true);
	CHECK_STR("a field", field, STR("From: a@a.example"));
	CHECK_INT("another", journal_record_header(&r.headers, &room, &field), true);
	CHECK_STR("another", field,
		  STR("Subject: \xc3\xbc"
		      "ber"));
	CHECK_INT("no more", journal_record_header(&r.headers, &room, &field), false);
}

static const struct {
	struct str line;
	enum err err;
	struct str user; /* what was read as that */
} cases[] = {
	{ STR_INIT("{\"time\":\"t\"}"), ERR_OK, STR_INIT("") },
	{ STR_INIT(" { \"user\" : \"u\" , \"time\" : \"t\" } \r\n"), ERR_OK, STR_INIT("u") },
	{ STR_INIT("{\"time\":\"t\",\"user\":\"\\\\\\\"\\/\\b\\f\\n\\r\\t\\u0041\"}"), ERR_OK,
	  STR_INIT("\\\"/\b\f\n\r\tA") },
	{ STR_INIT("{\"time\":\"t\",\"user\":\"\\ud83d\\ude00\"}"), ERR_OK,
	  STR_INIT("\xf0\x9f\x98\x80") },
	{ STR_INIT("{\"time\":\"t\",\"user\":\"\\ud83d!\\ude00\\ud83d\\u0041\"}"), ERR_OK,
	  STR_INIT("\xef\xbf\xbd!\xef\xbf\xbd\xef\xbf\xbd"
		   "A") },
	{ STR_INIT("{\"time\":\"t\",\"user\":\"\\uq\"}"), ERR_OK, STR_INIT("\xef\xbf\xbdq") },
	{ STR_INIT("{\"time\":\"t\",\"user\":5}"), ERR_OK, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\",\"user\":[\"x\",{\"y\":null}],\"user\":\"v\"}"), ERR_OK,
	  STR_INIT("v") },
	{ STR_INIT("{\"new\":-1.5e3,\"old\":true,\"time\":\"t\",\"user\":\"w\"}"), ERR_OK,
	  STR_INIT("w") },
	{ STR_INIT("{\"time\":\"t\",\"headers\":\"no array\",\"user\":\"w\"}"), ERR_OK,
	  STR_INIT("w") },
	{ STR_INIT("{\"time\":\"t\",\"delay_ms\":\"no number\",\"user\":\"w\"}"), ERR_OK,
	  STR_INIT("w") },
	{ STR_INIT(""), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{}"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"user\":\"u\"}"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\""), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\",}"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\\\"}"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\\"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\",\"new\":[1,2}"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\",\"new\":}"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\"} (cut short)\n"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("{\"time\":\"t\",\"to\":\"a@b.exa (cut short)\n"), ERR_SYNTAX, STR_INIT("") },
	{ STR_INIT("\"time\":\"t\""), ERR_SYNTAX, STR_INIT("") },
};

static void test_cases(void)
{
	CLEANUP(buf_free) struct buf room = BUF_MAX(65536);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct journal_record r = { 0 };
		CHECK_INT(cases[i].line.p, journal_record_read(cases[i].line, &room, &r),
			  cases[i].err);
		CHECK_STR(cases[i].line.p, r.user, cases[i].user);
	}
}

static const struct {
	const char *label;
	struct journal_record_filter filter;
	bool passes;
} filters[] = {
	{ "none", { .dnssec = false }, true },
	{ "its message", { .message = STR_INIT("Q1") }, true },
	{ "another message", { .message = STR_INIT("q1") }, false },
	{ "its recipient", { .to = STR_INIT("B@b.example") }, true },
	{ "its domain", { .to = STR_INIT("@b.example") }, true },
	{ "another recipient", { .to = STR_INIT("a@a.example") }, false },
	{ "its outcome", { .outcome = STR_INIT("delivered") }, true },
	{ "another outcome", { .outcome = STR_INIT("bounced") }, false },
	{ "the service", { .dnssec = true }, true },
	{ "one that is not met", { .dnssec = true, .message = STR_INIT("Q2") }, false },
};

/* Escapes that are none grow: what was read before them stays where it is. */
static void test_growing(void)
{
	for (size_t k = 100; k < 1000; k++) {
		CLEANUP(buf_free) struct buf room = BUF_MAX(65536), line = BUF_MAX(65536);
		struct journal_record r = { 0 };
		buf_add(&line, STR("{\"time\":\"\\u0074\",\"user\":\""));
		for (size_t i = 0; i < k; i++)
			buf_add(&line, STR("\\u"));
		buf_add(&line, STR("\"}"));
		CHECK_INT("read", journal_record_read(buf_str(&line), &room, &r), ERR_OK);
		CHECK_INT("all of it", (long long)r.user.n, (long long)(3 * k));
		CHECK_INT("in the room", r.time.p == room.p, true);
	}
}

int main(void)
{
	CLEANUP(buf_free) struct buf room = BUF_MAX(65536);
	struct journal_record r, off;
	struct journal_record_filter dnssec = { .dnssec = true };

	test_full();
	test_cases();
	test_growing();
	CHECK_INT("full", journal_record_read(STR(FULL), &room, &r), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(filters); i++)
		CHECK_INT(filters[i].label, journal_record_passes(&r, &filters[i].filter),
			  filters[i].passes);
	off = r;
	off.service = STR("off");
	CHECK_INT("off", journal_record_passes(&off, &dnssec), false);
	return TEST_EXIT();
}
