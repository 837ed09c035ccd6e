#include "message/report.h"

#include "base/test.h"
#include "base/text.h"
#include "message/head.h"
#include "message/octets.h"

#include <string.h>

#define WHEN 1795489445000 /* Tue, 24 Nov 2026 03:04:05 +0000 */
#define HOUR 3600000

static const struct message_status_rcpt failed = {
	.to = STR_INIT("bob@bank.example"),
	.orcpt = STR_INIT("rfc822;bob+2Bx@bank.example"),
	.status = STR_INIT("5.7.4"),
	.why = STR_INIT("The criterion \"To *@bank.example SECURE\" (dnssec.criteria:3) requires "
			"DNSSEC.\nThe MX of bank.example was not authenticated by 127.0.0.1:53."),
	.action = MESSAGE_FAILED,
	.last_attempt_wall_ms = WHEN + HOUR,
};

static const struct message_status_rcpt refused = {
	.to = STR_INIT("eve@x.example"),
	.status = STR_INIT("5.1.1"),
	.remote_mta = STR_INIT("mx.x.example"),
	.diagnostic = STR_INIT("550 5.1.1 no such user"),
	.why = STR_INIT("550 5.1.1 no such user"),
	.action = MESSAGE_FAILED,
};

static const struct message_status_rcpt delayed = {
	.to = STR_INIT("al@y.example"),
	.status = STR_INIT("4.4.3"),
	.why = STR_INIT("No answer."),
	.action = MESSAGE_DELAYED,
	.retry_until_wall_ms = WHEN + 24 * HOUR,
};

#define ORIGINAL                                                                                   \
	"From: alice@a.example\r\n"                                                                \
	"Subject: hello,\r\n world\r\n"                                                            \
	"\r\n"                                                                                     \
	"the body\r\n"

static struct message_report report_of(const struct message_status_rcpt *rcpt, size_t n)
{
	return (struct message_report){
		.hostname = STR("relay.example.net"),
		.to = STR("alice@a.example"),
		.envid = STR("id+3D1"),
		.id = STR("R2"),
		.about_id = STR("M1"),
		.arrival_wall_ms = WHEN,
		.wall_ms = WHEN + HOUR,
		.rcpt = rcpt,
		.n_rcpt = n,
		.original = STR(ORIGINAL),
		.ret = MESSAGE_RETURN_HEADERS,
	};
}

/* long: one report, to the letter */
static void check_whole(void)
{
	const struct message_status_rcpt rcpt[] = { failed, refused, delayed };
	struct message_report r = report_of(rcpt, 3);
	struct buf out = BUF_MAX(65536);

	message_report_write(&out, &r);
	CHECK_STR(
		"whole", buf_str(&out),
		STR("From: Mail Delivery System <MAILER-DAEMON@relay.example.net>\r\n"
		    "To: <alice@a.example>\r\n"
		    "Subject: Your mail could not be delivered\r\n"
		    "Date: Tue, 24 Nov 2026 04:04:05 +0000\r\n"
		    "Message-ID: <R2@relay.example.net>\r\n"
		    "Auto-Submitted: auto-replied\r\n"
		    "MIME-Version: 1.0\r\n"
		    "Content-Type: multipart/report; report-type=delivery-status;\r\n"
		    "\tboundary=\"=_R2\"\r\n"
		    "\r\n"
		    "This is a delivery report in MIME format.\r\n"
		    "\r\n"
		    "--=_R2\r\n"
		    "Content-Description: Notification\r\n"
		    "Content-Type: text/plain; charset=utf-8\r\n"
		    "\r\n"
		    "This is the mail relay relay.example.net.\r\n"
		    "\r\n"
		    "Your message could not be delivered to:\r\n"
		    "\r\n"
		    "  <bob@bank.example>\r\n"
		    "    The criterion \"To *@bank.example SECURE\" (dnssec.criteria:3) "
		    "requires\r\n"
		    "    DNSSEC.\r\n"
		    "    The MX of bank.example was not authenticated by 127.0.0.1:53.\r\n"
		    "\r\n"
		    "  <eve@x.example>\r\n"
		    "    mx.x.example said: 550 5.1.1 no such user\r\n"
		    "\r\n"
		    "Your message could not be delivered yet. It will be tried again: there is "
		    "no\r\n"
		    "need to send it again. It waits for:\r\n"
		    "\r\n"
		    "  <al@y.example>\r\n"
		    "    No answer.\r\n"
		    "\r\n"
		    "It will be tried until Wed, 25 Nov 2026 03:04:05 +0000.\r\n"
		    "\r\n"
		    "Administrators find the message in the log as M1. Its header is attached.\r\n"
		    "\r\n"
		    "--=_R2\r\n"
		    "Content-Description: Delivery report\r\n"
		    "Content-Type: message/delivery-status\r\n"
		    "\r\n"
		    "Original-Envelope-Id: id=1\r\n"
		    "Reporting-MTA: dns; relay.example.net\r\n"
		    "X-Signpost-Queue-ID: M1\r\n"
		    "Arrival-Date: Tue, 24 Nov 2026 03:04:05 +0000\r\n"
		    "\r\n"
		    "Original-Recipient: rfc822; bob+x@bank.example\r\n"
		    "Final-Recipient: rfc822; bob@bank.example\r\n"
		    "Action: failed\r\n"
		    "Status: 5.7.4\r\n"
		    "Diagnostic-Code: X-Signpost; The criterion \"To *@bank.example SECURE\"\r\n"
		    " (dnssec.criteria:3) requires DNSSEC. The MX of bank.example was not\r\n"
		    " authenticated by 127.0.0.1:53.\r\n"
		    "Last-Attempt-Date: Tue, 24 Nov 2026 04:04:05 +0000\r\n"
		    "\r\n"
		    "Final-Recipient: rfc822; eve@x.example\r\n"
		    "Action: failed\r\n"
		    "Status: 5.1.1\r\n"
		    "Remote-MTA: dns; mx.x.example\r\n"
		    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
		    "\r\n"
		    "Final-Recipient: rfc822; al@y.example\r\n"
		    "Action: delayed\r\n"
		    "Status: 4.4.3\r\n"
		    "Diagnostic-Code: X-Signpost; No answer.\r\n"
		    "Will-Retry-Until: Wed, 25 Nov 2026 03:04:05 +0000\r\n"
		    "\r\n"
		    "--=_R2\r\n"
		    "Content-Description: Header of your message\r\n"
		    "Content-Type: text/rfc822-headers\r\n"
		    "\r\n"
		    "From: alice@a.example\r\n"
		    "Subject: hello,\r\n"
		    " world\r\n"
		    "\r\n"
		    "--=_R2--\r\n"));
	buf_free(&out);
}

#define TEN(x) x x x x x x x x x x
#define X998 TEN(TEN("xxxxxxxxx")) TEN("xxxxxxxxx") "xxxxxxxx"

static bool holds(struct str s, const char *part)
{
	return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/* What is to be found in a report, or not, where one thing of the usual one is different. */
static const struct {
	const char *label;
	struct message_status_rcpt rcpt;
	struct str original;
	enum message_report_return ret;
	const char *has[4];
	const char *lacks;
} cases[] = {
	{ "delivered",
	  { .to = STR_INIT("a@x"), .status = STR_INIT("2.1.5"), .action = MESSAGE_DELIVERED },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "Subject: Your mail was delivered\r\n", "\r\nAction: delivered\r\nStatus: 2.1.5\r\n" },
	  "Will-Retry-Until" },
	{ "relayed",
	  { .to = STR_INIT("a@x"), .action = MESSAGE_RELAYED, .remote_mta = STR_INIT("mx.x") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "Subject: Your mail was relayed\r\n", "\r\nAction: relayed\r\nStatus: 2.0.0\r\n",
	    "Remote-MTA: dns; mx.x\r\n" },
	  "Diagnostic-Code" },
	{ "why and reply",
	  { .to = STR_INIT("a@x"), .why = STR_INIT("Refused."), .diagnostic = STR_INIT("550 no") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "    Refused.\r\n    The mail server said: 550 no\r\n", "smtp; 550 no\r\n" },
	  "X-Signpost;" },
	{ "our words about a host",
	  { .to = STR_INIT("a@x"), .why = STR_INIT("It hung up."), .remote_mta = STR_INIT("mx.x") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "    mx.x: It hung up.\r\n", "Remote-MTA: dns; mx.x\r\n",
	    "Diagnostic-Code: X-Signpost; It hung up.\r\n" },
	  "said" },
	{ "our words with the host in them",
	  { .to = STR_INIT("a@x"),
	    .why = STR_INIT("mx.x hung up."),
	    .remote_mta = STR_INIT("mx.x") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "    mx.x hung up.\r\n" },
	  "mx.x: mx.x" },
	{ "why with the reply in it",
	  { .to = STR_INIT("a@x"),
	    .why = STR_INIT("mx said 550 no"),
	    .diagnostic = STR_INIT("550 no") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "    mx said 550 no\r\n" },
	  "The mail server said" },
	{ "full",
	  { .to = STR_INIT("a@x") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_FULL,
	  { "Content-Type: message/rfc822\r\n\r\n" ORIGINAL "\r\n--=_R2--\r\n",
	    "It is attached, or its" },
	  "8bit" },
	{ "full without end of line",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\nc"),
	  MESSAGE_RETURN_FULL,
	  { "\r\nA: b\r\n\r\nc\r\n\r\n--=_R2--\r\n" },
	  NULL },
	{ "only a head",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n"),
	  MESSAGE_RETURN_HEADERS,
	  { "text/rfc822-headers\r\n\r\nA: b\r\n\r\n--=_R2--\r\n" },
	  NULL },
	{ "no head",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("hello"),
	  MESSAGE_RETURN_HEADERS,
	  { "text/rfc822-headers\r\n\r\n\r\n\r\n--=_R2--\r\n" },
	  "hello" },
	{ "eight bits in the body",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\nä\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\nA: b",
	    "boundary=\"=_R2\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
	    "Content-Type: message/delivery-status\r\n\r\n" },
	  NULL },
	{ "UTF-8 in the header, full",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: ä\r\n\r\nb\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "message/global\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA: =C3=A4" },
	  "message/rfc822" },
	{ "UTF-8 in the header",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: ä\r\n\r\nb\r\n"),
	  MESSAGE_RETURN_HEADERS,
	  { "message/global-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA: "
	    "=C3=A4" },
	  "text/rfc822-headers" },
	{ "octets in the header",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: \xff\r\n\r\nb\r\n"),
	  MESSAGE_RETURN_HEADERS,
	  { "text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA: =FF" },
	  "global" },
	{ "eight bits in the body of a header in UTF-8",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: ä\r\n\r\n\xff=\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "\r\n\r\nA: =C3=A4\r\n\r\n=FF=3D\r\n" },
	  "8bit" },
	{ "the longest line",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\n" X998 "\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "message/rfc822\r\n\r\nA: b" },
	  "headers" },
	{ "a longer line",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\n" X998 "x\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "text/rfc822-headers\r\n\r\nA: b", "Its header is attached." },
	  "message/rfc822" },
	{ "a longer line in the header",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: " X998 "\r\n\r\nc\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA: xxx" },
	  "message/rfc822" },
	{ "binary mail",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\n\0\n\r"),
	  MESSAGE_RETURN_FULL,
	  { "text/rfc822-headers\r\n\r\nA: b", "Its header is attached." },
	  "message/rfc822" },
	{ "binary mail, its header too",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\nC: \0d\n\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "text/rfc822-headers\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
	    "A: b=0AC: =00d=0A\r\n--" },
	  "message/rfc822" },
	{ "a longer line and UTF-8",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: ä\r\n\r\n" X998 "x\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "message/global\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nA: =C3=A4" },
	  NULL },
	{ "a first line that is none of a header, full",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("  Dear Bob,\r\nhi\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "message/rfc822\r\n\r\n  Dear Bob,\r\nhi\r\n" },
	  NULL },
	{ "a first line that is none of a header",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("  Dear Bob,\r\nX: y\r\n"),
	  MESSAGE_RETURN_HEADERS,
	  { "text/rfc822-headers\r\n\r\n\r\n\r\n--" },
	  "Dear Bob" },
	{ "a line that is no field, of which what follows may be a secret",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\nno field\r\nC: d\r\n\r\ne\r\n"),
	  MESSAGE_RETURN_HEADERS,
	  { "text/rfc822-headers\r\n\r\nA: b\r\n\r\n--" },
	  "C: d" },
	{ "eight bits in the body, only the header",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\nä\r\n"),
	  MESSAGE_RETURN_HEADERS,
	  { "text/rfc822-headers\r\n\r\n" },
	  "8bit" },
	{ "UTF-8 in the words",
	  { .to = STR_INIT("a@x"), .why = STR_INIT("für ä") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
	    "    f=C3=BCr =C3=A4\r\n", "X-Signpost; f\\xc3\\xbcr \\xc3\\xa4\r\n" },
	  "global" },
	{ "UTF-8 address",
	  { .to = STR_INIT("jürgen@x"),
	    .orcpt = STR_INIT("utf-8;j\\x{FC}rgen\\x{1F600}@x"),
	    .diagnostic = STR_INIT("550 für ä") },
	  STR_INIT(ORIGINAL),
	  MESSAGE_RETURN_HEADERS,
	  { "Content-Type: message/delivery-status\r\n\r\n",
	    "Final-Recipient: utf-8; j\\x{FC}rgen@x\r\n",
	    "Original-Recipient: utf-8; j\\x{FC}rgen\\x{1F600}@x\r\n",
	    "smtp; 550 f\\xc3\\xbcr \\xc3\\xa4\r\n" },
	  "global" },
	{ "boundary in the original",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: b\r\n\r\n--=_R2\r\n--=_R21--\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "boundary=\"=_R20\"", "\r\n--=_R20--\r\n" },
	  NULL },
	{ "every next boundary in the original",
	  { .to = STR_INIT("a@x") },
	  STR_INIT("A: =_R20=_R21=_R22=_R23=_R24=_R25=_R26=_R27=_R28=_R29=_R2a=_R2b=_R2c=_R2d"
		   "=_R2e=_R2f=_R20\r\n"),
	  MESSAGE_RETURN_FULL,
	  { "boundary=\"=_R210\"" },
	  NULL },
};

/* What holds of every report: lines end in CR LF, none too long, its parts where they are meant. */
static void check_form(const char *label, struct str report)
{
	struct str rest = report, line, boundary = STR_NONE;
	struct message_field f;
	long long fields = 0, parts = 0, bad = 0;

	while (message_head_next(&rest, &f))
		fields++;
	CHECK_INT(label, fields == 8 || fields == 9, true);
	rest = report;
	while (str_cut(&rest, '\n', &line)) {
		bad += line.n > 999 || !str_ends(line, STR("\r"));
		if (str_starts(line, STR("\tboundary=\"")))
			boundary = (struct str){ line.p + 11, line.n - 13 };
		if (boundary.n && str_starts(line, STR("--")) &&
		    str_starts(str_skip(line, 2), boundary))
			parts++;
	}
	CHECK_INT(label, bad, 0);
	CHECK_INT(label, (long long)rest.n, 0);
	CHECK_INT(label, parts, 4);
}

/* From the last part on, which has the header of the original. */
static struct str last_part(struct str report)
{
	const char *at = memmem(report.p, report.n, "\r\nContent-Description: Header", 29);

	return at ? str_skip(report, (size_t)(at - report.p)) : STR_NONE;
}

/* Made smaller, it ends as one that returns the header, is ASCII, and there is no less of it. */
static void check_shorter(const char *label, struct message_report r, struct str report)
{
	CLEANUP(buf_free) struct buf shorter = BUF_MAX(65536), header = BUF_MAX(65536);
	CLEANUP(buf_free) struct buf none = BUF_MAX(65536);
	bool whole = last_part(report).n == 0;

	CHECK_INT(label, message_report_shorten(&shorter, report), whole);
	if (!whole) {
		CHECK_INT(label, (long long)shorter.n, 0);
		return;
	}
	r.ret = MESSAGE_RETURN_HEADERS;
	message_report_write(&header, &r);
	check_form(label, buf_str(&shorter));
	CHECK_STR(label, last_part(buf_str(&shorter)), last_part(buf_str(&header)));
	CHECK_INT(label, message_report_shorten(&none, buf_str(&shorter)), false);
	for (size_t i = 0; i < shorter.n; i++)
		if ((unsigned char)shorter.p[i] >= 0x80)
			CHECK_INT(label, shorter.p[i], 0);
	CHECK_INT(label, holds(buf_str(&shorter), "8bit"), false);
}

/* What is none of our reports is left alone. */
static void check_foreign(void)
{
	static const struct str texts[] = {
		STR_INIT(""),
		STR_INIT("A: b\r\n\r\nc\r\n"),
		STR_INIT("Content-Type: x; boundary=\"\"\r\n\r\n\r\n--\r\n\r\n----\r\n"),
		STR_INIT("Content-Type: x; boundary=\"y\"\r\n\r\n\r\n--y--\r\n"),
		STR_INIT("Content-Type: x; boundary=\"y\"\r\n\r\n--y\r\n\r\n\r\n--y--\r\n"),
		STR_INIT("Content-Type: x; boundary=\"y\"\r\n\r\n\r\n--y\r\nContent-Type: "
			 "message/other\r\n\r\n\r\n--y--\r\n"),
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		CHECK_INT("foreign", message_report_shorten(&out, texts[i]), false);
		CHECK_INT("foreign", (long long)out.n, 0);
	}
}

/* About a message that is not in memory: front, message and back are the same octets. */
static void check_frame(const char *label, const struct message_report *r, struct str whole)
{
	struct buf front = BUF_MAX(65536), back = BUF_MAX(1024);
	const struct message_far far = { .head = str_head(r->original,
							  message_head_size(r->original)),
					 .ascii = text_is_ascii(r->original),
					 .lines = message_octets_are_lines(r->original) &&
						  !message_octets_have_long_line(r->original) };
	struct message_original o;
	struct message_boundary b;

	if (r->ret != MESSAGE_RETURN_FULL || !message_original_far(&far, &o))
		return;
	message_boundary_begin(&b, r->id);
	do
		message_boundary_look(&b, r->original);
	while (!message_boundary_settle(&b));
	CHECK_INT(label, message_report_frame(r, &o, message_boundary_text(&b), &front, &back), 1);
	o.text = r->original;
	message_original_write(&front, &o);
	buf_add(&front, buf_str(&back));
	CHECK_STR(label, buf_str(&front), whole);
	buf_free(&front), buf_free(&back);
}

static void check_cases(void)
{
	struct buf out = BUF_MAX(65536);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct message_report r = report_of(&cases[i].rcpt, 1);
		r.original = cases[i].original;
		r.ret = cases[i].ret;
		buf_clear(&out);
		message_report_write(&out, &r);
		CHECK_INT(cases[i].label, buf_err(&out), ERR_OK);
		for (size_t j = 0; j < COUNT_OF(cases[i].has) && cases[i].has[j]; j++)
			if (!holds(buf_str(&out), cases[i].has[j]))
				CHECK_STR(cases[i].label, buf_str(&out), str_of(cases[i].has[j]));
		if (cases[i].lacks)
			CHECK_INT(cases[i].label, holds(buf_str(&out), cases[i].lacks), false);
		check_form(cases[i].label, buf_str(&out));
		check_shorter(cases[i].label, r, buf_str(&out));
		check_frame(cases[i].label, &r, buf_str(&out));
	}
	buf_free(&out);
}

/* Text that tries to begin a line, a part or a report of its own, in every place there is. */
static void check_hostile(void)
{
	static const struct str texts[] = {
		STR_INIT("x\r\nEvil: 1\r\n\r\n--=_R2\r\nEvil: 2"),
		STR_INIT("\n--=_R2--\n\nEvil: 3\n"),
		STR_INIT("\r\rEvil: 4\r"),
		STR_INIT("\0\xff\xc2\x85"
			 "Evil: 5\xe2\x80\xa8"
			 "Evil: 6"),
	};
	struct buf out = BUF_MAX(1 << 20), longest = BUF_MAX(5000);
	struct str all[COUNT_OF(texts) + 1];

	while (longest.n < 5000)
		buf_add(&longest, STR("\xc3\xa4x\x01"));
	memcpy(all, texts, sizeof(texts));
	all[COUNT_OF(texts)] = buf_str(&longest);
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const struct message_status_rcpt rcpt = {
			all[i], all[i], all[i], all[i], all[i], all[i], MESSAGE_DELAYED, WHEN, WHEN,
		};
		struct message_report r = report_of(&rcpt, 1);
		r.to = r.envid = all[i];
		buf_clear(&out);
		message_report_write(&out, &r);
		CHECK_INT("hostile", buf_err(&out), ERR_OK);
		CHECK_INT("no line of theirs", holds(buf_str(&out), "\nEvil"), false);
		CHECK_INT("nobody to tell", holds(buf_str(&out), "To: undisclosed-recipients:;"),
			  true);
		check_form("hostile", buf_str(&out));
	}
	buf_free(&out), buf_free(&longest);
}

/* What is not given is not told, and what is too long is cut between characters. */
static void check_edges(void)
{
	struct buf out = BUF_MAX(65536), addr = BUF_MAX(1024);
	struct message_status_rcpt rcpt = delayed;

	while (addr.n < 511)
		buf_addc(&addr, 'x');
	buf_add(&addr, STR("äb"));
	rcpt.to = buf_str(&addr);
	struct message_report r = report_of(&rcpt, 1);
	r.envid = r.about_id = STR_NONE;
	rcpt.retry_until_wall_ms = 0;
	r.id = STR("azAZ09/:@[`{~\xff");
	r.to = str_head(buf_str(&addr), 513);
	message_report_write(&out, &r);
	CHECK_INT("no envelope ID", holds(buf_str(&out), "Original-Envelope-Id"), false);
	CHECK_INT("no queue ID", holds(buf_str(&out), "X-Signpost-Queue-ID"), false);
	CHECK_INT("no time", holds(buf_str(&out), "Will-Retry"), false);
	CHECK_INT("no time", holds(buf_str(&out), "tried until"), false);
	CHECK_INT("boundary", holds(buf_str(&out), "boundary=\"=_azAZ09\"\r\n"), true);
	CHECK_INT("not cut", holds(buf_str(&out), "xxx\\x{E4}b\r\nAction"), true);
	CHECK_INT("no place for the sender", holds(buf_str(&out), "\r\nTo: undisclosed"), true);
	check_form("edges", buf_str(&out));

	rcpt.to = str_head(buf_str(&addr), 511);
	r.to = rcpt.to;
	buf_clear(&out);
	message_report_write(&out, &r);
	CHECK_INT("whole", holds(buf_str(&out), "xxx>\r\nSubject"), true);
	check_form("edges", buf_str(&out));
	buf_free(&out), buf_free(&addr);
}

/* Each recipient has a time of its own, and people are told the last. */
static void check_until(void)
{
	struct message_status_rcpt rcpt[] = { delayed, delayed, failed };
	struct message_report r = report_of(rcpt, 3);
	struct buf out = BUF_MAX(65536);

	rcpt[0].retry_until_wall_ms = WHEN + 25 * HOUR;
	message_report_write(&out, &r);
	CHECK_INT("the later", holds(buf_str(&out), "Until: Wed, 25 Nov 2026 04:04:05 +0000\r\n"),
		  true);
	CHECK_INT("the sooner", holds(buf_str(&out), "Until: Wed, 25 Nov 2026 03:04:05 +0000\r\n"),
		  true);
	CHECK_INT("for people",
		  holds(buf_str(&out), "until Wed, 25 Nov 2026 04:04:05 +0000 at the latest.\r\n"),
		  true);
	check_form("until", buf_str(&out));
	buf_free(&out);
}

int main(void)
{
	check_whole();
	check_until();
	check_cases();
	check_foreign();
	check_edges();
	check_hostile();

	struct buf small = BUF_MAX(500);
	struct message_report r = report_of(&failed, 1);
	message_report_write(&small, &r);
	CHECK_INT("past the limit", buf_err(&small), ERR_LIMIT);
	buf_free(&small);
	return TEST_EXIT();
}
