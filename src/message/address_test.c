#include "message/address.h"

#include "base/test.h"

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X512 X64 X64 X64 X64 X64 X64 X64 X64
#define MANY 50000

static const struct {
	const char *label;
	struct str body, want; /* the addresses, with a space after each */
} cases[] = {
	{ "nothing", STR_INIT(""), STR_INIT("") },
	{ "bare", STR_INIT(" bob@example.net"), STR_INIT("bob@example.net ") },
	{ "case is kept", STR_INIT("Bob@Example.NET"), STR_INIT("Bob@Example.NET ") },
	{ "brackets", STR_INIT("<bob@example.net>"), STR_INIT("bob@example.net ") },
	{ "name", STR_INIT("Bob B. <bob@example.net>"), STR_INIT("bob@example.net ") },
	{ "name in quotes", STR_INIT("\"B, \\\"<x@y>\" <b@a.example>"), STR_INIT("b@a.example ") },
	{ "encoded name", STR_INIT("=?utf-8?Q?B=C3=A4?= <b@a.example>"), STR_INIT("b@a.example ") },
	{ "two", STR_INIT("a@x.example, B <b@y.example>"), STR_INIT("a@x.example b@y.example ") },
	{ "folded", STR_INIT("a@x.example,\r\n\tb@y.example\r\n"),
	  STR_INIT("a@x.example b@y.example ") },
	{ "empty elements", STR_INIT(",, a@x , ,b@y,"), STR_INIT("a@x b@y ") },
	{ "semicolons", STR_INIT("a@x; b@y;"), STR_INIT("a@x b@y ") },
	{ "group", STR_INIT("Friends: a@x, B <b@y>;, c@z"), STR_INIT("a@x b@y c@z ") },
	{ "empty group", STR_INIT("undisclosed-recipients:;"), STR_INIT("") },
	{ "group in quotes", STR_INIT("\"a:b\": a@x;"), STR_INIT("a@x ") },
	{ "comments", STR_INIT("(one) a (two) @ (three) x.example (four)"),
	  STR_INIT("a@x.example ") },
	{ "nested comments", STR_INIT("a(b(c\\)d)(e,<))@x"), STR_INIT("a@x ") },
	{ "old style name", STR_INIT("a@x (B, the <c@d> one)"), STR_INIT("a@x ") },
	{ "white space in old addresses", STR_INIT("a . b @ x . example"),
	  STR_INIT("a.b@x.example ") },
	{ "route", STR_INIT("<@r.example,@s.example:a@x>"), STR_INIT("a@x ") },
	{ "route with comments", STR_INIT("R <@r (c) , , @s: a@x>"), STR_INIT("a@x ") },
	{ "route without address", STR_INIT("<@r.example>, a@x"), STR_INIT("a@x ") },
	{ "quotes that must be", STR_INIT("\"a b\"@x, \"a@b\"@y, \"\"@z"),
	  STR_INIT("\"a b\"@x \"a@b\"@y \"\"@z ") },
	{ "quotes that need not be", STR_INIT("\"a.b\"@x, \"c\".\"d\"@y"),
	  STR_INIT("a.b@x c.d@y ") },
	{ "escapes", STR_INIT("\"a\\\"\\\\\\b\"@x"), STR_INIT("\"a\\\"\\\\b\"@x ") },
	{ "words in part in quotes", STR_INIT("a.\"b c\".d@x"), STR_INIT("\"a.b c.d\"@x ") },
	{ "fold in quotes", STR_INIT("\"a\r\n\tb\"@x"), STR_INIT("\"a b\"@x ") },
	{ "dots as in the wild", STR_INIT("a..b@x, .c@x, d.@x, \"e..f\"@x"),
	  STR_INIT("a..b@x .c@x d.@x \"e..f\"@x ") },
	{ "literal", STR_INIT("a@[192.0.2.1], <b@[IPv6:2001:db8::1]>"),
	  STR_INIT("a@[192.0.2.1] b@[IPv6:2001:db8::1] ") },
	{ "literal with space", STR_INIT("a@ [ 192.0.2.1 ] "), STR_INIT("a@[192.0.2.1] ") },
	{ "final dot", STR_INIT("a@x.example., <b@y.>"), STR_INIT("a@x.example b@y ") },
	{ "UTF-8", STR_INIT("Jürgen <jürgen@müller.example>"), STR_INIT("jürgen@müller.example ") },
	{ "every octet of an atom", STR_INIT("!#$%&'*+-/=?^_`{|}~@x"),
	  STR_INIT("!#$%&'*+-/=?^_`{|}~@x ") },
	{ "longest", STR_INIT(X512 "@x"), STR_INIT(X512 "@x ") },
	{ "longest domain", STR_INIT("x@" X512), STR_INIT("x@" X512 " ") },

	{ "no bracket at the end", STR_INIT("A <a@x, b@y"), STR_INIT("a@x b@y ") },
	{ "two brackets", STR_INIT("<<a@x>>"), STR_INIT("a@x ") },
	{ "text after the bracket", STR_INIT("<a@x> B, b@y"), STR_INIT("a@x b@y ") },
	{ "address after the bracket", STR_INIT("<a@x> b@y, c@z"), STR_INIT("a@x c@z ") },
	{ "address after the address", STR_INIT("a@x (b@y) b@y; c@z"), STR_INIT("c@z ") },
	{ "quote without end", STR_INIT("\"A <a@x>, B\" <b@y>, \"C <c@z>"), STR_INIT("b@y c@z ") },
	{ "only a quote without end", STR_INIT("\"A <a@x>, <b@y>"), STR_INIT("a@x b@y ") },
	{ "comment without end", STR_INIT("a@x (b, c@z"), STR_INIT("a@x c@z ") },
	{ "comment without end before", STR_INIT("(A <a@x>, (B) b@y"), STR_INIT("a@x ") },
	{ "literal without end", STR_INIT("a@[1, <b@[1, c@z"), STR_INIT("c@z ") },
	{ "literal in literal", STR_INIT("a@[1[2], c@z"), STR_INIT("c@z ") },
	{ "backslash in literal", STR_INIT("a@[1\\2], c@z"), STR_INIT("c@z ") },
	{ "no domain", STR_INIT("root, a@, <a@>, <>, c@z"), STR_INIT("c@z ") },
	{ "no local part", STR_INIT("@x, <@x>, c@z"), STR_INIT("c@z ") },
	{ "dots in a domain", STR_INIT("a@.x, a@x..y, a@x.., a@., c@z"), STR_INIT("c@z ") },
	{ "two words", STR_INIT("a b@x, a\"b\"@x, a@x y, <a@x y>, c@z"), STR_INIT("c@z ") },
	{ "two signs", STR_INIT("a@b@x, c@z"), STR_INIT("c@z ") },
	{ "escape outside of quotes", STR_INIT("a\\,b@x, c@z"), STR_INIT("c@z ") },
	{ "NUL", STR_INIT("a\0b@x, a@x\0, \"a\0\"@x, c@z"), STR_INIT("c@z ") },
	{ "control in quotes", STR_INIT("\"a\\\r\"@x, \"a\x7f\"@x, c@z"), STR_INIT("c@z ") },
	{ "not UTF-8", STR_INIT("\xff@x, a@\xc3, c@z"), STR_INIT("c@z ") },
	{ "one octet too long", STR_INIT(X512 "x@x, x@" X512 "x, \"" X512 " \"@x, c@z"),
	  STR_INIT("c@z ") },
};

static void all(struct buf *out, struct str body)
{
	struct message_addresses a = message_addresses_of(body);
	struct buf addr = BUF_MAX(2048);

	while (message_addresses_next(&a, &addr)) {
		buf_add(out, buf_str(&addr));
		buf_addc(out, ' ');
	}
	CHECK_INT("at the end", message_addresses_next(&a, &addr), false);
	buf_free(&addr);
}

/* Work must grow with the size, not with its square: these would take minutes. */
static void check_large(struct str part)
{
	struct buf body = BUF_MAX(MANY * 16), out = BUF_MAX(MANY * 16);

	for (int i = 0; i < MANY; i++)
		buf_add(&body, part);
	buf_add(&body, STR("\"\\\"(),c@z"));
	all(&out, buf_str(&body));
	CHECK_INT("ended", buf_err(&out), ERR_OK);
	buf_free(&body), buf_free(&out);
}

/* What programs of this machine write to: a name without a domain is one of ours. */
static const struct {
	const char *label;
	struct str body, want;
} own_cases[] = {
	{ "bare", STR_INIT("root"), STR_INIT("root@own") },
	{ "list", STR_INIT("root, a@b ,\"x y\""), STR_INIT("root@own a@b \"x y\"@own") },
	{ "brackets", STR_INIT("The Root <root>"), STR_INIT("root@own") },
	{ "comment", STR_INIT("root (The Root)"), STR_INIT("root@own") },
	{ "a name and no address", STR_INIT("The Root, b@c"), STR_INIT("b@c") },
	{ "group", STR_INIT("friends: dave, a@b;, undisclosed:;"), STR_INIT("dave@own a@b") },
	{ "nothing", STR_INIT(" , ,<>"), STR_INIT("") },
};

static void check_own(size_t i)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(4096), addr = BUF_MAX(1024);
	struct message_addresses a = message_addresses_of(own_cases[i].body);

	a.own = STR("own");
	while (message_addresses_next(&a, &addr)) {
		buf_add(&got, got.n ? STR(" ") : STR(""));
		buf_add(&got, buf_str(&addr));
	}
	CHECK_STR(own_cases[i].label, buf_str(&got), own_cases[i].want);
}

/* What is passed over in silence, and what is told: it may be a slip of who wants it read. */
static const struct {
	const char *label;
	struct str body;
	size_t n;
	struct str first;
} unread_cases[] = {
	{ "nothing", STR_INIT(""), 0, STR_INIT("") },
	{ "separators and comments", STR_INIT(" , ;,(c), (d)"), 0, STR_INIT("") },
	{ "a group, and one of nobody", STR_INIT("f: a@x;, undisclosed:;"), 0, STR_INIT("") },
	{ "names", STR_INIT("A B <a@x>, \"C\" <b@y> (D)"), 0, STR_INIT("") },
	{ "two signs", STR_INIT("a@x, b@@c ; c@y"), 1, STR_INIT("b@@c") },
	{ "several", STR_INIT("b@@c,a@x, d e, <>"), 3, STR_INIT("b@@c") },
	{ "at the end", STR_INIT("a@x,\r\n The Root \r\n"), 1, STR_INIT("The Root") },
	{ "brackets", STR_INIT("B <b@@c>, a@x"), 1, STR_INIT("B <b@@c>") },
	{ "a quote without end", STR_INIT("a@x, \"bro ken"), 1, STR_INIT("\"bro ken") },
	{ "behind brackets", STR_INIT("<a@x> b@y, C <c@z> c@w;"), 2, STR_INIT("b@y") },
	{ "words behind brackets", STR_INIT("<a@x> B (b@y), <<c@z>> \"d@w\""), 0, STR_INIT("") },
	{ "in a group", STR_INIT("f: b@@c;, a@x"), 1, STR_INIT("b@@c") },
	{ "not UTF-8", STR_INIT("\xff@x"), 1, STR_INIT("\xff@x") },
};

static void check_unread(size_t i)
{
	CLEANUP(buf_free) struct buf addr = BUF_MAX(1024);
	struct message_addresses a = message_addresses_of(unread_cases[i].body);

	while (message_addresses_next(&a, &addr))
		;
	CHECK_INT(unread_cases[i].label, (long long)a.unread.n, (long long)unread_cases[i].n);
	CHECK_STR(unread_cases[i].label, a.unread.first, unread_cases[i].first);
}

static void check_small_buf(void)
{
	struct message_addresses a = message_addresses_of(STR("abcdef@x, a@z"));
	struct buf addr = BUF_MAX(4);

	CHECK_INT("what fits", message_addresses_next(&a, &addr), true);
	CHECK_STR("what fits", buf_str(&addr), STR("a@z"));
	CHECK_INT("no error stays", buf_err(&addr), ERR_OK);
	buf_free(&addr);
}

int main(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buf_clear(&out);
		all(&out, cases[i].body);
		CHECK_STR(cases[i].label, buf_str(&out), cases[i].want);
	}
	buf_free(&out);

	static const struct str parts[] = {
		STR_INIT("<"),      STR_INIT("\\\""),  STR_INIT("\\\","), STR_INIT("("),
		STR_INIT("(,"),     STR_INIT("<,"),    STR_INIT("<@,"),   STR_INIT("<a@[,"),
		STR_INIT("\"\\"),   STR_INIT("(c)"),   STR_INIT("<("),    STR_INIT("a.,"),
		STR_INIT("<@a,@b"), STR_INIT("\"\","), STR_INIT(":"),
	};
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		check_large(parts[i]);
	for (size_t i = 0; i < COUNT_OF(own_cases); i++)
		check_own(i);
	for (size_t i = 0; i < COUNT_OF(unread_cases); i++)
		check_unread(i);
	check_small_buf();

	CHECK_INT("field", message_addresses_field(STR("tO")), true);
	CHECK_INT("field", message_addresses_field(STR("Reply-To")), true);
	CHECK_INT("field", message_addresses_field(STR("resent-sender")), true);
	CHECK_INT("field", message_addresses_field(STR("Resent-")), false);
	CHECK_INT("field", message_addresses_field(STR("Subject")), false);
	CHECK_INT("field", message_addresses_field(STR("Envelope-To")), false);
	return TEST_EXIT();
}
