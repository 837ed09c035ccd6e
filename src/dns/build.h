/*
 * From a response that was accepted to the struct dns_answer that is kept.
 */
#ifndef DNS_BUILD_H
#define DNS_BUILD_H

#include "dns/answer.h"
#include "dns/message.h"
#include "dns/trust.h"

#define DNS_TTL_MAX 86400             /* seconds that anything is kept */
#define DNS_ANSWER_OCTETS_MAX 1048576 /* one answer in memory */

/* What was asked, and over what. */
struct dns_asked {
	const struct dns_name *name;
	uint16_t type;
	bool ad;              /* the question had the AD bit */
	enum dns_trust trust; /* of the channel */
	enum dns_validated validated;
};

/*
 * The answer that m holds: status by dns_trust_status(), the records on the
 * path, ttl_s as long as it may be kept (0: not at all): the least of its
 * records, or for a denial by the SOA (RFC 2308 section 5).  source is left
 * empty, elapsed_us 0.  For an rcode other than NOERROR and NXDOMAIN the
 * records are not looked at, and ttl_s is 0.
 *
 * ERR_SYNTAX  records that contradict each other or are malformed, an answer
 *             section that has nothing of the name that was asked for, or a
 *             referral: no answer from a server that was asked to recurse
 * ERR_LIMIT   well formed, and larger than DNS_ANSWER_OCTETS_MAX
 * ERR_NOMEM
 */
enum err dns_build_answer(const struct dns_message *m, const struct dns_asked *asked,
			  struct dns_answer **out) MUST_USE;

/* An answer without a server's: DNS_NO_ANSWER or DNS_LOOP, and why in words.  ERR_NOMEM. */
enum err dns_build_none(const struct dns_asked *asked, enum dns_outcome outcome, struct str why,
			struct dns_answer **out) MUST_USE;

/*
 * head's chain with tail, the answer for the name where it ends, after it: as
 * secure as the weaker, as lasting as the shorter.  source is tail's.  Where
 * both together have more than DNS_CHAIN_MAX steps or a name comes again, the
 * outcome is DNS_LOOP.  ERR_NOMEM.
 */
enum err dns_build_join(const struct dns_answer *head, const struct dns_answer *tail,
			struct dns_answer **out) MUST_USE;

#endif
