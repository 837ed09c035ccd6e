#include "relay/inlog.h"

#include "base/test.h"

#include <string.h>

#define T0 INT64_C(1795489445678) /* 2026-11-24T03:04:05.678Z */
#define L(text) "2026-11-24T03:04:05.678Z [S1] " text "\n"

static const struct queue_message message = { .from = STR_INIT("a@b.example"), .size = 12 };
static const struct ip peer = { .family = 4, .octets = { 192, 0, 2, 1 } };
static const struct ip local = { .family = 0 };

/* What happens, and the block that comes of it; "" is none. */
static const struct {
	const char *label;
	enum conf_log_in which;
	struct relay_inlog_client client;
	struct str trace;
	unsigned messages;
	unsigned refused[SMTP_REFUSALS];
	struct str block;
} cases[] = {
	{ "a message",
	  CONF_LOG_IN_ALL,
	  { &peer, STR_INIT("127.0.0.1:2525"), RELAY_MAY_RELAY },
	  STR_INIT("<-- DATA\n"),
	  1,
	  { 0 },
	  STR_INIT(L("client 192.0.2.1, listener 127.0.0.1:2525, may relay") L("<-- DATA")
			   L("message 00000000000 sender <a@b.example> size 12")
				   L("outcome: 1 message accepted; quit")) },
	{ "nothing",
	  CONF_LOG_IN_ALL,
	  { &local, STR_INIT("unix:in.sock"), RELAY_MAY_RELAY },
	  STR_INIT(""),
	  0,
	  { 0 },
	  STR_INIT(L("client local, listener unix:in.sock, may relay")
			   L("outcome: 0 messages accepted; quit")) },
	{ "refused, of several reasons",
	  CONF_LOG_IN_REFUSED,
	  { &peer, STR_INIT("x"), RELAY_STRANGER },
	  STR_INIT("--> 554 5.7.1 no\n"),
	  0,
	  { [SMTP_REFUSAL_RELAY] = 1, [SMTP_REFUSAL_SYNTAX] = 3 },
	  STR_INIT(L("client 192.0.2.1, listener x, may not relay") L("--> 554 5.7.1 no")
			   L("outcome: 0 messages accepted; refused: relay 1, syntax 3; quit")) },
	{ "replies that are no refusals count as none",
	  CONF_LOG_IN_REFUSED,
	  { &peer, STR_INIT("x"), RELAY_STRANGER },
	  STR_INIT("--> 421 4.3.2 Shutting down\n"),
	  2,
	  { [SMTP_REFUSAL_NONE] = 7 },
	  STR_INIT("") },
	{ "none",
	  CONF_LOG_IN_NONE,
	  { &peer, STR_INIT("x"), RELAY_STRANGER },
	  STR_INIT("--> 554 5.7.1 no\n"),
	  1,
	  { [SMTP_REFUSAL_RELAY] = 1 },
	  STR_INIT("") },
	{ "foreign text",
	  CONF_LOG_IN_ALL,
	  { &peer, STR_INIT("x"), RELAY_STRANGER },
	  STR_INIT("<-- EHLO \xe2\x80\xae\x1b DNSSEC\n"),
	  0,
	  { 0 },
	  STR_INIT(L("client 192.0.2.1, listener x, may not relay")
			   L("<-- EHLO \\xe2\\x80\\xae\\x1b DNSSE\\x43")
				   L("outcome: 0 messages accepted; quit")) },
};

static void check_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct relay_inlog l;

		relay_inlog_begin(&l, cases[i].which, STR("S1"));
		relay_inlog_client(&l, T0, &cases[i].client);
		relay_inlog_trace(&l, T0, cases[i].trace);
		for (; l.accepted < cases[i].messages; l.accepted++)
			relay_inlog_message(&l, T0, &message);
		bool write = relay_inlog_end(&l, T0, STR("quit"), cases[i].refused);
		CHECK_INT(cases[i].label, write, cases[i].block.n > 0);
		if (write)
			CHECK_STR(cases[i].label, buf_str(&l.block.lines), cases[i].block);
		if (cases[i].which == CONF_LOG_IN_NONE)
			CHECK_STR(cases[i].label, buf_str(&l.block.lines), STR(""));
		relay_inlog_clear(&l);
	}
}

/* A client that never stops talking: what it was refused and what it handed in is told. */
static void check_bound(void)
{
	static const unsigned refused[SMTP_REFUSALS];
	struct relay_inlog l;

	relay_inlog_begin(&l, CONF_LOG_IN_ALL, STR("S1"));
	for (int i = 0; i < 100000; i++)
		relay_inlog_trace(&l, T0, STR("<-- NOOP\n--> 250 2.0.0 Ok\n"));
	CHECK_INT("bounded", l.block.lines.n < JOURNAL_IN_MAX + 256, true);
	CHECK_INT("of nobody who may relay: in one piece", relay_inlog_is_long(&l, false), false);
	relay_inlog_trace(&l, T0, STR("--> 554 5.7.1 no\n"));
	relay_inlog_message(&l, T0, &message);
	CHECK_INT("to be written", relay_inlog_end(&l, T0, STR("quit"), refused), true);
	struct str end = buf_str(&l.block.lines);
	end = str_skip(end, end.n - strlen(L("--> 554 5.7.1 no") L(
					    "message 00000000000 sender <a@b.example> size 12")
						   L("199238 lines were left out") L(
							   "outcome: 0 messages accepted; quit")));
	CHECK_STR("the end", end,
		  STR(L("--> 554 5.7.1 no") L("message 00000000000 sender <a@b.example> size 12") L(
			  "199238 lines were left out") L("outcome: 0 messages accepted; quit")));
	relay_inlog_clear(&l);
}

/* What a client says for each of its messages, how much is left out, and in how many parts. */
static const struct {
	const char *label;
	const char *says, *again;
	int n_again;
	bool left_out;
	unsigned least, most;
} long_ones[] = {
	{ "mail and nothing else", "<-- RCPT TO:<b@y.example>\n--> 250 2.1.5 Ok\n", "", 0, false,
	  15, 30 },
	{ "many recipients", "<-- MAIL FROM:<a@x.example>\n", "<-- rcpt to:<b@y.example>\n", 99,
	  true, 200, 300 },
	{ "noise", "<-- RCPT TO:<b@y.example>\n", "<-- NOOP\n", 99, true, 10, 30 },
};

static void check_parts(size_t i)
{
	static const unsigned refused[SMTP_REFUSALS] = { [SMTP_REFUSAL_SYNTAX] = 1 };
	const struct relay_inlog_client client = { &peer, STR("x"), RELAY_MAY_RELAY };
	struct str head = STR(L("client 192.0.2.1, listener x, may relay"));
	unsigned parts = 0;
	bool left_out = false;
	struct relay_inlog l;

	relay_inlog_begin(&l, CONF_LOG_IN_ALL, STR("S1"));
	relay_inlog_client(&l, T0, &client);
	for (int n = 0; n < 2000 * (1 + long_ones[i].n_again); n++) {
		bool again = n % (1 + long_ones[i].n_again) != 0;
		relay_inlog_trace(&l, T0, str_of(again ? long_ones[i].again : long_ones[i].says));
		if (!again)
			relay_inlog_message(&l, T0, &message);
		l.accepted += !again;
		if (!relay_inlog_is_long(&l, again))
			continue;
		CHECK_INT("not too long", l.block.lines.n < RELAY_INLOG_MOST + 512, true);
		left_out |= l.block.left_out > 0;
		CHECK_INT("a part", relay_inlog_end(&l, T0, STR("it goes on"), refused), true);
		CHECK_INT("with its head", str_starts(buf_str(&l.block.lines), head), true);
		parts++;
		relay_inlog_next(&l, T0);
		CHECK_STR("the next", buf_str(&l.block.lines), head);
	}
	CHECK_INT(long_ones[i].label, parts >= long_ones[i].least && parts <= long_ones[i].most,
		  true);
	CHECK_INT(long_ones[i].label, left_out, long_ones[i].left_out);
	relay_inlog_clear(&l);
}

int main(void)
{
	check_cases();
	check_bound();
	for (size_t i = 0; i < COUNT_OF(long_ones); i++)
		check_parts(i);
	return TEST_EXIT();
}
