/*
 * What is in a record: the rdata of a struct dns_rr, which stands alone, read
 * into a value.
 *
 * Each function gives ERR_SYNTAX where rdata is not of that type's form: too
 * short, too long, or with a name in it that is none.  A struct str in a value
 * points into rdata.
 */
#ifndef DNS_RECORD_H
#define DNS_RECORD_H

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"
#include "dns/name.h"

/* A, AAAA: type says which. */
enum err dns_record_address(uint16_t type, struct str rdata, struct ip *out) MUST_USE;

/* CNAME, DNAME, NS, PTR: one name. */
enum err dns_record_target(struct str rdata, struct dns_name *out) MUST_USE;

/* RFC 1035 section 3.3.9.  The root as exchange is the null MX of RFC 7505. */
struct dns_mx {
	uint16_t preference;
	struct dns_name exchange;
};
enum err dns_record_mx(struct str rdata, struct dns_mx *out) MUST_USE;

/* RFC 2782. */
struct dns_srv {
	uint16_t priority, weight, port;
	struct dns_name target;
};
enum err dns_record_srv(struct str rdata, struct dns_srv *out) MUST_USE;

/* RFC 1035 section 3.3.13; times are in seconds. */
struct dns_soa {
	struct dns_name mname, rname;
	uint32_t serial, refresh_s, retry_s, expire_s, minimum_s;
};
enum err dns_record_soa(struct str rdata, struct dns_soa *out) MUST_USE;

/* RFC 6698 section 2.1: numbers as they came, data of at least one octet. */
struct dns_tlsa {
	uint8_t usage, selector, matching;
	struct str data;
};
enum err dns_record_tlsa(struct str rdata, struct dns_tlsa *out) MUST_USE;

/* RFC 4255 section 3.1: likewise. */
struct dns_sshfp {
	uint8_t algorithm, type;
	struct str fingerprint;
};
enum err dns_record_sshfp(struct str rdata, struct dns_sshfp *out) MUST_USE;

/*
 * RFC 1035 section 3.3.14: one string or more, each of 0 to 255 octets of any
 * value.  How many, once all are found to be whole; then one after the other:
 *
 *	while (dns_record_txt_next(&rdata, &string)) ...
 */
enum err dns_record_txt(struct str rdata, size_t *n) MUST_USE;

/* The next string, cut off *rdata; false when none is left. */
bool dns_record_txt_next(struct str *rdata, struct str *string);

#endif
