#include "dns/type.h"

#include "base/buf.h"

#include <string.h>

struct word {
	uint16_t number;
	struct str text;
};

/* https://www.iana.org/assignments/dns-parameters: what one meets; first what mail asks for. */
static const struct word types[] = {
	{ DNS_TYPE_A, STR_INIT("A") },
	{ DNS_TYPE_MX, STR_INIT("MX") },
	{ DNS_TYPE_AAAA, STR_INIT("AAAA") },
	{ DNS_TYPE_TLSA, STR_INIT("TLSA") },
	{ DNS_TYPE_CNAME, STR_INIT("CNAME") },
	{ DNS_TYPE_NS, STR_INIT("NS") },
	{ DNS_TYPE_SOA, STR_INIT("SOA") },
	{ DNS_TYPE_PTR, STR_INIT("PTR") },
	{ 13, STR_INIT("HINFO") },
	{ DNS_TYPE_TXT, STR_INIT("TXT") },
	{ 17, STR_INIT("RP") },
	{ 18, STR_INIT("AFSDB") },
	{ 21, STR_INIT("RT") },
	{ 24, STR_INIT("SIG") },
	{ 26, STR_INIT("PX") },
	{ 29, STR_INIT("LOC") },
	{ 30, STR_INIT("NXT") },
	{ DNS_TYPE_SRV, STR_INIT("SRV") },
	{ 35, STR_INIT("NAPTR") },
	{ 36, STR_INIT("KX") },
	{ 37, STR_INIT("CERT") },
	{ DNS_TYPE_DNAME, STR_INIT("DNAME") },
	{ DNS_TYPE_OPT, STR_INIT("OPT") },
	{ 43, STR_INIT("DS") },
	{ DNS_TYPE_SSHFP, STR_INIT("SSHFP") },
	{ 46, STR_INIT("RRSIG") },
	{ 47, STR_INIT("NSEC") },
	{ 48, STR_INIT("DNSKEY") },
	{ 50, STR_INIT("NSEC3") },
	{ 51, STR_INIT("NSEC3PARAM") },
	{ 53, STR_INIT("SMIMEA") },
	{ 59, STR_INIT("CDS") },
	{ 60, STR_INIT("CDNSKEY") },
	{ 61, STR_INIT("OPENPGPKEY") },
	{ 62, STR_INIT("CSYNC") },
	{ 63, STR_INIT("ZONEMD") },
	{ 64, STR_INIT("SVCB") },
	{ 65, STR_INIT("HTTPS") },
	{ 99, STR_INIT("SPF") },
	{ DNS_TYPE_TSIG, STR_INIT("TSIG") },
	{ DNS_TYPE_ANY, STR_INIT("ANY") },
	{ 256, STR_INIT("URI") },
	{ 257, STR_INIT("CAA") },
};

static const struct word rcodes[] = {
	{ DNS_NOERROR, STR_INIT("NOERROR") },
	{ DNS_FORMERR, STR_INIT("FORMERR") },
	{ DNS_SERVFAIL, STR_INIT("SERVFAIL") },
	{ DNS_NXDOMAIN, STR_INIT("NXDOMAIN") },
	{ DNS_NOTIMP, STR_INIT("NOTIMP") },
	{ DNS_REFUSED, STR_INIT("REFUSED") },
	{ 6, STR_INIT("YXDOMAIN") },
	{ 7, STR_INIT("YXRRSET") },
	{ 8, STR_INIT("NXRRSET") },
	{ 9, STR_INIT("NOTAUTH") },
	{ 10, STR_INIT("NOTZONE") },
	{ DNS_BADVERS, STR_INIT("BADVERS") },
	{ DNS_BADCOOKIE, STR_INIT("BADCOOKIE") },
};

/* RFC 8914 section 5.2 and what IANA has added since; the number is the place. */
static const struct str errors[] = {
	STR_INIT("Other Error"),
	STR_INIT("Unsupported DNSKEY Algorithm"),
	STR_INIT("Unsupported DS Digest Type"),
	STR_INIT("Stale Answer"),
	STR_INIT("Forged Answer"),
	STR_INIT("DNSSEC Indeterminate"),
	STR_INIT("DNSSEC Bogus"),
	STR_INIT("Signature Expired"),
	STR_INIT("Signature Not Yet Valid"),
	STR_INIT("DNSKEY Missing"),
	STR_INIT("RRSIGs Missing"),
	STR_INIT("No Zone Key Bit Set"),
	STR_INIT("NSEC Missing"),
	STR_INIT("Cached Error"),
	STR_INIT("Not Ready"),
	STR_INIT("Blocked"),
	STR_INIT("Censored"),
	STR_INIT("Filtered"),
	STR_INIT("Prohibited"),
	STR_INIT("Stale NXDOMAIN Answer"),
	STR_INIT("Not Authoritative"),
	STR_INIT("Not Supported"),
	STR_INIT("No Reachable Authority"),
	STR_INIT("Network Error"),
	STR_INIT("Invalid Data"),
	STR_INIT("Signature Expired before Valid"),
	STR_INIT("Too Early"),
	STR_INIT("Unsupported NSEC3 Iterations Value"),
	STR_INIT("Unable to conform to policy"),
	STR_INIT("Synthesized"),
	STR_INIT("Invalid Query Type"),
};

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* prefix and number, into text, whose size both fit. */
static struct str numbered(struct str prefix, unsigned number, char text[static DNS_TYPE_TEXT_MAX])
{
	char digits[10];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) != 0);
	memcpy(text, prefix.p, prefix.n);
	for (size_t i = 0; i < n; i++)
		text[prefix.n + i] = digits[n - 1 - i];
	return (struct str){ text, prefix.n + n };
}

struct str dns_type_text(uint16_t type, char text[static DNS_TYPE_TEXT_MAX])
{
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (types[i].number == type)
			return types[i].text;
	return numbered(STR("TYPE"), type, text);
}

bool dns_type_read(struct str s, uint16_t *type)
{
	uint32_t number;

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (str_eq_nocase(s, types[i].text)) {
			*type = types[i].number;
			return true;
		}
	}
	if (!str_starts_nocase(s, STR("TYPE")) || !str_u32(str_skip(s, 4), &number) ||
	    number > UINT16_MAX)
		return false;
	*type = (uint16_t)number;
	return true;
}

struct str dns_rcode_text(unsigned rcode, char text[static DNS_TYPE_TEXT_MAX])
{
	for (size_t i = 0; i < COUNT_OF(rcodes); i++)
		if (rcodes[i].number == rcode)
			return rcodes[i].text;
	return numbered(STR("RCODE"), rcode, text);
}

struct str dns_ede_text(uint16_t code)
{
	return code < COUNT_OF(errors) ? errors[code] : STR("");
}
