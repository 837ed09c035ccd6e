/* Numbers of the DNS, as IANA lists them. */
#ifndef DNS_TYPE_H
#define DNS_TYPE_H

#include "base/str.h"

/* Record types (RFC 1035 section 3.2.2 and later). */
enum {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_TSIG = 250,
	DNS_TYPE_ANY = 255,
};

enum { DNS_CLASS_IN = 1 };

/* Response codes (RFC 1035 section 4.1.1, RFC 6895). */
enum {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_BADVERS = 16,
	DNS_BADCOOKIE = 23,
};

#define DNS_TYPE_TEXT_MAX 16

/* "MX", or "TYPE4711" (RFC 3597).  Points into text or to a constant. */
struct str dns_type_text(uint16_t type, char text[static DNS_TYPE_TEXT_MAX]);

/* Either form, any case.  False when it is none. */
bool dns_type_read(struct str s, uint16_t *type);

/* "NXDOMAIN", or "RCODE17".  Points into text or to a constant. */
struct str dns_rcode_text(unsigned rcode, char text[static DNS_TYPE_TEXT_MAX]);

/* The purpose of an extended error (RFC 8914 and IANA's list): "DNSSEC Bogus"; "" when unknown. */
struct str dns_ede_text(uint16_t code);

#endif
