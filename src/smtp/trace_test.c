/* What the server tells of its dialogue, and counts of what it refused. */
#include "smtp/server_run_priv.h"

#define CR "\r\n"
#define X50 "12345678901234567890123456789012345678901234567890"
#define X500 X50 X50 X50 X50 X50 X50 X50 X50 X50 X50
#define HI "220 mx ESMTP Signpost" CR

#define TRACED_EHLO                                                                                \
	"<-- EHLO c\n--> 250-mx\n--> 250-PIPELINING\n--> 250-SIZE 40\n--> 250-8BITMIME\n"          \
	"--> 250-SMTPUTF8\n--> 250-DSN\n--> 250-CHUNKING\n--> 250-BINARYMIME\n--> 250 "            \
	"ENHANCEDSTATUSCODES\n"

static const struct {
	const char *label;
	struct str said, trace;
} traces[] = {
	{ "a message",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR "..x" CR "." CR
		   "QUIT" CR),
	  STR_INIT(TRACED_EHLO "<-- MAIL FROM:<a@b>\n--> 250 2.1.0 ok\n"
			       "<-- RCPT TO:<c@d>\n--> 250 2.1.5 ok\n"
			       "<-- DATA\n--> 354 End with <CR LF>.<CR LF>\n"
			       "<-- (4 octets of message data)\n--> 250 2.0.0 Ok: queued as 1\n"
			       "<-- QUIT\n--> 221 2.0.0 Bye\n") },
	{ "in chunks",
	  STR_INIT("HELO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "BDAT 3" CR "x" CR
		   "BDAT 2 LAST" CR CR "BDAT 1 LAST" CR "x"),
	  STR_INIT("<-- HELO c\n--> 250 mx\n<-- MAIL FROM:<a@b>\n--> 250 2.1.0 ok\n"
		   "<-- RCPT TO:<c@d>\n--> 250 2.1.5 ok\n"
		   "<-- BDAT 3\n<-- (3 octets of message data)\n"
		   "--> 250 2.0.0 3 octets received\n"
		   "<-- BDAT 2 LAST\n<-- (2 octets of message data)\n"
		   "--> 250 2.0.0 Ok: queued as 1\n"
		   "<-- BDAT 1 LAST\n<-- (1 octet of message data)\n"
		   "--> 503 5.5.1 Say MAIL first\n") },
	{ "refused", STR_INIT("HELO c" CR "MAIL FROM:<no@mail>" CR "Nonsense it is" CR),
	  STR_INIT("<-- HELO c\n--> 250 mx\n<-- MAIL FROM:<no@mail>\n--> 550 5.7.1 no\n"
		   "<-- Nonsense it is\n--> 500 5.5.2 Command unknown\n") },
	{ "a secret", STR_INIT("auth PLAIN AGEAYg==" CR "AUTH LOGIN" CR),
	  STR_INIT("<-- auth PLAIN (not shown)\n--> 502 5.5.1 Command not implemented\n"
		   "<-- AUTH LOGIN\n--> 502 5.5.1 Command not implemented\n") },
	{ "a forged line", STR_INIT("NOOP x\n--> 250 2.0.0 Ok: queued as 2" CR),
	  STR_INIT("<-- NOOP x\n--> 500 5.5.2 Bare CR, bare LF or NUL in a command\n") },
	{ "a long line", STR_INIT("NOOP " X500 X500 X500 X500 X500 CR),
	  STR_INIT("<-- (a line that is too long)\n--> 500 5.5.2 Line too long\n") },
	{ "smuggling",
	  STR_INIT("HELO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR "x\n." CR),
	  STR_INIT("<-- HELO c\n--> 250 mx\n<-- MAIL FROM:<a@b>\n--> 250 2.1.0 ok\n"
		   "<-- RCPT TO:<c@d>\n--> 250 2.1.5 ok\n"
		   "<-- DATA\n--> 354 End with <CR LF>.<CR LF>\n"
		   "<-- (1 octet of message data)\n"
		   "--> 554 5.5.2 Bare CR, bare LF or NUL in the message\n") },
};

/* Each trace, whole and octet by octet; and none where none is wanted. */
static void check_trace(size_t i, size_t chunk)
{
	struct smtp_server_conf c = conf;

	for (int told = SMTP_SERVER_SILENT; told <= SMTP_SERVER_TRACED; told++) {
		c.told = told;
		CLEANUP(run_clear) struct run r = run_new(&c);
		(void)feed_all(&r, traces[i].said, chunk);
		if (told)
			buf_drop(&r.trace, sizeof("--> " HI) - 2); /* CR LF is LF here */
		CHECK_STR(traces[i].label, buf_str(&r.trace), told ? traces[i].trace : STR(""));
	}
}

static void check_refused(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);

	(void)feed_all(&r,
		       STR("HELO c" CR "MAIL FROM:<no@mail>" CR "Nonsense" CR "NOOP" CR
			   "MAIL FROM:<a@b> SIZE=41" CR),
		       7);
	for (int why = SMTP_REFUSAL_RELAY; why < SMTP_REFUSALS; why++)
		CHECK_INT(smtp_refusal_text(why).p, smtp_server_refused(r.s, why),
			  why == SMTP_REFUSAL_RELAY || why == SMTP_REFUSAL_SYNTAX ||
				  why == SMTP_REFUSAL_SIZE);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(traces); i++) {
		check_trace(i, 1);
		check_trace(i, 4096);
	}
	check_refused();
	return TEST_EXIT();
}
