#include "smtp/client_run_priv.h"

/* A session up to the point where the message is to be sent. */
static enum smtp_client_want begin(struct run *r)
{
	static const char in[] = PIPE OK OK OK GO;
	struct str left = { in, sizeof(in) - 1 };
	enum smtp_client_want want = SMTP_CLIENT_INPUT;

	while (left.n > 0 && want == SMTP_CLIENT_INPUT) {
		want = smtp_client_feed(r->c, next_reply(&left));
		if (left.n == 0)
			break;
		want = go_on(r, want);
	}
	return want;
}

/* What the server says before it has the whole message. */
static const struct {
	const char *label;
	size_t sent; /* octets of the message that are gone by then */
	struct str reply, log;
} early[] = {
	{ "250 before all is sent", 11, STR_INIT(OK),
	  STR_INIT(BOTH("temporary end of data 0 4.5.0 [reply without a command: ok]")) },
	{ "250 when all is sent", 12, STR_INIT(OK),
	  STR_INIT(BOTH("delivered end of data 250 2.0.0 [ok]")) },
	{ "250 at once", 0, STR_INIT(OK),
	  STR_INIT(BOTH("temporary end of data 0 4.5.0 [reply without a command: ok]")) },
	{ "refused early", 3, STR_INIT("552 5.3.4 big" CR),
	  STR_INIT(BOTH("permanent end of data 552 5.3.4 [big]")) },
	{ "421 early", 3, STR_INIT("421 4.3.2 down" CR),
	  STR_INIT(BOTH("temporary end of data 421 4.3.2 [down]")) },
	{ "354 again", 12, STR_INIT(GO),
	  STR_INIT(BOTH("temporary end of data 0 4.5.0 [reply to the message out of order: go]")) },
};

static void check_early(size_t i)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);

	CHECK_INT(early[i].label, begin(&r), SMTP_CLIENT_INPUT);
	if (early[i].sent > 0) {
		CHECK_STR(early[i].label, smtp_client_output(r.c), STR(BODY));
		smtp_client_sent(r.c, early[i].sent);
	}
	CHECK_INT(early[i].label, smtp_client_feed(r.c, early[i].reply) != SMTP_CLIENT_INPUT, true);
	log_results(&r);
	CHECK_STR(early[i].label, buf_str(&r.log), early[i].log);
}

/* A reply to a command of which the last octet is not sent. */
static void check_unsent(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);

	CHECK_INT("greeting", smtp_client_feed(r.c, STR(HI)), SMTP_CLIENT_INPUT);
	drain(&r);
	CHECK_INT("EHLO", smtp_client_feed(r.c, STR("250-mx" CR "250 PIPELINING" CR)),
		  SMTP_CLIENT_READY);
	CHECK_INT("sent", smtp_client_send(r.c, &tx_plain), SMTP_CLIENT_INPUT);
	CHECK_STR("window", smtp_client_output(r.c), STR(MAIL TO_C TO_E DATA));
	smtp_client_sent(r.c, sizeof(MAIL TO_C) - 1);
	CHECK_INT("two are due", smtp_client_feed(r.c, STR(OK NO)), SMTP_CLIENT_INPUT);
	smtp_client_sent(r.c, sizeof(TO_E) - 2);
	CHECK_INT("one is not", smtp_client_feed(r.c, STR(OK)), SMTP_CLIENT_CLOSE);
	log_results(&r);
	CHECK_STR("results", buf_str(&r.log),
		  STR("0 permanent RCPT TO 550 5.1.1 [no]\n"
		      "1 temporary RCPT TO 0 4.5.0 [reply without a command: ok]\n"));
}

/* What comes while nothing is asked ends the session; results stay. */
static void check_unasked(struct str octets, enum smtp_client_want after, struct str failure)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);

	CHECK_INT("sent", begin(&r), SMTP_CLIENT_INPUT);
	drain(&r);
	CHECK_INT("done", smtp_client_feed(r.c, STR(OK)), SMTP_CLIENT_DONE);
	CHECK_INT("unasked", smtp_client_feed(r.c, octets), after);
	log_results(&r);
	CHECK_STR("results stay", buf_str(&r.log), STR(BOTH_SENT));
	buf_clear(&r.log);
	CHECK_INT("next", smtp_client_send(r.c, &tx_plain), SMTP_CLIENT_CLOSE);
	log_result(&r, smtp_client_failure(r.c));
	CHECK_STR("failure", buf_str(&r.log), failure);
}

/* Many recipients and a large message go through the window, and nothing is lost. */
static void check_window(void)
{
	enum { N = 3000, LINES = 20000 };
	static struct smtp_rcpt many[N];
	CLEANUP(buf_free) struct buf message = BUF_MAX(1 << 22);
	CLEANUP(buf_free) struct buf wire = BUF_MAX(1 << 22);
	struct smtp_transaction tx = { .rcpt = many, .n_rcpt = N };
	CLEANUP(run_clear) struct run r = run_new(&tx, 1);

	for (size_t i = 0; i < N; i++)
		many[i].to = STR("somebody@example.net");
	for (size_t i = 0; i < LINES; i++) {
		buf_add(&message, i % 3 ? STR("a line of text" CR) : STR(".dot" CR));
		buf_add(&wire, i % 3 ? STR("a line of text" CR) : STR("..dot" CR));
	}
	buf_add(&wire, STR("." CR));
	tx.message = buf_str(&message);
	CHECK_INT("begun", feed(&r, STR(HI), 100), SMTP_CLIENT_INPUT);
	CHECK_INT("begun", feed(&r, STR("250-mx" CR "250 PIPELINING" CR), 100), SMTP_CLIENT_INPUT);
	for (size_t i = 0; i < N + 1; i++)
		CHECK_INT("envelope", smtp_client_feed(r.c, STR(OK)), SMTP_CLIENT_INPUT);
	CHECK_INT("data", smtp_client_feed(r.c, STR(GO)), SMTP_CLIENT_INPUT);

	buf_clear(&r.out);
	for (struct str out = smtp_client_output(r.c); out.n > 0; out = smtp_client_output(r.c)) {
		CHECK_INT("window", out.n <= 65536, true);
		out = str_head(out, 10007);
		buf_add(&r.out, out);
		smtp_client_sent(r.c, out.n);
	}
	CHECK_INT("all of it", str_eq(buf_str(&r.out), buf_str(&wire)), true);
	CHECK_INT("done", smtp_client_feed(r.c, STR(OK)), SMTP_CLIENT_DONE);
	CHECK_INT("last", smtp_client_result(r.c, N - 1).fate, SMTP_DELIVERED);
}

static void check_patience(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);
	struct smtp_client *c = r.c;
	enum smtp_client_want want;

	CHECK_INT("greeting", smtp_client_patience(c), 300000);
	want = smtp_client_feed(c, STR(HI));
	CHECK_INT("EHLO", smtp_client_patience(c), 300000);
	drain(&r);
	want = smtp_client_feed(c, STR("250-mx" CR "250 PIPELINING" CR));
	CHECK_INT("idle", smtp_client_patience(c), 0);
	want = smtp_client_send(c, &tx_plain);
	drain(&r);
	CHECK_INT("MAIL", smtp_client_patience(c), 300000);
	want = smtp_client_feed(c, STR(OK));
	CHECK_INT("RCPT", smtp_client_patience(c), 300000);
	want = smtp_client_feed(c, STR(OK OK));
	CHECK_INT("DATA", smtp_client_patience(c), 120000);
	want = smtp_client_feed(c, STR(GO));
	CHECK_INT("block", smtp_client_patience(c), 180000);
	(void)smtp_client_output(c);
	CHECK_INT("last block", smtp_client_patience(c), 180000);
	drain(&r);
	CHECK_INT("end", smtp_client_patience(c), 600000);
	want = smtp_client_feed(c, STR(OK));
	CHECK_INT("idle", smtp_client_patience(c), 0);
	want = smtp_client_quit(c);
	CHECK_INT("QUIT", smtp_client_patience(c), 30000);
	want = smtp_client_lost(c, STR("gone"));
	CHECK_INT("over", smtp_client_patience(c), 0);
	CHECK_INT("over", want, SMTP_CLIENT_CLOSE);
}

static void check_trace(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);
	enum smtp_client_want want = begin(&r);

	CHECK_INT("sent", want, SMTP_CLIENT_INPUT);
	CHECK_STR(
		"dialogue", smtp_client_trace(r.c),
		STR("<-- 220 mx\n--> EHLO us\n<-- 250-mx\n<-- 250 PIPELINING\n--> MAIL FROM:<a@b>\n"
		    "--> RCPT TO:<c@d>\n--> RCPT TO:<e@f>\n--> DATA\n<-- 250 ok\n<-- 250 ok\n"
		    "<-- 250 ok\n<-- 354 go\n"));
	smtp_client_trace_clear(r.c);
	drain(&r);
	want = smtp_client_feed(r.c, STR("250 \x01ok\n"));
	CHECK_STR("message", smtp_client_trace(r.c),
		  STR("--> (8 octets of message data)\n--> .\n<-- 250 \x01ok\n"));
	smtp_client_trace_clear(r.c);
	for (int i = 0; i < 2000; i++) {
		want = smtp_client_send(r.c, &tx_plain);
		drain(&r);
		want = smtp_client_feed(r.c, STR(OK OK OK GO));
		drain(&r);
		want = smtp_client_feed(r.c, STR("250-" TEN("0123456789") CR OK));
	}
	CHECK_INT("bounded", smtp_client_trace(r.c).n <= 262144, true);
	CHECK_INT("whole lines", str_ends(smtp_client_trace(r.c), STR("\n")), true);
	CHECK_INT("no harm", want, SMTP_CLIENT_DONE);
}

/* What was sent of a message that did not come to its end. */
static void check_trace_of_lost(void)
{
	CLEANUP(buf_free) struct buf message = BUF_MAX(1 << 20);
	struct smtp_transaction tx = tx_plain;
	CLEANUP(run_clear) struct run r = run_new(&tx, 1);

	for (int i = 0; i < 10000; i++)
		buf_add(&message, STR("a line" CR));
	tx.message = buf_str(&message);
	CHECK_INT("begun", begin(&r), SMTP_CLIENT_INPUT);
	CHECK_INT("window", (long long)smtp_client_output(r.c).n, 65531);
	smtp_client_trace_clear(r.c);
	CHECK_INT("lost", smtp_client_lost(r.c, STR("gone")), SMTP_CLIENT_CLOSE);
	CHECK_STR("count", smtp_client_trace(r.c), STR("--> (65531 octets of message data)\n"));
}

static void check_text_limit(size_t n)
{
	CLEANUP(buf_free) struct buf reply = BUF_MAX(4000);
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);

	buf_add(&reply, STR("554 "));
	while (reply.n < n + 4)
		buf_addc(&reply, 'x');
	buf_add(&reply, STR(CR));
	CHECK_INT("sent", begin(&r), SMTP_CLIENT_INPUT);
	drain(&r);
	CHECK_INT("refused", smtp_client_feed(r.c, buf_str(&reply)), SMTP_CLIENT_DONE);
	CHECK_INT("text", (long long)smtp_client_result(r.c, 1).text.n,
		  (long long)(n < SMTP_RESULT_TEXT_MAX ? n : SMTP_RESULT_TEXT_MAX));
}

/* Calls that make no sense where they come change nothing. */
static void check_misuse(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);

	CHECK_INT("send", smtp_client_send(r.c, &tx_plain), SMTP_CLIENT_INPUT);
	CHECK_INT("quit", smtp_client_quit(r.c), SMTP_CLIENT_INPUT);
	CHECK_INT("no result", smtp_client_result(r.c, 0).fate, SMTP_TEMPORARY);
	CHECK_INT("begun", begin(&r), SMTP_CLIENT_INPUT);
	CHECK_INT("send", smtp_client_send(r.c, &tx_plain), SMTP_CLIENT_INPUT);
	CHECK_INT("quit", smtp_client_quit(r.c), SMTP_CLIENT_INPUT);
	CHECK_INT("no result", smtp_client_result(r.c, 0).fate, SMTP_TEMPORARY);
	CHECK_INT("lost", smtp_client_lost(r.c, STR("one")), SMTP_CLIENT_CLOSE);
	CHECK_INT("lost", smtp_client_lost(r.c, STR("two")), SMTP_CLIENT_CLOSE);
	CHECK_STR("once", smtp_client_result(r.c, 0).text, STR("one"));
	CHECK_INT("deaf", smtp_client_feed(r.c, STR(OK)), SMTP_CLIENT_CLOSE);
	CHECK_STR("nothing", smtp_client_output(r.c), STR(""));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(early); i++)
		check_early(i);
	check_unsent();
	check_unasked(STR("421 4.4.2 idle" CR), SMTP_CLIENT_CLOSE,
		      STR("temporary QUIT 421 4.4.2 [idle]\n"));
	check_unasked(STR(OK), SMTP_CLIENT_CLOSE,
		      STR("temporary QUIT 0 4.5.0 [reply without a command: ok]\n"));
	check_unasked(STR(NO), SMTP_CLIENT_CLOSE,
		      STR("temporary QUIT 0 4.5.0 [reply without a command: no]\n"));
	check_unasked(STR("42"), SMTP_CLIENT_DONE,
		      STR("temporary MAIL FROM 0 4.5.0 [half a reply without a command: 42]\n"));
	check_window();
	check_patience();
	check_trace();
	check_trace_of_lost();
	check_text_limit(SMTP_RESULT_TEXT_MAX);
	check_text_limit(SMTP_RESULT_TEXT_MAX + 1);
	check_misuse();
	return TEST_EXIT();
}
