/* Messages in chunks (RFC 3030), as whole conversations; server_test.c has what is common. */
#include "smtp/server_run_priv.h"

#define CR "\r\n"
#define HI "220 mx ESMTP Signpost" CR "250 mx" CR
#define HI_EHLO                                                                                    \
	"220 mx ESMTP Signpost" CR "250-mx" CR "250-PIPELINING" CR "250-SIZE 40" CR                \
	"250-8BITMIME" CR "250-SMTPUTF8" CR "250-DSN" CR "250-CHUNKING" CR "250-BINARYMIME" CR     \
	"250 ENHANCEDSTATUSCODES" CR
#define MAIL "250 2.1.0 ok" CR
#define RCPT "250 2.1.5 ok" CR
#define OK "250 2.0.0 Ok" CR
#define KEPT "250 2.0.0 Ok: queued as 1" CR
#define GOT(n) "250 2.0.0 " n " octets received" CR
#define SMUGGLED "554 5.5.2 Bare CR, bare LF or NUL in the message" CR
#define TOO_BIG "552 5.3.4 Message too big" CR
#define NO_MAIL "503 5.5.1 Say MAIL first" CR
#define OPEN "HELO c" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR
#define OPENED HI MAIL RCPT
#define ASKED "MAIL <a@b>\nRCPT <c@d>\nDATA\n"
#define FORTY "1234567890123456789012345678901234567890"

/* As those of server_test.c: size_max is 40, recipients_max 2, errors_max 3. */
static const struct {
	const char *label;
	struct str in, out, log;
	enum smtp_want want;
} cases[] = {
	{ "one chunk", STR_INIT(OPEN "BDAT 4 LAST" CR "hi" CR "QUIT" CR),
	  STR_INIT(OPENED KEPT "221 2.0.0 Bye" CR), STR_INIT(ASKED "MESSAGE [hi" CR "]\n"),
	  SMTP_WANT_CLOSE },
	{ "several, and a message after it",
	  STR_INIT(OPEN "BDAT 4" CR "a" CR "b"
			"BDAT 3" CR "c" CR "BDAT 2 LAST" CR CR "MAIL FROM:<>" CR),
	  STR_INIT(OPENED GOT("4") GOT("3") KEPT MAIL),
	  STR_INIT(ASKED "MESSAGE [a" CR "bc" CR CR "]\nMAIL <>\n"), SMTP_WANT_INPUT },
	{ "nothing in the last", STR_INIT(OPEN "BDAT 4" CR "hi" CR "BDAT 0 LAST" CR),
	  STR_INIT(OPENED GOT("4") KEPT), STR_INIT(ASKED "MESSAGE [hi" CR "]\n"), SMTP_WANT_INPUT },
	{ "nothing in the first", STR_INIT(OPEN "BDAT 0" CR "BDAT 4 LAST" CR "hi" CR),
	  STR_INIT(OPENED GOT("0") KEPT), STR_INIT(ASKED "MESSAGE [hi" CR "]\n"), SMTP_WANT_INPUT },
	{ "nothing at all", STR_INIT(OPEN "BDAT 0 LAST" CR), STR_INIT(OPENED KEPT),
	  STR_INIT(ASKED "MESSAGE []\n"), SMTP_WANT_INPUT },
	{ "no line end at the end", STR_INIT(OPEN "BDAT 2 LAST" CR "hi"), STR_INIT(OPENED KEPT),
	  STR_INIT(ASKED "MESSAGE [hi]\n"), SMTP_WANT_INPUT },
	{ "dots and commands are message",
	  STR_INIT(OPEN "BDAT 18" CR "." CR ".." CR "MAIL FROM:<BDAT 4 LAST" CR "x>" CR),
	  STR_INIT(OPENED GOT("18") KEPT),
	  STR_INIT(ASKED "MESSAGE [." CR ".." CR "MAIL FROM:<x>" CR "]\n"), SMTP_WANT_INPUT },

	{ "a line end in two chunks", STR_INIT(OPEN "BDAT 3" CR "hi\rBDAT 1 LAST" CR "\n"),
	  STR_INIT(OPENED GOT("3") KEPT), STR_INIT(ASKED "MESSAGE [hi" CR "]\n"), SMTP_WANT_INPUT },
	{ "bare LF", STR_INIT(OPEN "BDAT 7" CR "hi\nho" CR "NOOP" CR), STR_INIT(OPENED SMUGGLED),
	  STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "bare CR", STR_INIT(OPEN "BDAT 7" CR "hi\rho" CR "NOOP" CR), STR_INIT(OPENED SMUGGLED),
	  STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "bare CR at the end of a chunk",
	  STR_INIT(OPEN "BDAT 3" CR "hi\rBDAT 2 LAST" CR "ho" CR "NOOP" CR),
	  STR_INIT(OPENED GOT("3") SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "bare LF at the start of a chunk",
	  STR_INIT(OPEN "BDAT 4" CR "hi" CR "BDAT 1 LAST" CR "\n"),
	  STR_INIT(OPENED GOT("4") SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "bare CR at the end of the message", STR_INIT(OPEN "BDAT 3 LAST" CR "hi\r"),
	  STR_INIT(OPENED SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "that, with nothing behind it", STR_INIT(OPEN "BDAT 3" CR "hi\rBDAT 0 LAST" CR),
	  STR_INIT(OPENED GOT("3") SMUGGLED), STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "NUL", STR_INIT(OPEN "BDAT 4 LAST" CR "h\0" CR), STR_INIT(OPENED SMUGGLED),
	  STR_INIT(ASKED), SMTP_WANT_CLOSE },
	{ "a CR is forgotten with its message",
	  STR_INIT(OPEN "BDAT 3" CR "hi\rRSET" CR "MAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR
			"BDAT 2 LAST" CR "ho"),
	  STR_INIT(OPENED GOT("3") OK MAIL RCPT KEPT), STR_INIT(ASKED ASKED "MESSAGE [ho]\n"),
	  SMTP_WANT_INPUT },

	{ "largest message",
	  STR_INIT(OPEN "BDAT 30" CR "123456789012345678901234567890"
			"BDAT 10 LAST" CR "1234567890"),
	  STR_INIT(OPENED GOT("30") KEPT),
	  STR_INIT(ASKED "MESSAGE [12345678901234567890123456789"
			 "01234567890]\n"),
	  SMTP_WANT_INPUT },
	{ "an octet more in one chunk",
	  STR_INIT(OPEN "BDAT 41 LAST" CR FORTY "\n"
			"NOOP" CR),
	  STR_INIT(OPENED TOO_BIG OK), STR_INIT(ASKED), SMTP_WANT_INPUT },
	{ "an octet more in several, which void those behind them",
	  STR_INIT(OPEN "BDAT 40" CR FORTY "BDAT 1" CR "\0"
			"BDAT 6" CR "QUIT" CR "BDAT 1" CR "xBDAT 1" CR "xBDAT 1" CR
			"xBDAT 1 LAST" CR "xNOOP" CR),
	  STR_INIT(OPENED GOT("40") TOO_BIG NO_MAIL NO_MAIL NO_MAIL NO_MAIL NO_MAIL OK),
	  STR_INIT(ASKED), SMTP_WANT_INPUT },
	{ "more than was ever sent", STR_INIT(OPEN "BDAT 99999999999999999999 LAST" CR FORTY),
	  STR_INIT(OPENED), STR_INIT(ASKED), SMTP_WANT_INPUT },

	{ "before EHLO", STR_INIT("BDAT 6 LAST" CR "QUIT" CR "NOOP" CR),
	  STR_INIT("220 mx ESMTP Signpost" CR "503 5.5.1 Say EHLO first" CR OK), STR_INIT(""),
	  SMTP_WANT_INPUT },
	{ "before MAIL", STR_INIT("HELO c" CR "BDAT 6 LAST" CR "QUIT" CR "NOOP" CR),
	  STR_INIT(HI NO_MAIL OK), STR_INIT(""), SMTP_WANT_INPUT },
	{ "before RCPT",
	  STR_INIT("HELO c" CR "MAIL FROM:<a@b>" CR "BDAT 6 LAST" CR "QUIT" CR "RCPT TO:<c@d>" CR
		   "BDAT 2 LAST" CR "hi"),
	  STR_INIT(HI MAIL "554 5.5.1 No valid recipients" CR RCPT KEPT),
	  STR_INIT(ASKED "MESSAGE [hi]\n"), SMTP_WANT_INPUT },
	{ "after the last", STR_INIT(OPEN "BDAT 2 LAST" CR "hiBDAT 2 LAST" CR "ho"),
	  STR_INIT(OPENED KEPT NO_MAIL), STR_INIT(ASKED "MESSAGE [hi]\n"), SMTP_WANT_INPUT },
	{ "chunks out of order are errors",
	  STR_INIT("HELO c" CR "BDAT 1" CR "xBDAT 1" CR "xBDAT 1" CR "xBDAT 1" CR "x"),
	  STR_INIT(HI NO_MAIL NO_MAIL NO_MAIL "421 4.7.0 Too many errors" CR), STR_INIT(""),
	  SMTP_WANT_CLOSE },
	{ "a size that is none", STR_INIT(OPEN "BDAT LAST" CR "RSET" CR),
	  STR_INIT(OPENED "501 5.5.4 Say BDAT size or BDAT size LAST" CR),
	  STR_INIT("MAIL <a@b>\nRCPT <c@d>\n"), SMTP_WANT_CLOSE },

	{ "no other mail command between chunks",
	  STR_INIT(OPEN "BDAT 2" CR "hiMAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR "NOOP" CR
			"BDAT 2 LAST" CR "ho"),
	  STR_INIT(OPENED GOT("2") "503 5.5.1 A message is coming by BDAT" CR
				   "503 5.5.1 A message is coming by BDAT" CR
				   "503 5.5.1 A message is coming by BDAT" CR OK KEPT),
	  STR_INIT(ASKED "MESSAGE [hiho]\n"), SMTP_WANT_INPUT },
	{ "RSET between chunks", STR_INIT(OPEN "BDAT 2" CR "hiRSET" CR "BDAT 2 LAST" CR "ho"),
	  STR_INIT(OPENED GOT("2") OK NO_MAIL), STR_INIT(ASKED), SMTP_WANT_INPUT },

	{ "not now: those behind it are no message without it",
	  STR_INIT("HELO c" CR "MAIL FROM:<later@data>" CR "RCPT TO:<c@d>" CR "BDAT 6" CR "QUIT" CR
		   "BDAT 2 LAST" CR "ho"),
	  STR_INIT(HI MAIL RCPT "451 4.7.1 later" CR NO_MAIL),
	  STR_INIT("MAIL <later@data>\nRCPT <c@d>\nDATA\n"), SMTP_WANT_INPUT },
	{ "never",
	  STR_INIT("HELO c" CR "MAIL FROM:<no@data>" CR "RCPT TO:<c@d>" CR "BDAT 0 LAST" CR
		   "MAIL FROM:<>" CR),
	  STR_INIT(HI MAIL RCPT "550 5.7.1 no" CR MAIL),
	  STR_INIT("MAIL <no@data>\nRCPT <c@d>\nDATA\nMAIL <>\n"), SMTP_WANT_INPUT },
	{ "421",
	  STR_INIT("HELO c" CR "MAIL FROM:<bye@data>" CR "RCPT TO:<c@d>" CR "BDAT 2 LAST" CR "hi"),
	  STR_INIT(HI MAIL RCPT "421 4.3.2 bye" CR),
	  STR_INIT("MAIL <bye@data>\nRCPT <c@d>\nDATA\n"), SMTP_WANT_CLOSE },
	{ "the whole is refused",
	  STR_INIT("HELO c" CR "MAIL FROM:<no@message>" CR "RCPT TO:<c@d>" CR "BDAT 1" CR
		   "xBDAT 1 LAST" CR "yBDAT 1 LAST" CR "z"),
	  STR_INIT(HI MAIL RCPT GOT("1") "550 5.7.1 no" CR NO_MAIL),
	  STR_INIT("MAIL <no@message>\nRCPT <c@d>\nDATA\nMESSAGE [xy]\n"), SMTP_WANT_INPUT },
	{ "binary, which needs BDAT",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b> BODY=BINARYMIME" CR "RCPT TO:<c@d>" CR "DATA" CR
		   "BDAT 7" CR "a\nb\rc\0\rBDAT 1 LAST" CR "\r"),
	  STR_INIT(HI_EHLO MAIL RCPT "503 5.5.1 BODY=BINARYMIME needs BDAT" CR GOT("7") KEPT),
	  STR_INIT("MAIL <a@b> flags 16\nRCPT <c@d>\nDATA\nMESSAGE [a\nb\rc\0\r\r]\n"),
	  SMTP_WANT_INPUT },
	{ "binary ends with its transaction",
	  STR_INIT("EHLO c" CR "MAIL FROM:<a@b> BODY=BINARYMIME" CR "RSET" CR "MAIL FROM:<a@b>" CR
		   "RCPT TO:<c@d>" CR "BDAT 2 LAST" CR "a\n"),
	  STR_INIT(HI_EHLO MAIL OK MAIL RCPT SMUGGLED), STR_INIT("MAIL <a@b> flags 16\n" ASKED),
	  SMTP_WANT_CLOSE },
	{ "DATA after chunks that were sent",
	  STR_INIT(OPEN "BDAT 2 LAST" CR "hiMAIL FROM:<a@b>" CR "RCPT TO:<c@d>" CR "DATA" CR
			"." CR),
	  STR_INIT(OPENED KEPT MAIL RCPT "354 End with <CR LF>.<CR LF>" CR KEPT),
	  STR_INIT(ASKED "MESSAGE [hi]\n" ASKED "MESSAGE []\n"), SMTP_WANT_INPUT },
};

static void check_case(size_t i, size_t step)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);
	enum smtp_want want = feed_all(&r, cases[i].in, step);

	CHECK_STR(cases[i].label, buf_str(&r.out), cases[i].out);
	CHECK_STR(cases[i].label, buf_str(&r.log), cases[i].log);
	CHECK_INT(cases[i].label, want, cases[i].want);
}

/* Chunks without an octet hand in nothing, so there is an end to them. */
static void check_empty(void)
{
	struct smtp_server_conf strict = conf;
	enum smtp_want want = SMTP_WANT_INPUT;

	strict.junk_max = 100;
	CLEANUP(run_clear) struct run r = run_new(&strict);
	(void)feed_all(&r, STR(OPEN), 1000);
	for (int i = 0; i < 99; i++)
		want = feed_all(&r, STR("BDAT 0" CR), 1000);
	CHECK_INT("borne", want, SMTP_WANT_INPUT);
	buf_clear(&r.out);
	want = feed_all(&r, STR("BDAT 0" CR), 1000);
	CHECK_INT("one too many", want, SMTP_WANT_CLOSE);
	CHECK_STR("one too many", buf_str(&r.out),
		  STR("421 4.7.0 Too many commands and no mail" CR));
}

static void check_queries(void)
{
	CLEANUP(run_clear) struct run r = run_new(&conf);

	(void)feed_all(&r, STR(OPEN "BDAT 2" CR "h"), 1000);
	CHECK_INT("in a chunk", smtp_server_receiving(r.s), true);
	CHECK_INT("in a chunk", smtp_server_in_transaction(r.s), true);
	(void)feed_all(&r, STR("i"), 1000);
	CHECK_INT("between chunks", smtp_server_receiving(r.s), false);
	CHECK_INT("between chunks", smtp_server_in_transaction(r.s), true);
	(void)feed_all(&r, STR("BDAT 0 LAST" CR), 1000);
	CHECK_INT("after it", smtp_server_in_transaction(r.s), false);
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
	check_empty();
	check_queries();
	return TEST_EXIT();
}
