/* STARTTLS and AUTH, as conversations; a handshake is one octet of them (TLS_TURN). */
#include "smtp/server_run_priv.h"

#define CR "\r\n"
#define TEN(x) x x x x x x x x x x
#define X50 TEN("12345")
#define X500 TEN(X50)

#define HI "220 mx ESMTP Signpost" CR
#define HEAD                                                                                       \
	"250-mx" CR "250-PIPELINING" CR "250-SIZE 40" CR "250-8BITMIME" CR "250-SMTPUTF8" CR       \
	"250-DSN" CR
#define TAIL "250-CHUNKING" CR "250-BINARYMIME" CR "250 ENHANCEDSTATUSCODES" CR
#define PLAIN HEAD TAIL
#define TLS HEAD "250-STARTTLS" CR TAIL
#define INSIDE HEAD "250-REQUIRETLS" CR TAIL
#define AUTH HEAD "250-AUTH PLAIN LOGIN" CR "250-REQUIRETLS" CR TAIL
#define MAIL "250 2.1.0 ok" CR
#define BEGIN "220 2.0.0 Begin TLS" CR
#define NO_TLS "502 5.5.1 Command not implemented" CR
#define TLS_FIRST "530 5.7.0 Say STARTTLS first" CR
#define YES "235 2.7.0 welcome" CR
#define NO "535 5.7.8 wrong" CR
#define MALFORMED "501 5.5.2 Not base64, or not what AUTH wants" CR
#define USER "334 VXNlcm5hbWU6" CR
#define PASSWORD "334 UGFzc3dvcmQ6" CR

/* What is offered: TLS in four letters, AUTH in three. */
#define NEITHER SMTP_SERVER_NO_TLS, SMTP_SERVER_NO_AUTH
#define BOTH SMTP_SERVER_STARTTLS, SMTP_SERVER_AUTH
#define IN SMTP_SERVER_IN_TLS, SMTP_SERVER_AUTH

/* Each runs whole and in pieces; "right" is the password. */
static const struct {
	const char *label;
	enum smtp_server_tls tls;
	enum smtp_server_auth auth;
	struct str in, out, log;
	enum smtp_want want;
} cases[] = {
	{ "neither is there", NEITHER, STR_INIT("EHLO c" CR "STARTTLS" CR "AUTH PLAIN" CR),
	  STR_INIT(HI PLAIN NO_TLS NO_TLS), STR_INIT(""), SMTP_WANT_INPUT },
	{ "no AUTH before TLS", BOTH, STR_INIT("EHLO c" CR "AUTH PLAIN AGEAcmlnaHQ=" CR),
	  STR_INIT(HI TLS "538 5.7.11 Only over TLS: say STARTTLS first" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "TLS, and the client is a stranger again", BOTH,
	  STR_INIT("EHLO c" CR "STARTTLS" CR TLS_TURN "MAIL FROM:<a@b>" CR "EHLO c" CR
		   "MAIL FROM:<a@b>" CR),
	  STR_INIT(HI TLS BEGIN "503 5.5.1 Say EHLO first" CR AUTH MAIL), STR_INIT("MAIL <a@b>\n"),
	  SMTP_WANT_INPUT },
	{ "TLS before EHLO, without AUTH", SMTP_SERVER_STARTTLS, SMTP_SERVER_NO_AUTH,
	  STR_INIT("starttls" CR TLS_TURN "EHLO c" CR "AUTH PLAIN" CR),
	  STR_INIT(HI BEGIN INSIDE NO_TLS), STR_INIT(""), SMTP_WANT_INPUT },
	{ "the handshake is waited for", BOTH, STR_INIT("EHLO c" CR "STARTTLS" CR),
	  STR_INIT(HI TLS BEGIN), STR_INIT(""), SMTP_WANT_TLS },
	{ "a command put in behind STARTTLS", BOTH,
	  STR_INIT("EHLO c" CR "STARTTLS" CR "MAIL FROM:<a@b>" CR), STR_INIT(HI TLS BEGIN),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "half a command put in, and then a handshake", BOTH,
	  STR_INIT("EHLO c" CR "STARTTLS" CR "R" TLS_TURN "SET" CR), STR_INIT(HI TLS BEGIN),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "a line end put in", BOTH, STR_INIT("EHLO c" CR "STARTTLS" CR "\n"),
	  STR_INIT(HI TLS BEGIN), STR_INIT(""), SMTP_WANT_CLOSE },
	{ "TLS in TLS", BOTH, STR_INIT("STARTTLS" CR TLS_TURN "STARTTLS" CR "QUIT" CR),
	  STR_INIT(HI BEGIN "503 5.5.1 This is over TLS already" CR "221 2.0.0 Bye" CR),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "TLS in TLS from the start", IN, STR_INIT("EHLO c" CR "STARTTLS" CR),
	  STR_INIT(HI AUTH "503 5.5.1 This is over TLS already" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "STARTTLS with an argument", BOTH, STR_INIT("STARTTLS x" CR "NOOP" CR),
	  STR_INIT(HI "501 5.5.4 No arguments here" CR "250 2.0.0 Ok" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "STARTTLS in a transaction", BOTH,
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "STARTTLS" CR),
	  STR_INIT(HI TLS MAIL "503 5.5.1 A transaction is open" CR), STR_INIT("MAIL <a@b>\n"),
	  SMTP_WANT_INPUT },

	{ "TLS is a must", SMTP_SERVER_MUST_STARTTLS, SMTP_SERVER_AUTH,
	  STR_INIT("HELO c" CR "EHLO c" CR "NOOP" CR "MAIL FROM:<a@b>" CR "QUIT" CR),
	  STR_INIT(HI TLS_FIRST TLS "250 2.0.0 Ok" CR TLS_FIRST "221 2.0.0 Bye" CR), STR_INIT(""),
	  SMTP_WANT_CLOSE },
	{ "TLS is a must, for what is no command too", SMTP_SERVER_MUST_STARTTLS, SMTP_SERVER_AUTH,
	  STR_INIT("AUTH PLAIN" CR "X" CR "RSET" CR), STR_INIT(HI TLS_FIRST TLS_FIRST TLS_FIRST),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "TLS is a must, more", SMTP_SERVER_MUST_STARTTLS, SMTP_SERVER_AUTH,
	  STR_INIT("VRFY a" CR "HELP" CR "DATA" CR), STR_INIT(HI TLS_FIRST TLS_FIRST TLS_FIRST),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "TLS is a must, and there", SMTP_SERVER_MUST_STARTTLS, SMTP_SERVER_AUTH,
	  STR_INIT("STARTTLS" CR TLS_TURN "HELO c" CR "MAIL FROM:<a@b>" CR),
	  STR_INIT(HI BEGIN "250 mx" CR MAIL), STR_INIT("MAIL <a@b>\n"), SMTP_WANT_INPUT },
	{ "TLS is a must: a chunk is no command all the same", SMTP_SERVER_MUST_STARTTLS,
	  SMTP_SERVER_AUTH, STR_INIT("EHLO c" CR "BDAT 6 LAST" CR "QUIT" CR "NOOP" CR),
	  STR_INIT(HI TLS TLS_FIRST "250 2.0.0 Ok" CR), STR_INIT(""), SMTP_WANT_INPUT },
	{ "a login is a must", SMTP_SERVER_STARTTLS, SMTP_SERVER_MUST_AUTH,
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "STARTTLS" CR TLS_TURN "EHLO c" CR
		   "MAIL FROM:<a@b>" CR "NOOP" CR "RSET" CR "AUTH PLAIN AGEAcmlnaHQ=" CR
		   "MAIL FROM:<a@b>" CR),
	  STR_INIT(HI TLS "530 5.7.0 Log in first: STARTTLS, then AUTH" CR BEGIN AUTH
			  "530 5.7.0 Log in first: AUTH" CR "250 2.0.0 Ok" CR
			  "250 2.0.0 Ok" CR YES MAIL),
	  STR_INIT("AUTH <a> <right>\nMAIL <a@b>\n"), SMTP_WANT_INPUT },

	{ "PLAIN at once", IN,
	  STR_INIT("EHLO c" CR "auth plain AGEAcmlnaHQ=" CR "MAIL FROM:<a@b> AUTH=x+40y" CR),
	  STR_INIT(HI AUTH YES MAIL), STR_INIT("AUTH <a> <right>\nMAIL <a@b>\n"), SMTP_WANT_INPUT },
	{ "PLAIN when asked", IN, STR_INIT("EHLO c" CR "AUTH PLAIN" CR "AGEAcmlnaHQ=" CR),
	  STR_INIT(HI AUTH "334 " CR YES), STR_INIT("AUTH <a> <right>\n"), SMTP_WANT_INPUT },
	{ "PLAIN as oneself", IN, STR_INIT("EHLO c" CR "AUTH PLAIN YQBhAHJpZ2h0" CR),
	  STR_INIT(HI AUTH YES), STR_INIT("AUTH <a> <right>\n"), SMTP_WANT_INPUT },
	{ "PLAIN as another", IN, STR_INIT("EHLO c" CR "AUTH PLAIN YgBhAHJpZ2h0" CR),
	  STR_INIT(HI AUTH NO), STR_INIT("AUTH <> <right>\n"), SMTP_WANT_INPUT },
	{ "wrong, later, right", IN,
	  STR_INIT("EHLO c" CR "AUTH PLAIN AGEAbm8=" CR "AUTH PLAIN AGEAbGF0ZXI=" CR
		   "AUTH PLAIN AGEAcmlnaHQ=" CR),
	  STR_INIT(HI AUTH NO "454 4.7.0 later" CR YES),
	  STR_INIT("AUTH <a> <no>\nAUTH <a> <later>\nAUTH <a> <right>\n"), SMTP_WANT_INPUT },
	{ "nobody, and no password", IN, STR_INIT("EHLO c" CR "AUTH PLAIN AAA=" CR),
	  STR_INIT(HI AUTH NO), STR_INIT("AUTH <> <>\n"), SMTP_WANT_INPUT },
	{ "LOGIN", IN, STR_INIT("EHLO c" CR "AUTH LOGIN" CR "YQ==" CR "cmlnaHQ=" CR),
	  STR_INIT(HI AUTH USER PASSWORD YES), STR_INIT("AUTH <a> <right>\n"), SMTP_WANT_INPUT },
	{ "LOGIN with the name at once", IN,
	  STR_INIT("EHLO c" CR "AUTH LOGIN YQ==" CR "cmlnaHQ=" CR), STR_INIT(HI AUTH PASSWORD YES),
	  STR_INIT("AUTH <a> <right>\n"), SMTP_WANT_INPUT },
	{ "LOGIN, nothing twice", IN, STR_INIT("EHLO c" CR "AUTH LOGIN =" CR CR),
	  STR_INIT(HI AUTH PASSWORD NO), STR_INIT("AUTH <> <>\n"), SMTP_WANT_INPUT },
	{ "a NUL is part of a name of LOGIN", IN,
	  STR_INIT("EHLO c" CR "AUTH LOGIN YQBi" CR "cmlnaHQ=" CR), STR_INIT(HI AUTH PASSWORD YES),
	  STR_INIT("AUTH <a\0b> <right>\n"), SMTP_WANT_INPUT },

	{ "given up", IN,
	  STR_INIT("EHLO c" CR "AUTH PLAIN" CR "*" CR "AUTH LOGIN" CR "YQ==" CR "*" CR "NOOP" CR),
	  STR_INIT(HI AUTH "334 " CR "501 5.7.0 AUTH given up" CR USER PASSWORD
			   "501 5.7.0 AUTH given up" CR "250 2.0.0 Ok" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "no base64", IN, STR_INIT("EHLO c" CR "AUTH PLAIN !" CR "AUTH LOGIN" CR "YQ= =" CR),
	  STR_INIT(HI AUTH MALFORMED USER MALFORMED), STR_INIT(""), SMTP_WANT_INPUT },
	{ "PLAIN without its NULs", IN,
	  STR_INIT("EHLO c" CR "AUTH PLAIN =" CR "AUTH PLAIN YQ==" CR "AUTH PLAIN AGE=" CR),
	  STR_INIT(HI AUTH MALFORMED MALFORMED MALFORMED), STR_INIT(""), SMTP_WANT_INPUT },
	{ "PLAIN with a NUL too many", IN, STR_INIT("EHLO c" CR "AUTH PLAIN AGEAYgBj" CR),
	  STR_INIT(HI AUTH MALFORMED), STR_INIT(""), SMTP_WANT_INPUT },
	{ "no mechanism, none of ours, too much", IN,
	  STR_INIT("EHLO c" CR "AUTH" CR "AUTH CRAM-MD5" CR "AUTH PLAIN a b" CR),
	  STR_INIT(HI AUTH "501 5.5.4 Say which mechanism" CR
			   "504 5.5.4 Mechanism unknown: PLAIN and LOGIN are here" CR
			   "501 5.5.4 More than a mechanism and its response" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "twice", IN,
	  STR_INIT("EHLO c" CR "AUTH PLAIN AGEAcmlnaHQ=" CR "AUTH PLAIN AGEAcmlnaHQ=" CR "EHLO c" CR
		   "AUTH LOGIN" CR),
	  STR_INIT(HI AUTH YES "503 5.5.1 Logged in already" CR AUTH
			       "503 5.5.1 Logged in already" CR),
	  STR_INIT("AUTH <a> <right>\n"), SMTP_WANT_INPUT },
	{ "before EHLO, and in a transaction", IN,
	  STR_INIT("AUTH PLAIN" CR "EHLO c" CR "MAIL FROM:<a@b>" CR "AUTH PLAIN" CR),
	  STR_INIT(HI "503 5.5.1 Say EHLO first" CR AUTH MAIL "503 5.5.1 A transaction is open" CR),
	  STR_INIT("MAIL <a@b>\n"), SMTP_WANT_INPUT },
	{ "AUTH= where AUTH is not offered", BOTH,
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b> AUTH=<>" CR),
	  STR_INIT(HI TLS "555 5.5.4 Parameter unknown or not offered: AUTH" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "AUTH= that is no xtext", IN, STR_INIT("EHLO c" CR "MAIL FROM:<a@b> AUTH=a+b" CR),
	  STR_INIT(HI AUTH "501 5.5.4 Bad value of parameter AUTH" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "AUTH= of nobody", IN, STR_INIT("EHLO c" CR "MAIL FROM:<a@b> AUTH=<>" CR),
	  STR_INIT(HI AUTH MAIL), STR_INIT("MAIL <a@b>\n"), SMTP_WANT_INPUT },
	{ "REQUIRETLS", IN, STR_INIT("EHLO c" CR "MAIL FROM:<a@b> REQUIRETLS" CR),
	  STR_INIT(HI AUTH MAIL), STR_INIT("MAIL <a@b> flags 32\n"), SMTP_WANT_INPUT },
	{ "REQUIRETLS in clear", BOTH, STR_INIT("EHLO c" CR "MAIL FROM:<a@b> REQUIRETLS" CR),
	  STR_INIT(HI TLS "555 5.5.4 Parameter unknown or not offered: REQUIRETLS" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "REQUIRETLS with a value", IN, STR_INIT("EHLO c" CR "MAIL FROM:<a@b> REQUIRETLS=x" CR),
	  STR_INIT(HI AUTH "501 5.5.4 Bad value of parameter REQUIRETLS" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "a bare LF in it", IN, STR_INIT("EHLO c" CR "AUTH PLAIN" CR "AG\nE" CR),
	  STR_INIT(HI AUTH "334 " CR "500 5.5.2 Bare CR, bare LF or NUL in a command" CR),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "a line that is too long", IN,
	  STR_INIT("EHLO c" CR "AUTH PLAIN" CR X500 X500 X500 X500 X50 CR "NOOP" CR),
	  STR_INIT(HI AUTH "334 " CR "500 5.5.6 Line of AUTH too long" CR "250 2.0.0 Ok" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "wrong too often", IN,
	  STR_INIT("EHLO c" CR "AUTH PLAIN AGEAbm8=" CR "AUTH PLAIN AGEAbm8=" CR
		   "AUTH PLAIN AGEAbm8=" CR "AUTH PLAIN AGEAbm8=" CR),
	  STR_INIT(HI AUTH NO NO NO "421 4.7.0 Too many errors" CR),
	  STR_INIT("AUTH <a> <no>\nAUTH <a> <no>\nAUTH <a> <no>\nAUTH <a> <no>\n"),
	  SMTP_WANT_CLOSE },
};

static struct smtp_server_conf offering(enum smtp_server_tls tls, enum smtp_server_auth auth)
{
	struct smtp_server_conf c = conf;

	c.tls = tls;
	c.auth = auth;
	c.told = SMTP_SERVER_TRACED;
	return c;
}

static void check_case(size_t i, size_t chunk)
{
	const struct smtp_server_conf c = offering(cases[i].tls, cases[i].auth);
	CLEANUP(run_clear) struct run r = run_new(&c);

	CHECK_INT(cases[i].label, feed_all(&r, cases[i].in, chunk), cases[i].want);
	CHECK_STR(cases[i].label, buf_str(&r.out), cases[i].out);
	CHECK_STR(cases[i].label, buf_str(&r.log), cases[i].log);
}

/* What the trace of a session holds of what was said behind EHLO. */
static const struct {
	const char *label;
	struct str in, heard;
} traces[] = {
	{ "PLAIN at once", STR_INIT("AUTH PLAIN AGEAcmlnaHQ=" CR),
	  STR_INIT("<-- AUTH PLAIN (not shown)\n") },
	{ "LOGIN", STR_INIT("AUTH LOGIN" CR "YQ==" CR "cmlnaHQ=" CR "NOOP" CR),
	  STR_INIT("<-- AUTH LOGIN\n<-- (not shown)\n<-- (not shown)\n<-- NOOP\n") },
	{ "a secret that reads AUTH",
	  STR_INIT("AUTH PLAIN" CR "AUTH" CR "AUTH LOGIN" CR "AUTH x" CR),
	  STR_INIT("<-- AUTH PLAIN\n<-- (not shown)\n<-- AUTH LOGIN\n<-- (not shown)\n") },
	{ "a secret without a question", STR_INIT("AUTH CRAM-MD5" CR "cmlnaHQ=" CR "NOOP x" CR),
	  STR_INIT("<-- AUTH CRAM-MD5\n<-- (not shown)\n<-- NOOP x\n") },
	{ "no command, and no AUTH before it", STR_INIT("cmlnaHQ=" CR),
	  STR_INIT("<-- cmlnaHQ=\n") },
	{ "a bare LF in a secret", STR_INIT("AUTH PLAIN" CR "cml\n" CR),
	  STR_INIT("<-- AUTH PLAIN\n<-- (not shown)\n") },
};

static void check_trace(size_t i, size_t chunk)
{
	const struct smtp_server_conf c = offering(IN);
	CLEANUP(run_clear) struct run r = run_new(&c);
	CLEANUP(buf_free) struct buf heard = BUF_MAX(1000);
	struct str rest, line;

	(void)feed_all(&r, STR("EHLO c" CR), 100);
	buf_clear(&r.trace);
	(void)feed_all(&r, traces[i].in, chunk);
	rest = buf_str(&r.trace);
	while (str_line(&rest, &line))
		if (str_starts(line, STR("<-- ")))
			buf_addf(&heard, "%.*s\n", STR_ARG(line));
	CHECK_STR(traces[i].label, buf_str(&heard), traces[i].heard);
}

/* What was put in before TLS is told, and counted. */
static void check_injected(void)
{
	const struct smtp_server_conf c = offering(BOTH);
	CLEANUP(run_clear) struct run r = run_new(&c);

	(void)feed_all(&r, STR("STARTTLS" CR "NOOP" CR), 100);
	CHECK_INT("told",
		  str_ends(buf_str(&r.trace), STR("<-- (octets behind STARTTLS, before TLS)\n")),
		  true);
	CHECK_INT("counted", smtp_server_refused(r.s, SMTP_REFUSAL_SYNTAX), 1);
}

static void check_user(void)
{
	const struct smtp_server_conf c = offering(IN);
	CLEANUP(run_clear) struct run r = run_new(&c);

	CHECK_INT("no handshake was asked for", smtp_server_secured(r.s), SMTP_WANT_INPUT);
	(void)feed_all(&r, STR("EHLO c" CR "AUTH PLAIN AGEAbm8=" CR), 100);
	CHECK_STR("wrong", smtp_server_user(r.s), STR(""));
	(void)feed_all(&r, STR("AUTH PLAIN AGEAcmlnaHQ=" CR "RSET" CR "EHLO d" CR), 100);
	CHECK_STR("right, and stays", smtp_server_user(r.s), STR("a"));
}

/* The session ends while a password is judged: the verdict is for nobody. */
static void check_late(void)
{
	const struct smtp_server_conf c = offering(IN);
	CLEANUP(smtp_server_free) struct smtp_server *s = smtp_server_new(&c);

	CHECK_INT("asked", smtp_server_feed(s, STR("EHLO c" CR "AUTH PLAIN AGEAcmlnaHQ=" CR)),
		  SMTP_WANT_VERDICT);
	CHECK_INT("no transaction", smtp_server_in_transaction(s), false);
	CHECK_INT("closed", smtp_server_close(s, STR("4.3.2 bye")), SMTP_WANT_CLOSE);
	CHECK_INT("late", smtp_server_verdict(s, 235, STR("2.7.0 welcome")), SMTP_WANT_CLOSE);
	CHECK_STR("nobody", smtp_server_user(s), STR(""));
}

int main(void)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 4096 };

	for (size_t k = 0; k < COUNT_OF(chunks); k++) {
		for (size_t i = 0; i < COUNT_OF(cases); i++)
			check_case(i, chunks[k]);
		for (size_t i = 0; i < COUNT_OF(traces); i++)
			check_trace(i, chunks[k]);
	}
	check_injected();
	check_user();
	check_late();
	return TEST_EXIT();
}
