/*
 * Rdata in canonical shape: names inside it decompressed.
 *
 * RFC 3597 section 4: compression is for the types of RFC 1035 and, leniently,
 * for RP, AFSDB, RT, SIG, PX, NXT, NAPTR and SRV, which came soon after; KX (RFC 2230)
 * is read so, too.  Rdata of all other types is opaque.
 */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "dns/message.h"

/* The most that an rdata of n octets can grow to: at most two names are in it. */
#define DNS_RDATA_ROOM(n) ((n) + 2 * DNS_NAME_MAX)

/*
 * Put the rdata of rr, names decompressed, at out, which has room for
 * DNS_RDATA_ROOM(rr->rdata.n), and its octets in *n.  Where out is NULL it is
 * measured only.  Names do not run past
 * the rdata, and the rdata of a type with names or of fixed length is just as
 * long as it should be: else ERR_SYNTAX, or ERR_LIMIT for a name too long.
 */
enum err dns_rdata_read(const struct dns_message *m, const struct dns_record *rr, uint8_t *out,
			size_t *n) MUST_USE;

/* The name that is the whole rdata of a CNAME or DNAME.  ERR_SYNTAX, ERR_LIMIT. */
enum err dns_rdata_target(const struct dns_message *m, const struct dns_record *rr,
			  struct dns_name *out) MUST_USE;

/* The SOA's MINIMUM field, RFC 2308 section 4.  ERR_SYNTAX. */
enum err dns_rdata_minimum(const struct dns_record *rr, uint32_t *out) MUST_USE;

#endif
