#include "smtp/server_run_priv.h"

#define CR "\r\n"
#define TEN(x) x x x x x x x x x x
#define X50 TEN("12345")
#define X500 TEN(X50)

#define HI "220 mx ESMTP Signpost" CR
#define EHLO                                                                                       \
	"250-mx" CR "250-PIPELINING" CR "250-SIZE 40" CR "250-8BITMIME" CR "250-SMTPUTF8" CR       \
	"250-DSN" CR "250-CHUNKING" CR "250-BINARYMIME" CR "250 ENHANCEDSTATUSCODES" CR
#define OK "250 2.0.0 Ok" CR
#define MAIL "250 2.1.0 ok" CR
#define RCPT "250 2.1.5 ok" CR
#define GO "354 End with <CR LF>.<CR LF>" CR
#define KEPT "250 2.0.0 Ok: queued as 1" CR
#define BYE "221 2.0.0 Bye" CR
#define SMUGGLED "554 5.5.2 Bare CR, bare LF or NUL in the message" CR
#define MALFORMED "500 5.5.2 Bare CR, bare LF or NUL in a command" CR
#define OPEN "EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR
#define OPENED HI EHLO MAIL RCPT GO
#define ASKED "MAIL <a@b>\nRCPT <c@d>\nDATA\n"

/*
 * Each case is a whole conversation: size_max is 40, recipients_max 2,
 * errors_max 3.  The policy refuses whoever is called "no" for good, "later" for
 * now and "bye" with 421, at the stage that the domain names: "no@data".  What
 * was asked is written down in log.  Every case runs fed whole, and in pieces of
 * 1, 2, 3 and 7 octets: chunking must not matter.
 */
static const struct {
	const char *label;
	struct str in, out, log;
	enum smtp_want want;
} cases[] = {
	{ "greeting", STR_INIT(""), STR_INIT(HI), STR_INIT(""), SMTP_WANT_INPUT },
	{ "whole transaction", STR_INIT(OPEN "hi" CR "." CR "QUIT" CR), STR_INIT(OPENED KEPT BYE),
	  STR_INIT(ASKED "MESSAGE [hi" CR "]\n"), SMTP_WANT_CLOSE },
	{ "two messages",
	  STR_INIT(OPEN "hi" CR "." CR "MAIL FROM:<>" CR "RCPT TO:<x@y>" CR "DATA" CR "." CR),
	  STR_INIT(OPENED KEPT MAIL RCPT GO KEPT),
	  STR_INIT(ASKED "MESSAGE [hi" CR "]\nMAIL <>\nRCPT <x@y>\nDATA\nMESSAGE []\n"),
	  SMTP_WANT_INPUT },
	{ "HELO", STR_INIT("helo c" CR "mail from:<a@b>" CR), STR_INIT(HI "250 mx" CR MAIL),
	  STR_INIT("MAIL <a@b>\n"), SMTP_WANT_INPUT },
	{ "all parameters",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b> SIZE=9 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x" CR
		   "RCPT TO:<\xc3\xb6@d> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;y" CR),
	  STR_INIT(HI EHLO MAIL RCPT),
	  STR_INIT("MAIL <a@b> size 9 flags 11 envid x\n"
		   "RCPT <\xc3\xb6@d> notify 10 orcpt rfc822;y\n"),
	  SMTP_WANT_INPUT },

	{ "sender refused", STR_INIT("EHLO c" CR "MAIL FROM:<no@mail>" CR "RCPT TO:<c@d>" CR),
	  STR_INIT(HI EHLO "550 5.7.1 no" CR "503 5.5.1 Say MAIL first" CR),
	  STR_INIT("MAIL <no@mail>\n"), SMTP_WANT_INPUT },
	{ "refused recipient is not a recipient",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<no@rcpt>" CR "DATA" CR),
	  STR_INIT(HI EHLO MAIL "550 5.7.1 no" CR "554 5.5.1 No valid recipients" CR),
	  STR_INIT("MAIL <a@b>\nRCPT <no@rcpt>\n"), SMTP_WANT_INPUT },
	{ "one recipient of two",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "RCPT TO:<later@rcpt>" CR
		   "DATA" CR "x" CR "." CR),
	  STR_INIT(HI EHLO MAIL RCPT "451 4.7.1 later" CR GO KEPT),
	  STR_INIT("MAIL <a@b>\nRCPT <c@d>\nRCPT <later@rcpt>\nDATA\nMESSAGE [x" CR "]\n"),
	  SMTP_WANT_INPUT },
	{ "DATA refused keeps the transaction",
	  STR_INIT("EHLO c" CR "MAIL FROM:<later@data>" CR "RCPT TO:<c@d>" CR "DATA" CR
		   "RCPT TO:<e@f>" CR),
	  STR_INIT(HI EHLO MAIL RCPT "451 4.7.1 later" CR RCPT),
	  STR_INIT("MAIL <later@data>\nRCPT <c@d>\nDATA\nRCPT <e@f>\n"), SMTP_WANT_INPUT },
	{ "message refused ends the transaction",
	  STR_INIT("EHLO c" CR "MAIL FROM:<no@message>" CR "RCPT TO:<c@d>" CR "DATA" CR "." CR
		   "RCPT TO:<e@f>" CR),
	  STR_INIT(HI EHLO MAIL RCPT GO "550 5.7.1 no" CR "503 5.5.1 Say MAIL first" CR),
	  STR_INIT("MAIL <no@message>\nRCPT <c@d>\nDATA\nMESSAGE []\n"), SMTP_WANT_INPUT },
	{ "421 ends the session",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<bye@rcpt>" CR "NOOP" CR),
	  STR_INIT(HI EHLO MAIL "421 4.3.2 bye" CR), STR_INIT("MAIL <a@b>\nRCPT <bye@rcpt>\n"),
	  SMTP_WANT_CLOSE },

	{ "nothing before EHLO", STR_INIT("MAIL FROM:<a@b>" CR),
	  STR_INIT(HI "503 5.5.1 Say EHLO first" CR), STR_INIT(""), SMTP_WANT_INPUT },
	{ "some things before EHLO", STR_INIT("NOOP" CR "RSET" CR "HELP" CR "VRFY x" CR "MAIL" CR),
	  STR_INIT(HI OK OK "214 2.0.0 EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP; see "
			    "RFC 5321" CR "252 2.5.0 Not told; send mail to find out" CR
			    "503 5.5.1 Say EHLO first" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "RCPT and DATA before MAIL", STR_INIT("EHLO c" CR "RCPT TO:<a@b>" CR "DATA" CR),
	  STR_INIT(HI EHLO "503 5.5.1 Say MAIL first" CR "503 5.5.1 Say MAIL first" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "DATA before RCPT", STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "DATA" CR),
	  STR_INIT(HI EHLO MAIL "554 5.5.1 No valid recipients" CR), STR_INIT("MAIL <a@b>\n"),
	  SMTP_WANT_INPUT },
	{ "MAIL in a transaction", STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "MAIL FROM:<a@b>" CR),
	  STR_INIT(HI EHLO MAIL "503 5.5.1 A transaction is open" CR), STR_INIT("MAIL <a@b>\n"),
	  SMTP_WANT_INPUT },
	{ "RSET ends the transaction",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RSET" CR "RCPT TO:<c@d>" CR),
	  STR_INIT(HI EHLO MAIL OK "503 5.5.1 Say MAIL first" CR), STR_INIT("MAIL <a@b>\n"),
	  SMTP_WANT_INPUT },
	{ "EHLO ends the transaction",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "EHLO c" CR "DATA" CR),
	  STR_INIT(HI EHLO MAIL RCPT EHLO "503 5.5.1 Say MAIL first" CR),
	  STR_INIT("MAIL <a@b>\nRCPT <c@d>\n"), SMTP_WANT_INPUT },
	{ "a bad EHLO does not",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "EHLO" CR "RCPT TO:<c@d>" CR),
	  STR_INIT(HI EHLO MAIL "501 5.5.4 Say your host name" CR RCPT),
	  STR_INIT("MAIL <a@b>\nRCPT <c@d>\n"), SMTP_WANT_INPUT },
	{ "RSET before EHLO is no EHLO", STR_INIT("RSET" CR "MAIL FROM:<a@b>" CR),
	  STR_INIT(HI OK "503 5.5.1 Say EHLO first" CR), STR_INIT(""), SMTP_WANT_INPUT },
	{ "names",
	  STR_INIT("EHLO a b" CR "EHLO \xc3\xb6" CR "HELO a\177" CR "EHLO [127.0.0.1] " CR),
	  STR_INIT(HI "501 5.5.4 Say your host name" CR "501 5.5.4 Say your host name" CR
		      "501 5.5.4 Say your host name" CR EHLO),
	  STR_INIT(""), SMTP_WANT_INPUT },

	{ "unknown", STR_INIT("FOO" CR "" CR " NOOP" CR),
	  STR_INIT(HI "500 5.5.2 Command unknown" CR "500 5.5.2 Command unknown" CR
		      "500 5.5.2 Command unknown" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "not implemented", STR_INIT("STARTTLS" CR "AUTH PLAIN x" CR "EXPN x" CR),
	  STR_INIT(HI "502 5.5.1 Command not implemented" CR "502 5.5.1 Command not implemented" CR
		      "502 5.5.1 Command not implemented" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "arguments where none belong", STR_INIT("RSET x" CR "QUIT x" CR "QUIT " CR),
	  STR_INIT(HI "501 5.5.4 No arguments here" CR "501 5.5.4 No arguments here" CR BYE),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "VRFY of nobody", STR_INIT("VRFY" CR), STR_INIT(HI "501 5.5.4 Say whom" CR), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "a browser", STR_INIT("POST / HTTP/1.1" CR "EHLO c" CR),
	  STR_INIT(HI "500 5.5.1 This is SMTP, not HTTP" CR), STR_INIT(""), SMTP_WANT_CLOSE },
	{ "nothing after QUIT", STR_INIT("QUIT" CR "NOOP" CR), STR_INIT(HI BYE), STR_INIT(""),
	  SMTP_WANT_CLOSE },

	{ "bad arguments",
	  STR_INIT("EHLO c" CR "MAIL FROM:a@b" CR "MAIL FROM:<> \1\xffY=1" CR "MAIL TO:<>" CR),
	  STR_INIT(HI EHLO "501 5.1.7 Bad sender address" CR
			   "555 5.5.4 Parameter unknown or not offered: ??Y" CR
			   "501 5.5.4 Say MAIL FROM:<address>" CR),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "bad recipients",
	  STR_INIT("EHLO c" CR "MAIL FROM:<>" CR "RCPT TO:<>" CR "RCPT TO:<a@b> NOTIFY=X" CR
		   "RCPT TO:<\xc3\xb6@b>" CR),
	  STR_INIT(HI EHLO MAIL "501 5.1.3 Bad recipient address" CR
				"501 5.5.4 Bad value of parameter NOTIFY" CR
				"553 5.6.7 Address needs SMTPUTF8" CR),
	  STR_INIT("MAIL <>\n"), SMTP_WANT_INPUT },
	{ "SMTPUTF8 ends with its transaction",
	  STR_INIT("EHLO c" CR "MAIL FROM:<> SMTPUTF8" CR "RSET" CR "MAIL FROM:<>" CR
		   "RCPT TO:<\xc3\xb6@b>" CR),
	  STR_INIT(HI EHLO MAIL OK MAIL "553 5.6.7 Address needs SMTPUTF8" CR),
	  STR_INIT("MAIL <> flags 2\nMAIL <>\n"), SMTP_WANT_INPUT },

	{ "most recipients",
	  STR_INIT("EHLO c" CR "MAIL FROM:<>" CR "RCPT TO:<a@b>" CR "RCPT TO:<no@rcpt>" CR
		   "RCPT TO:<c@d>" CR),
	  STR_INIT(HI EHLO MAIL RCPT "550 5.7.1 no" CR RCPT),
	  STR_INIT("MAIL <>\nRCPT <a@b>\nRCPT <no@rcpt>\nRCPT <c@d>\n"), SMTP_WANT_INPUT },
	{ "too many recipients are no error",
	  STR_INIT("EHLO c" CR "MAIL FROM:<>" CR "RCPT TO:<a@b>" CR "RCPT TO:<c@d>" CR
		   "RCPT TO:<e@f>" CR "RCPT TO:<e@f>" CR "RCPT TO:<e@f>" CR "RCPT TO:<e@f>" CR
		   "RSET" CR "MAIL FROM:<>" CR "RCPT TO:<e@f>" CR),
	  STR_INIT(HI EHLO MAIL RCPT RCPT "452 4.5.3 Too many recipients" CR
					  "452 4.5.3 Too many recipients" CR
					  "452 4.5.3 Too many recipients" CR
					  "452 4.5.3 Too many recipients" CR OK MAIL RCPT),
	  STR_INIT("MAIL <>\nRCPT <a@b>\nRCPT <c@d>\nMAIL <>\nRCPT <e@f>\n"), SMTP_WANT_INPUT },

	{ "largest declared size", STR_INIT("EHLO c" CR "MAIL FROM:<> SIZE=40" CR),
	  STR_INIT(HI EHLO MAIL), STR_INIT("MAIL <> size 40\n"), SMTP_WANT_INPUT },
	{ "declared too big", STR_INIT("EHLO c" CR "MAIL FROM:<> SIZE=41" CR "MAIL FROM:<>" CR),
	  STR_INIT(HI EHLO "552 5.3.4 Message too big, by its SIZE" CR MAIL), STR_INIT("MAIL <>\n"),
	  SMTP_WANT_INPUT },
	{ "largest message", STR_INIT(OPEN "..3456789012345678901234567890123456789" CR "." CR),
	  STR_INIT(OPENED KEPT),
	  STR_INIT(ASKED "MESSAGE [.3456789012345678901234567890123456789" CR "]\n"),
	  SMTP_WANT_INPUT },
	{ "an octet more", STR_INIT(OPEN "..3456789012345678901234567890123456789x" CR "." CR),
	  STR_INIT(OPENED "552 5.3.4 Message too big" CR), STR_INIT(ASKED), SMTP_WANT_INPUT },
	{ "message too big",
	  STR_INIT(OPEN "..3456789012345678901234567890123456789" CR "x" CR ".." CR "." CR "NOOP" CR
			"MAIL FROM:<>" CR),
	  STR_INIT(OPENED "552 5.3.4 Message too big" CR OK MAIL), STR_INIT(ASKED "MAIL <>\n"),
	  SMTP_WANT_INPUT },
	{ "a piece that passes the limit at once", STR_INIT(OPEN X500 CR "." CR),
	  STR_INIT(OPENED "552 5.3.4 Message too big" CR), STR_INIT(ASKED), SMTP_WANT_INPUT },

	{ "errors up to the limit", STR_INIT("X" CR "X" CR "X" CR "NOOP" CR),
	  STR_INIT(HI TEN("") "500 5.5.2 Command unknown" CR "500 5.5.2 Command unknown" CR
			      "500 5.5.2 Command unknown" CR OK),
	  STR_INIT(""), SMTP_WANT_INPUT },
	{ "too many errors", STR_INIT("X" CR "X" CR "X" CR "X" CR "NOOP" CR),
	  STR_INIT(HI "500 5.5.2 Command unknown" CR "500 5.5.2 Command unknown" CR
		      "500 5.5.2 Command unknown" CR "421 4.7.0 Too many errors" CR),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "refused recipients are errors",
	  STR_INIT("EHLO c" CR "MAIL FROM:<>" CR "RCPT TO:<no@rcpt>" CR "RCPT TO:<no@rcpt>" CR
		   "RCPT TO:<no@rcpt>" CR "RCPT TO:<no@rcpt>" CR "RCPT TO:<a@b>" CR),
	  STR_INIT(HI EHLO MAIL "550 5.7.1 no" CR "550 5.7.1 no" CR "550 5.7.1 no" CR
				"421 4.7.0 Too many errors" CR),
	  STR_INIT("MAIL <>\nRCPT <no@rcpt>\nRCPT <no@rcpt>\nRCPT <no@rcpt>\nRCPT <no@rcpt>\n"),
	  SMTP_WANT_CLOSE },
	{ "an accepted message forgives",
	  STR_INIT("X" CR "X" CR "X" CR OPEN "." CR "X" CR "X" CR "X" CR),
	  STR_INIT(HI "500 5.5.2 Command unknown" CR "500 5.5.2 Command unknown" CR
		      "500 5.5.2 Command unknown" CR EHLO MAIL RCPT GO KEPT
		      "500 5.5.2 Command unknown" CR "500 5.5.2 Command unknown" CR
		      "500 5.5.2 Command unknown" CR),
	  STR_INIT(ASKED "MESSAGE []\n"), SMTP_WANT_INPUT },
	{ "a message refused beyond the errors is told so",
	  STR_INIT("X" CR "X" CR "X" CR "EHLO c" CR "MAIL FROM:<no@message>" CR "RCPT TO:<c@d>" CR
		   "DATA" CR "." CR "X" CR),
	  STR_INIT(HI "500 5.5.2 Command unknown" CR "500 5.5.2 Command unknown" CR
		      "500 5.5.2 Command unknown" CR EHLO MAIL RCPT GO "550 5.7.1 no" CR
		      "421 4.7.0 Too many errors" CR),
	  STR_INIT("MAIL <no@message>\nRCPT <c@d>\nDATA\nMESSAGE []\n"), SMTP_WANT_CLOSE },

	{ "bare LF in a command", STR_INIT("EHLO c\nMAIL FROM:<a@b>" CR), STR_INIT(HI MALFORMED),
	  STR_INIT(""), SMTP_WANT_CLOSE },
	{ "bare CR in a command", STR_INIT("EHLO c\rX" CR), STR_INIT(HI MALFORMED), STR_INIT(""),
	  SMTP_WANT_CLOSE },
	{ "CR CR LF", STR_INIT("EHLO c\r" CR), STR_INIT(HI MALFORMED), STR_INIT(""),
	  SMTP_WANT_CLOSE },
	{ "NUL in a command", STR_INIT("EHLO c\0" CR), STR_INIT(HI MALFORMED), STR_INIT(""),
	  SMTP_WANT_CLOSE },
	{ "bare LF in a parameter", STR_INIT("EHLO c" CR "MAIL FROM:<a@b> X\n" CR),
	  STR_INIT(HI EHLO MALFORMED), STR_INIT(""), SMTP_WANT_CLOSE },

	{ "dots", STR_INIT(OPEN "..a" CR ".." CR "..." CR ".b" CR "c." CR "." CR),
	  STR_INIT(OPENED KEPT),
	  STR_INIT(ASKED "MESSAGE [.a" CR "." CR ".." CR "b" CR "c." CR "]\n"), SMTP_WANT_INPUT },
	{ "smuggled: LF dot LF", STR_INIT(OPEN "a\n.\nMAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: LF dot CR LF", STR_INIT(OPEN "a\n." CR "MAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: CR LF dot LF", STR_INIT(OPEN "a" CR ".\nMAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: CR dot CR", STR_INIT(OPEN "a\r.\rMAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: CR dot CR LF", STR_INIT(OPEN "a\r." CR "MAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: CR LF dot CR CR LF",
	  STR_INIT(OPEN "a" CR ".\r" CR "MAIL FROM:<e@f>" CR "." CR), STR_INIT(OPENED SMUGGLED),
	  STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: NUL and dot", STR_INIT(OPEN "a" CR "\0." CR "MAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "smuggled: dot and NUL", STR_INIT(OPEN "a" CR ".\0" CR "MAIL FROM:<e@f>" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "bare LF in what is dropped", STR_INIT(OPEN X50 CR "a\n" CR "." CR),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
};

static void check_case(size_t i, size_t chunk)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	enum smtp_want want = feed_all(&r, cases[i].in, chunk);

	CHECK_STR(cases[i].label, buf_str(&r.out), cases[i].out);
	CHECK_STR(cases[i].label, buf_str(&r.log), cases[i].log);
	CHECK_INT(cases[i].label, want, cases[i].want);
}

/* A NOOP of n octets with its CR LF, then another. */
static void check_line(size_t n, size_t chunk, struct str out)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	CLEANUP(buf_free) struct buf in = BUF_MAX(10000);

	buf_add(&in, STR("NOOP "));
	while (in.n < n - 2)
		buf_addc(&in, 'x');
	buf_add(&in, STR(CR "NOOP" CR));
	CHECK_INT("line", feed_all(&r, buf_str(&in), chunk), SMTP_WANT_INPUT);
	CHECK_STR("line", buf_str(&r.out), out);
}

static void check_lines(void)
{
	for (size_t chunk = 1; chunk < 10000; chunk = chunk * 3 + 1) {
		check_line(SMTP_SERVER_LINE_MAX, chunk, STR(HI OK OK));
		check_line(SMTP_SERVER_LINE_MAX + 1, chunk,
			   STR(HI "500 5.5.2 Line too long" CR OK));
		check_line(3 * SMTP_SERVER_LINE_MAX, chunk,
			   STR(HI "500 5.5.2 Line too long" CR OK));
	}
}

/* The machine reads no further while its output is not sent, and loses nothing. */
static void check_pause(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	CLEANUP(buf_free) struct buf in = BUF_MAX(SMTP_SERVER_FEED_MAX);
	size_t replies = 0;

	for (size_t i = 0; i < SMTP_SERVER_FEED_MAX / 8; i++)
		buf_add(&in, STR("EHLO c" CR));
	enum smtp_want want = smtp_server_feed(r.s, buf_str(&in));
	CHECK_INT("paused", want, SMTP_WANT_INPUT);
	CHECK_INT("output is bounded", smtp_server_output(r.s).n < 16384, true);
	CHECK_INT("input waits", smtp_server_room(r.s) < SMTP_SERVER_FEED_MAX, true);
	while (smtp_server_output(r.s).n > 0) {
		replies += str_ends(smtp_server_output(r.s), STR(EHLO));
		CHECK_INT("output is bounded", smtp_server_output(r.s).n < 16384, true);
		want = smtp_server_sent(r.s, smtp_server_output(r.s).n);
	}
	CHECK_INT("went on", replies > 1 && want == SMTP_WANT_INPUT, true);
	CHECK_INT("room again", smtp_server_room(r.s) >= SMTP_SERVER_FEED_MAX, true);

	/* Output sent a little at a time. */
	want = smtp_server_feed(r.s, buf_str(&in));
	while (smtp_server_output(r.s).n > 0) {
		struct str part = str_head(smtp_server_output(r.s), 61);
		buf_add(&r.out, part);
		want = smtp_server_sent(r.s, part.n);
	}
	CHECK_INT("each command has its reply", (long long)r.out.n,
		  (long long)(SMTP_SERVER_FEED_MAX / 8 * (sizeof(EHLO) - 1)));
	CHECK_INT("went on", want, SMTP_WANT_INPUT);
}

/* What is fed while a verdict or a piece is open waits, up to the room there is. */
static void check_waiting(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	enum smtp_want want = smtp_server_feed(r.s, STR("EHLO c" CR "MAIL FROM:<a@b>" CR));

	CHECK_INT("asked", want, SMTP_WANT_VERDICT);
	CHECK_INT("not yet", smtp_server_in_transaction(r.s), false);
	for (int i = 0; i < 100; i++)
		CHECK_INT("waits", smtp_server_feed(r.s, STR("NOOP" CR)), SMTP_WANT_VERDICT);
	CHECK_STR("still there", smtp_server_ask(r.s).mail.from, STR("a@b"));
	want = smtp_server_verdict(r.s, 250, STR("2.1.0 ok"));
	CHECK_INT("went on", want, SMTP_WANT_INPUT);
	CHECK_INT("open", smtp_server_in_transaction(r.s), true);
	CHECK_INT("all of it", str_ends(smtp_server_output(r.s), STR(OK OK OK)), true);

	want = smtp_server_feed(r.s, STR("RCPT TO:<c@d>" CR));
	want = smtp_server_verdict(r.s, 250, STR("2.1.5 ok"));
	want = smtp_server_feed(r.s, STR("DATA" CR "abc" CR));
	CHECK_INT("asked", want, SMTP_WANT_VERDICT);
	want = smtp_server_verdict(r.s, 250, STR("2.0.0 ok"));
	CHECK_INT("a piece", want, SMTP_WANT_BODY);
	for (int i = 0; i < 2000; i++)
		CHECK_INT("a piece", smtp_server_feed(r.s, STR("d" CR)), SMTP_WANT_BODY);
	CHECK_STR("still there", smtp_server_body(r.s), STR("abc" CR));
	want = smtp_server_body_kept(r.s);
	CHECK_INT("too big", want, SMTP_WANT_INPUT);
	want = smtp_server_feed(r.s, STR("." CR));
	CHECK_INT("over", smtp_server_in_transaction(r.s), false);
}

static void check_overrun(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	CLEANUP(buf_free) struct buf in = BUF_MAX(1 << 20);

	enum smtp_want want = smtp_server_feed(r.s, STR("EHLO c" CR "MAIL FROM:<a@b>" CR));
	CHECK_INT("asked", want, SMTP_WANT_VERDICT);
	while (in.n < smtp_server_room(r.s))
		buf_addc(&in, 'x');
	CHECK_INT("full", smtp_server_feed(r.s, buf_str(&in)), SMTP_WANT_VERDICT);
	CHECK_INT("full", (long long)smtp_server_room(r.s), 0);
	CHECK_INT("one more", smtp_server_feed(r.s, STR("x")), SMTP_WANT_CLOSE);
	CHECK_INT("said",
		  str_ends(smtp_server_output(r.s),
			   STR(CR "421 4.3.0 Fed more than there is room for" CR)),
		  true);
}

static void check_queries(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);

	CHECK_STR("nobody yet", smtp_server_peer_name(r.s), STR(""));
	(void)feed_all(&r, STR("EHLO client.example" CR), 100);
	CHECK_STR("EHLO", smtp_server_peer_name(r.s), STR("client.example"));
	CHECK_INT("EHLO", smtp_server_extended(r.s), true);
	(void)feed_all(&r, STR("HELO x" CR), 100);
	CHECK_STR("HELO", smtp_server_peer_name(r.s), STR("x"));
	CHECK_INT("HELO", smtp_server_extended(r.s), false);

	CHECK_INT("closed by us", smtp_server_close(r.s, STR("4.3.2 down")), SMTP_WANT_CLOSE);
	CHECK_STR("closed by us", smtp_server_output(r.s), STR("421 4.3.2 down" CR));
	CHECK_INT("once", smtp_server_close(r.s, STR("4.3.2 down")), SMTP_WANT_CLOSE);
	CHECK_STR("once", smtp_server_output(r.s), STR("421 4.3.2 down" CR));
	CHECK_INT("deaf", smtp_server_feed(r.s, STR("NOOP" CR)), SMTP_WANT_CLOSE);
}

/* A line that never ends, and lines that never end with what was fed, take no room for good. */
static void check_endless(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	enum smtp_want want = SMTP_WANT_INPUT;

	want = feed_all(&r, STR("EHLO c" CR "MA"), 100);
	for (int i = 0; i < 10000; i++)
		want = feed_all(
			&r, STR("IL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR "." CR "MA"), 100);
	want = feed_all(&r, STR("IL FROM:<a@b>" CR), 100);
	buf_clear(&r.out);
	for (int i = 0; i < 1000; i++)
		want = feed_all(&r, STR(X500), 1000);
	CHECK_INT("alive", want, SMTP_WANT_INPUT);
	CHECK_INT("room", smtp_server_room(r.s) >= SMTP_SERVER_FEED_MAX, true);
	want = feed_all(&r, STR(CR "NOOP" CR), 100);
	CHECK_STR("said once", buf_str(&r.out), STR("500 5.5.2 Line too long" CR OK));
}

#define MANY "452 4.5.3 Too many recipients" CR
#define JUNK "421 4.7.0 Too many commands and no mail" CR
#define MESSAGE "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR "." CR

/* What is said, again and again, how often it is answered so, and then. */
static const struct {
	const char *label;
	struct str before, again, answer;
	int times;
	struct str last;
} endless[] = {
	{ "NOOP", STR_INIT(""), STR_INIT("NOOP" CR), STR_INIT(OK), 100, STR_INIT(JUNK) },
	{ "RSET", STR_INIT("EHLO c" CR), STR_INIT("RSET" CR), STR_INIT(OK), 99, STR_INIT(JUNK) },
	{ "EHLO", STR_INIT(""), STR_INIT("EHLO c" CR), STR_INIT(EHLO), 100, STR_INIT(JUNK) },
	{ "VRFY and HELO", STR_INIT(""), STR_INIT("VRFY a" CR "HELO c" CR),
	  STR_INIT("252 2.5.0 Not told; send mail to find out" CR "250 mx" CR), 50,
	  STR_INIT(JUNK) },
	{ "transactions without a message", STR_INIT("EHLO c" CR),
	  STR_INIT("MAIL FROM:<a@b>" CR "RSET" CR), STR_INIT(MAIL OK), 99, STR_INIT(MAIL JUNK) },
	{ "recipients put off", STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR),
	  STR_INIT("RCPT TO:<later@rcpt>" CR), STR_INIT("451 4.7.1 later" CR), 99, STR_INIT(JUNK) },
	{ "messages put off", STR_INIT("EHLO c" CR),
	  STR_INIT("MAIL FROM:<later@message>" CR "RCPT TO:<c@d>" CR "DATA" CR "." CR),
	  STR_INIT(MAIL RCPT GO "451 4.7.1 later" CR), 99,
	  STR_INIT(MAIL RCPT GO "451 4.7.1 later" CR) },
	{ "too many recipients, as who pipelines them sends them",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "RCPT TO:<c@d>" CR),
	  STR_INIT("RCPT TO:<c@d>" CR), STR_INIT(MANY), 1099, STR_INIT(JUNK) },
	{ "a message begins anew", STR_INIT("EHLO c" CR "NOOP" CR MESSAGE "NOOP" CR),
	  STR_INIT("NOOP" CR), STR_INIT(OK), 99, STR_INIT(JUNK) },
	{ "messages", STR_INIT("EHLO c" CR), STR_INIT(MESSAGE), STR_INIT(MAIL RCPT GO KEPT), 2000,
	  STR_INIT(MAIL RCPT GO KEPT) },
};

/* No session goes on for ever in which nothing is handed in. */
static void check_junk(void)
{
	for (size_t i = 0; i < COUNT_OF(endless); i++) {
		struct smtp_server_conf strict = conf;
		strict.junk_max = 100;
		CLEANUP(run_clear) struct run r = run_new(&strict);

		(void)feed_all(&r, endless[i].before, 1000);
		for (int k = 0; k < endless[i].times; k++) {
			buf_clear(&r.out);
			buf_clear(&r.log);
			(void)feed_all(&r, endless[i].again, 1000);
			CHECK_STR(endless[i].label, buf_str(&r.out), endless[i].answer);
		}
		buf_clear(&r.out);
		(void)feed_all(&r, endless[i].again, 1000);
		CHECK_STR(endless[i].label, buf_str(&r.out), endless[i].last);
	}
}

static void check_name_length(size_t n, struct str out)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	CLEANUP(buf_free) struct buf in = BUF_MAX(1000);

	buf_add(&in, STR("EHLO "));
	for (size_t i = 0; i < n; i++)
		buf_addc(&in, 'x');
	buf_add(&in, STR(CR));
	CHECK_INT("name", feed_all(&r, buf_str(&in), 1000), SMTP_WANT_INPUT);
	CHECK_STR("name", buf_str(&r.out), out);
}

/* A caller's slip must not become a lie to the peer. */
static void check_verdicts(void)
{
	static const int codes[] = { 0, 199, 300, 354, 600, -1 };

	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		CLEANUP(run_clear) struct run r = run_new(&conf);
		CHECK_INT("no piece", smtp_server_body_kept(r.s), SMTP_WANT_INPUT);
		CHECK_INT("still a command", feed_all(&r, STR("X" CR), 9), SMTP_WANT_INPUT);
		CHECK_STR("still a command", buf_str(&r.out),
			  STR(HI "500 5.5.2 Command unknown" CR));
		CHECK_INT("no question", smtp_server_verdict(r.s, 250, STR("2.0.0 ok")),
			  SMTP_WANT_INPUT);
		CHECK_STR("no question", smtp_server_output(r.s), STR(""));
		CHECK_INT("asked", smtp_server_feed(r.s, STR("EHLO c" CR "MAIL FROM:<>" CR)),
			  SMTP_WANT_VERDICT);
		CHECK_INT("odd", smtp_server_verdict(r.s, codes[i], STR("2.0.0 ok")),
			  SMTP_WANT_INPUT);
		CHECK_STR("odd", smtp_server_output(r.s),
			  STR(EHLO "451 4.3.0 No answer to that" CR));
	}
}

static void check_unlimited(void)
{
	struct smtp_server_conf big = { .host = STR("mx"), .recipients_max = 1 };
	CLEANUP(run_clear) struct run r = run_new(&big);

	(void)feed_all(&r,
		       STR("EHLO c" CR "MAIL FROM:<a@b> SIZE=99999999999999999999" CR
			   "RCPT TO:<c@d>" CR "DATA" CR X500 X500 X500 CR "." CR),
		       4096);
	CHECK_INT("no limit is told as 0",
		  str_starts(buf_str(&r.out),
			     STR(HI "250-mx" CR "250-PIPELINING" CR "250-SIZE 0" CR)),
		  true);
	CHECK_STR("taken", buf_str(&r.body), STR(X500 X500 X500 CR));
}

static void check_host(void)
{
	CLEANUP(buf_free) struct buf host = BUF_MAX(1000);
	struct smtp_server_conf c = conf;

	while (host.n < 255)
		buf_addc(&host, 'x');
	c.host = buf_str(&host);
	CLEANUP(smtp_server_free) struct smtp_server *longest = smtp_server_new(&c);
	CHECK_INT("longest name", longest != NULL, true);
	buf_addc(&host, 'x');
	c.host = buf_str(&host);
	CLEANUP(smtp_server_free) struct smtp_server *too_long = smtp_server_new(&c);
	CHECK_INT("name too long", too_long == NULL, true);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_case(i, 1);
		check_case(i, 2);
		check_case(i, 3);
		check_case(i, 7);
		check_case(i, 4096);
	}
	check_lines();
	check_pause();
	check_waiting();
	check_overrun();
	check_endless();
	check_junk();
	check_name_length(255, STR(HI EHLO));
	check_name_length(256, STR(HI "501 5.5.4 Say your host name" CR));
	check_queries();
	check_verdicts();
	check_unlimited();
	check_host();
	return TEST_EXIT();
}
