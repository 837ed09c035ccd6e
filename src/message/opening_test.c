#include "message/opening.h"

#include "base/test.h"

#define OURS "Received: x\r\n"

/* What stands behind a field of ours, as it came and mended. */
static const struct {
	const char *label;
	struct str in, out;
} cases[] = {
	{ "a header", STR_INIT("To: a\r\n\r\nb\r\n"), STR_INIT("To: a\r\n\r\nb\r\n") },
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "no header", STR_INIT("\r\n b\r\n"), STR_INIT("\r\n b\r\n") },
	{ "space", STR_INIT("  Dear Bob,\r\nhello\r\n"), STR_INIT("\r\n  Dear Bob,\r\nhello\r\n") },
	{ "tab", STR_INIT("\tDear Bob,\r\n"), STR_INIT("\r\n\tDear Bob,\r\n") },
	{ "white space alone", STR_INIT(" "), STR_INIT("\r\n ") },
	{ "white space, and then fields", STR_INIT(" \r\nTo: a\r\n\r\n"),
	  STR_INIT("\r\n \r\nTo: a\r\n\r\n") },
	{ "text", STR_INIT("Dear Bob,\r\n  hello\r\n"), STR_INIT("Dear Bob,\r\n  hello\r\n") },
	{ "a mailbox", STR_INIT("From a@b Mon Nov 30 10:00:00 2026\r\nTo: a\r\n\r\nb\r\n"),
	  STR_INIT("X-Mailbox-Line: From a@b Mon Nov 30 10:00:00 2026\r\nTo: a\r\n\r\nb\r\n") },
	{ "a mailbox, and white space", STR_INIT("From a@b\r\n  Dear Bob,\r\n"),
	  STR_INIT("X-Mailbox-Line: From a@b\r\n\r\n  Dear Bob,\r\n") },
	{ "a mailbox, and its end", STR_INIT("From a@b\r\n"),
	  STR_INIT("X-Mailbox-Line: From a@b\r\n") },
	{ "a mailbox without the end of its line", STR_INIT("From "),
	  STR_INIT("X-Mailbox-Line: From ") },
	{ "twice", STR_INIT("From a\r\nFrom b\r\n\r\n"),
	  STR_INIT("X-Mailbox-Line: From a\r\nFrom b\r\n\r\n") },
	{ "not the first line", STR_INIT("To: a\r\nFrom b\r\n\r\n"),
	  STR_INIT("To: a\r\nFrom b\r\n\r\n") },
	{ "quoted", STR_INIT(">From a\r\n\r\n"), STR_INIT(">From a\r\n\r\n") },
	{ "other letters", STR_INIT("FROM a\r\n\r\n"), STR_INIT("FROM a\r\n\r\n") },
	{ "the field", STR_INIT("From: a@b\r\n\r\n"), STR_INIT("From: a@b\r\n\r\n") },
	{ "the field, obsolete", STR_INIT("From : a@b\r\n\r\n"), STR_INIT("From : a@b\r\n\r\n") },
	{ "a longer word", STR_INIT("Fromage a\r\n\r\n"), STR_INIT("Fromage a\r\n\r\n") },
};

static void check_case(size_t i)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf want = BUF_MAX(1000);

	buf_add(&b, STR(OURS));
	buf_add(&b, cases[i].in);
	buf_add(&want, STR(OURS));
	buf_add(&want, cases[i].out);
	size_t added = message_opening_mend(&b, sizeof(OURS) - 1);
	CHECK_STR(cases[i].label, buf_str(&b), buf_str(&want));
	CHECK_INT(cases[i].label, (long long)added, (long long)(cases[i].out.n - cases[i].in.n));
	CHECK_INT("once is enough", (long long)message_opening_mend(&b, sizeof(OURS) - 1), 0);
}

int main(void)
{
	CLEANUP(buf_free) struct buf full = BUF_MAX(sizeof(OURS));

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	buf_add(&full, STR(OURS " "));
	CHECK_INT("no room", (long long)message_opening_mend(&full, sizeof(OURS) - 1), 0);
	CHECK_INT("no room", buf_err(&full), ERR_LIMIT);
	CHECK_STR("no room", buf_str(&full), STR(OURS " "));
	return TEST_EXIT();
}
