/*
 * Memory runs out: the n-th allocation fails, for every n, and all after it or
 * only that one.  What must hold in both machines: no crash, no leak (with a
 * sanitizer); no message is acknowledged, no recipient delivered, whose way was
 * not walked to its end; and nothing becomes permanent for want of our memory.
 */
#include "../failing.h"
#include "base/test.h"
#include "smtp/client.h"
#include "smtp/server.h"

#include <stdlib.h>

#define CR "\r\n"

/* What the peer sees of a session. */
struct seen {
	size_t messages; /* questions about a message that were answered by 250 */
	bool refused;    /* some reply was 5yz */
};

static enum smtp_want serve(struct smtp_server *s, enum smtp_want want, struct seen *seen)
{
	for (;;) {
		struct str out = smtp_server_output(s);
		if (want == SMTP_WANT_VERDICT) {
			struct smtp_ask ask = smtp_server_ask(s);
			if (ask.kind == SMTP_ASK_MAIL)
				CHECK_STR("sender", ask.mail.from, STR("a@b"));
			if (ask.kind == SMTP_ASK_RCPT)
				CHECK_STR("recipient", ask.rcpt.to, STR("c@d"));
			seen->messages += ask.kind == SMTP_ASK_MESSAGE;
			want = smtp_server_verdict(s, 250, STR("2.0.0 Ok"));
		} else if (want == SMTP_WANT_BODY) {
			CHECK_STR("message", smtp_server_body(s), STR("hi" CR));
			want = smtp_server_body_kept(s);
		} else if (out.n > 0) {
			CHECK_INT("whole replies", str_ends(out, STR(CR)), true);
			seen->refused |= out.p[0] == '5';
			want = smtp_server_sent(s, out.n);
		} else {
			return want;
		}
	}
}

/* True: no allocation failed. */
static bool run_server(void)
{
	static const struct str words[] = {
		STR_INIT("EHLO c" CR),
		STR_INIT("MAIL FROM:<a@b>" CR),
		STR_INIT("RCPT TO:<c@d>" CR),
		STR_INIT("DATA" CR),
		STR_INIT("hi" CR),
		STR_INIT("." CR),
	};
	struct smtp_server_conf conf = { .host = STR("mx"), .recipients_max = 1, .errors_max = 1 };
	struct seen seen = { .messages = 0 };
	CLEANUP(smtp_server_free) struct smtp_server *s = smtp_server_new(&conf);

	if (!s)
		return false;
	enum smtp_want want = serve(s, SMTP_WANT_INPUT, &seen);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		want = serve(s, smtp_server_feed(s, words[i]), &seen);
	CHECK_INT("refused for want of memory", seen.refused, false);
	if (want == SMTP_WANT_CLOSE)
		return false;
	CHECK_INT("kept", (long long)seen.messages, 1);
	return true;
}

/* A line of the trace that finds no room is left out, whole; what was there before is let go. */
static bool run_traced(void)
{
	static const struct str whole = STR_INIT("<-- AUTH PLAIN (not shown)\n"
						 "--> 502 5.5.1 Command not implemented\n");
	const struct smtp_server_conf conf = { .host = STR("mx"),
					       .errors_max = 1,
					       .told = SMTP_SERVER_TRACED };
	CLEANUP(smtp_server_free) struct smtp_server *s = smtp_server_new(&conf);
	char noop[2000];
	enum smtp_want want = SMTP_WANT_CLOSE;

	(void)snprintf(noop, sizeof(noop), "NOOP %01990d" CR, 0);
	for (int i = 0; s && i < 3; i++)
		want = smtp_server_feed(s, str_of(noop));
	if (!s || want == SMTP_WANT_CLOSE)
		return false;
	smtp_server_trace_clear(s);
	want = smtp_server_feed(s, STR("AUTH PLAIN AGEAYg==" CR));
	struct str trace = smtp_server_trace(s);
	CHECK_INT("no more than all", trace.n <= whole.n, true);
	CHECK_INT("whole lines", trace.n == 0 || str_ends(trace, STR("\n")), true);
	return want != SMTP_WANT_CLOSE && str_eq(trace, whole);
}

static void drain(struct smtp_client *c)
{
	for (struct str out = smtp_client_output(c); out.n > 0; out = smtp_client_output(c))
		smtp_client_sent(c, out.n);
}

static bool run_client(void)
{
	static const struct str words[] = {
		STR_INIT("220 mx" CR), STR_INIT("250-mx" CR "250 PIPELINING" CR),
		STR_INIT("250 ok" CR), STR_INIT("250 ok" CR),
		STR_INIT("354 go" CR), STR_INIT("250 ok" CR),
	};
	static const struct smtp_rcpt rcpt = { STR_INIT("c@d"), 0, STR_INIT("") };
	struct smtp_transaction tx = { .rcpt = &rcpt, .n_rcpt = 1, .message = STR("hi" CR) };
	CLEANUP(smtp_client_free) struct smtp_client *c = smtp_client_new(STR("us"));
	enum smtp_client_want want = SMTP_CLIENT_INPUT;

	if (!c)
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		want = smtp_client_feed(c, words[i]);
		if (want == SMTP_CLIENT_READY)
			want = smtp_client_send(c, &tx);
		drain(c);
	}
	if (want != SMTP_CLIENT_DONE) {
		CHECK_INT("ended", smtp_client_lost(c, STR("end")), SMTP_CLIENT_CLOSE);
		CHECK_INT("for later", smtp_client_result(c, 0).fate, SMTP_TEMPORARY);
		CHECK_INT("for later", smtp_client_failure(c).fate, SMTP_TEMPORARY);
		return false;
	}
	CHECK_INT("delivered", smtp_client_result(c, 0).fate, SMTP_DELIVERED);
	return true;
}

/* Fail the n-th allocation for every n, until there are no n. */
static void check(const char *label, bool (*run)(void), bool good)
{
	bool done = false;
	long n = 0;

	for_good = good;
	while (!done && n < 1000) {
		countdown = ++n;
		(void)run();
		done = countdown > 0; /* it never came to the n-th */
	}
	countdown = -1;
	CHECK_INT(label, n > 3 && done, true);
	CHECK_INT(label, run(), true);
}

int main(void)
{
	check("server, one", run_server, false);
	check("server, all", run_server, true);
	check("traced, one", run_traced, false);
	check("traced, all", run_traced, true);
	check("client, one", run_client, false);
	check("client, all", run_client, true);
	return TEST_EXIT();
}
