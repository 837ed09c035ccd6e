/* What typed readings take: each form at its shortest, and an octet short or long of it. */
#include "base/test.h"
#include "dns/answer.h"
#include "dns/craft.h"
#include "library/name_priv.h"

#include <signpost/dns.h>

/* All readings of one record, in words. */
static void read_all(struct buf *out, const struct signpost_dns_record *r)
{
	char text[SIGNPOST_DNS_NAME_ROOM], more[SIGNPOST_DNS_NAME_ROOM];
	struct signpost_dns_address address;
	struct signpost_dns_name target;
	struct signpost_dns_mx mx;
	struct signpost_dns_srv srv;
	struct signpost_dns_tlsa tlsa;
	struct signpost_dns_sshfp sshfp;
	struct signpost_dns_soa soa;
	const char *string;
	size_t n;

	if (signpost_dns_record_address(r, &address))
		buf_addf(out, "address %s", signpost_dns_address_text(&address, text));
	if (signpost_dns_record_target(r, &target))
		buf_addf(out, "target %s", signpost_dns_name_text(&target, text));
	if (signpost_dns_record_mx(r, &mx))
		buf_addf(out, "mx %u %s", mx.preference,
			 signpost_dns_name_text(&mx.exchange, text));
	if (signpost_dns_record_srv(r, &srv))
		buf_addf(out, "srv %u %u %u %s", srv.priority, srv.weight, srv.port,
			 signpost_dns_name_text(&srv.target, text));
	if (signpost_dns_record_tlsa(r, &tlsa))
		buf_addf(out, "tlsa %u %u %u %zu %u", tlsa.usage, tlsa.selector, tlsa.matching,
			 tlsa.data_count, tlsa.data[0]);
	if (signpost_dns_record_sshfp(r, &sshfp))
		buf_addf(out, "sshfp %u %u %zu %u", sshfp.algorithm, sshfp.kind,
			 sshfp.fingerprint_count, sshfp.fingerprint[0]);
	if (signpost_dns_record_soa(r, &soa))
		buf_addf(out, "soa %s %s %u %u %u %u %u",
			 signpost_dns_name_text(&soa.primary, text),
			 signpost_dns_name_text(&soa.mailbox, more), soa.serial, soa.refresh,
			 soa.retry, soa.expire, soa.minimum);
	for (size_t i = 0; signpost_dns_record_txt(r, i, &string, &n); i++)
		buf_addf(out, "%stxt %.*s", i ? ", " : "", (int)n, string);
	if (signpost_dns_record_txt_joined(r, text, 6) != SIZE_MAX)
		buf_addf(out, " = %s", text);
}

static const struct {
	const char *label;
	uint16_t type;
	const char *hex;
	const char *want; /* "": no reading */
} readings[] = {
	{ "a", 1, "c0000201", "address 192.0.2.1" },
	{ "a, short", 1, "c00002", "" },
	{ "a, long", 1, "c000020100", "" },
	{ "aaaa", 28, "20010db8000000000000000000000001", "address 2001:db8::1" },
	{ "aaaa, short", 28, "20010db80000000000000000000000", "" },
	{ "cname", 5, "016100", "target a." },
	{ "dname", 39, "016100", "target a." },
	{ "ns", 2, "016100", "target a." },
	{ "ptr", 12, "00", "target ." },
	{ "ptr, long", 12, "0000", "" },
	{ "ptr, pointer", 12, "c000", "" },
	{ "mx", 15, "000a016100", "mx 10 a." },
	{ "null mx", 15, "000000", "mx 0 ." },
	{ "mx, short", 15, "0000", "" },
	{ "mx, long", 15, "000a01610000", "" },
	{ "mx, pointer", 15, "000ac000", "" },
	{ "srv", 33, "000100020003016100", "srv 1 2 3 a." },
	{ "srv, short", 33, "000100020003", "" },
	{ "srv, long", 33, "00010002000301610000", "" },
	{ "tlsa", 52, "030101ff", "tlsa 3 1 1 1 255" },
	{ "tlsa, no data", 52, "030101", "" },
	{ "sshfp", 44, "0402aabb", "sshfp 4 2 2 170" },
	{ "sshfp, no data", 44, "0402", "" },
	{ "soa", 6, "0161000162000000000100000002000000030000000480000005",
	  "soa a. b. 1 2 3 4 2147483653" },
	{ "soa, short", 6, "01610001620000000001000000020000000300000004800000", "" },
	{ "soa, long", 6, "016100016200000000010000000200000003000000048000000500", "" },
	{ "txt", 16, "0161", "txt a = a" },
	{ "txt, two", 16, "01610003626364", "txt a, txt , txt bcd = abcd" },
	{ "txt, cut", 16,
	  "036162630364656"
	  "6",
	  "txt abc, txt def = abcde" },
	{ "txt, empty string", 16, "00", "txt  = " },
	{ "txt, empty", 16, "", "" },
	{ "txt, short", 16, "016102", "" },
	{ "type of another", 99, "000a016100", "" },
};

static void test_readings(void)
{
	for (size_t i = 0; i < COUNT_OF(readings); i++) {
		CLEANUP(buf_free) struct buf rdata = BUF_MAX(256), got = BUF_MAX(4096);
		if (text_unhex(&rdata, str_of(readings[i].hex)) != ERR_OK)
			abort();
		struct dns_rr rr = { craft_name_of("o."), readings[i].type, 60, buf_str(&rdata) };
		read_all(&got, (const void *)&rr);
		CHECK_STR(readings[i].label, buf_str(&got), str_of(readings[i].want));
	}
}

/* Text into too little room, as snprintf() has it. */
static void test_room(void)
{
	struct dns_rr rr = { craft_name_of("o."), DNS_TYPE_A, 60, { "\300\0\2\1", 4 } };
	const struct signpost_dns_record *r = (const void *)&rr;
	char to[32] = "unchanged";

	CHECK_INT("none", (long long)signpost_dns_record_rdata_text(r, to, 0), 9);
	CHECK_STR("none", str_of(to), STR("unchanged"));
	CHECK_INT("one", (long long)signpost_dns_record_rdata_text(r, to, 1), 9);
	CHECK_STR("one", str_of(to), STR(""));
	CHECK_INT("short", (long long)signpost_dns_record_rdata_text(r, to, 9), 9);
	CHECK_STR("short", str_of(to), STR("192.0.2."));
	CHECK_INT("whole", (long long)signpost_dns_record_rdata_text(r, to, 10), 9);
	CHECK_STR("whole", str_of(to), STR("192.0.2.1"));
	CHECK_INT("line", (long long)signpost_dns_record_text(r, to, sizeof(to)), 17);
	CHECK_STR("line", str_of(to), STR("o. 60 A 192.0.2.1"));
}

static const struct {
	const char *label, *text, *want; /* NULL: refused with error */
	enum signpost_dns_error error;
} names[] = {
	{ "plain", "Example.ORG", "Example.ORG.", SIGNPOST_DNS_OK },
	{ "final dot", "example.org.", "example.org.", SIGNPOST_DNS_OK },
	{ "root", ".", ".", SIGNPOST_DNS_OK },
	{ "escapes", "a\\.b\\046\\000.c", "a\\.b\\.\\000.c.", SIGNPOST_DNS_OK },
	{ "u-label", "b\303\234cher.example", "xn--bcher-kva.example.", SIGNPOST_DNS_OK },
	{ "u-label, final dot", "b\303\274cher.example.", "xn--bcher-kva.example.",
	  SIGNPOST_DNS_OK },
	{ "tlsa base", "_25._tcp.b\303\274cher.example", "_25._tcp.xn--bcher-kva.example.",
	  SIGNPOST_DNS_OK },
	{ "sharp s", "fa\303\237.example", "xn--fa-hia.example.", SIGNPOST_DNS_OK },
	{ "empty", "", NULL, SIGNPOST_DNS_ERR_SYNTAX },
	{ "empty label", "a..b", NULL, SIGNPOST_DNS_ERR_SYNTAX },
	{ "not UTF-8", "a\377.example", NULL, SIGNPOST_DNS_ERR_SYNTAX },
	{ "63 octets", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk.",
	  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk.", SIGNPOST_DNS_OK },
	{ "64 octets", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl", NULL,
	  SIGNPOST_DNS_ERR_LIMIT },
};

static void test_names(void)
{
	char text[SIGNPOST_DNS_NAME_ROOM];
	struct signpost_dns_name name, other, none = { 0 };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		enum signpost_dns_error e = signpost_dns_name_read(names[i].text, &name);
		CHECK_INT(names[i].label, e, names[i].error);
		if (e == SIGNPOST_DNS_OK && names[i].want)
			CHECK_STR(names[i].label, str_of(signpost_dns_name_text(&name, text)),
				  str_of(names[i].want));
	}
	if (signpost_dns_name_read("xn--bcher-kva.example", &name) != SIGNPOST_DNS_OK ||
	    signpost_dns_name_read("B\303\274cher.EXAMPLE", &other) != SIGNPOST_DNS_OK)
		abort();
	CHECK_STR("for people", str_of(signpost_dns_name_unicode(&name, text)),
		  STR("b\303\274cher.example."));
	CHECK_INT("equal", signpost_dns_name_equal(&name, &other), 1);
	CHECK_INT("not a name", signpost_dns_name_equal(&name, &none), 0);
	CHECK_INT("not a name", signpost_dns_name_equal(&none, &none), 0);
	CHECK_STR("no name", str_of(signpost_dns_name_text(&none, text)), STR(""));
	other.octets--;
	CHECK_STR("cut short", str_of(signpost_dns_name_text(&other, text)), STR(""));
}

static void test_words(void)
{
	struct signpost_dns_address v4 = { 4, { 192, 0, 2, 1 } },
				    v6 = { 6, { 0x20, 1, 0xd, 0xb8, [15] = 1 } }, none = { 0 };
	char text[SIGNPOST_DNS_NAME_ROOM];
	uint16_t type = 0;

	struct signpost_dns_name name = signpost_dns_address_name(&v4);
	CHECK_STR("v4", str_of(signpost_dns_name_text(&name, text)),
		  STR("1.2.0.192.in-addr.arpa."));
	name = signpost_dns_address_name(&v6);
	CHECK_STR("v6", str_of(signpost_dns_name_text(&name, text)),
		  STR("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."));
	CHECK_INT("none", signpost_dns_address_name(&none).octets, 0);
	CHECK_STR("none", str_of(signpost_dns_address_text(&none, text)), STR(""));
	CHECK_STR("type", str_of(signpost_dns_type_text(52, text)), STR("TLSA"));
	CHECK_STR("type", str_of(signpost_dns_type_text(65535, text)), STR("TYPE65535"));
	CHECK_INT("type", signpost_dns_type_read("sshfp", &type), 1);
	CHECK_INT("type", type, SIGNPOST_DNS_TYPE_SSHFP);
	CHECK_INT("type", signpost_dns_type_read("nonsense", &type), 0);
	CHECK_STR("rcode", str_of(signpost_dns_rcode_text(3, text)), STR("NXDOMAIN"));
	CHECK_STR("code", str_of(signpost_dns_error_code_text(6)), STR("DNSSEC Bogus"));
	CHECK_STR("code", str_of(signpost_dns_error_code_text(60000)), STR(""));
	for (int e = 0; e < 7; e++)
		for (int f = 0; f < e; f++)
			CHECK_INT("errors have texts of their own",
				  strcmp(signpost_dns_error_text((enum signpost_dns_error)e),
					 signpost_dns_error_text((enum signpost_dns_error)f)) != 0,
				  1);
	CHECK_STR("later error", str_of(signpost_dns_error_text((enum signpost_dns_error)99)),
		  STR("unknown error"));
	CHECK_STR("version", str_of(signpost_dns_version()), STR(SIGNPOST_VERSION));
}

int main(void)
{
	test_readings();
	test_room();
	test_names();
	test_words();
	return TEST_EXIT();
}
