/* Who is told what: RFC 3461 section 4.1, SPEC section 3. */
#include "relay/report.h"

#include "base/test.h"
#include "smtp/server.h"

#include <stdlib.h>

#define FAILED SCHEDULE_NOTICE_FAILED
#define DELAYED SCHEDULE_NOTICE_DELAYED
#define RELAYED SCHEDULE_NOTICE_RELAYED
#define NOTHING SCHEDULE_SILENT

static const struct {
	const char *label;
	unsigned notify;
	enum schedule_notice failed, delayed, relayed;
} wishes[] = {
	{ "not given", 0, FAILED, DELAYED, NOTHING },
	{ "never", SMTP_NOTIFY_NEVER, NOTHING, NOTHING, NOTHING },
	{ "failure", SMTP_NOTIFY_FAILURE, FAILED, NOTHING, NOTHING },
	{ "delay", SMTP_NOTIFY_DELAY, NOTHING, DELAYED, NOTHING },
	{ "success", SMTP_NOTIFY_SUCCESS, NOTHING, NOTHING, RELAYED },
	{ "all", SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY, FAILED, DELAYED,
	  RELAYED },
};

static bool holds(struct str s, const char *text)
{
	for (; s.n; s = str_skip(s, 1))
		if (str_starts(s, str_of(text)))
			return true;
	return false;
}

static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example" };
static struct routing_settings settings = { .conf = &conf };

/* A report about a message: what is told of the first recipient; the second was delivered. */
static struct queue_message *make(enum schedule_notice told, unsigned smtp, int secure, size_t body,
				  struct str said, struct str remote)
{
	static char text[1 << 18];
	struct schedule_rcpt rcpts[] = { { .to = STR("a@x.example"),
					   .state = SCHEDULE_FAILED,
					   .status = STR("5.7.4"),
					   .text = said,
					   .remote = remote,
					   .secure_failed = secure },
					 { .to = STR("b@x.example"),
					   .state = SCHEDULE_DELIVERED } };
	struct queue_message m = { .id = 4711,
				   .from = STR("me@y.example"),
				   .smtp = smtp,
				   .rcpt = rcpts,
				   .n_rcpt = 2,
				   .content = BUF_MAX(sizeof(text)) };
	enum schedule_notice what[] = { told, NOTHING };
	const struct relay_report r = { &m, &settings, what, 4712, 0 };

	buf_add(&m.content, STR("Subject: hello\r\n\r\nTHE-BODY\r\n"));
	for (size_t i = 0; i < body; i += 10)
		buf_add(&m.content, STR("xxxxxxxx\r\n"));
	struct queue_message *report = relay_report_make(&r);
	buf_free(&m.content);
	return report;
}

static const struct {
	const char *label;
	enum schedule_notice told;
	unsigned smtp;
	int secure;
	size_t body;
	int whole; /* the body comes back */
} returns[] = {
	{ "as a rule whole", FAILED, 0, 0, 0, 1 },
	{ "headers, as asked", FAILED, SMTP_MAIL_RET_HDRS, 0, 0, 0 },
	{ "whole, as asked", FAILED, SMTP_MAIL_RET_FULL, 0, 200000, 1 },
	{ "large: headers", FAILED, 0, 0, 200000, 0 },
	{ "required: headers, whatever was asked", FAILED, SMTP_MAIL_RET_FULL, 1, 0, 0 },
	{ "delayed: headers, whatever was asked", DELAYED, SMTP_MAIL_RET_FULL, 0, 0, 0 },
	{ "relayed: likewise", RELAYED, SMTP_MAIL_RET_FULL, 0, 0, 0 },
};

/* A host's words are told as its own, and ours as ours. */
static const struct {
	const char *label;
	struct str said, remote;
	const char *diagnostic, *plain;
} sayings[] = {
	{ "a reply", STR_INIT("550 5.1.1 no"), STR_INIT("mx.x"), "Code: smtp; 550 5.1.1 no\r\n",
	  "    mx.x said: 550 5.1.1 no\r\n" },
	{ "ours", STR_INIT("no route"), STR_INIT(""), "Code: X-Signpost; no route\r\n",
	  "    no route\r\n" },
	{ "ours, in digits", STR_INIT("550 of them"), STR_INIT(""),
	  "Code: X-Signpost; 550 of them\r\n", "    550 of them\r\n" },
	{ "ours about a host", STR_INIT("it hung up"), STR_INIT("mx.x"),
	  "Code: X-Signpost; it hung up\r\n", "    mx.x: it hung up\r\n" },
	{ "short", STR_INIT("550"), STR_INIT("mx.x"), "Code: X-Signpost; 550\r\n",
	  "    mx.x: 550\r\n" },
	{ "a reply, at the end", STR_INIT("given up after 5d: mx.x: 450 no: no"), STR_INIT("mx.x"),
	  "Code: smtp; 450 no: no\r\n", "    given up after 5d: mx.x: 450 no: no\r\n" },
	{ "ours, at the end", STR_INIT("given up after 5d: no route"), STR_INIT(""),
	  "Code: X-Signpost; given up after 5d: no route\r\n",
	  "    given up after 5d: no route\r\n" },
	{ "ours about a host, at the end", STR_INIT("given up after 5d: 192.0.2.1: it hung up"),
	  STR_INIT("192.0.2.1"), "Code: X-Signpost; given up after 5d: 192.0.2.1: it hung up\r\n",
	  "    given up after 5d: 192.0.2.1: it hung up\r\n" },
};

static void check_sayings(void)
{
	for (size_t i = 0; i < COUNT_OF(sayings); i++) {
		struct queue_message *m = make(FAILED, 0, 0, 0, sayings[i].said, sayings[i].remote);
		CHECK_INT(sayings[i].label, holds(buf_str(&m->content), sayings[i].diagnostic), 1);
		CHECK_INT(sayings[i].label, holds(buf_str(&m->content), sayings[i].plain), 1);
		queue_message_free(&m);
	}
}

/* A report needs of a host what is in it, not what was in the mail that it is about. */
static const struct {
	const char *label, *sender, *body;
	unsigned about, needs;
} needs[] = {
	{ "ASCII, about mail that declared all", "me@y", "Subject: a\r\n\r\nb\r\n",
	  SMTP_MAIL_UTF8 | SMTP_MAIL_EIGHT_BIT, 0 },
	{ "eight bits in the message", "me@y", "Subject: a\r\n\r\n\xff\r\n", 0,
	  SMTP_MAIL_EIGHT_BIT },
	{ "a header in UTF-8", "me@y", "Subject: \xc3\xa4\r\n\r\nb\r\n", SMTP_MAIL_UTF8, 0 },
	{ "header and body", "me@y", "Subject: \xc3\xa4\r\n\r\n\xc3\xa4\r\n", SMTP_MAIL_UTF8, 0 },
	{ "about mail that required TLS", "me@y", "Subject: a\r\n\r\n\xff\r\n",
	  SMTP_MAIL_REQUIRETLS | SMTP_MAIL_RET_FULL, SMTP_MAIL_LIKES_TLS },
	{ "to a sender in UTF-8", "\xc3\xbc@y", "Subject: a\r\n\r\nb\r\n", SMTP_MAIL_UTF8,
	  SMTP_MAIL_UTF8 | SMTP_MAIL_EIGHT_BIT },
};

static void check_needs(void)
{
	for (size_t i = 0; i < COUNT_OF(needs); i++) {
		struct schedule_rcpt rcpt = { .to = STR("\xc3\xb6@x"),
					      .state = SCHEDULE_FAILED,
					      .status = STR("5.1.1"),
					      .text = STR("550 f\xc3\xbcr \xc3\xa4"),
					      .remote = STR("mx.x") };
		struct queue_message m = { .id = 4711,
					   .from = str_of(needs[i].sender),
					   .smtp = needs[i].about,
					   .rcpt = &rcpt,
					   .n_rcpt = 1,
					   .content = BUF_MAX(1000) };
		enum schedule_notice what = SCHEDULE_NOTICE_FAILED;
		const struct relay_report r = { &m, &settings, &what, 4712, 0 };
		buf_add(&m.content, str_of(needs[i].body));
		struct queue_message *report = relay_report_make(&r);
		CHECK_INT(needs[i].label, report->smtp, needs[i].needs);
		queue_message_free(&report);
		buf_free(&m.content);
	}
}

/* What is made smaller: a report of ours, whole, of which the host minded the message. */
static void check_shorter(void)
{
	const struct smtp_result large = { .fate = SMTP_PERMANENT,
					   .stage = SMTP_STAGE_MAIL,
					   .enhanced = "5.3.4",
					   .misfit = true };
	const struct smtp_result unknown = {
		.fate = SMTP_PERMANENT, .stage = SMTP_STAGE_RCPT, .code = 550, .enhanced = "5.1.1"
	};
	struct queue_message *whole =
		make(FAILED, SMTP_MAIL_RET_FULL, 0, 20000, STR("no"), STR_NONE);
	struct queue_message *header =
		make(FAILED, SMTP_MAIL_RET_HDRS, 0, 20000, STR("no"), STR_NONE);
	struct buf shorter = BUF_MAX(0);

	CHECK_INT("another reason", relay_report_shorten(whole, &unknown, &shorter), 0);
	CHECK_INT("a header already", relay_report_shorten(header, &large, &shorter), 0);
	buf_free(&shorter);
	CHECK_INT("too large", relay_report_shorten(whole, &large, &shorter), 1);
	CHECK_INT("without the body", holds(buf_str(&shorter), "THE-BODY"), 0);
	CHECK_INT("with the header", holds(buf_str(&shorter), "Subject: hello"), 1);
	buf_free(&shorter);
	whole->flags &= ~QUEUE_REPORT;
	CHECK_INT("mail of others", relay_report_shorten(whole, &large, &shorter), 0);
	buf_free(&shorter);
	queue_message_free(&whole);
	queue_message_free(&header);
}

/* A route may have a schedule of its own, and so has mail that goes by it. */
static void check_until(void)
{
	enum { HOUR_MS = 3600000 };
	struct conf_route route = { .domain = (char *)(uintptr_t) "slow.example" };
	struct schedule_retry of_route = { .lifetime_ms = 48 * HOUR_MS };
	struct conf two = { .hostname = conf.hostname, .route = &route, .n_route = 1 };
	struct routing_settings s = { .conf = &two,
				      .schedule.lifetime_ms = 2 * HOUR_MS,
				      .of_route = &of_route };
	struct schedule_rcpt rcpts[] = { { .to = STR("a@x.example") },
					 { .to = STR("b@slow.example") } };
	struct queue_message m = {
		.id = 4711, .from = STR("me@y.example"), .rcpt = rcpts, .n_rcpt = 2
	};
	enum schedule_notice what[] = { DELAYED, DELAYED };
	const struct relay_report r = { &m, &s, what, 4712, 0 };
	struct queue_message *report = relay_report_make(&r);
	struct str text = buf_str(&report->content);

	CHECK_INT("that of all", holds(text, "Retry-Until: Thu, 1 Jan 1970 02:00:00"), 1);
	CHECK_INT("that of its route", holds(text, "Retry-Until: Sat, 3 Jan 1970 00:00:00"), 1);
	queue_message_free(&report);
}

int main(void)
{
	check_until();
	check_shorter();
	check_needs();
	check_sayings();
	for (size_t i = 0; i < COUNT_OF(wishes); i++) {
		struct schedule_rcpt r = { .notify = wishes[i].notify };
		CHECK_INT(wishes[i].label, schedule_notice_for(&r, FAILED), wishes[i].failed);
		CHECK_INT(wishes[i].label, schedule_notice_for(&r, DELAYED), wishes[i].delayed);
		CHECK_INT(wishes[i].label, schedule_notice_for(&r, RELAYED), wishes[i].relayed);
	}
	for (size_t i = 0; i < COUNT_OF(returns); i++) {
		struct queue_message *m = make(returns[i].told, returns[i].smtp, returns[i].secure,
					       returns[i].body, STR("what went wrong"), STR_NONE);
		struct str text = buf_str(&m->content);
		CHECK_INT(returns[i].label, holds(text, "THE-BODY"), returns[i].whole);
		CHECK_INT(returns[i].label, holds(text, "Subject: hello"), 1);
		CHECK_INT("the reason", holds(text, "what went wrong"), 1);
		CHECK_INT("the failed alone", holds(text, "b@x.example"), 0);
		CHECK_STR("from nobody", m->from, STR(""));
		CHECK_STR("to the sender", m->rcpt[0].to, STR("me@y.example"));
		CHECK_INT("which never causes another", m->rcpt[0].notify, SMTP_NOTIFY_NEVER);
		CHECK_INT("marked as ours", m->flags & QUEUE_REPORT, QUEUE_REPORT);
		queue_message_free(&m);
	}
	return TEST_EXIT();
}
