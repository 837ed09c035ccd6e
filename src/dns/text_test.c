#include "dns/text.h"

#include "base/test.h"
#include "base/text.h"
#include "dns/craft.h"

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
	{ 4711, STR_INIT("\1\2"), "\\# 2 0102" },
};

static void test_typed(void)
{
	struct dns_mx mx = { 0 };
	struct dns_name name;
	struct ip ip;

	CHECK_INT("mx", dns_text_mx(STR("\0\x0a\2mx\0"), &mx), ERR_OK);
	CHECK_INT("mx", mx.preference, 10);
	CHECK_STR("mx", dns_name_wire(&mx.exchange), STR("\2mx\0"));
	CHECK_INT("mx short", dns_text_mx(STR("\0"), &mx), ERR_SYNTAX);
	CHECK_INT("mx no name", dns_text_mx(STR("\0\0"), &mx), ERR_SYNTAX);
	CHECK_INT("mx long", dns_text_mx(STR("\0\0\0\0"), &mx), ERR_SYNTAX);
	CHECK_INT("a", dns_text_address(DNS_TYPE_A, STR("\x7f\0\0\1"), &ip), ERR_OK);
	CHECK_INT("a", ip.family, 4);
	CHECK_INT("a", ip_loopback(&ip), true);
	CHECK_INT("a short", dns_text_address(DNS_TYPE_A, STR("\x7f\0\0"), &ip), ERR_SYNTAX);
	CHECK_INT("a as aaaa", dns_text_address(DNS_TYPE_AAAA, STR("\x7f\0\0\1"), &ip), ERR_SYNTAX);
	CHECK_INT("aaaa",
		  dns_text_address(DNS_TYPE_AAAA, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), &ip),
		  ERR_OK);
	CHECK_INT("aaaa", ip.family, 6);
	CHECK_INT("mx as a", dns_text_address(DNS_TYPE_MX, STR("\x7f\0\0\1"), &ip), ERR_SYNTAX);
	CHECK_INT("target", dns_text_target(STR("\1a\0"), &name), ERR_OK);
	CHECK_INT("target long", dns_text_target(STR("\1a\0\0"), &name), ERR_SYNTAX);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out = BUF_MAX(1024);
		dns_text_rdata(&out, cases[i].type, cases[i].rdata);
		CHECK_STR(cases[i].text, buf_str(&out), str_of(cases[i].text));
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
	test_typed();
	return TEST_EXIT();
}
