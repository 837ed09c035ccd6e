#include "message/global.h"

#include "base/test.h"
#include "message/report.h"

#define HEAD(more) "From: x\r\n" more "\r\n--=_1\r\n\r\nwords\r\n\r\n--=_1"
#define PART(fields)                                                                               \
	"\r\nContent-Description: Delivery report\r\nContent-Type: "                               \
	"message/delivery-status\r\n\r\n" fields
#define GLOBAL(fields)                                                                             \
	"\r\nContent-Description: Delivery report\r\nContent-Type: "                               \
	"message/global-delivery-status\r\n"                                                       \
	"Content-Transfer-Encoding: 8bit\r\n\r\n" fields
#define EIGHT "Content-Transfer-Encoding: 8bit\r\n"
#define END "\r\n--=_1\r\nFinal-Recipient: utf-8; \\x{FC}\r\n--=_1--\r\n"
#define FINAL "Final-Recipient: utf-8; "

static const struct {
	const char *label;
	struct str in, out; /* out empty: it stays */
} cases[] = {
	{ "an address of either kind",
	  STR_INIT(HEAD("") PART("Reporting-MTA: dns; m\r\n\r\nOriginal-Recipient: utf-8; "
				 "j\\x{F6}rg@x\r\n" FINAL
				 "j\\x{F6}rg@\\x{4E2D}\r\nAction: failed\r\n") END),
	  STR_INIT(HEAD(EIGHT) GLOBAL("Reporting-MTA: dns; m\r\n\r\nOriginal-Recipient: utf-8; "
				      "j\u00f6rg@x\r\n" FINAL
				      "j\u00f6rg@\u4e2d\r\nAction: failed\r\n") END) },
	{ "beyond the plane of most", STR_INIT(HEAD("") PART(FINAL "\\x{1F600}@x\r\n") END),
	  STR_INIT(HEAD(EIGHT) GLOBAL(FINAL "\U0001f600@x\r\n") END) },
	{ "eight bits already", STR_INIT(HEAD(EIGHT) PART(FINAL "\\x{F6}@x\r\n") END),
	  STR_INIT(HEAD(EIGHT) GLOBAL(FINAL "\u00f6@x\r\n") END) },
	{ "some stay: ASCII, what is hidden, what is none",
	  STR_INIT(HEAD("")
			   PART(FINAL "\\x{5C}\\x{202E}\\x{85}\\x{D800}\\x{110000}\\x{}\\x{F6\\x{g}"
				      "\\x{f6}\r\n") END),
	  STR_INIT(HEAD(EIGHT) GLOBAL(FINAL
				      "\\x{5C}\\x{202E}\\x{85}\\x{D800}\\x{110000}\\x{}\\x{F6\\x{g}"
				      "\u00f6\r\n") END) },
	{ "all is ASCII", STR_INIT(HEAD("") PART("Final-Recipient: rfc822; a@x\r\n") END),
	  STR_INIT("") },
	{ "of another type", STR_INIT(HEAD("") PART("Final-Recipient: rfc822; \\x{F6}@x\r\n") END),
	  STR_INIT("") },
	{ "in another field", STR_INIT(HEAD("") PART("Diagnostic-Code: utf-8; \\x{F6}\r\n") END),
	  STR_INIT("") },
	{ "no such part", STR_INIT(HEAD("") END), STR_INIT("") },
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "a head alone", STR_INIT("A: b" PART(FINAL "\\x{F6}\r\n")), STR_INIT("") },
};

/* What report.h writes is what is found here. */
static void check_report(void)
{
	const struct message_status_rcpt rcpt = { .to = STR("j\u00f6rg@x.example"),
						  .status = STR("5.1.1"),
						  .why = STR("no such user") };
	const struct message_report r = { .hostname = STR("relay.example"),
					  .to = STR("me@x.example"),
					  .id = STR("R2"),
					  .rcpt = &rcpt,
					  .n_rcpt = 1,
					  .original = STR("A: b\r\n\r\nc\r\n") };
	CLEANUP(buf_free) struct buf report = BUF_MAX(10000);
	CLEANUP(buf_free) struct buf out = BUF_MAX(10000);

	message_report_write(&report, &r);
	CHECK_INT("it has another form", message_global_write(&out, buf_str(&report)), true);
	CHECK_INT("no failure", buf_err(&out), ERR_OK);
	CHECK_INT("no third", message_global_write(&report, buf_str(&out)), false);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(10000);
		CHECK_INT(cases[i].label, message_global_write(&out, cases[i].in),
			  cases[i].out.n > 0);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].out);
	}
	check_report();
	return TEST_EXIT();
}
