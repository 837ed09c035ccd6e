#include "dns/type.h"

#include "base/test.h"

static const struct {
	const char *text;
	bool ok;
	uint16_t type;
	const char *again;
} types[] = {
	{ "A", true, 1, "A" },         { "aaaa", true, 28, "AAAA" },
	{ "Tlsa", true, 52, "TLSA" },  { "TYPE52", true, 52, "TLSA" },
	{ "type0", true, 0, "TYPE0" }, { "TYPE65535", true, 65535, "TYPE65535" },
	{ "TYPE65536", false, 0, "" }, { "TYPE", false, 0, "" },
	{ "TYPE-1", false, 0, "" },    { "TYPE1 ", false, 0, "" },
	{ "", false, 0, "" },          { "MXX", false, 0, "" },
};

int main(void)
{
	char text[DNS_TYPE_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		uint16_t type = 0;
		CHECK_INT(types[i].text, dns_type_read(str_of(types[i].text), &type), types[i].ok);
		CHECK_INT(types[i].text, type, types[i].type);
		if (types[i].ok)
			CHECK_STR(types[i].text, dns_type_text(type, text), str_of(types[i].again));
	}
	/* Every number is read as it is written. */
	for (unsigned t = 0; t <= UINT16_MAX; t++) {
		uint16_t type = 0;
		CHECK_INT("round", dns_type_read(dns_type_text((uint16_t)t, text), &type), true);
		CHECK_INT("round", type, t);
	}
	CHECK_STR("rcode", dns_rcode_text(3, text), STR("NXDOMAIN"));
	CHECK_STR("rcode", dns_rcode_text(23, text), STR("BADCOOKIE"));
	CHECK_STR("rcode", dns_rcode_text(4095, text), STR("RCODE4095"));
	CHECK_STR("ede", dns_ede_text(6), STR("DNSSEC Bogus"));
	CHECK_STR("ede", dns_ede_text(9), STR("DNSKEY Missing"));
	CHECK_STR("ede", dns_ede_text(22), STR("No Reachable Authority"));
	CHECK_STR("ede", dns_ede_text(30), STR("Invalid Query Type"));
	CHECK_STR("ede", dns_ede_text(31), STR(""));
	return TEST_EXIT();
}
