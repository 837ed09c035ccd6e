#include "admin/filter.h"

#include "base/test.h"

enum { NOW = 100000 };

#define NOT_MEANT "a filter is text that is not empty, and \"older_ms\" is a number from 0 on"

static struct schedule_rcpt rcpts[] = {
	{ .to = STR_INIT("Ann@Bank.example"),
	  .status = STR_INIT("4.7.1"),
	  .text = STR_INIT("Not Now"),
	  .remote = STR_INIT("mx.bank.example") },
	{ .to = STR_INIT("bob@b\xc3\xbc"
			 "cher.example"),
	  .status = STR_INIT("") },
	{ .to = STR_INIT("had@done.example"),
	  .status = STR_INIT("2.0.0"),
	  .state = SCHEDULE_DELIVERED },
	{ .to = STR_INIT("lost@gone.example"),
	  .status = STR_INIT("5.1.1"),
	  .text = STR_INIT("who?"),
	  .state = SCHEDULE_FAILED },
	{ .to = STR_INIT("told@gone.example"),
	  .status = STR_INIT("5.1.2"),
	  .state = SCHEDULE_TOLD },
};

static const struct queue_message message = { .id = 7,
					      .arrived_wall_ms = NOW - 5000,
					      .next_wall_ms = NOW,
					      .from = STR_INIT("me@sub.host.example"),
					      .rcpt = rcpts,
					      .n_rcpt = COUNT_OF(rcpts) };
static const struct queue_message report = { .arrived_wall_ms = NOW + 9,
					     .next_wall_ms = QUEUE_OUT };
/* Nobody waits: it is for those that it did not reach. */
static const struct queue_message failed = { .arrived_wall_ms = NOW,
					     .flags = QUEUE_FAILED,
					     .from = STR_INIT("who@failed.example"),
					     .rcpt = rcpts + 2,
					     .n_rcpt = 3 };

/* Whether the request finds the message, and the report; or why it is refused. */
static const struct {
	const char *request;
	bool message, report;
	const char *why;
} rows[] = {
	{ "{}", true, true, NULL },
	{ "{\"from\":\"me@sub.host.example\"}", true, false, NULL },
	{ "{\"from\":\"ME@SUB.host.example\"}", true, false, NULL },
	{ "{\"from\":\"@sub.host.example\"}", true, false, NULL },
	{ "{\"from\":\"@host.example\"}", false, false, NULL },
	{ "{\"from\":\"e@sub.host.example\"}", false, false, NULL },
	{ "{\"from\":\"<>\"}", false, true, NULL },
	{ "{\"from\":\"@\"}", false, false, NULL },
	{ "{\"to\":\"ann@bank.example\"}", true, false, NULL },
	{ "{\"to\":\"@bank.example\"}", true, false, NULL },
	{ "{\"to\":\"@bank\"}", false, false, NULL },
	{ "{\"to\":\"bank.example\"}", false, false, NULL },
	{ "{\"to\":\"@xn--bcher-kva.example\"}", true, false, NULL },
	{ "{\"to\":\"@B\xc3\x9c"
	  "CHER.example\"}",
	  true, false, NULL },
	{ "{\"to\":\"bob@xn--bcher-kva.example\"}", true, false, NULL },
	{ "{\"to\":\"ann@xn--bcher-kva.example\"}", false, false, NULL },
	{ "{\"state\":\"deferred\"}", true, false, NULL },
	{ "{\"state\":\"active\"}", false, true, NULL },
	{ "{\"state\":\"held\"}", false, false, NULL },
	{ "{\"state\":\"failed\"}", false, false, NULL },
	{ "{\"status\":\"4\"}", true, false, NULL },
	{ "{\"status\":\"4.7\"}", true, false, NULL },
	{ "{\"status\":\"4.7.1\"}", true, false, NULL },
	{ "{\"status\":\"4.7.11\"}", false, false, NULL },
	{ "{\"status\":\"4.\"}", false, false, NULL },
	{ "{\"status\":\"5\"}", false, false, NULL },
	{ "{\"older_ms\":5000}", true, false, NULL },
	{ "{\"older_ms\":5001}", false, false, NULL },
	{ "{\"to\":\"@bank.example\",\"status\":\"5\"}", false, false, NULL },
	{ "{\"to\":\"@bank.example\",\"status\":\"4\"}", true, false, NULL },
	{ "{\"to\":\"@xn--bcher-kva.example\",\"status\":\"4\"}", false, false, NULL },
	{ "{\"status\":\"2\"}", false, false, NULL },
	{ "{\"status\":\"5.1.1\"}", false, false, NULL },
	{ "{\"status\":\"5.1.2\"}", false, false, NULL },
	{ "{\"to\":\"@done.example\"}", false, false, NULL },
	{ "{\"to\":\"lost@gone.example\"}", false, false, NULL },
	{ "{\"to\":\"told@gone.example\"}", false, false, NULL },
	{ "{\"text\":\"HOST\"}", true, false, NULL },
	{ "{\"text\":\"not now\"}", true, false, NULL },
	{ "{\"text\":\"MX.\"}", true, false, NULL },
	{ "{\"text\":\"7.1\"}", true, false, NULL },
	{ "{\"text\":\"ann@\"}", true, false, NULL },
	{ "{\"text\":\"00000000007\"}", true, false, NULL },
	{ "{\"text\":\"who?\"}", false, false, NULL },
	{ "{\"text\":\"done\"}", false, false, NULL },
	{ "{\"text\":\"nobody\"}", false, false, NULL },
	{ "{\"text\":\"not now\",\"to\":\"@bank.example\"}", true, false, NULL },
	{ "{\"text\":\"not now\",\"to\":\"@xn--bcher-kva.example\"}", false, false, NULL },
	{ "{\"text\":\"host\",\"to\":\"@xn--bcher-kva.example\"}", true, false, NULL },
	{ "{\"text\":\"host\",\"status\":\"5\"}", false, false, NULL },
	{ "{\"text\":\"\"}", false, false, NOT_MEANT },
	{ "{\"text\":7}", false, false, NOT_MEANT },
	{ "{\"state\":\"waiting\"}", false, false,
	  "state is not known: write active, deferred, held or failed" },
	{ "{\"status\":\"4444444444444444\"}", false, false,
	  "status is longer than any can be: write one like 4.7.1, 4.7 or 4" },
	{ "{\"from\":\"\"}", false, false, NOT_MEANT },
	{ "{\"to\":\"\"}", false, false, NOT_MEANT },
	{ "{\"to\":5}", false, false, NOT_MEANT },
	{ "{\"to\":null}", false, false, NOT_MEANT },
	{ "{\"from\":[\"a@b\"]}", false, false, NOT_MEANT },
	{ "{\"state\":\"\"}", false, false, NOT_MEANT },
	{ "{\"state\":true}", false, false, NOT_MEANT },
	{ "{\"status\":\"\"}", false, false, NOT_MEANT },
	{ "{\"status\":4.7}", false, false, NOT_MEANT },
	{ "{\"to\":\"@bank.example\",\"status\":\"\"}", false, false, NOT_MEANT },
	{ "{\"older_ms\":\"4h\"}", false, false, NOT_MEANT },
	{ "{\"older_ms\":1.5}", false, false, NOT_MEANT },
	{ "{\"older_ms\":-1}", false, false, NOT_MEANT },
	{ "{\"older_ms\":0}", true, true, NULL },
};

static const struct {
	const char *request;
	bool failed;
} failed_rows[] = {
	{ "{\"state\":\"failed\"}", true },
	{ "{\"state\":\"deferred\"}", false },
	{ "{\"to\":\"@gone.example\"}", true },
	{ "{\"to\":\"told@gone.example\"}", true },
	{ "{\"to\":\"@done.example\"}", false },
	{ "{\"status\":\"5\"}", true },
	{ "{\"status\":\"5.1.2\"}", true },
	{ "{\"status\":\"2\"}", false },
	{ "{\"text\":\"who?\"}", true },
	{ "{\"text\":\"done\"}", false },
	{ "{\"to\":\"told@gone.example\",\"status\":\"5.1.1\"}", false },
};

static void check_failed(void)
{
	for (size_t i = 0; i < COUNT_OF(failed_rows); i++) {
		json_t *request = json_loads(failed_rows[i].request, 0, NULL);
		struct admin_filter f = { 0 };

		CHECK_STR(failed_rows[i].request, str_of(admin_filter_read(request, &f)), STR_NONE);
		CHECK_INT(failed_rows[i].request, admin_filter_matches(&f, &failed, NOW),
			  failed_rows[i].failed);
		json_decref(request);
	}
}

int main(void)
{
	check_failed();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		json_t *request = json_loads(rows[i].request, 0, NULL);
		struct admin_filter f = { 0 };
		const char *why = admin_filter_read(request, &f);

		CHECK_STR(rows[i].request, str_of(why), str_of(rows[i].why));
		if (!why) {
			CHECK_INT(rows[i].request, admin_filter_matches(&f, &message, NOW),
				  rows[i].message);
			CHECK_INT(rows[i].request, admin_filter_matches(&f, &report, NOW),
				  rows[i].report);
		}
		json_decref(request);
	}
	return TEST_EXIT();
}
