#include "smtp/client_run_priv.h"

#define OFFER HI "250-mx" CR "250-PIPELINING" CR "250-8BITMIME" CR "250 STARTTLS" CR
#define STARTTLS "STARTTLS" CR
#define GO_AHEAD "220 go ahead" CR
#define TLS "[TLS]"
#define ALL_SENT MAIL TO_C TO_E DATA BODY QUIT

enum {
	NEVER = SMTP_CLIENT_TLS_NEVER,
	MAY = SMTP_CLIENT_TLS_MAY,
	OFFERED = SMTP_CLIENT_TLS_OFFERED,
	MUST = SMTP_CLIENT_TLS_MUST
};

/* As the table of client_test.c; [TLS] stands where the handshake does. */
static const struct {
	const char *label;
	int tls, shake;
	struct str in, out, log;
} cases[] = {
	{ "not wanted", NEVER, TLS_GOOD, STR_INIT(OFFER OK OK OK GO OK BYE),
	  STR_INIT(EHLO ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "not offered", MAY, TLS_GOOD, STR_INIT(PIPE OK OK OK GO OK BYE), STR_INIT(EHLO ALL_SENT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "not offered, and a must", MUST, TLS_GOOD, STR_INIT(PIPE), STR_INIT(EHLO),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.5 [the host does not offer STARTTLS]\n") },
	{ "HELO", MAY, TLS_GOOD, STR_INIT(HI "502 what" CR "250 mx" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO "HELO us" CR ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "HELO, and a must", MUST, TLS_GOOD, STR_INIT(HI "502 what" CR "250 mx" CR),
	  STR_INIT(EHLO "HELO us" CR),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.5 [the host does not offer STARTTLS]\n") },
	{ "EHLO refused, and a must", MUST, TLS_GOOD, STR_INIT(HI "554 5.7.1 no" CR),
	  STR_INIT(EHLO), STR_INIT("CLOSE permanent EHLO 554 5.7.1 [no]\n") },

	{ "offered", MAY, TLS_GOOD,
	  STR_INIT(OFFER GO_AHEAD "250-mx" CR "250 PIPELINING" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO STARTTLS TLS EHLO ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "offered, and a must", MUST, TLS_GOOD,
	  STR_INIT(OFFER GO_AHEAD "250-mx" CR "250 PIPELINING" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO STARTTLS TLS EHLO ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "offered once more behind it", MUST, TLS_GOOD,
	  STR_INIT(OFFER GO_AHEAD "250-mx" CR "250 STARTTLS" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO STARTTLS TLS EHLO ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "HELO behind it", MUST, TLS_GOOD,
	  STR_INIT(OFFER GO_AHEAD "502 what" CR "250 mx" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO STARTTLS TLS EHLO "HELO us" CR ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "refused behind it", MUST, TLS_GOOD, STR_INIT(OFFER GO_AHEAD "554 5.7.1 no" CR),
	  STR_INIT(EHLO STARTTLS TLS EHLO), STR_INIT("CLOSE permanent EHLO 554 5.7.1 [no]\n") },

	{ "STARTTLS refused", MAY, TLS_GOOD,
	  STR_INIT(OFFER "454 4.7.0 later" CR OK OK OK GO OK BYE), STR_INIT(EHLO STARTTLS ALL_SENT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "not offered, a must where it is", OFFERED, TLS_GOOD, STR_INIT(PIPE OK OK OK GO OK BYE),
	  STR_INIT(EHLO ALL_SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "STARTTLS refused, a must where it is offered", OFFERED, TLS_GOOD,
	  STR_INIT(OFFER "454 4.7.0 later" CR), STR_INIT(EHLO STARTTLS),
	  STR_INIT("CLOSE temporary STARTTLS 454 4.7.5 [later]\n") },
	{ "STARTTLS refused, and a must", MUST, TLS_GOOD, STR_INIT(OFFER "554 5.7.0 no" CR),
	  STR_INIT(EHLO STARTTLS), STR_INIT("CLOSE temporary STARTTLS 554 4.7.5 [no]\n") },
	{ "STARTTLS answered by 250, which is no go", MUST, TLS_GOOD, STR_INIT(OFFER OK),
	  STR_INIT(EHLO STARTTLS), STR_INIT("CLOSE temporary STARTTLS 250 4.7.5 [ok]\n") },
	{ "421 to STARTTLS", MAY, TLS_GOOD, STR_INIT(OFFER "421 4.3.2 down" CR),
	  STR_INIT(EHLO STARTTLS), STR_INIT("CLOSE temporary STARTTLS 421 4.3.2 [down]\n") },
	{ "gone after STARTTLS", MAY, TLS_GOOD, STR_INIT(OFFER), STR_INIT(EHLO STARTTLS),
	  STR_INIT("CLOSE temporary STARTTLS 0 4.4.2 [gone]\n") },
	{ "gone before a word behind it", MAY, TLS_GOOD, STR_INIT(OFFER GO_AHEAD),
	  STR_INIT(EHLO STARTTLS TLS EHLO), STR_INIT("CLOSE temporary STARTTLS 0 4.4.2 [gone]\n") },
	{ "gone before a word behind it, a must", MUST, TLS_GOOD, STR_INIT(OFFER GO_AHEAD),
	  STR_INIT(EHLO STARTTLS TLS EHLO), STR_INIT("CLOSE temporary EHLO 0 4.4.2 [gone]\n") },
	{ "gone after a word behind it", MAY, TLS_GOOD, STR_INIT(OFFER GO_AHEAD "502 what" CR),
	  STR_INIT(EHLO STARTTLS TLS EHLO "HELO us" CR),
	  STR_INIT("CLOSE temporary EHLO 0 4.4.2 [gone]\n") },
	{ "the handshake fails", MUST, TLS_BAD, STR_INIT(OFFER GO_AHEAD),
	  STR_INIT(EHLO STARTTLS TLS), STR_INIT("CLOSE temporary STARTTLS 0 4.7.5 [no]\n") },
};

static void check_case(size_t i, size_t chunk)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);
	enum smtp_client_want want = SMTP_CLIENT_INPUT;
	struct str in = cases[i].in;

	r.tls = cases[i].shake == TLS_GOOD ? TLS_GOOD : TLS_BAD;
	smtp_client_tls(r.c, (enum smtp_client_tls)cases[i].tls);
	while (in.n > 0 && want == SMTP_CLIENT_INPUT)
		want = feed(&r, next_reply(&in), chunk);
	if (want == SMTP_CLIENT_INPUT)
		want = smtp_client_lost(r.c, STR("gone"));
	CHECK_INT(cases[i].label, want, SMTP_CLIENT_CLOSE);
	CHECK_INT(cases[i].label, (long long)in.n, 0);
	if (r.open && smtp_client_settled(r.c, 0))
		log_results(&r);
	buf_add(&r.log, STR("CLOSE "));
	log_result(&r, smtp_client_failure(r.c));
	CHECK_STR(cases[i].label, buf_str(&r.out), cases[i].out);
	CHECK_STR(cases[i].label, buf_str(&r.log), cases[i].log);
}

/* Whatever stands behind the 220 in clear, even half a word, ends it (RFC 3207 section 4.2). */
static void check_injected(void)
{
	static const struct str behind[] = { STR_INIT("250 ok" CR), STR_INIT("2"),
					     STR_INIT("\x16\x03\x03"), STR_INIT(CR) };

	for (size_t i = 0; i < COUNT_OF(behind); i++) {
		CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);
		CLEANUP(buf_free) struct buf in = BUF_MAX(4096);
		smtp_client_tls(r.c, SMTP_CLIENT_TLS_MAY);
		(void)feed(&r, STR(HI), 4096);
		(void)feed(&r, STR("250-mx" CR "250 STARTTLS" CR), 4096);
		buf_add(&in, STR(GO_AHEAD));
		buf_add(&in, behind[i]);
		CHECK_INT("injected", feed(&r, buf_str(&in), 4096), SMTP_CLIENT_CLOSE);
		struct smtp_result why = smtp_client_failure(r.c);
		CHECK_STR("injected", str_of(why.enhanced), STR("4.7.5"));
		CHECK_STR("injected", buf_str(&r.out), STR(EHLO STARTTLS));
	}
}

/* What the log has of a refusal: the dialogue, and that it goes on without. */
static void check_trace(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 0);

	smtp_client_tls(r.c, SMTP_CLIENT_TLS_MAY);
	(void)feed(&r, STR(HI), 4096);
	(void)feed(&r, STR("250-mx" CR "250 STARTTLS" CR), 4096);
	smtp_client_trace_clear(r.c);
	(void)feed(&r, STR("454-4.7.0 not" CR "454 4.7.0 now" CR), 4096);
	CHECK_STR("trace", smtp_client_trace(r.c),
		  STR("<-- 454-4.7.0 not\n<-- 454 4.7.0 now\n"
		      "TLS failed: 454 4.7.0 not; again without TLS\n--> QUIT\n"));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_case(i, 1);
		check_case(i, 4096);
	}
	check_injected();
	check_trace();
	return TEST_EXIT();
}
