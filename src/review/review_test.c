#include "review/review.h"

#include "base/test.h"
#include "review/trial.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A record of a message and recipient: its criterion, domain, service, MX status and outcome. */
#define RECORD(id, rcpt, line, name, level, mx, end)                                               \
	{                                                                                          \
		.message = STR_INIT(id), .from = STR_INIT("me@home.example"),                      \
		.to = STR_INIT(rcpt), .criterion = STR_INIT(line), .domain = STR_INIT(name),       \
		.service = STR_INIT(level), .mx_status = STR_INIT(mx),                             \
		.address_status = STR_INIT("secure"), .outcome = STR_INIT(end),                    \
	}

static const struct journal_record records[] = {
	RECORD("A", "a@x.example", "To *", "x.example", "requested", "secure", "delivered"),
	/* Put off twice, then taken: one message, one that would have bounced. */
	RECORD("B", "b@y.example", "To *", "y.example", "requested", "insecure", "deferred"),
	RECORD("B", "b@y.example", "To *", "y.example", "requested", "insecure", "deferred"),
	RECORD("B", "b@y.example", "To *", "y.example", "requested", "insecure", "delivered"),
	/* Two recipients of one. */
	RECORD("C", "c@y.example", "To *", "y.example", "requested", "insecure", "delivered"),
	RECORD("C", "d@y.example", "To *", "y.example", "requested", "insecure", "delivered"),
	RECORD("C", "e@x.example", "X old", "x.example", "requested", "secure", "bounced"),
	RECORD("D", "f@z.example", "", "z.example", "off", "insecure", "delivered"),
};

#define COUNTS(messages, delivered, deferred, bounced, would)                                      \
	"\"messages\":" messages ",\"delivered\":" delivered ",\"deferred\":" deferred             \
	",\"bounced\":" bounced ",\"would_bounce\":" would

static void add_all(struct review *r)
{
	for (size_t i = 0; i < COUNT_OF(records); i++)
		CHECK_INT("add", review_add(r, &records[i]), ERR_OK);
	CHECK_INT("settle", review_settle(r), ERR_OK);
}

static void test_report(void)
{
	CLEANUP(criteria_free) struct criteria *criteria = NULL;
	CLEANUP(review_free) struct review *r = NULL;
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536), why = BUF_MAX(4096);
	struct jsonw j = jsonw_to(&out);

	CHECK_INT("parse",
		  criteria_parse(STR("# all\nTo *\nTo *\nSubject x SECURE\n"), STR("f"), &criteria,
				 &why),
		  ERR_OK);
	CHECK_INT("new", review_new(criteria, &r), ERR_OK);
	add_all(r);
	CHECK_INT("looked at", (long long)review_looked(r).records, COUNT_OF(records));
	review_json(r, &j);
	CHECK_STR("report", buf_str(&out),
		  STR("{\"since\":null,\"criteria\":["
		      "{\"line\":2,\"text\":\"To *\"," COUNTS(
			      "3", "4", "2", "0",
			      "3") "},"
				   "{\"line\":4,\"text\":\"Subject x SECURE\"," COUNTS(
					   "0", "0", "0", "0",
					   "0") "},"
						"{\"line\":0,\"text\":\"X old\"," COUNTS(
							"1", "0", "0", "1",
							"0") "}],"
							     "\"domains\":["
							     "{\"domain\":\"x.example\"," COUNTS(
								     "2", "1", "0", "1",
								     "0") "},"
									  "{\"domain\":\"y."
									  "example\"," COUNTS(
										  "2", "3", "2",
										  "0", "3") "}]}"));
	buf_clear(&out);
	CHECK_STR("a report asks for none", review_header(r), STR(""));
	review_text(r, STR("f"), &out);
	CHECK_STR(
		"for people", buf_str(&out),
		STR(" messages delivered  deferred   bounced would bounce  criterion\n"
		    "        3         4         2         0            3  f:2  To *\n"
		    "        0         0         0         0            0  f:4  Subject x SECURE\n"
		    "        1         0         0         1            0  X old  (not in the file "
		    "now)\n\n"
		    " messages delivered  deferred   bounced would bounce  domain\n"
		    "        2         1         0         1            0  x.example\n"
		    "        2         3         2         0            3  y.example\n"));
}

/* A line with OBSERVE behind one that decides: what it observed is in its row, too. */
static void test_observed(void)
{
	static const struct {
		const char *id, *to, *end, *observe;
	} attempts[] = {
		{ "A", "a@x.example", "deferred", "bounced 5.7.4" },
		{ "A", "a@x.example", "delivered", "bounced 5.7.4" },
		{ "B", "b@x.example", "delivered", "bounced 5.7.4" },
		{ "B", "c@x.example", "delivered", "bounced 5.7.4" },
		{ "C", "d@x.example", "delivered", "delivered" },
		{ "D", "e@x.example", "delivered", "" }, /* it does not match */
	};
	CLEANUP(criteria_free) struct criteria *criteria = NULL;
	CLEANUP(review_free) struct review *r = NULL;
	CLEANUP(buf_free) struct buf out = BUF_MAX(65536), why = BUF_MAX(4096);
	struct jsonw j = jsonw_to(&out);

	CHECK_INT("parse",
		  criteria_parse(STR("To *\nTo ?@x* OBSERVE\n"), STR("f"), &criteria, &why),
		  ERR_OK);
	CHECK_INT("new", review_new(criteria, &r), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		struct journal_record one = records[0];
		one.message = str_of(attempts[i].id);
		one.to = str_of(attempts[i].to);
		one.outcome = str_of(attempts[i].end);
		one.observe = str_of(attempts[i].observe);
		one.observed = one.observe.n ? STR("To ?@x* OBSERVE") : STR_NONE;
		CHECK_INT("add", review_add(r, &one), ERR_OK);
	}
	CHECK_INT("settle", review_settle(r), ERR_OK);
	review_json(r, &j);
	CHECK_STR("report", buf_str(&out),
		  STR("{\"since\":null,\"criteria\":["
		      "{\"line\":1,\"text\":\"To *\"," COUNTS(
			      "4", "5", "1", "0",
			      "3") "},"
				   "{\"line\":2,\"text\":\"To ?@x* OBSERVE\"," COUNTS(
					   "3", "4", "1", "0",
					   "3") "}],"
						"\"domains\":[{\"domain\":\"x.example\"," COUNTS(
							"4", "5", "1", "0", "3") "}]}"));
}

static const struct {
	struct str line, json;
	uint64_t held;
} trials[] = {
	{ STR_INIT("Envelope-To *@z.example SECURE"),
	  STR_INIT("{\"since\":null,\"criteria\":[{\"line\":0,"
		   "\"text\":\"Envelope-To *@z.example SECURE\"," COUNTS(
			   "1", "1", "0", "0",
			   "0") ",\"not_known\":1}],\"domains\":[{\"domain\":\"z."
				"example\"," COUNTS("1", "1", "0", "0", "0") ",\"not_known\":1}]}"),
	  COUNT_OF(records) },
	{ STR_INIT("To e@*"),
	  STR_INIT("{\"since\":null,\"criteria\":[{\"line\":0,\"text\":\"To e@*\"," COUNTS(
		  "1", "0", "0", "1", "0") ",\"not_known\":0}],\"domains\":[{\"domain\":\"x."
					   "example\"," COUNTS("1", "0", "0", "1",
							       "0") ",\"not_known\":0}]}"),
	  COUNT_OF(records) },
	{ STR_INIT("Subject *"),
	  STR_INIT("{\"since\":null,\"criteria\":[{\"line\":0,\"text\":\"Subject *\"," COUNTS(
		  "0", "0", "0", "0", "0") ",\"not_known\":0}],\"domains\":[]}"),
	  0 },
};

static void test_trials(void)
{
	for (size_t i = 0; i < COUNT_OF(trials); i++) {
		CLEANUP(review_free) struct review *r = NULL;
		CLEANUP(buf_free) struct buf out = BUF_MAX(65536);
		struct review_trial *trial = NULL;
		struct jsonw j = jsonw_to(&out);
		CHECK_INT(trials[i].line.p, review_trial_new(trials[i].line, &trial, &out), ERR_OK);
		CHECK_INT(trials[i].line.p, review_new_trial(trial, &r), ERR_OK);
		add_all(r);
		CHECK_STR(trials[i].line.p, review_header(r),
			  trials[i].held ? STR("") : STR("Subject"));
		review_json(r, &j);
		CHECK_STR(trials[i].line.p, buf_str(&out), trials[i].json);
		CHECK_INT(trials[i].line.p, (long long)review_looked(r).held,
			  (long long)trials[i].held);
	}
}

/* More messages and domains than there is room for at first. */
static void test_many(void)
{
	CLEANUP(review_free) struct review *r = NULL;
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 20);
	struct jsonw j = jsonw_to(&out);

	CHECK_INT("new", review_new(NULL, &r), ERR_OK);
	for (unsigned i = 0; i < 6000; i++) {
		char message[16], domain[16];
		struct journal_record one = records[0];
		(void)snprintf(message, sizeof(message), "Q%u", i / 2);
		(void)snprintf(domain, sizeof(domain), "d%u.example", i % 500);
		one.message = str_of(message);
		one.domain = str_of(domain);
		CHECK_INT("add", review_add(r, &one), ERR_OK);
	}
	CHECK_INT("settle", review_settle(r), ERR_OK);
	review_json(r, &j);
	CHECK_INT("each once",
		  str_starts(
			  buf_str(&out),
			  STR("{\"since\":null,\"criteria\":[{\"line\":0,\"text\":\"To *\"," COUNTS(
				  "3000", "6000", "0", "0", "0") "}]")),
		  1);
}

static void test_read(void)
{
	CLEANUP(review_free) struct review *r = NULL;
	char dir[] = "/tmp/review-XXXXXX", path[64];
	static const char line[] =
		"{\"time\":\"2026-11-24T00:00:00.000Z\",\"criterion\":\"To *\"}\n";

	if (!mkdtemp(dir))
		abort();
	(void)snprintf(path, sizeof(path), "%s/deliveries-2026-11-24.jsonl", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, line, sizeof(line) - 1) != (ssize_t)sizeof(line) - 1)
		abort();
	(void)close(fd);
	CHECK_INT("new", review_new(NULL, &r), ERR_OK);
	CHECK_INT("read", review_read(r, dir, 0), ERR_OK);
	CHECK_INT("a record", (long long)review_looked(r).records, 1);
	CHECK_INT("too old", review_read(r, dir, INT64_C(4000000000000)), ERR_OK);
	CHECK_INT("too old", (long long)review_looked(r).records, 1);
	(void)unlink(path);
	(void)rmdir(dir);
	CHECK_INT("no directory", review_read(r, dir, 0), ERR_IO);
}

int main(void)
{
	test_report();
	test_observed();
	test_trials();
	test_many();
	test_read();
	return TEST_EXIT();
}
