/*
 * The records that DNSSEC is made of (RFC 4034), for who wants to know where a chain of trust
 * breaks.  Nothing here verifies a signature, and nothing of it decides about mail.
 */
#ifndef DNS_SIGNED_H
#define DNS_SIGNED_H

#include "base/err.h"
#include "base/str.h"
#include "dns/name.h"

#include <stdbool.h>

/* RFC 4034 section 5.1. */
struct dns_ds {
	uint16_t tag;
	uint8_t algorithm, digest_type;
	struct str digest;
};
enum err dns_signed_ds(struct str rdata, struct dns_ds *out) MUST_USE;

/* RFC 4034 section 2.1; tag as its appendix B has it. */
struct dns_key {
	uint16_t flags, tag;
	uint8_t protocol, algorithm;
	struct str rdata; /* the whole */
};
enum err dns_signed_key(struct str rdata, struct dns_key *out) MUST_USE;

/* RFC 4034 section 3.1: times as they came, in seconds, which wrap. */
struct dns_sig {
	uint16_t covered, tag;
	uint8_t algorithm, labels;
	uint32_t ttl_s, expires_s, begins_s;
	struct dns_name signer;
};
enum err dns_signed_sig(struct str rdata, struct dns_sig *out) MUST_USE;

/* Whether validators are to know them: RFC 8624 sections 3.1, 3.3, what they MUST or may know. */
bool dns_signed_algorithm_known(uint8_t algorithm);
bool dns_signed_digest_known(uint8_t digest_type);

/* Whether ds, of owner, is that of key.  A digest of a type that is not known fits none. */
bool dns_signed_fits(const struct dns_ds *ds, const struct dns_name *owner,
		     const struct dns_key *key);

/* RFC 4034 section 3.1.5: a time in a signature, as the one that is next to now. */
int64_t dns_signed_time(uint32_t s, int64_t now_s);

#endif
