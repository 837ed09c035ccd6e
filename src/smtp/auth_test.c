/* AUTH of the client, as conversations, fed whole and octet by octet; no trace shows the secret. */
#include "smtp/client_run_priv.h"

#define TLS "[TLS]"
#define STARTTLS "STARTTLS" CR
#define CLEAR HI "250-mx" CR "250 STARTTLS" CR "220 go ahead" CR
#define OFFERS(mechanisms) "250-mx" CR "250-PIPELINING" CR "250 AUTH" mechanisms CR
#define BEGUN EHLO STARTTLS TLS EHLO
#define PLAIN_U "AUTH PLAIN AHUAcHc=" CR
#define LOGIN_U "AUTH LOGIN" CR "dQ==" CR "cHc=" CR
#define TAKEN "235 2.7.0 welcome" CR
#define GOES OK OK OK GO OK BYE
#define SENT MAIL TO_C TO_E DATA BODY QUIT
#define LONG TEN(TEN("xxxx"))

static const struct {
	const char *label, *user;
	int channel;
	struct str in, out, log;
} cases[] = {
	{ "PLAIN", "u", SMTP_LOGIN_IN_CLEAR, STR_INIT(CLEAR OFFERS(" PLAIN") TAKEN GOES),
	  STR_INIT(BEGUN PLAIN_U SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "PLAIN goes before LOGIN", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(CLEAR OFFERS(" CRAM-MD5 login plain") TAKEN GOES), STR_INIT(BEGUN PLAIN_U SENT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "LOGIN", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(CLEAR OFFERS(" LOGIN") "334 VXNlcm5hbWU6" CR "334 UGFzc3dvcmQ6" CR TAKEN GOES),
	  STR_INIT(BEGUN LOGIN_U SENT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "TLS is there from the start", "u", SMTP_LOGIN_IN_TLS,
	  STR_INIT(HI OFFERS(" PLAIN") TAKEN GOES), STR_INIT(EHLO PLAIN_U SENT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "no TLS, though AUTH is offered", "u", SMTP_LOGIN_IN_CLEAR, STR_INIT(HI OFFERS(" PLAIN")),
	  STR_INIT(EHLO),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.8 [the password goes over TLS alone, and there is "
		   "none]\n") },
	{ "STARTTLS refused", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(HI "250-mx" CR "250-AUTH PLAIN" CR "250 STARTTLS" CR "454 4.7.0 later" CR),
	  STR_INIT(EHLO "STARTTLS" CR),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.8 [the password goes over TLS alone, and there is "
		   "none]\n") },
	{ "AUTH is not offered", "u", SMTP_LOGIN_IN_CLEAR, STR_INIT(CLEAR "250 mx" CR),
	  STR_INIT(BEGUN),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.8 [the host offers neither AUTH PLAIN nor AUTH "
		   "LOGIN]\n") },
	{ "by other ways alone", "u", SMTP_LOGIN_IN_CLEAR, STR_INIT(CLEAR OFFERS(" CRAM-MD5")),
	  STR_INIT(BEGUN),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.8 [the host offers neither AUTH PLAIN nor AUTH "
		   "LOGIN]\n") },
	{ "offered in clear, and not in TLS", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(HI "250-mx" CR "250-AUTH PLAIN" CR "250 STARTTLS" CR "220 go" CR "250 mx" CR),
	  STR_INIT(BEGUN),
	  STR_INIT("CLOSE temporary EHLO 0 4.7.8 [the host offers neither AUTH PLAIN nor AUTH "
		   "LOGIN]\n") },
	{ "refused for good", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(CLEAR OFFERS(" PLAIN") "535 5.7.8 no" CR), STR_INIT(BEGUN PLAIN_U),
	  STR_INIT("CLOSE temporary EHLO 535 4.7.8 [no]\n") },
	{ "refused for now", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(CLEAR OFFERS(" PLAIN") "454 4.7.0 later" CR), STR_INIT(BEGUN PLAIN_U),
	  STR_INIT("CLOSE temporary EHLO 454 4.7.8 [later]\n") },
	{ "LOGIN refused at the name", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(CLEAR OFFERS(" LOGIN") "334 x" CR "535 no" CR),
	  STR_INIT(BEGUN "AUTH LOGIN" CR "dQ==" CR),
	  STR_INIT("CLOSE temporary EHLO 535 4.7.8 [no]\n") },
	{ "more is wanted than there is", "u", SMTP_LOGIN_IN_CLEAR,
	  STR_INIT(CLEAR OFFERS(" PLAIN") "334 more" CR), STR_INIT(BEGUN PLAIN_U),
	  STR_INIT("CLOSE temporary EHLO 334 4.7.8 [more]\n") },
	{ "421", "u", SMTP_LOGIN_IN_CLEAR, STR_INIT(CLEAR OFFERS(" PLAIN") "421 4.3.2 down" CR),
	  STR_INIT(BEGUN PLAIN_U), STR_INIT("CLOSE temporary EHLO 421 4.3.2 [down]\n") },
};

static void log_in(struct run *r, const char *user, int channel)
{
	const struct smtp_credentials login = { .user = str_of(user),
						.password = STR("pw"),
						.channel = channel };

	smtp_client_tls(r->c,
			channel == SMTP_LOGIN_IN_TLS ? SMTP_CLIENT_TLS_NEVER : SMTP_CLIENT_TLS_MAY);
	CHECK_INT("login", smtp_client_login(r->c, &login), ERR_OK);
}

static void check_hidden(const char *label, struct str trace)
{
	static const struct str secrets[] = { STR_INIT("AHUAcHc="), STR_INIT("cHc="),
					      STR_INIT("dQ==") };

	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		for (struct str s = trace; s.n; s = str_skip(s, 1))
			CHECK_INT(label, str_starts(s, secrets[i]), false);
}

static void check_case(size_t i, size_t chunk)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);
	enum smtp_client_want want = SMTP_CLIENT_INPUT;
	struct str in = cases[i].in;

	log_in(&r, cases[i].user, cases[i].channel);
	while (in.n > 0 && want == SMTP_CLIENT_INPUT)
		want = feed(&r, next_reply(&in), chunk);
	CHECK_INT(cases[i].label, want, SMTP_CLIENT_CLOSE);
	CHECK_INT(cases[i].label, (long long)in.n, 0);
	buf_add(&r.log, STR("CLOSE "));
	log_result(&r, smtp_client_failure(r.c));
	CHECK_STR(cases[i].label, buf_str(&r.out), cases[i].out);
	CHECK_STR(cases[i].label, buf_str(&r.log), cases[i].log);
	check_hidden(cases[i].label, smtp_client_trace(r.c));
}

/* A line of more than 512 octets is none for a command: what is long comes when it is asked for. */
static void check_long(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 0);

	log_in(&r, LONG, SMTP_LOGIN_IN_TLS);
	(void)feed(&r, STR(HI), 4096);
	(void)feed(&r, STR(OFFERS(" PLAIN")), 4096);
	CHECK_STR("first the command", buf_str(&r.out), STR(EHLO "AUTH PLAIN" CR));
	(void)feed(&r, STR("334 " CR), 4096);
	CHECK_INT("then all", r.out.n > sizeof(LONG), true);
	(void)feed(&r, STR(TAKEN), 4096);
	CHECK_INT("and ready", str_ends(buf_str(&r.out), STR(QUIT)), true);
}

/* What the session log has of it. */
static void check_trace(void)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 0);

	log_in(&r, "u", SMTP_LOGIN_IN_TLS);
	(void)feed(&r, STR(HI), 4096);
	smtp_client_trace_clear(r.c);
	(void)feed(&r, STR("250-mx" CR "250 AUTH LOGIN" CR), 4096);
	(void)feed(&r, STR("334 a" CR), 4096);
	(void)feed(&r, STR("334 b" CR), 4096);
	CHECK_STR("trace", smtp_client_trace(r.c),
		  STR("<-- 250-mx\n<-- 250 AUTH LOGIN\n--> AUTH LOGIN\n<-- 334 a\n"
		      "--> (not shown)\n<-- 334 b\n--> (not shown)\n"));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_case(i, 1);
		check_case(i, 4096);
	}
	check_long();
	check_trace();
	return TEST_EXIT();
}
