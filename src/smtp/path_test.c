#include "smtp/path.h"

#include "base/test.h"

#define X32 "abcdefghijklmnopqrstuvwxyz012345"
#define X63 X32 "abcdefghijklmnopqrstuvwxyz01234"
#define X64 X32 X32
#define X128 X64 X64
#define X249 X128 X64 X32 "abcdefghijklmnopqrstuvwxy"
#define X251 X249 "z0"

static const struct {
	const char *label;
	struct str in;
	struct str local, domain;
	enum smtp_domain kind;
	bool utf8;
} mailboxes[] = {
	{ "plain", STR_INIT("a@b"), STR_INIT("a"), STR_INIT("b"), SMTP_DOMAIN_NAME, false },
	{ "dots and signs", STR_INIT("a.b+c=9@x-y.example"), STR_INIT("a.b+c=9"),
	  STR_INIT("x-y.example"), SMTP_DOMAIN_NAME, false },
	{ "underscore in a name", STR_INIT("a@x_y.example"), STR_INIT("a"), STR_INIT("x_y.example"),
	  SMTP_DOMAIN_NAME, false },
	{ "quoted", STR_INIT("\"a b>@\\\"\"@c"), STR_INIT("\"a b>@\\\"\""), STR_INIT("c"),
	  SMTP_DOMAIN_NAME, false },
	{ "quoted and empty", STR_INIT("\"\"@c"), STR_INIT("\"\""), STR_INIT("c"), SMTP_DOMAIN_NAME,
	  false },
	{ "IPv4 literal", STR_INIT("a@[192.0.2.1]"), STR_INIT("a"), STR_INIT("[192.0.2.1]"),
	  SMTP_DOMAIN_LITERAL, false },
	{ "IPv6 literal", STR_INIT("a@[IPv6:2001:db8::1]"), STR_INIT("a"),
	  STR_INIT("[IPv6:2001:db8::1]"), SMTP_DOMAIN_LITERAL, false },
	/* IPv6-comp, IPv6v4-full, IPv6v4-comp of RFC 5321 section 4.1.3 */
	{ "mapped address in hexadecimal", STR_INIT("a@[IPv6:::ffff:7f00:15]"), STR_INIT("a"),
	  STR_INIT("[IPv6:::ffff:7f00:15]"), SMTP_DOMAIN_LITERAL, false },
	{ "mapped address with dots", STR_INIT("a@[IPv6:::ffff:127.0.0.21]"), STR_INIT("a"),
	  STR_INIT("[IPv6:::ffff:127.0.0.21]"), SMTP_DOMAIN_LITERAL, false },
	{ "six groups and dots", STR_INIT("a@[ipv6:1:2:3:4:5:6:192.0.2.1]"), STR_INIT("a"),
	  STR_INIT("[ipv6:1:2:3:4:5:6:192.0.2.1]"), SMTP_DOMAIN_LITERAL, false },
	{ "postmaster alone", STR_INIT("PostMaster"), STR_INIT("PostMaster"), STR_INIT(""),
	  SMTP_DOMAIN_NONE, false },
	{ "UTF-8 local part", STR_INIT("j\xc3\xb6rg@b"), STR_INIT("j\xc3\xb6rg"), STR_INIT("b"),
	  SMTP_DOMAIN_NAME, true },
	{ "UTF-8 domain", STR_INIT("a@b\xc3\xbc.example"), STR_INIT("a"),
	  STR_INIT("b\xc3\xbc.example"), SMTP_DOMAIN_NAME, true },
	{ "UTF-8 in quotes", STR_INIT("\"\xc3\xb6\"@b"), STR_INIT("\"\xc3\xb6\""), STR_INIT("b"),
	  SMTP_DOMAIN_NAME, true },
	{ "UTF-8 with the lowest octet", STR_INIT("\xe2\x80\x93@b"), STR_INIT("\xe2\x80\x93"),
	  STR_INIT("b"), SMTP_DOMAIN_NAME, true },
	{ "all that quotes take", STR_INIT("\" ~\"@b"), STR_INIT("\" ~\""), STR_INIT("b"),
	  SMTP_DOMAIN_NAME, false },
	{ "local part over 64 octets", STR_INIT(X64 "x@b"), STR_INIT(X64 "x"), STR_INIT("b"),
	  SMTP_DOMAIN_NAME, false },
	{ "longest label", STR_INIT("a@" X63), STR_INIT("a"), STR_INIT(X63), SMTP_DOMAIN_NAME,
	  false },
	{ "longest", STR_INIT(X251 "x@b"), STR_INIT(X251 "x"), STR_INIT("b"), SMTP_DOMAIN_NAME,
	  false },
};

static const struct {
	const char *label;
	struct str in;
	enum err err;
} refused[] = {
	{ "label too long", STR_INIT("a@" X64), ERR_LIMIT },
	{ "too long", STR_INIT(X251 "xy@b"), ERR_LIMIT },
	{ "empty", STR_INIT(""), ERR_SYNTAX },
	{ "no domain", STR_INIT("root"), ERR_SYNTAX },
	{ "empty domain", STR_INIT("a@"), ERR_SYNTAX },
	{ "empty local part", STR_INIT("@b"), ERR_SYNTAX },
	{ "two dots", STR_INIT("a..b@c"), ERR_SYNTAX },
	{ "dot first", STR_INIT(".a@c"), ERR_SYNTAX },
	{ "dot last", STR_INIT("a.@c"), ERR_SYNTAX },
	{ "dot at the end of the domain", STR_INIT("a@c."), ERR_SYNTAX },
	{ "two dots in the domain", STR_INIT("a@b..c"), ERR_SYNTAX },
	{ "hyphen before a label", STR_INIT("a@-b"), ERR_SYNTAX },
	{ "hyphen after a label", STR_INIT("a@b-.c"), ERR_SYNTAX },
	{ "two at signs", STR_INIT("a@b@c"), ERR_SYNTAX },
	{ "space", STR_INIT("a b@c"), ERR_SYNTAX },
	{ "brackets", STR_INIT("<a@b>"), ERR_SYNTAX },
	{ "comment", STR_INIT("a@b (c)"), ERR_SYNTAX },
	{ "quote without end", STR_INIT("\"a@b"), ERR_SYNTAX },
	{ "quote alone", STR_INIT("\""), ERR_SYNTAX },
	{ "backslash at the end", STR_INIT("\"a\\"), ERR_SYNTAX },
	{ "UTF-8 after a backslash", STR_INIT("\"\\\xc3\xb6\"@b"), ERR_SYNTAX },
	{ "line break in quotes", STR_INIT("\"a\r\nb\"@c"), ERR_SYNTAX },
	{ "line break after a backslash", STR_INIT("\"a\\\rb\"@c"), ERR_SYNTAX },
	{ "NUL", STR_INIT("a\0b@c"), ERR_SYNTAX },
	{ "DEL", STR_INIT("a\177b@c"), ERR_SYNTAX },
	{ "text after the quotes", STR_INIT("\"a\"b@c"), ERR_SYNTAX },
	{ "not UTF-8", STR_INIT("\xff@b"), ERR_SYNTAX },
	{ "not UTF-8 in the domain", STR_INIT("a@\xc3.b"), ERR_SYNTAX },
	{ "IPv6 without its tag", STR_INIT("a@[2001:db8::1]"), ERR_SYNTAX },
	{ "IPv4 with the tag", STR_INIT("a@[IPv6:192.0.2.1]"), ERR_SYNTAX },
	{ "group of five digits", STR_INIT("a@[IPv6:00001::1]"), ERR_SYNTAX },
	{ "zone of a link", STR_INIT("a@[IPv6:fe80::1%lo]"), ERR_SYNTAX },
	/* Three digits by the grammar; but elsewhere a zero in front means octal. */
	{ "zero in front", STR_INIT("a@[127.0.0.021]"), ERR_SYNTAX },
	{ "literal of another kind", STR_INIT("a@[x:y]"), ERR_SYNTAX },
	{ "literal without end", STR_INIT("a@[192.0.2.1"), ERR_SYNTAX },
	{ "text after the literal", STR_INIT("a@[192.0.2.1]x"), ERR_SYNTAX },
};

static const struct {
	const char *label;
	struct str in;
	enum err err;
	struct str address, rest;
} paths[] = {
	{ "plain", STR_INIT("<a@b>"), ERR_OK, STR_INIT("a@b"), STR_INIT("") },
	{ "null", STR_INIT("<>"), ERR_OK, STR_INIT(""), STR_INIT("") },
	{ "parameters follow", STR_INIT("<a@b> X=<y>"), ERR_OK, STR_INIT("a@b"),
	  STR_INIT(" X=<y>") },
	{ "route", STR_INIT("<@x.example,@y:a@b>"), ERR_OK, STR_INIT("a@b"), STR_INIT("") },
	{ "bracket in quotes", STR_INIT("<\">\"@b>"), ERR_OK, STR_INIT("\">\"@b"), STR_INIT("") },
	{ "postmaster", STR_INIT("<postmaster>"), ERR_OK, STR_INIT("postmaster"), STR_INIT("") },
	{ "longest", STR_INIT("<" X251 "x@b>"), ERR_OK, STR_INIT(X251 "x@b"), STR_INIT("") },
	{ "too long", STR_INIT("<" X251 "xy@b>"), ERR_LIMIT, STR_INIT(""), STR_INIT("") },
	{ "longest with its route", STR_INIT("<@x:" X249 "@b>"), ERR_OK, STR_INIT(X249 "@b"),
	  STR_INIT("") },
	{ "too long with its route", STR_INIT("<@x:" X249 "y@b>"), ERR_LIMIT, STR_INIT(""),
	  STR_INIT("") },
	{ "empty", STR_INIT(""), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "no brackets", STR_INIT("a@b"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "no first bracket", STR_INIT("a@b>"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "no end", STR_INIT("<a@b"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "space inside", STR_INIT("< a@b>"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "route without mailbox", STR_INIT("<@x:>"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "route without colon", STR_INIT("<@x,a@b>"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "route without its at sign", STR_INIT("<@x,y:a@b>"), ERR_SYNTAX, STR_INIT(""),
	  STR_INIT("") },
	{ "route without name", STR_INIT("<@:a@b>"), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "label too long in the route", STR_INIT("<@" X64 ":a@b>"), ERR_LIMIT, STR_INIT(""),
	  STR_INIT("") },
};

static void check_mailbox(size_t i)
{
	struct smtp_mailbox m = { .utf8 = false };

	CHECK_INT(mailboxes[i].label, smtp_path_mailbox(mailboxes[i].in, &m), ERR_OK);
	CHECK_STR(mailboxes[i].label, m.local, mailboxes[i].local);
	CHECK_STR(mailboxes[i].label, m.domain, mailboxes[i].domain);
	CHECK_INT(mailboxes[i].label, m.kind, mailboxes[i].kind);
	CHECK_INT(mailboxes[i].label, m.utf8, mailboxes[i].utf8);
}

static void check_path(size_t i)
{
	struct str rest = paths[i].in, address;
	enum err e = smtp_path_read(&rest, &address);

	CHECK_INT(paths[i].label, e, paths[i].err);
	if (e != ERR_OK) {
		CHECK_STR(paths[i].label, rest, paths[i].in);
		return;
	}
	CHECK_STR(paths[i].label, address, paths[i].address);
	CHECK_STR(paths[i].label, rest, paths[i].rest);
}

int main(void)
{
	struct smtp_mailbox m = { .kind = SMTP_DOMAIN_NAME };
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(mailboxes); i++)
		check_mailbox(i);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		CHECK_INT(refused[i].label, smtp_path_mailbox(refused[i].in, &m), refused[i].err);
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		check_path(i);

	CHECK_INT("literal", smtp_path_mailbox(STR("a@[ipv6:2001:DB8::1]"), &m), ERR_OK);
	CHECK_STR("literal", ip_text(&m.literal, text), STR("2001:db8::1"));
	return TEST_EXIT();
}
