/*
 * Records in presentation form (RFC 1035 section 5.1, RFC 3597), and typed
 * readings of the rdata that Signpost understands.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include "base/buf.h"
#include "base/ip.h"
#include "dns/answer.h"

/* "owner TTL TYPE rdata", single spaces, class left out: it is IN. */
void dns_text_rr(struct buf *out, const struct dns_rr *rr);

/* The rdata alone: "10 mx.example.". */
void dns_text_rdata(struct buf *out, uint16_t type, struct str rdata);

struct dns_mx {
	uint16_t preference;
	struct dns_name exchange;
};

/* Each: ERR_SYNTAX when rdata is not of that type's form. */
enum err dns_text_mx(struct str rdata, struct dns_mx *out) MUST_USE;
enum err dns_text_address(uint16_t type, struct str rdata, struct ip *out) MUST_USE;
enum err dns_text_target(struct str rdata, struct dns_name *out)
	MUST_USE; /* CNAME, DNAME, NS, PTR */

#endif
