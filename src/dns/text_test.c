#include "dns/text.h"

#include "base/test.h"
#include "base/text.h"
#include "dns/craft.h"

enum { NAPTR = 35 };

static const struct {
	uint16_t type;
	struct str rdata;
	const char *text;
} cases[] = {
	{ DNS_TYPE_A, STR_INIT("\xc0\0\2\1"), "192.0.2.1" },
	{ DNS_TYPE_A, STR_INIT("\xc0\0\2"), "\\# 3 c00002" },
	{ DNS_TYPE_A, STR_INIT("\xc0\0\2\1\0"), "\\# 5 c000020100" },
	{ DNS_TYPE_AAAA, STR_INIT("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1" },
	{ DNS_TYPE_MX, STR_INIT("\0\x0a\2mx\0"), "10 mx." },
	{ DNS_TYPE_MX, STR_INIT("\0\0\0"), "0 ." },
	{ DNS_TYPE_MX, STR_INIT("\0\x0a\2mx"), "\\# 5 000a026d78" },
	{ DNS_TYPE_MX, STR_INIT("\0\x0a\2mx\0\0"), "\\# 7 000a026d780000" },
	{ DNS_TYPE_MX, STR_INIT("\0\x0a\xc0\0"), "\\# 4 000ac000" },
	{ DNS_TYPE_CNAME, STR_INIT("\1a\0"), "a." },
	{ DNS_TYPE_DNAME, STR_INIT("\1a\0"), "a." },
	{ DNS_TYPE_NS, STR_INIT("\1a\0"), "a." },
	{ DNS_TYPE_PTR, STR_INIT("\1a\0"), "a." },
	{ DNS_TYPE_SOA, STR_INIT("\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff"),
	  "a. b. 1 2 3 4 4294967295" },
	{ DNS_TYPE_SRV, STR_INIT("\0\1\0\2\xff\xff\1a\0"), "1 2 65535 a." },
	{ DNS_TYPE_TXT, STR_INIT("\3a b\0\1\""), "\"a b\" \"\" \"\\\"\"" },
	{ DNS_TYPE_TXT, STR_INIT("\4\\\n\xff;"), "\"\\\\\\010\\255;\"" },
	{ DNS_TYPE_TXT, STR_INIT(""), "\\# 0" },
	{ DNS_TYPE_TXT, STR_INIT("\2a"), "\\# 2 0261" },
	{ DNS_TYPE_TLSA, STR_INIT("\3\1\1\xab\xcd"), "3 1 1 abcd" },
	{ DNS_TYPE_TLSA, STR_INIT("\3\1\1"), "\\# 3 030101" },
	{ DNS_TYPE_SSHFP, STR_INIT("\4\2\1"), "4 2 01" },
	{ NAPTR, STR_INIT("\0\1\0\2\1S\7SIP+D2U\0\4_sip\0"), "1 2 \"S\" \"SIP+D2U\" \"\" _sip." },
	{ NAPTR, STR_INIT("\0\1\0\2\1S\7SIP+D2U\0"),
	  "\\# 15 00010002015307"
	  "5349502b44325500" },
	{ 17, STR_INIT("\1a\0\1b\0"), "a. b." },
	{ 18, STR_INIT("\0\1\1b\0"), "1 b." },
	{ 21, STR_INIT("\0\1\1b\0"), "1 b." },
	{ 26, STR_INIT("\0\1\1a\0\1b\0"), "1 a. b." },
	{ 36, STR_INIT("\0\1\1b\0"), "1 b." },
	{ 4711, STR_INIT("\1\2"), "\\# 2 0102" },
};

/* Presentation form as others write it; what we write is read back in main(). */
static const struct {
	const char *label;
	uint16_t type;
	const char *text;
	enum err err;
	struct str rdata;
} reads[] = {
	{ "generic", 4711, "\\# 2 0102", ERR_OK, STR_INIT("\1\2") },
	{ "generic in words", 4711, "\\# 3 01 0203", ERR_OK, STR_INIT("\1\2\3") },
	{ "generic, upper case", 4711, "\\# 1 AB", ERR_OK, STR_INIT("\xab") },
	{ "generic, empty", 4711, "\\# 0", ERR_OK, STR_INIT("") },
	{ "generic, one less", 4711, "\\# 1 0102", ERR_SYNTAX, STR_INIT("") },
	{ "generic, one more", 4711, "\\# 3 0102", ERR_SYNTAX, STR_INIT("") },
	{ "generic, half an octet", 4711, "\\# 1 010", ERR_SYNTAX, STR_INIT("") },
	{ "generic, no number", 4711, "\\#", ERR_SYNTAX, STR_INIT("") },
	{ "generic, number too large", 4711, "\\# 65536", ERR_SYNTAX, STR_INIT("") },
	{ "generic, of a known type", DNS_TYPE_A, "\\# 3 010203", ERR_OK, STR_INIT("\1\2\3") },
	{ "no form", 4711, "0102", ERR_SYNTAX, STR_INIT("") },
	{ "empty", DNS_TYPE_A, "", ERR_SYNTAX, STR_INIT("") },
	{ "blanks", DNS_TYPE_MX, "\t 10  mx.\t ", ERR_OK, STR_INIT("\0\x0a\2mx\0") },
	{ "number at its limit", DNS_TYPE_MX, "65535 .", ERR_OK, STR_INIT("\xff\xff\0") },
	{ "number past its limit", DNS_TYPE_MX, "65536 .", ERR_SYNTAX, STR_INIT("") },
	{ "octet at its limit", DNS_TYPE_SSHFP, "255 0 00", ERR_OK, STR_INIT("\xff\0\0") },
	{ "octet past its limit", DNS_TYPE_SSHFP, "256 0 00", ERR_SYNTAX, STR_INIT("") },
	{ "too many words", DNS_TYPE_MX, "1 . .", ERR_SYNTAX, STR_INIT("") },
	{ "too few words", DNS_TYPE_MX, "1", ERR_SYNTAX, STR_INIT("") },
	{ "blank in a name", DNS_TYPE_NS, "a\\ b.", ERR_OK, STR_INIT("\3a b\0") },
	{ "name without dot", DNS_TYPE_NS, "a", ERR_OK, STR_INIT("\1a\0") },
	{ "name with a backslash at its end", DNS_TYPE_NS, "a\\", ERR_SYNTAX, STR_INIT("") },
	{ "name with an empty label", DNS_TYPE_NS, "a..b", ERR_SYNTAX, STR_INIT("") },
	{ "mapped", DNS_TYPE_AAAA, "::ffff:192.0.2.1", ERR_OK,
	  STR_INIT("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1") },
	{ "v4 as v6", DNS_TYPE_AAAA, "192.0.2.1", ERR_SYNTAX, STR_INIT("") },
	{ "v6 as v4", DNS_TYPE_A, "::1", ERR_SYNTAX, STR_INIT("") },
	{ "mapped as v4", DNS_TYPE_A, "::ffff:192.0.2.1", ERR_SYNTAX, STR_INIT("") },
	{ "bare strings", DNS_TYPE_TXT, "a b\\ c", ERR_OK, STR_INIT("\1a\3b c") },
	{ "empty string", DNS_TYPE_TXT, "\"\"", ERR_OK, STR_INIT("\0") },
	{ "escapes", DNS_TYPE_TXT, "\"\\\"\\065\\B;\"", ERR_OK, STR_INIT("\4\"AB;") },
	{ "escape past 255", DNS_TYPE_TXT, "\"\\256\"", ERR_SYNTAX, STR_INIT("") },
	{ "no second quote", DNS_TYPE_TXT, "\"a", ERR_SYNTAX, STR_INIT("") },
	{ "no blank between", DNS_TYPE_TXT, "\"a\"b", ERR_SYNTAX, STR_INIT("") },
	{ "quote in a bare string", DNS_TYPE_TXT, "a\"b\"", ERR_SYNTAX, STR_INIT("") },
	{ "no string", DNS_TYPE_TXT, " ", ERR_SYNTAX, STR_INIT("") },
	{ "one string is missing", NAPTR, "1 2 \"S\" \"\"", ERR_SYNTAX, STR_INIT("") },
	{ "a string that is bare, and a name", NAPTR, "1 2 S a \"\" .", ERR_OK,
	  STR_INIT("\0\1\0\2\1S\1a\0\0") },
	{ "hex in words", DNS_TYPE_TLSA, "3 1 1 ab cd", ERR_OK, STR_INIT("\3\1\1\xab\xcd") },
	{ "no hex", DNS_TYPE_TLSA, "3 1 1", ERR_SYNTAX, STR_INIT("") },
	{ "a letter past f in a second word", DNS_TYPE_TLSA, "3 1 1 ab zz", ERR_SYNTAX,
	  STR_INIT("") },
	{ "a letter past f", DNS_TYPE_TLSA, "3 1 1 ag", ERR_SYNTAX, STR_INIT("") },
};

static void test_reads(void)
{
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		struct buf out = BUF_MAX(1024);
		buf_add(&out, STR("x"));
		CHECK_INT(reads[i].label,
			  dns_text_read_rdata(reads[i].type, str_of(reads[i].text), &out),
			  reads[i].err);
		CHECK_STR(reads[i].label, str_skip(buf_str(&out), 1), reads[i].rdata);
		buf_free(&out);
	}
}

/* A string of n octets, and room for max octets of rdata. */
static enum err read_string_of(size_t n, size_t max)
{
	struct buf text = BUF_MAX(1024), out = BUF_MAX(max);

	for (size_t i = 0; i < n; i++)
		buf_addc(&text, 'a');
	enum err e = dns_text_read_rdata(DNS_TYPE_TXT, buf_str(&text), &out);
	buf_free(&text);
	buf_free(&out);
	return e;
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_MAX(1024);
		dns_text_rdata(&out, cases[i].type, cases[i].rdata);
		CHECK_STR(cases[i].text, buf_str(&out), str_of(cases[i].text));
		struct buf back = BUF_MAX(1024);
		CHECK_INT(cases[i].text, dns_text_read_rdata(cases[i].type, buf_str(&out), &back),
			  ERR_OK);
		CHECK_STR(cases[i].text, buf_str(&back), cases[i].rdata);
		buf_free(&back);
		buf_free(&out);
	}
	struct buf out = BUF_MAX(1024);
	struct dns_name owner = craft_name_of("a b.example.");
	struct dns_rr rr = {
		.owner = &owner, .type = DNS_TYPE_MX, .ttl_s = 60, .rdata = STR("\0\1\0")
	};
	dns_text_rr(&out, &rr);
	CHECK_STR("rr", buf_str(&out), STR("a\\032b.example. 60 MX 1 ."));
	buf_free(&out);
	test_reads();
	CHECK_INT("string of 255", read_string_of(255, 256), ERR_OK);
	CHECK_INT("string of 256", read_string_of(256, 1024), ERR_LIMIT);
	CHECK_INT("no room", read_string_of(255, 255), ERR_LIMIT);
	CHECK_INT("no room at all", read_string_of(1, 0), ERR_LIMIT);
	return TEST_EXIT();
}
