#include "smtp/client_run_priv.h"

#define TX8(...)                                                                                   \
	{                                                                                          \
		.rcpt = two, .n_rcpt = 2, .message = STR_INIT(CR "h\xe9" CR ".x" CR), __VA_ARGS__  \
	}
#define NINE(x) x x x x x x x x x
#define LINES_99(x) NINE(TEN(x)) NINE(x)
#define CHUNKS HI "250-mx" CR "250-PIPELINING" CR "250-CHUNKING" CR "250 BINARYMIME" CR
#define BINARY "MAIL FROM:<a@b> BODY=BINARYMIME" CR
#define CHUNK "BDAT 5 LAST" CR "a\r\0\xff\n"
#define BODY8 CR "h\xe9" CR "..x" CR "." CR

static const struct smtp_rcpt dsn[] = {
	{ STR_INIT("c@d"), SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY, STR_INIT("rfc822;x@y") },
};
static const struct smtp_rcpt injected[] = { { STR_INIT("c@d>\r\nDATA"), 0, STR_INIT("") } };
static const struct smtp_rcpt injected_orcpt[] = { { STR_INIT("c@d"), 0, STR_INIT("x;\ry") } };

static const struct smtp_transaction tx_null = TX(.mail = { .flags = 0 });
static const struct smtp_transaction tx_full = {
	.mail = { STR_INIT("a@b"), 99, SMTP_MAIL_EIGHT_BIT | SMTP_MAIL_UTF8 | SMTP_MAIL_RET_FULL,
		  STR_INIT("id") },
	.rcpt = dsn,
	.n_rcpt = 1,
	.message = STR_INIT("A: \xc3\xb6" CR),
};
static const struct smtp_transaction tx_utf8 =
	TX(.mail = { .from = STR_INIT("\xc3\xb6@b"), .flags = SMTP_MAIL_UTF8 });
static const struct smtp_transaction tx_ascii =
	TX(.mail = { .from = STR_INIT("a@b"), .flags = SMTP_MAIL_UTF8 });
static const struct smtp_transaction tx_undeclared = {
	.mail = { .from = STR_INIT("a@b") },
	.rcpt = two,
	.n_rcpt = 2,
	.message = STR_INIT("A: \xc3\xb6" CR),
};
static const struct smtp_transaction tx_eight = TX8(.mail = { .from = STR_INIT("a@b") });
static const struct smtp_transaction tx_declared =
	TX(.mail = { .from = STR_INIT("a@b"), .flags = SMTP_MAIL_EIGHT_BIT });
static const struct smtp_transaction tx_binary = {
	.mail = { .from = STR_INIT("a@b"), .flags = SMTP_MAIL_BINARY },
	.rcpt = two,
	.n_rcpt = 2,
	.message = STR_INIT("a\r\0\xff\n"),
};
static const struct smtp_transaction tx_both = TX8(.mail = { .flags = SMTP_MAIL_EIGHT_BIT });
static const struct smtp_transaction tx_nobody = { .message = STR_INIT("hi" CR) };
static const struct smtp_transaction tx_empty = { .rcpt = two, .n_rcpt = 1 };
static const struct smtp_transaction tx_bare = { .rcpt = two,
						 .n_rcpt = 1,
						 .message = STR_INIT("a\n.\n") };
static const struct smtp_transaction tx_from = { .mail = { .from = STR_INIT("a\n@b") },
						 .rcpt = two,
						 .n_rcpt = 1 };
static const struct smtp_transaction tx_envid = { .mail = { .envid = STR_INIT("a\177") },
						  .rcpt = two,
						  .n_rcpt = 1 };
static const struct smtp_transaction tx_to = { .rcpt = injected, .n_rcpt = 1 };
static const struct smtp_transaction tx_orcpt = { .rcpt = injected_orcpt, .n_rcpt = 1 };

/*
 * Each case is a whole session.  The server says its next reply when the client
 * waits; when it has none left, the connection ends.  The client sends .tx as
 * often as .times says, then QUIT.  Each runs with a reply fed whole, and octet by octet; and with
 * the message elsewhere, given in pieces.
 */
static const struct {
	const char *label;
	const struct smtp_transaction *tx;
	int times;
	struct str in, out, log;
} cases[] = {
	{ "one after the other", &tx_plain, 1, STR_INIT(PLAIN OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "pipelined", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "two messages", &tx_plain, 2, STR_INIT(PIPE OK OK OK GO OK OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT "DONE\n" BOTH_SENT DONE_QUIT) },
	{ "null sender", &tx_null, 1, STR_INIT(PIPE OK OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<>" CR TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "no transaction", &tx_plain, 0, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT("CLOSE delivered QUIT 221 2.0.0 [bye]\n") },
	{ "nobody to send to", &tx_nobody, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT(DONE_QUIT) },
	{ "empty message", &tx_empty, 1, STR_INIT(PIPE OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<>" CR TO_C DATA "." CR QUIT),
	  STR_INIT("0 delivered end of data 250 2.0.0 [ok]\n" DONE_QUIT) },
	{ "all extensions", &tx_full, 1, STR_INIT(ALL OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<a@b> SIZE=7 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=id" CR
			"RCPT TO:<c@d> NOTIFY=FAILURE,DELAY ORCPT=rfc822;x@y" CR DATA
			"A: \xc3\xb6" CR "." CR QUIT),
	  STR_INIT("0 delivered end of data 250 2.0.0 [ok]\n" DONE_QUIT) },

	{ "HELO", &tx_plain, 1, STR_INIT(HI "502 what" CR "250 mx" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO "HELO us" CR MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "HELO refused", &tx_plain, 1, STR_INIT(HI "502 what" CR "550 5.7.1 no" CR),
	  STR_INIT(EHLO "HELO us" CR), STR_INIT("CLOSE permanent EHLO 550 5.7.1 [no]\n") },
	{ "EHLO refused for now", &tx_plain, 1, STR_INIT(HI "451 4.7.1 later" CR), STR_INIT(EHLO),
	  STR_INIT("CLOSE temporary EHLO 451 4.7.1 [later]\n") },
	{ "EHLO refused by a host that takes no mail", &tx_plain, 1, STR_INIT(HI "521 no mail" CR),
	  STR_INIT(EHLO), STR_INIT("CLOSE permanent EHLO 521 5.0.0 [no mail]\n") },
	{ "EHLO refused for good", &tx_plain, 1, STR_INIT(HI "554 no" CR), STR_INIT(EHLO),
	  STR_INIT("CLOSE permanent EHLO 554 5.0.0 [no]\n") },
	{ "EHLO answered by 3yz", &tx_plain, 1, STR_INIT(HI "334 x" CR), STR_INIT(EHLO),
	  STR_INIT("CLOSE temporary EHLO 334 4.0.0 [x]\n") },
	{ "refused at once", &tx_plain, 1, STR_INIT("554-5.7.1 no" CR "554 5.7.1 go away" CR),
	  STR_INIT(""), STR_INIT("CLOSE permanent greeting 554 5.7.1 [no\ngo away]\n") },
	{ "busy at once", &tx_plain, 1, STR_INIT("421 4.3.2 busy" CR), STR_INIT(""),
	  STR_INIT("CLOSE temporary greeting 421 4.3.2 [busy]\n") },
	{ "no SMTP", &tx_plain, 1, STR_INIT("SSH-2.0-x" CR), STR_INIT(""),
	  STR_INIT("CLOSE temporary greeting 0 4.5.0 [not a reply of SMTP: SSH-2.0-x]\n") },
	{ "a reply without end", &tx_plain, 1, STR_INIT(LINES_99("220-hi" CR) "220-hi" CR),
	  STR_INIT(""),
	  STR_INIT("CLOSE temporary greeting 0 4.5.0 [a reply longer than any is: " LINES_99(
		  "220-hi\n") "220-hi]\n") },
	{ "nothing", &tx_plain, 1, STR_INIT(""), STR_INIT(""),
	  STR_INIT("CLOSE temporary greeting 0 4.4.2 [gone]\n") },
	{ "gone after EHLO", &tx_plain, 1, STR_INIT(HI), STR_INIT(EHLO),
	  STR_INIT("CLOSE temporary EHLO 0 4.4.2 [gone]\n") },

	{ "sender refused", &tx_plain, 1, STR_INIT(PLAIN "550 5.7.1 no" CR BYE),
	  STR_INIT(EHLO MAIL QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 550 5.7.1 [no]") DONE_QUIT) },
	{ "sender refused, pipelined", &tx_plain, 2,
	  STR_INIT(PIPE "451 4.7.1 no" CR "503 a" CR "503 b" CR "503 c" CR OK OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA "RSET" CR MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH("temporary MAIL FROM 451 4.7.1 [no]") "DONE\n" BOTH_SENT DONE_QUIT) },
	{ "sender refused, DATA accepted all the same", &tx_plain, 1,
	  STR_INIT(PIPE "550 no" CR "503 a" CR "503 b" CR GO "554 nobody" CR BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA "." CR QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 550 5.0.0 [no]") DONE_QUIT) },
	{ "sender refused, the rest accepted all the same", &tx_plain, 1,
	  STR_INIT(PIPE "550 no" CR OK OK GO), STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT(BOTH("permanent MAIL FROM 550 5.0.0 [no]") "CLOSE temporary DATA 0 4.5.0 [reply "
							      "to DATA out of order: go]\n") },
	{ "one refused", &tx_plain, 1, STR_INIT(PLAIN OK NO OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT("0 permanent RCPT TO 550 5.1.1 [no]\n1 delivered end of data 250 2.0.0 "
		   "[ok]\n" DONE_QUIT) },
	{ "one refused, pipelined", &tx_plain, 1,
	  STR_INIT(PIPE OK OK "450 4.2.1 later" CR GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT("0 delivered end of data 250 2.0.0 [ok]\n1 temporary RCPT TO 450 4.2.1 "
		   "[later]\n" DONE_QUIT) },
	{ "all refused: no DATA, RSET next time", &tx_plain, 2,
	  STR_INIT(PLAIN OK NO NO OK OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E "RSET" CR MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") "DONE\n" BOTH_SENT DONE_QUIT) },
	{ "all refused, pipelined", &tx_plain, 1, STR_INIT(PIPE OK NO NO "554 nobody" CR BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA QUIT),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") DONE_QUIT) },
	{ "all refused, DATA accepted all the same", &tx_plain, 2,
	  STR_INIT(PIPE OK NO NO GO "554 nobody" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA "." CR MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") "DONE\n" BOTH_SENT DONE_QUIT) },
	{ "a lone dot accepted is nothing delivered", &tx_plain, 1,
	  STR_INIT(PIPE OK NO NO GO OK BYE), STR_INIT(EHLO MAIL TO_C TO_E DATA "." CR QUIT),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") DONE_QUIT) },
	{ "forwarded recipients are accepted", &tx_plain, 1,
	  STR_INIT(PLAIN OK "251 forwards" CR "252 maybe" CR GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "552 means too many recipients", &tx_plain, 1,
	  STR_INIT(PLAIN OK "552 many" CR "552 5.5.3 many" CR BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E QUIT),
	  STR_INIT("0 temporary RCPT TO 552 4.0.0 [many]\n1 temporary RCPT TO 552 4.5.3 "
		   "[many]\n" DONE_QUIT) },
	{ "552 with another meaning", &tx_plain, 1,
	  STR_INIT(PLAIN OK "552 5.2.2 full" CR "552 4.2.2 full" CR BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E QUIT),
	  STR_INIT("0 permanent RCPT TO 552 5.2.2 [full]\n1 permanent RCPT TO 552 5.0.0 "
		   "[full]\n" DONE_QUIT) },
	{ "DATA answered by what asks for something else", &tx_plain, 1,
	  STR_INIT(PLAIN OK OK OK "334 VXNlcm5hbWU6" CR), STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT(BOTH(
		  "temporary DATA 0 4.5.0 [reply to DATA out of order: VXNlcm5hbWU6]") "CLOSE "
										       "temporary "
										       "DATA 0 "
										       "4.5.0 "
										       "[reply to "
										       "DATA out "
										       "of order: "
										       "VXNlcm5hbWU"
										       "6]\n") },
	{ "DATA refused", &tx_plain, 2,
	  STR_INIT(PLAIN OK NO OK "451 4.3.0 later" CR OK OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA "RSET" CR MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT("0 permanent RCPT TO 550 5.1.1 [no]\n1 temporary DATA 451 4.3.0 "
		   "[later]\nDONE\n" BOTH_SENT DONE_QUIT) },
	{ "RSET refused", &tx_plain, 2, STR_INIT(PLAIN OK NO NO "500 what" CR),
	  STR_INIT(EHLO MAIL TO_C TO_E "RSET" CR),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") "DONE\n" BOTH(
		  "temporary MAIL FROM 0 4.5.0 [reply out of order: what]") "CLOSE temporary MAIL "
									    "FROM 0 4.5.0 [reply "
									    "out of order: "
									    "what]\n") },
	{ "message refused", &tx_plain, 2,
	  STR_INIT(PIPE OK OK NO GO "554 5.6.0 spam" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT("0 permanent end of data 554 5.6.0 [spam]\n1 permanent RCPT TO 550 5.1.1 "
		   "[no]\nDONE\n" BOTH_SENT DONE_QUIT) },
	{ "message refused for now", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO "452 full" CR BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH("temporary end of data 452 4.0.0 [full]") DONE_QUIT) },
	{ "enhanced code of another class", &tx_plain, 1,
	  STR_INIT(PIPE OK OK "550 2.1.5 no" CR GO "250 5.0.0 ok" CR BYE),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT("0 delivered end of data 250 2.0.0 [ok]\n1 permanent RCPT TO 550 5.0.0 "
		   "[no]\n" DONE_QUIT) },

	{ "421 to MAIL", &tx_plain, 1, STR_INIT(PIPE "421 4.3.2 down" CR),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT(BOTH("temporary MAIL FROM 421 4.3.2 [down]") "CLOSE temporary MAIL FROM 421 "
								"4.3.2 [down]\n") },
	{ "421 to RCPT", &tx_plain, 1, STR_INIT(PLAIN OK NO "421 down" CR),
	  STR_INIT(EHLO MAIL TO_C TO_E),
	  STR_INIT("0 permanent RCPT TO 550 5.1.1 [no]\n1 temporary RCPT TO 421 4.0.0 [down]\n"
		   "CLOSE temporary RCPT TO 421 4.0.0 [down]\n") },
	{ "421 to DATA", &tx_plain, 1, STR_INIT(PIPE OK OK OK "421 down" CR),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT(BOTH(
		  "temporary DATA 421 4.0.0 [down]") "CLOSE temporary DATA 421 4.0.0 [down]\n") },
	{ "421 to the message", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO "421 down" CR),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY),
	  STR_INIT(BOTH("temporary end of data 421 4.0.0 [down]") "CLOSE temporary end of data 421 "
								  "4.0.0 [down]\n") },
	{ "421 to QUIT", &tx_plain, 0, STR_INIT(PIPE "421 down" CR), STR_INIT(EHLO QUIT),
	  STR_INIT("CLOSE temporary QUIT 421 4.0.0 [down]\n") },
	{ "QUIT not answered", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO OK),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT "DONE\nCLOSE temporary QUIT 0 4.4.2 [gone]\n") },
	{ "gone in the envelope", &tx_plain, 1, STR_INIT(PIPE OK NO "25"),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT("0 permanent RCPT TO 550 5.1.1 [no]\n1 temporary RCPT TO 0 4.4.2 [gone, after "
		   "half a reply: 25]\n"
		   "CLOSE temporary RCPT TO 0 4.4.2 [gone, after half a reply: 25]\n") },
	{ "gone after the message", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY),
	  STR_INIT(BOTH("temporary end of data 0 4.4.2 [gone]") "CLOSE temporary end of data 0 "
								"4.4.2 [gone]\n") },
	{ "gone before the reply was whole", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO "250 ok"),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY),
	  STR_INIT(BOTH(
		  "temporary end of data 0 4.4.2 [gone, after half a reply: 250 ok]") "CLOSE "
										      "temporary "
										      "end of data "
										      "0 "
										      "4.4.2 "
										      "[gone, "
										      "after half "
										      "a reply: "
										      "250 "
										      "ok]\n") },

	{ "junk", &tx_plain, 1, STR_INIT(PIPE OK OK "hello" CR), STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT(BOTH(
		  "temporary RCPT TO 0 4.5.0 [not a reply of SMTP: hello]") "CLOSE temporary RCPT "
									    "TO 0 4.5.0 [not a "
									    "reply of SMTP: "
									    "hello]\n") },
	{ "code out of range", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO "650 ok" CR),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY),
	  STR_INIT(BOTH(
		  "temporary end of data 0 4.5.0 [not a reply of SMTP: 650 ok]") "CLOSE temporary "
										 "end of data 0 "
										 "4.5.0 [not a "
										 "reply of SMTP: "
										 "650 ok]\n") },
	{ "MAIL answered by 3yz", &tx_plain, 1, STR_INIT(PLAIN GO), STR_INIT(EHLO MAIL),
	  STR_INIT(BOTH(
		  "temporary MAIL FROM 0 4.5.0 [reply out of order: go]") "CLOSE temporary MAIL "
									  "FROM 0 4.5.0 [reply out "
									  "of order: go]\n") },
	{ "RCPT answered by 3yz", &tx_plain, 1, STR_INIT(PLAIN OK GO), STR_INIT(EHLO MAIL TO_C),
	  STR_INIT(BOTH(
		  "temporary RCPT TO 0 4.5.0 [reply out of order: go]") "CLOSE temporary RCPT TO 0 "
									"4.5.0 [reply out of "
									"order: go]\n") },
	{ "DATA answered by 2yz", &tx_plain, 1, STR_INIT(PIPE OK OK OK OK),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA),
	  STR_INIT(BOTH(
		  "temporary DATA 0 4.5.0 [reply to DATA out of order: ok]") "CLOSE temporary DATA "
									     "0 4.5.0 [reply to "
									     "DATA out of order: "
									     "ok]\n") },
	{ "the message answered by 3yz", &tx_plain, 1, STR_INIT(PIPE OK OK OK GO GO),
	  STR_INIT(EHLO MAIL TO_C TO_E DATA BODY),
	  STR_INIT(BOTH(
		  "temporary end of data 0 4.5.0 [reply to the message out of order: go]") "CLOSE "
											   "tempora"
											   "ry end "
											   "of "
											   "data 0 "
											   "4.5.0 "
											   "[reply "
											   "to the "
											   "message"
											   " out "
											   "of "
											   "order: "
											   "go]"
											   "\n") },

	{ "SMTPUTF8 not offered", &tx_utf8, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 0 5.6.7 [the server does not offer SMTPUTF8]")
			   DONE_QUIT) },
	{ "SMTPUTF8 not offered, declared, not needed", &tx_ascii, 1,
	  STR_INIT(PIPE OK OK OK GO OK BYE), STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "SMTPUTF8 offered, declared, not needed", &tx_ascii, 1, STR_INIT(ALL OK OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<a@b> SIZE=8" CR TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "SMTPUTF8 offered, not declared, and the header is", &tx_undeclared, 1,
	  STR_INIT(ALL OK OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<a@b> SIZE=7 BODY=8BITMIME SMTPUTF8" CR TO_C TO_E DATA
			"A: \xc3\xb6" CR "." CR QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "8BITMIME not offered, nor declared", &tx_eight, 1, STR_INIT(PIPE BYE),
	  STR_INIT(EHLO QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 0 5.6.3 [the server does not offer 8BITMIME]")
			   DONE_QUIT) },
	{ "8BITMIME not offered, declared, not needed", &tx_declared, 1,
	  STR_INIT(PIPE OK OK OK GO OK BYE), STR_INIT(EHLO MAIL TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "8BITMIME not offered, declared and needed", &tx_both, 1, STR_INIT(PIPE BYE),
	  STR_INIT(EHLO QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 0 5.6.3 [the server does not offer 8BITMIME]")
			   DONE_QUIT) },
	{ "8BITMIME offered and not declared", &tx_eight, 1, STR_INIT(ALL OK OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<a@b> SIZE=10 BODY=8BITMIME" CR TO_C TO_E DATA BODY8 QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "binary", &tx_binary, 2, STR_INIT(CHUNKS OK OK OK OK OK OK NO OK BYE),
	  STR_INIT(EHLO BINARY TO_C TO_E CHUNK BINARY TO_C TO_E CHUNK QUIT),
	  STR_INIT(BOTH_SENT "DONE\n0 delivered end of data 250 2.0.0 [ok]\n"
			     "1 permanent RCPT TO 550 5.1.1 [no]\n" DONE_QUIT) },
	{ "binary, one command at a time", &tx_binary, 1,
	  STR_INIT(HI "250-mx" CR "250-CHUNKING" CR "250 BINARYMIME" CR OK OK OK OK BYE),
	  STR_INIT(EHLO BINARY TO_C TO_E CHUNK QUIT), STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "binary, for nobody", &tx_binary, 2, STR_INIT(CHUNKS OK NO NO OK OK OK OK OK BYE),
	  STR_INIT(EHLO BINARY TO_C TO_E "RSET" CR BINARY TO_C TO_E CHUNK QUIT),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") "DONE\n" BOTH_SENT DONE_QUIT) },
	{ "binary, for nobody, one command at a time", &tx_binary, 1,
	  STR_INIT(HI "250-mx" CR "250-CHUNKING" CR "250 BINARYMIME" CR OK NO NO BYE),
	  STR_INIT(EHLO BINARY TO_C TO_E QUIT),
	  STR_INIT(BOTH("permanent RCPT TO 550 5.1.1 [no]") DONE_QUIT) },
	{ "binary, from whom nothing is taken", &tx_binary, 1, STR_INIT(CHUNKS NO NO OK BYE),
	  STR_INIT(EHLO BINARY TO_C TO_E QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 550 5.1.1 [no]") DONE_QUIT) },
	{ "binary, refused", &tx_binary, 1, STR_INIT(CHUNKS OK OK OK NO BYE),
	  STR_INIT(EHLO BINARY TO_C TO_E CHUNK QUIT),
	  STR_INIT(BOTH("permanent end of data 550 5.1.1 [no]") DONE_QUIT) },
	{ "binary, and a reply that makes no sense", &tx_binary, 1, STR_INIT(CHUNKS OK OK OK GO),
	  STR_INIT(EHLO BINARY TO_C TO_E CHUNK),
	  STR_INIT(BOTH(
		  "temporary end of data 0 4.5.0 [reply to the message out of order: go]") "CLOSE "
											   "tempora"
											   "ry end "
											   "of "
											   "data 0 "
											   "4.5.0 "
											   "[reply "
											   "to the "
											   "message"
											   " out "
											   "of "
											   "order: "
											   "go]"
											   "\n") },
	{ "BINARYMIME not offered", &tx_binary, 1,
	  STR_INIT(HI "250-mx" CR "250-8BITMIME" CR "250 CHUNKING" CR BYE), STR_INIT(EHLO QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 0 5.6.3 [the server does not offer BINARYMIME]")
			   DONE_QUIT) },
	{ "largest", &tx_plain, 1, STR_INIT(HI "250-mx" CR "250 SIZE 8" CR OK OK OK GO OK BYE),
	  STR_INIT(EHLO "MAIL FROM:<a@b> SIZE=8" CR TO_C TO_E DATA BODY QUIT),
	  STR_INIT(BOTH_SENT DONE_QUIT) },
	{ "too large", &tx_plain, 1, STR_INIT(HI "250-mx" CR "250 SIZE 7" CR BYE),
	  STR_INIT(EHLO QUIT),
	  STR_INIT(BOTH("permanent MAIL FROM 0 5.3.4 [the message is larger than the server takes]")
			   DONE_QUIT) },
	{ "bare LF in the message", &tx_bare, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT("0 permanent MAIL FROM 0 5.6.0 [bare CR, bare LF or NUL in the "
		   "message]\n" DONE_QUIT) },
	{ "LF in the sender", &tx_from, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT("0 permanent MAIL FROM 0 5.1.3 [an address or parameter cannot be "
		   "sent]\n" DONE_QUIT) },
	{ "DEL in the ENVID", &tx_envid, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT("0 permanent MAIL FROM 0 5.1.3 [an address or parameter cannot be "
		   "sent]\n" DONE_QUIT) },
	{ "command in a recipient", &tx_to, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT("0 permanent MAIL FROM 0 5.1.3 [an address or parameter cannot be "
		   "sent]\n" DONE_QUIT) },
	{ "CR in the ORCPT", &tx_orcpt, 1, STR_INIT(PIPE BYE), STR_INIT(EHLO QUIT),
	  STR_INIT("0 permanent MAIL FROM 0 5.1.3 [an address or parameter cannot be "
		   "sent]\n" DONE_QUIT) },
};

/* piece: of the message, which is elsewhere; 0: it is not. */
static void check_case(size_t i, size_t chunk, size_t piece)
{
	CLEANUP(run_clear) struct run r = run_new(cases[i].tx, cases[i].times);
	if (piece > 0)
		run_move(&r, piece);
	enum smtp_client_want want = SMTP_CLIENT_INPUT;
	struct str in = cases[i].in;

	while (in.n > 0 && want == SMTP_CLIENT_INPUT)
		want = feed(&r, next_reply(&in), chunk);
	if (want == SMTP_CLIENT_INPUT)
		want = smtp_client_lost(r.c, STR("gone"));
	CHECK_INT(cases[i].label, want, SMTP_CLIENT_CLOSE);
	CHECK_INT(cases[i].label, (long long)in.n, 0);
	if (r.open)
		log_results(&r);
	buf_add(&r.log, STR("CLOSE "));
	log_result(&r, smtp_client_failure(r.c));
	CHECK_STR(cases[i].label, buf_str(&r.out), cases[i].out);
	CHECK_STR(cases[i].label, buf_str(&r.log), cases[i].log);
}

/* The message cannot be had: nothing that might end it is sent. */
static void check_starved(void)
{
	uint64_t at = 0;
	struct smtp_transaction tx = tx_plain;
	CLEANUP(run_clear) struct run r = run_new(&tx, 1);

	tx.elsewhere.octets = 8;
	r.elsewhere = STR("hi" CR ".x" CR);
	r.piece = 3;
	for (struct str in = STR(PIPE OK OK OK); in.n > 0;)
		(void)go_on(&r, smtp_client_feed(r.c, next_reply(&in)));
	CHECK_INT("not yet", smtp_client_hungry(r.c, &at), false);
	CHECK_INT("go", smtp_client_feed(r.c, STR(GO)), SMTP_CLIENT_INPUT);
	CHECK_INT("from the start", smtp_client_hungry(r.c, &at) && at == 0, true);
	CHECK_INT("nothing without it", (long long)smtp_client_output(r.c).n, 0);
	smtp_client_give(r.c, STR("hi\r"));
	CHECK_STR("what there is", smtp_client_output(r.c), STR("hi\r"));
	CHECK_INT("and on", smtp_client_hungry(r.c, &at) && at == 3, true);
	CHECK_INT("over", smtp_client_starved(r.c, STR("unreadable")), SMTP_CLIENT_CLOSE);
	CHECK_STR("nothing more", smtp_client_output(r.c), STR(""));
	log_results(&r);
	CHECK_STR("temporary", buf_str(&r.log),
		  STR(BOTH("temporary end of data 0 4.3.0 [unreadable]")));
	CHECK_INT("our own", smtp_client_result(r.c, 0).own, true);
}

static const struct {
	const char *label;
	struct str in, log;
} cuts[] = {
	{ "refused", STR_INIT("552 5.3.4 too big" CR),
	  STR_INIT(BOTH("permanent end of data 552 5.3.4 [too big]")) },
	{ "put off", STR_INIT("450 later" CR),
	  STR_INIT(BOTH("temporary end of data 450 4.0.0 [later]")) },
	{ "taken: it has not got it", STR_INIT(OK),
	  STR_INIT(
		  BOTH("temporary end of data 0 4.4.2 [the connection broke before the message was "
		       "out: ok]")) },
	{ "nothing", STR_INIT(""), STR_INIT(BOTH("temporary end of data 0 4.4.2 [gone]")) },
	{ "half a reply", STR_INIT("552 5.3"),
	  STR_INIT(BOTH("temporary end of data 0 4.4.2 [gone, after half a reply: 552 5.3]")) },
};

/* All is written, and not all of it has gone. */
static void check_cut(size_t i)
{
	CLEANUP(run_clear) struct run r = run_new(&tx_plain, 1);

	for (struct str in = STR(PIPE OK OK OK GO); in.n > 0;)
		(void)feed(&r, next_reply(&in), 1000);
	smtp_client_cut(r.c);
	(void)!smtp_client_feed(r.c, cuts[i].in);
	CHECK_INT(cuts[i].label, smtp_client_lost(r.c, STR("gone")), SMTP_CLIENT_CLOSE);
	buf_clear(&r.log);
	log_results(&r);
	CHECK_STR(cuts[i].label, buf_str(&r.log), cuts[i].log);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_case(i, 1, 0);
		check_case(i, 4096, 0);
		check_case(i, 4096, 1);
		check_case(i, 4096, 3);
		check_case(i, 1, 4096);
	}
	check_starved();
	for (size_t i = 0; i < COUNT_OF(cuts); i++)
		check_cut(i);
	return TEST_EXIT();
}
