#include "smtp/envelope.h"

#include "base/test.h"
#include "smtp/xtext.h"

#include <string.h>

#define TEN(x) x x x x x x x x x x
#define X99 TEN("123456789") "123456789"

static const struct {
	const char *label;
	struct str args;
	int code;
	const char *refusal; /* its enhanced code, and the parameter that it names */
	struct smtp_mail mail;
} mails[] = {
	{ "plain", STR_INIT("FROM:<a@b>"), 0, "", { .from = STR_INIT("a@b") } },
	{ "null", STR_INIT("FROM:<>"), 0, "", { .from = STR_INIT("") } },
	{ "any case, space", STR_INIT("from: <a@b> "), 0, "", { .from = STR_INIT("a@b") } },
	{ "all parameters",
	  STR_INIT("FROM:<a@b> SIZE=10 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x+2By"),
	  0,
	  "",
	  { STR_INIT("a@b"), 10, SMTP_MAIL_EIGHT_BIT | SMTP_MAIL_UTF8 | SMTP_MAIL_RET_HDRS,
	    STR_INIT("x+2By") } },
	{ "other values",
	  STR_INIT("FROM:<a@b>  body=7bit ret=full size=0 "),
	  0,
	  "",
	  { .from = STR_INIT("a@b"), .flags = SMTP_MAIL_RET_FULL } },
	{ "largest size",
	  STR_INIT("FROM:<> SIZE=18446744073709551615"),
	  0,
	  "",
	  { .size = UINT64_MAX } },
	{ "size beyond 64 bits",
	  STR_INIT("FROM:<> SIZE=18446744073709551616"),
	  0,
	  "",
	  { .size = UINT64_MAX } },
	{ "size of 21 digits",
	  STR_INIT("FROM:<> SIZE=000000000000000000001"),
	  501,
	  "5.5.4 SIZE",
	  { .size = 0 } },
	{ "UTF-8",
	  STR_INIT("FROM:<\xc3\xb6@b> SMTPUTF8"),
	  0,
	  "",
	  { .from = STR_INIT("\xc3\xb6@b"), .flags = SMTP_MAIL_UTF8 } },
	{ "longest envid", STR_INIT("FROM:<> ENVID=x" X99), 0, "", { .envid = STR_INIT("x" X99) } },
	{ "envid too long", STR_INIT("FROM:<> ENVID=xy" X99), 501, "5.5.4 ENVID", { .size = 0 } },
	{ "nothing", STR_INIT(""), 501, "5.5.4", { .size = 0 } },
	{ "TO", STR_INIT("TO:<a@b>"), 501, "5.5.4", { .size = 0 } },
	{ "no colon", STR_INIT("FROM <a@b>"), 501, "5.5.4", { .size = 0 } },
	{ "space before the colon", STR_INIT("FROM :<a@b>"), 501, "5.5.4", { .size = 0 } },
	{ "no brackets", STR_INIT("FROM:a@b"), 501, "5.1.7", { .size = 0 } },
	{ "no path", STR_INIT("FROM:"), 501, "5.1.7", { .size = 0 } },
	{ "no domain", STR_INIT("FROM:<postmaster>"), 501, "5.1.7", { .size = 0 } },
	{ "text after the path", STR_INIT("FROM:<a@b>SIZE=1"), 501, "5.1.7", { .size = 0 } },
	{ "UTF-8 without SMTPUTF8", STR_INIT("FROM:<\xc3\xb6@b>"), 553, "5.6.7", { .size = 0 } },
	{ "not UTF-8", STR_INIT("FROM:<\xff@b> SMTPUTF8"), 501, "5.1.7", { .size = 0 } },
	{ "unknown", STR_INIT("FROM:<> X=1"), 555, "5.5.4 X", { .size = 0 } },
	{ "of RCPT", STR_INIT("FROM:<> NOTIFY=NEVER"), 555, "5.5.4 NOTIFY", { .size = 0 } },
	{ "AUTH is not offered", STR_INIT("FROM:<> AUTH=<>"), 555, "5.5.4 AUTH", { .size = 0 } },
	{ "binary",
	  STR_INIT("FROM:<> body=BinaryMIME"),
	  0,
	  "",
	  { .flags = SMTP_MAIL_BINARY, .envid = STR_INIT("") } },
	{ "a body of two kinds",
	  STR_INIT("FROM:<> BODY=BINARYMIME BODY=8BITMIME"),
	  501,
	  "5.5.4 BODY",
	  { .size = 0 } },
	{ "body of another kind", STR_INIT("FROM:<> BODY=9BIT"), 501, "5.5.4 BODY", { .size = 0 } },
	{ "twice", STR_INIT("FROM:<> RET=FULL RET=FULL"), 501, "5.5.4 RET", { .size = 0 } },
	{ "size without value", STR_INIT("FROM:<> SIZE"), 501, "5.5.4 SIZE", { .size = 0 } },
	{ "size with an empty value", STR_INIT("FROM:<> SIZE="), 501, "5.5.4 SIZE", { .size = 0 } },
	{ "size with letters", STR_INIT("FROM:<> SIZE=1k"), 501, "5.5.4 SIZE", { .size = 0 } },
	{ "negative size", STR_INIT("FROM:<> SIZE=-1"), 501, "5.5.4 SIZE", { .size = 0 } },
	{ "SMTPUTF8 with a value",
	  STR_INIT("FROM:<> SMTPUTF8=1"),
	  501,
	  "5.5.4 SMTPUTF8",
	  { .size = 0 } },
	{ "SMTPUTF8 with an empty value",
	  STR_INIT("FROM:<> SMTPUTF8="),
	  501,
	  "5.5.4 SMTPUTF8",
	  { .size = 0 } },
	{ "RET of another kind", STR_INIT("FROM:<> RET=BODY"), 501, "5.5.4 RET", { .size = 0 } },
	{ "envid without value", STR_INIT("FROM:<> ENVID"), 501, "5.5.4 ENVID", { .size = 0 } },
	{ "envid is no xtext", STR_INIT("FROM:<> ENVID=a=b"), 501, "5.5.4 ENVID", { .size = 0 } },
	{ "envid hides a line break",
	  STR_INIT("FROM:<> ENVID=a+0D+0Ab"),
	  501,
	  "5.5.4 ENVID",
	  { .size = 0 } },
};

static const struct {
	const char *label;
	struct str args;
	bool utf8; /* the transaction's */
	int code;
	const char *refusal; /* its enhanced code, and the parameter that it names */
	struct smtp_rcpt rcpt;
} rcpts[] = {
	{ "plain", STR_INIT("TO:<a@b>"), false, 0, "", { .to = STR_INIT("a@b") } },
	{ "postmaster",
	  STR_INIT("TO:<Postmaster>"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("Postmaster") } },
	{ "never",
	  STR_INIT("TO:<a@b> NOTIFY=never"),
	  false,
	  0,
	  "",
	  { STR_INIT("a@b"), SMTP_NOTIFY_NEVER, STR_INIT("") } },
	{ "three",
	  STR_INIT("TO:<a@b> NOTIFY=DELAY,SUCCESS,FAILURE ORCPT=rfc822;x+40y"),
	  false,
	  0,
	  "",
	  { STR_INIT("a@b"), SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_FAILURE | SMTP_NOTIFY_DELAY,
	    STR_INIT("rfc822;x+40y") } },
	{ "utf-8 in ASCII",
	  STR_INIT("TO:<a@b> ORCPT=utf-8;\\x{F6}@b"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("utf-8;\\x{F6}@b") } },
	{ "utf-8",
	  STR_INIT("TO:<\xc3\xb6@b> ORCPT=utf-8;\xc3\xb6@b"),
	  true,
	  0,
	  "",
	  { .to = STR_INIT("\xc3\xb6@b"), .orcpt = STR_INIT("utf-8;\\x{F6}@b") } },
	{ "xtext of UTF-8, as those write it who know no RFC 6533",
	  STR_INIT("TO:<\xc3\xb6@b> ORCPT=rfc822;+C3+BCser@x"),
	  true,
	  0,
	  "",
	  { .to = STR_INIT("\xc3\xb6@b"), .orcpt = STR_INIT("utf-8;\\x{FC}ser@x") } },
	{ "orcpt with an empty type",
	  STR_INIT("TO:<a@b> ORCPT=;x"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "orcpt without value",
	  STR_INIT("TO:<a@b> ORCPT"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "orcpt with an empty value",
	  STR_INIT("TO:<a@b> ORCPT="),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "UTF-8 without SMTPUTF8",
	  STR_INIT("TO:<\xc3\xb6@b>"),
	  false,
	  553,
	  "5.6.7",
	  { .notify = 0 } },
	{ "orcpt without SMTPUTF8",
	  STR_INIT("TO:<a@b> ORCPT=utf-8;\xc3\xb6@b"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("utf-8;\\x{F6}@b") } },
	{ "null", STR_INIT("TO:<>"), false, 501, "5.1.3", { .notify = 0 } },
	{ "no brackets", STR_INIT("TO:a@b"), false, 501, "5.1.3", { .notify = 0 } },
	{ "FROM", STR_INIT("FROM:<a@b>"), false, 501, "5.5.4", { .notify = 0 } },
	{ "of MAIL", STR_INIT("TO:<a@b> SIZE=1"), false, 555, "5.5.4 SIZE", { .notify = 0 } },
	{ "unknown", STR_INIT("TO:<a@b> SMTPUTF8"), false, 555, "5.5.4 SMTPUTF8", { .notify = 0 } },
	{ "never and more",
	  STR_INIT("TO:<a@b> NOTIFY=NEVER,DELAY"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
	{ "more and never",
	  STR_INIT("TO:<a@b> NOTIFY=DELAY,NEVER"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
	{ "another word",
	  STR_INIT("TO:<a@b> NOTIFY=ALWAYS"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
	{ "comma last",
	  STR_INIT("TO:<a@b> NOTIFY=DELAY,"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
	{ "comma first",
	  STR_INIT("TO:<a@b> NOTIFY=,DELAY"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
	{ "notify without value",
	  STR_INIT("TO:<a@b> NOTIFY"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
	{ "orcpt without type",
	  STR_INIT("TO:<a@b> ORCPT=x"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "type is no atom",
	  STR_INIT("TO:<a@b> ORCPT=r@f;x"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "type is no ASCII",
	  STR_INIT("TO:<a@b> ORCPT=\xc3\xb6;x"),
	  true,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "orcpt is no xtext",
	  STR_INIT("TO:<a@b> ORCPT=rfc822;a=b"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "orcpt hides a line break",
	  STR_INIT("TO:<a@b> ORCPT=rfc822;a+0Ab"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("") } },
	{ "UTF-8 as it is",
	  STR_INIT("TO:<a@b> ORCPT=rfc822;\xc3\xb6"),
	  true,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("utf-8;\\x{F6}") } },
	{ "orcpt twice",
	  STR_INIT("TO:<a@b> ORCPT=a;b ORCPT=a;c"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("a;b") } },
	{ "one that cannot be used first",
	  STR_INIT("TO:<a@b> ORCPT=x ORCPT=a;c"),
	  false,
	  0,
	  "",
	  { .to = STR_INIT("a@b"), .orcpt = STR_INIT("a;c") } },
	{ "notify twice",
	  STR_INIT("TO:<a@b> NOTIFY=DELAY NOTIFY=DELAY"),
	  false,
	  501,
	  "5.5.4 NOTIFY",
	  { .notify = 0 } },
};

static const struct smtp_offer every = { .has = (1u << SMTP_EXTENSIONS) - 1 };
static struct smtp_offer ours;
static const struct smtp_offer none = { .has = 0 };

static void check_fault(const char *label, struct smtp_fault f, int code, const char *refusal)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(1000);
	struct str code_word;

	CHECK_INT(label, f.code, code);
	(void)str_word(&f.text, &code_word);
	buf_add(&got, code_word);
	buf_add(&got, f.param.n ? STR(" ") : STR(""));
	buf_add(&got, f.param);
	CHECK_STR(label, buf_str(&got), str_of(refusal));
}

static void check_mail(size_t i)
{
	const struct smtp_mail *want = &mails[i].mail;
	struct smtp_mail m = { .size = 0 };
	struct smtp_fault f = smtp_envelope_read_mail(mails[i].args, &ours, &m);

	check_fault(mails[i].label, f, mails[i].code, mails[i].refusal);
	if (f.code != 0)
		return;
	CHECK_STR(mails[i].label, m.from, want->from);
	CHECK_INT(mails[i].label, m.size == want->size, true);
	CHECK_INT(mails[i].label, m.flags, want->flags);
	CHECK_STR(mails[i].label, m.envid, want->envid);

	/* Written and read again it is the same. */
	CLEANUP(buf_free) struct buf out = BUF_MAX(2000);
	struct smtp_mail back;
	smtp_envelope_write_mail(&out, &m, &every);
	f = smtp_envelope_read_mail(str_skip(buf_str(&out), strlen("MAIL ")), &ours, &back);
	CHECK_INT(mails[i].label, f.code, 0);
	CHECK_INT(mails[i].label,
		  str_eq(back.from, m.from) && back.size == m.size && back.flags == m.flags &&
			  str_eq(back.envid, m.envid),
		  true);
}

static void check_rcpt(size_t i)
{
	const struct smtp_rcpt *want = &rcpts[i].rcpt;
	struct smtp_mail mail = { .flags = rcpts[i].utf8 ? SMTP_MAIL_UTF8 : 0 };
	CLEANUP(buf_free) struct buf room = BUF_MAX(SMTP_ORCPT_ROOM);
	CLEANUP(buf_free) struct buf again = BUF_MAX(SMTP_ORCPT_ROOM);
	struct smtp_rcpt r = { .notify = 0 };
	struct smtp_fault f = smtp_envelope_read_rcpt(rcpts[i].args, &ours, &mail, &room, &r);

	check_fault(rcpts[i].label, f, rcpts[i].code, rcpts[i].refusal);
	if (f.code != 0)
		return;
	CHECK_STR(rcpts[i].label, r.to, want->to);
	CHECK_INT(rcpts[i].label, r.notify, want->notify);
	CHECK_STR(rcpts[i].label, r.orcpt, want->orcpt);

	CLEANUP(buf_free) struct buf out = BUF_MAX(2000);
	struct smtp_rcpt back;
	smtp_envelope_write_rcpt(&out, &r, &every);
	f = smtp_envelope_read_rcpt(str_skip(buf_str(&out), strlen("RCPT ")), &ours, &mail, &again,
				    &back);
	CHECK_INT(rcpts[i].label, f.code, 0);
	CHECK_INT(rcpts[i].label,
		  str_eq(back.to, r.to) && back.notify == r.notify && str_eq(back.orcpt, r.orcpt),
		  true);
}

/* An ORCPT of n octets, the last of which is c; kept: how long it is then. */
static void check_orcpt_length(size_t n, char c, size_t kept)
{
	CLEANUP(buf_free) struct buf args = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf room = BUF_MAX(SMTP_ORCPT_ROOM);
	struct smtp_mail mail = { .flags = 0 };
	struct smtp_rcpt rcpt;

	buf_add(&args, STR("TO:<a@b> ORCPT=rfc822;"));
	for (size_t i = strlen("rfc822;"); i < n; i++)
		buf_addc(&args, c);
	struct smtp_fault f = smtp_envelope_read_rcpt(buf_str(&args), &ours, &mail, &room, &rcpt);
	CHECK_INT("length of ORCPT", f.code, 0);
	CHECK_INT("room for an ORCPT", buf_err(&room), ERR_OK);
	CHECK_INT("length of ORCPT", (long long)rcpt.orcpt.n, (long long)kept);
}

/* The worst that fits, and what does not fit once it is in ASCII. */
static void check_orcpt_growth(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(SMTP_ORCPT_ROOM);
	CLEANUP(buf_free) struct buf value = BUF_MAX(SMTP_ORCPT_MAX);

	buf_add(&value, STR("rfc822;"));
	while (value.n + 2 <= SMTP_ORCPT_MAX)
		buf_add(&value, STR("\xc3\xbc"));
	CHECK_INT("grows", smtp_xtext_orcpt(&out, buf_str(&value)), true);
	CHECK_INT("fits", buf_err(&out), ERR_OK);
}

static void check_written(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(2000);
	struct smtp_mail mail = { STR_INIT("a@b"), 7,
				  SMTP_MAIL_EIGHT_BIT | SMTP_MAIL_UTF8 | SMTP_MAIL_RET_FULL,
				  STR_INIT("id") };
	struct smtp_rcpt rcpt = { STR("c@d"), SMTP_NOTIFY_SUCCESS | SMTP_NOTIFY_DELAY, STR("x;y") };

	smtp_envelope_write_mail(&out, &mail, &every);
	CHECK_STR("all", buf_str(&out),
		  STR("MAIL FROM:<a@b> SIZE=7 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=id"));
	buf_clear(&out);
	smtp_envelope_write_mail(&out, &mail, &none);
	CHECK_STR("none", buf_str(&out), STR("MAIL FROM:<a@b>"));
	buf_clear(&out);
	smtp_envelope_write_mail(&out, &(struct smtp_mail){ .size = 0 }, &every);
	CHECK_STR("nothing to say", buf_str(&out), STR("MAIL FROM:<>"));
	buf_clear(&out);
	smtp_envelope_write_rcpt(&out, &rcpt, &every);
	CHECK_STR("all", buf_str(&out), STR("RCPT TO:<c@d> NOTIFY=SUCCESS,DELAY ORCPT=x;y"));
	buf_clear(&out);
	smtp_envelope_write_rcpt(&out, &rcpt, &none);
	CHECK_STR("none", buf_str(&out), STR("RCPT TO:<c@d>"));
}

/* A parameter of what is not offered is as good as unknown. */
static void check_not_offered(void)
{
	CLEANUP(buf_free) struct buf room = BUF_MAX(SMTP_ORCPT_ROOM);
	struct smtp_mail mail = { .size = 0 };
	struct smtp_rcpt rcpt;

	check_fault("flag", smtp_envelope_read_mail(STR("FROM:<> SMTPUTF8"), &none, &mail), 555,
		    "5.5.4 SMTPUTF8");
	check_fault("text", smtp_envelope_read_mail(STR("FROM:<> SIZE=1"), &none, &mail), 555,
		    "5.5.4 SIZE");
	check_fault("of RCPT",
		    smtp_envelope_read_rcpt(STR("TO:<a@b> NOTIFY=x"), &none, &mail, &room, &rcpt),
		    555, "5.5.4 NOTIFY");
	check_fault("one value of two",
		    smtp_envelope_read_mail(STR("FROM:<> BODY=BINARYMIME"),
					    &(struct smtp_offer){ .has = 1u << SMTP_EXT_8BITMIME },
					    &mail),
		    555, "5.5.4 BODY");
	check_fault("one of two",
		    smtp_envelope_read_mail(STR("FROM:<> BODY=BINARYMIME"), &every, &mail), 0, "");
}

int main(void)
{
	ours = smtp_extension_ours();
	check_not_offered();
	for (size_t i = 0; i < COUNT_OF(mails); i++)
		check_mail(i);
	for (size_t i = 0; i < COUNT_OF(rcpts); i++)
		check_rcpt(i);
	check_orcpt_length(SMTP_ORCPT_MAX, 'x', SMTP_ORCPT_MAX);
	check_orcpt_length(SMTP_ORCPT_MAX + 1, 'x', 0);
	check_orcpt_growth();
	check_written();
	return TEST_EXIT();
}
