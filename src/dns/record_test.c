#include "dns/record.h"

#include "base/test.h"
#include "dns/type.h"

static void test_mx(void)
{
	struct dns_mx mx = { 0 };

	CHECK_INT("mx", dns_record_mx(STR("\1\x0a\2mx\0"), &mx), ERR_OK);
	CHECK_INT("mx", mx.preference, 266);
	CHECK_STR("mx", dns_name_wire(&mx.exchange), STR("\2mx\0"));
	CHECK_INT("null mx", dns_record_mx(STR("\0\0\0"), &mx), ERR_OK);
	CHECK_INT("null mx", mx.exchange.len, 1);
	CHECK_INT("empty", dns_record_mx(STR(""), &mx), ERR_SYNTAX);
	CHECK_INT("short", dns_record_mx(STR("\0"), &mx), ERR_SYNTAX);
	CHECK_INT("no name", dns_record_mx(STR("\0\0"), &mx), ERR_SYNTAX);
	CHECK_INT("long", dns_record_mx(STR("\0\0\0\0"), &mx), ERR_SYNTAX);
	CHECK_INT("pointer", dns_record_mx(STR("\0\0\xc0\0"), &mx), ERR_SYNTAX);
}

static void test_address(void)
{
	struct ip ip;

	CHECK_INT("a", dns_record_address(DNS_TYPE_A, STR("\x7f\0\0\1"), &ip), ERR_OK);
	CHECK_INT("a", ip.family, 4);
	CHECK_INT("a", ip_loopback(&ip), true);
	CHECK_INT("a short", dns_record_address(DNS_TYPE_A, STR("\x7f\0\0"), &ip), ERR_SYNTAX);
	CHECK_INT("a as aaaa", dns_record_address(DNS_TYPE_AAAA, STR("\x7f\0\0\1"), &ip),
		  ERR_SYNTAX);
	CHECK_INT("aaaa",
		  dns_record_address(DNS_TYPE_AAAA, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), &ip),
		  ERR_OK);
	CHECK_INT("aaaa", ip.family, 6);
	CHECK_INT("aaaa as a",
		  dns_record_address(DNS_TYPE_A, STR("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), &ip),
		  ERR_SYNTAX);
	CHECK_INT("mx as a", dns_record_address(DNS_TYPE_MX, STR("\x7f\0\0\1"), &ip), ERR_SYNTAX);
}

static void test_target(void)
{
	struct dns_name name;

	CHECK_INT("target", dns_record_target(STR("\1a\0"), &name), ERR_OK);
	CHECK_STR("target", dns_name_wire(&name), STR("\1a\0"));
	CHECK_INT("long", dns_record_target(STR("\1a\0\0"), &name), ERR_SYNTAX);
	CHECK_INT("empty", dns_record_target(STR(""), &name), ERR_SYNTAX);
}

static void test_srv(void)
{
	struct dns_srv srv;

	CHECK_INT("srv", dns_record_srv(STR("\0\1\0\2\1\xbb\1a\0"), &srv), ERR_OK);
	CHECK_INT("priority", srv.priority, 1);
	CHECK_INT("weight", srv.weight, 2);
	CHECK_INT("port", srv.port, 443);
	CHECK_STR("target", dns_name_wire(&srv.target), STR("\1a\0"));
	CHECK_INT("no name", dns_record_srv(STR("\0\1\0\2\1\xbb"), &srv), ERR_SYNTAX);
	CHECK_INT("long", dns_record_srv(STR("\0\1\0\2\1\xbb\0\0"), &srv), ERR_SYNTAX);
}

static void test_soa(void)
{
	struct str rdata = STR("\1a\0\1b\0\x80\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff");
	struct dns_soa soa;

	CHECK_INT("soa", dns_record_soa(rdata, &soa), ERR_OK);
	CHECK_STR("mname", dns_name_wire(&soa.mname), STR("\1a\0"));
	CHECK_STR("rname", dns_name_wire(&soa.rname), STR("\1b\0"));
	CHECK_INT("serial", soa.serial, 0x80000001);
	CHECK_INT("refresh", soa.refresh_s, 2);
	CHECK_INT("retry", soa.retry_s, 3);
	CHECK_INT("expire", soa.expire_s, 4);
	CHECK_INT("minimum", soa.minimum_s, 0xffffffff);
	for (size_t n = 0; n < rdata.n; n++)
		CHECK_INT("cut", dns_record_soa(str_head(rdata, n), &soa), ERR_SYNTAX);
	CHECK_INT("second name points",
		  dns_record_soa(STR("\1a\0\xc0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), &soa),
		  ERR_SYNTAX);
}

static void test_hex(void)
{
	struct dns_tlsa tlsa;
	struct dns_sshfp sshfp;

	CHECK_INT("tlsa", dns_record_tlsa(STR("\3\1\2\xab"), &tlsa), ERR_OK);
	CHECK_INT("usage", tlsa.usage, 3);
	CHECK_INT("selector", tlsa.selector, 1);
	CHECK_INT("matching", tlsa.matching, 2);
	CHECK_STR("data", tlsa.data, STR("\xab"));
	CHECK_INT("tlsa, no data", dns_record_tlsa(STR("\3\1\2"), &tlsa), ERR_SYNTAX);
	CHECK_INT("tlsa, short", dns_record_tlsa(STR("\3\1"), &tlsa), ERR_SYNTAX);
	CHECK_INT("sshfp", dns_record_sshfp(STR("\4\2\xcd\xef"), &sshfp), ERR_OK);
	CHECK_INT("algorithm", sshfp.algorithm, 4);
	CHECK_INT("type", sshfp.type, 2);
	CHECK_STR("fingerprint", sshfp.fingerprint, STR("\xcd\xef"));
	CHECK_INT("sshfp, none", dns_record_sshfp(STR("\4\2"), &sshfp), ERR_SYNTAX);
	CHECK_INT("sshfp, short", dns_record_sshfp(STR("\4"), &sshfp), ERR_SYNTAX);
}

static void test_txt(void)
{
	struct str rdata = STR("\3a b\0\1\""), string;
	size_t n = 0;

	CHECK_INT("txt", dns_record_txt(rdata, &n), ERR_OK);
	CHECK_INT("txt", (long long)n, 3);
	CHECK_INT("first", dns_record_txt_next(&rdata, &string), true);
	CHECK_STR("first", string, STR("a b"));
	CHECK_INT("second", dns_record_txt_next(&rdata, &string), true);
	CHECK_STR("second", string, STR(""));
	CHECK_INT("third", dns_record_txt_next(&rdata, &string), true);
	CHECK_STR("third", string, STR("\""));
	CHECK_INT("end", dns_record_txt_next(&rdata, &string), false);
	CHECK_INT("empty", dns_record_txt(STR(""), &n), ERR_SYNTAX);
	CHECK_INT("cut", dns_record_txt(STR("\2a"), &n), ERR_SYNTAX);
	CHECK_INT("second cut", dns_record_txt(STR("\1a\1"), &n), ERR_SYNTAX);
}

int main(void)
{
	test_mx();
	test_address();
	test_target();
	test_srv();
	test_soa();
	test_hex();
	test_txt();
	return TEST_EXIT();
}
