#include "message/head.h"

#include "base/test.h"
#include "base/text.h"

#define MANY 100000

/* What a walk sees, written as "name|body\n" for each field, then "=" and the rest. */
static void walk(struct buf *out, struct str message)
{
	struct message_field f;

	while (message_head_next(&message, &f)) {
		buf_add(out, f.name);
		buf_addc(out, '|');
		buf_add(out, f.body);
		buf_addc(out, '\n');
	}
	buf_addc(out, '=');
	buf_add(out, message);
}

static const struct {
	const char *label;
	struct str message, seen;
	size_t head; /* octets */
} walks[] = {
	{ "nothing", STR_INIT(""), STR_INIT("="), 0 },
	{ "one field", STR_INIT("To: a\r\n\r\nbody"), STR_INIT("To| a\n=body"), 9 },
	{ "LF alone", STR_INIT("To: a\nCc:b\n\nbody\n"), STR_INIT("To| a\nCc|b\n=body\n"), 12 },
	{ "no body", STR_INIT("To: a\r\n\r\n"), STR_INIT("To| a\n="), 9 },
	{ "no empty line", STR_INIT("To: a\r\n"), STR_INIT("To| a\n="), 7 },
	{ "no end of line", STR_INIT("To: a"), STR_INIT("To| a\n="), 5 },
	{ "end after CR", STR_INIT("To: a\r"), STR_INIT("To| a\n="), 6 },
	{ "no head", STR_INIT("\r\nTo: a\r\n"), STR_INIT("=To: a\r\n"), 2 },
	{ "no head, LF", STR_INIT("\nTo: a\n"), STR_INIT("=To: a\n"), 1 },
	{ "folded", STR_INIT("To: a,\r\n b,\r\n\tc\r\nX:\r\n\r\n"),
	  STR_INIT("To| a,\r\n b,\r\n\tc\nX|\n="), 23 },
	{ "folded at the end", STR_INIT("To: a\r\n b"), STR_INIT("To| a\r\n b\n="), 9 },
	{ "line of white space in a field", STR_INIT("To: a\r\n \r\n b\r\n\r\n"),
	  STR_INIT("To| a\r\n \r\n b\n="), 16 },
	{ "white space first", STR_INIT(" To: a\r\nCc: b\r\n\r\nc"), STR_INIT("Cc| b\n=c"), 17 },
	{ "a mailbox", STR_INIT("From a@b Mon Nov 30 10:00:00\r\nFrom: a@b\r\n\r\nc"),
	  STR_INIT("From| a@b\n=c"), 43 },
	{ "space before the colon", STR_INIT("To \t: a\r\n\r\n"), STR_INIT("To| a\n="), 11 },
	{ "no colon", STR_INIT("To: a\r\nFrom me\r\n\r\nc: d"), STR_INIT("To| a\n=c: d"), 18 },
	{ "no colon, and a field after it",
	  STR_INIT("To: a\r\nno field\r\n Cc: b\r\nX: c\r\n\r\nd"), STR_INIT("To| a\nX| c\n=d"),
	  33 },
	{ "no colon, and nothing after it", STR_INIT("To: a\r\nno field"), STR_INIT("To| a\n="),
	  15 },
	{ "no name", STR_INIT(": a\r\n\r\n"), STR_INIT("="), 7 },
	{ "octet no name has", STR_INIT("T\xc3\xb6: a\r\n"), STR_INIT("="), 8 },
	{ "NUL in a name", STR_INIT("T\0: a\r\n"), STR_INIT("="), 7 },
	{ "every octet a name may have", STR_INIT("!\"#~z9: a\r\n\r\n"), STR_INIT("!\"#~z9| a\n="),
	  13 },
	{ "colons in the body", STR_INIT("A::b: c\r\n\r\n"), STR_INIT("A|:b: c\n="), 11 },
	{ "CR in the body", STR_INIT("A: b\rc\r\n\r\n"), STR_INIT("A| b\rc\n="), 10 },
	{ "half a field after the head", STR_INIT("A: b\r\n\r\nC: d\r\n\r\n"),
	  STR_INIT("A| b\n=C: d\r\n\r\n"), 8 },
};

static const struct {
	const char *label;
	struct str body, want, single;
} unfolds[] = {
	{ "nothing", STR_INIT(""), STR_INIT(""), STR_INIT("") },
	{ "ends trimmed", STR_INIT(" \t a  b \r\n"), STR_INIT("a  b"), STR_INIT("a  b") },
	{ "folded", STR_INIT(" a\r\n b"), STR_INIT("a b"), STR_INIT("a b") },
	{ "folded with LF and tab", STR_INIT(" a\n\tb"), STR_INIT("a\tb"), STR_INIT("a b") },
	{ "white space is kept", STR_INIT("a \r\n  b"), STR_INIT("a   b"), STR_INIT("a b") },
	{ "line of white space", STR_INIT("a\r\n \r\n b"), STR_INIT("a  b"), STR_INIT("a b") },
	{ "break without white space", STR_INIT("a\r\nb"), STR_INIT("a\r\nb"), STR_INIT("a b") },
	{ "breaks together", STR_INIT("a\n\r\n b"), STR_INIT("a b"), STR_INIT("a b") },
	{ "only breaks", STR_INIT("\r\n\r\n"), STR_INIT(""), STR_INIT("") },
	{ "CR is no break", STR_INIT("a\r b"), STR_INIT("a\r b"), STR_INIT("a\r b") },
	{ "CR CR LF", STR_INIT("a\r\r\n b"), STR_INIT("a\r b"), STR_INIT("a b") },
};

static const struct {
	const char *label;
	struct str body, want;
} decodes[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "plain", STR_INIT(" a\r\n b "), STR_INIT("a b") },
	{ "UTF-8 as it is", STR_INIT(" Gehälter"), STR_INIT("Gehälter") },
	{ "octets that are none", STR_INIT("Geh\xe4lter"), STR_INIT("Geh\xef\xbf\xbdlter") },
	{ "a word", STR_INIT(" =?utf-8?Q?Geh=C3=A4lter?= 2026"), STR_INIT("Gehälter 2026") },
	{ "folded words", STR_INIT("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?="), STR_INIT("ab") },
};

static void check_finding(void)
{
	struct str m = STR("Received: 1\r\nTO : x\r\nreceived: 2\r\nTo: y\r\n\r\nReceived: 3\r\n");
	struct message_field f;

	CHECK_INT("found", message_head_find(m, STR("to"), &f), true);
	CHECK_STR("found", f.body, STR(" x"));
	CHECK_INT("not found", message_head_find(m, STR("Cc"), &f), false);
	CHECK_INT("not in the body", (long long)message_head_count(m, STR("RECEIVED")), 2);
	CHECK_INT("none", (long long)message_head_count(m, STR("Receive")), 0);
	m = STR("Tom: 1\r\nX: 2\r\n To: 3\r\nTo whom\r\n\tTo: 4\r\nTo: 5\r\nTo6\r\nto:7\r\n\nTo: "
		"8");
	CHECK_INT("found", message_head_find(m, STR("To"), &f), true);
	CHECK_STR("no line that only begins so", f.body, STR(" 5"));
	CHECK_INT("of all", (long long)message_head_count(m, STR("To")), 2);
}

/* Work must grow with the size, not with its square: these would take minutes. */
static void check_large(void)
{
	struct buf m = BUF_MAX(8 * MANY), out = BUF_MAX(8 * MANY);

	for (int i = 0; i < MANY; i++)
		buf_add(&m, STR("a b\r\n"));
	CHECK_INT("no fields", (long long)message_head_count(buf_str(&m), STR("a")), 0);
	CHECK_INT("no fields", (long long)message_head_size(buf_str(&m)), (long long)m.n);
	buf_clear(&m);
	for (int i = 0; i < MANY; i++)
		buf_add(&m, STR("a\r\n "));
	message_head_unfold(&out, buf_str(&m));
	CHECK_INT("folds", (long long)out.n, 2 * MANY - 1);
	buf_clear(&m), buf_clear(&out);
	for (int i = 0; i < MANY; i++)
		buf_add(&m, STR("\n"));
	buf_addc(&m, 'a');
	message_head_unfold(&out, buf_str(&m));
	CHECK_INT("breaks", (long long)out.n, 1);
	buf_free(&m), buf_free(&out);
}

int main(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(walks); i++) {
		buf_clear(&out);
		walk(&out, walks[i].message);
		CHECK_STR(walks[i].label, buf_str(&out), walks[i].seen);
		CHECK_INT(walks[i].label, (long long)message_head_size(walks[i].message),
			  (long long)walks[i].head);
	}
	for (size_t i = 0; i < COUNT_OF(unfolds); i++) {
		buf_clear(&out);
		message_head_unfold(&out, unfolds[i].body);
		CHECK_STR(unfolds[i].label, buf_str(&out), unfolds[i].want);
		buf_clear(&out);
		message_head_unfold_single(&out, unfolds[i].body);
		CHECK_STR(unfolds[i].label, buf_str(&out), unfolds[i].single);
	}
	for (size_t i = 0; i < COUNT_OF(decodes); i++) {
		buf_clear(&out);
		buf_add(&out, STR(">"));
		message_head_decode(&out, NULL, decodes[i].body);
		CHECK_STR(decodes[i].label, str_skip(buf_str(&out), 1), decodes[i].want);
	}
	buf_free(&out);

	struct buf small = BUF_MAX(3);
	message_head_decode(&small, NULL, STR("abcd"));
	CHECK_INT("past the limit", buf_err(&small), ERR_LIMIT);
	buf_clear(&small);
	message_head_decode(&small, NULL, STR("=?utf-8?q?abc?="));
	CHECK_INT("past the limit while folded", buf_err(&small), ERR_LIMIT);
	buf_free(&small);
	check_finding();
	check_large();
	return TEST_EXIT();
}
