#include "message/submission.h"

#include "base/test.h"

enum { ROOM = 1 << 16 };

#define CR "\r\n"
#define X40 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X39_64 "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4" /* 39 of them in base64 */
#define DATE "Date: Tue, 24 Nov 2026 03:04:05 +0000" CR
#define ID "Message-ID: <i.d@own>" CR
#define FROM "From: \"A \\\"B\\\"\" <u@own>" CR

static const struct message_submission submission = {
	.from = STR_INIT("u@own"),
	.name = STR_INIT("A \"B\""),
	.id = STR_INIT("i.d"),
	.domain = STR_INIT("own"),
	.wall_ms = 1795489445000,
};

static const struct {
	const char *label;
	struct str in, want;
} writes[] = {
	{ "bare", STR_INIT("Subject: x" CR CR "hi" CR),
	  STR_INIT(FROM DATE ID "Subject: x" CR CR "hi" CR) },
	{ "whole", STR_INIT("From: a@b" CR "date: now" CR "Message-Id: <1@2>" CR CR),
	  STR_INIT("From: a@b" CR "date: now" CR "Message-Id: <1@2>" CR CR) },
	{ "blind",
	  STR_INIT("Bcc: a@b," CR " c@d" CR "To: e@f" CR "resent-bcc: g@h" CR CR "Bcc: i" CR),
	  STR_INIT(FROM DATE ID "To: e@f" CR CR "Bcc: i" CR) },
	{ "of cron", STR_INIT("From: root (Cron Daemon)" CR "To: root" CR CR "To: root" CR),
	  STR_INIT(DATE ID "From: root@own (Cron Daemon)" CR "To: root@own" CR CR "To: root" CR) },
	{ "addresses without a domain",
	  STR_INIT("To: a, b@c,<d>" CR "\t, \"e f\" <g> (h), \"i j\" ; k: l, m ;, =?utf-8?q?n?=" CR
		   "Cc: undisclosed-recipients:;" CR "Resent-From: o . p (q" CR "Reply-To:" CR
		   "Subject: r, s" CR "To: t u, v" CR CR),
	  STR_INIT(FROM DATE ID
		   "To: a@own, b@c,<d@own>" CR
		   "\t, \"e f\" <g@own> (h), \"i j\"@own ; k: l@own, m@own ;, =?utf-8?q?n?=" CR
		   "Cc: undisclosed-recipients:;" CR "Resent-From: o . p@own (q" CR "Reply-To:" CR
		   "Subject: r, s" CR "To: t u, v@own" CR CR) },
	{ "no header", STR_INIT("hello" CR "From: x" CR),
	  STR_INIT(FROM DATE ID CR "hello" CR "From: x" CR) },
	{ "begins with white space", STR_INIT("  Dear Bob," CR),
	  STR_INIT(FROM DATE ID CR "  Dear Bob," CR) },
	{ "begins with an empty line", STR_INIT(CR "hello" CR),
	  STR_INIT(FROM DATE ID CR "hello" CR) },
	{ "of a mailbox", STR_INIT("From a@b Mon Jan  1" CR "Subject: x" CR CR),
	  STR_INIT(FROM DATE ID "Subject: x" CR CR) },
	{ "header alone", STR_INIT("Subject: x" CR), STR_INIT(FROM DATE ID "Subject: x" CR) },
	{ "nothing", STR_INIT(""), STR_INIT(FROM DATE ID) },
};

static const struct {
	const char *label;
	enum message_submission_end end;
	struct str in, want;
} lines[] = {
	{ "LF", MESSAGE_SUBMISSION_DOT, STR_INIT("a\nb\n"), STR_INIT("a" CR "b" CR) },
	{ "CR LF", MESSAGE_SUBMISSION_DOT, STR_INIT("a\r\nb"), STR_INIT("a" CR "b" CR) },
	{ "dot", MESSAGE_SUBMISSION_DOT, STR_INIT("a\n.\nb\n"), STR_INIT("a" CR) },
	{ "two dots", MESSAGE_SUBMISSION_DOT, STR_INIT("..\n.a\n"), STR_INIT(".." CR ".a" CR) },
	{ "dot passes", MESSAGE_SUBMISSION_ALL, STR_INIT("a\n.\nb\n"),
	  STR_INIT("a" CR "." CR "b" CR) },
	{ "CR within", MESSAGE_SUBMISSION_DOT, STR_INIT("1%\r2%\r\r\n\0x\r"),
	  STR_INIT("1% 2%" CR " x" CR) },
	{ "empty", MESSAGE_SUBMISSION_DOT, STR_INIT(""), STR_INIT("") },
};

static const struct {
	const char *label;
	struct str in, want;
	size_t n_unread;
	struct str unread;
} recipients[] = {
	{ "all three", STR_INIT("To: a@b, root" CR "CC: c@d" CR "bcc: e@f" CR CR "To: g@h" CR),
	  STR_INIT("a@b\nroot@own\nc@d\ne@f\n"), 0, STR_INIT("") },
	{ "folded", STR_INIT("To: a@b," CR " c@d" CR), STR_INIT("a@b\nc@d\n"), 0, STR_INIT("") },
	{ "sent again", STR_INIT("To: a@b" CR "Resent-To: c@d" CR "Resent-Bcc: e@f" CR CR),
	  STR_INIT("c@d\ne@f\n"), 0, STR_INIT("") },
	{ "sent again by somebody", STR_INIT("To: a@b" CR "Resent-From: c@d" CR CR),
	  STR_INIT("a@b\n"), 0, STR_INIT("") },
	{ "nobody", STR_INIT("Subject: x" CR), STR_INIT(""), 0, STR_INIT("") },
	{ "what is no address",
	  STR_INIT("From: @" CR "To: a@b, c@@d , e" CR "Cc: f@g@h; (i)" CR "Bcc: j:;" CR CR),
	  STR_INIT("a@b\ne@own\n"), 2, STR_INIT("c@@d") },
	{ "nor in the fields that do not count",
	  STR_INIT("To: c@@d" CR "Resent-To: a@b," CR " x y <z" CR CR), STR_INIT("a@b\nz@own\n"), 0,
	  STR_INIT("") },
};

static const struct {
	const char *label;
	struct str name, want;
} names[] = {
	{ "none", STR_INIT(""), STR_INIT("From: <u@own>" CR) },
	{ "plain", STR_INIT("Cron Daemon"), STR_INIT("From: \"Cron Daemon\" <u@own>" CR) },
	{ "lines", STR_INIT("x\r\nBcc: y"), STR_INIT("From: \"x  Bcc: y\" <u@own>" CR) },
	{ "not ASCII", STR_INIT("J\xc3\xb6rg"), STR_INIT("From: =?utf-8?B?SsO2cmc=?= <u@own>" CR) },
	{ "not UTF-8", STR_INIT("J\xf6rg"), STR_INIT("From: <u@own>" CR) },
	{ "as long as a word", STR_INIT("\xc3\xb6" X40),
	  STR_INIT("From: =?utf-8?B?w7Z4" X39_64 "?= <u@own>" CR) },
	{ "too long for a word, and cut between characters", STR_INIT("a\xc3\xb6" X40),
	  STR_INIT("From: =?utf-8?B?YcO2" X39_64 "?=" CR " =?utf-8?B?eA==?= <u@own>" CR) },
	{ "cut before a character of two octets", STR_INIT("x" X40 "\xc3\xb6"),
	  STR_INIT("From: =?utf-8?B?" X39_64 "eHg=?=" CR " =?utf-8?B?w7Y=?= <u@own>" CR) },
};

static void check_name(size_t i)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(ROOM);
	struct message_submission s = submission;
	const struct str other = STR("Date: x" CR "Message-ID: y" CR);

	s.name = names[i].name;
	message_submission_write(&got, other, &s);
	CHECK_INT(names[i].label, got.n > other.n, true);
	CHECK_STR(names[i].label, str_head(buf_str(&got), got.n - other.n), names[i].want);
}

int main(void)
{
	struct buf got = BUF_MAX(ROOM);

	for (size_t i = 0; i < COUNT_OF(names); i++)
		check_name(i);

	for (size_t i = 0; i < COUNT_OF(writes); i++) {
		buf_clear(&got);
		message_submission_write(&got, writes[i].in, &submission);
		CHECK_STR(writes[i].label, buf_str(&got), writes[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		buf_clear(&got);
		message_submission_lines(&got, lines[i].in, lines[i].end);
		CHECK_STR(lines[i].label, buf_str(&got), lines[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(recipients); i++) {
		buf_clear(&got);
		struct message_addresses_unread u =
			message_submission_recipients(&got, recipients[i].in, STR("own"));
		CHECK_INT(recipients[i].label, (long long)u.n, (long long)recipients[i].n_unread);
		CHECK_STR(recipients[i].label, u.first, recipients[i].unread);
		CHECK_STR(recipients[i].label, buf_str(&got), recipients[i].want);
	}
	buf_free(&got);
	return TEST_EXIT();
}
