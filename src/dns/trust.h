/*
 * How far an answer is believed: the one place where the AD bit is read.
 *
 * The stub does not validate; it believes the AD bit of a server exactly as far
 * as it trusts the channel to it (RFC 4035 section 4.9.3, RFC 6840 sections 5.7
 * and 5.8).  What comes out is frozen with the answer.  Nothing else in the
 * tree knows which bit AD is in a response.
 */
#ifndef DNS_TRUST_H
#define DNS_TRUST_H

#include "dns/answer.h"

/* What a validator in this process says of an answer that it gave. */
enum dns_validated {
	DNS_VALIDATED_ELSEWHERE, /* none was asked: the AD bit is all there is */
	DNS_VALIDATED_SECURE,
	DNS_VALIDATED_INSECURE,
	DNS_VALIDATED_BOGUS,
};

/* What the status of an answer follows from. */
struct dns_evidence {
	enum dns_trust trust;         /* of the channel on which it came */
	bool asked_ad;                /* the question had the AD bit */
	enum dns_validated validated; /* where it says something, AD in flags says nothing */
	uint16_t flags;               /* the second word of the header, as it came */
	unsigned rcode;               /* with the OPT record's upper bits, RFC 6891 section 6.1.3 */
	const uint16_t *ede;          /* RFC 8914 codes */
	size_t n_ede;
};

enum dns_status dns_trust_status(const struct dns_evidence *e);

/*
 * The answer has CD set, which is never asked for: the server says that it did not check
 * (RFC 4035 section 3.2.2).  Then AD says nothing, neither set nor clear.
 */
bool dns_trust_unchecked(const struct dns_evidence *e);

/* The weaker of two: what a chain with both has. */
enum dns_status dns_trust_weaker(enum dns_status a, enum dns_status b);

#endif
