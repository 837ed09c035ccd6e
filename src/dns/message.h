/*
 * DNS messages on the wire: queries as we write them, responses as an index
 * over the octets that came (RFC 1035 section 4.1, RFC 6891, RFC 8914).
 *
 * A response is checked whole once: header, its one question, the shape of
 * every record, at most one OPT.  Nothing is copied but the question's name;
 * records are then walked over in place:
 *
 *	struct dns_walk w = dns_message_walk(&m, DNS_SECTION_ANSWER);
 *	while (dns_message_next(&w, &rr)) ...
 *
 * The header's flags are kept as one word.  What AD in it means is for
 * dns_trust_status() alone.
 */
#ifndef DNS_MESSAGE_H
#define DNS_MESSAGE_H

#include "base/err.h"
#include "base/str.h"
#include "dns/answer.h"
#include "dns/name.h"

/* The second word of the header.  AD is not here: see dns/trust.h. */
enum {
	DNS_FLAG_QR = 0x8000,
	DNS_FLAG_OPCODE = 0x7800, /* 0 is QUERY */
	DNS_FLAG_AA = 0x0400,
	DNS_FLAG_TC = 0x0200,
	DNS_FLAG_RD = 0x0100,
	DNS_FLAG_RA = 0x0080,
	DNS_FLAG_CD = 0x0010,
	DNS_FLAG_RCODE = 0x000f,
};

#define DNS_HEADER_OCTETS 12
#define DNS_UDP_OCTETS 1232 /* what we say we take; www.dnsflagday.net/2020 */

#define DNS_COOKIE_CLIENT 8 /* octets, RFC 7873 section 4 */
#define DNS_COOKIE_MAX 40   /* with the server's 8 to 32 */
#define DNS_PADDING 128     /* queries over TLS are padded to multiples, RFC 8467 section 4.1 */

/* Header, question, and an OPT with a cookie, a keepalive and padding; a TSIG is not in it. */
#define DNS_QUERY_MAX                                                                              \
	(DNS_HEADER_OCTETS + DNS_NAME_MAX + 4 + 11 + 4 + DNS_COOKIE_MAX + 4 + 4 + DNS_PADDING)

/* What a query asks for, besides RD. */
#define DNS_QUERY_AD 1u        /* the AD bit, RFC 6840 section 5.7 */
#define DNS_QUERY_EDNS 2u      /* an OPT record; without it what follows is dropped, but CD */
#define DNS_QUERY_DO 4u        /* the DO bit */
#define DNS_QUERY_KEEPALIVE 8u /* edns-tcp-keepalive without a time, RFC 7828; on streams alone */
#define DNS_QUERY_PAD 16u      /* padding to a multiple of DNS_PADDING, RFC 7830; over TLS alone */
#define DNS_QUERY_CD 32u       /* the CD bit: for diagnosis, and never for mail */

/* A query of class IN. */
struct dns_query {
	uint16_t id;
	uint16_t type;
	const struct dns_name *name;
	unsigned flags;    /* DNS_QUERY_* */
	struct str cookie; /* client's, or client's and server's; empty: none */
	unsigned trailer;  /* octets that the caller will add behind: padding counts them */
};

/* Write it.  Returns its octets, at most DNS_QUERY_MAX. */
size_t dns_message_query(uint8_t out[static DNS_QUERY_MAX], const struct dns_query *q);

/* A header alone, as one meets it before anything else is known. */
struct dns_head {
	uint16_t id;
	uint16_t flags;
	uint16_t questions;
};

/* False when there are fewer than 12 octets. */
bool dns_message_head(struct str octets, struct dns_head *out);

/*
 * Whether the question section begins with just this question, of class IN,
 * letters of either case, uncompressed, and QDCOUNT is 1.
 */
bool dns_message_asks(struct str octets, const struct dns_name *name, uint16_t type);

enum dns_section { DNS_SECTION_ANSWER, DNS_SECTION_AUTHORITY, DNS_SECTION_ADDITIONAL };

/* A checked message; octets are the caller's and outlive it. */
struct dns_message {
	struct str octets; /* octets after the last record that was counted are left out */
	uint16_t id;
	uint16_t flags;
	unsigned rcode;       /* with the OPT record's upper bits */
	struct dns_name name; /* of the question */
	uint16_t type;
	uint16_t class;
	size_t section[3]; /* octet where each begins */
	uint16_t count[3]; /* records in each */
	bool edns;         /* has an OPT record */
	uint16_t ede[DNS_EDE_MAX];
	size_t n_ede;
	struct str ede_text; /* the first that is not empty; into octets */
	struct str cookie;   /* RFC 7873, as it stands, of any length; NULL: none; into octets */
	int keepalive_100ms; /* RFC 7828: a time in tenths of a second; -1: none was given */
	/* Where a TSIG begins that is the last record, RFC 8945 section 5.1; 0: none. */
	size_t tsig;
	unsigned n_tsig; /* TSIG records in any section and place; more than one: malformed */
};

/*
 * Check and index.
 *
 * ERR_SYNTAX  a count that the octets do not hold, QDCOUNT other than 1,
 *             a compressed question, a second OPT, one with a name or outside the additional
 *             section, options that run past its end; *out means nothing then
 */
enum err dns_message_read(struct str octets, struct dns_message *out) MUST_USE;

/* A record where it stands in a message. */
struct dns_record {
	const uint8_t *owner; /* perhaps compressed: dns_name_at(), dns_name_read() */
	uint16_t type;
	uint16_t class;
	uint32_t ttl_s;   /* as it stands */
	struct str rdata; /* perhaps with compressed names in it: dns_rdata_read() */
};

struct dns_walk {
	const struct dns_message *m;
	struct rd r;
	unsigned left;
};

struct dns_walk dns_message_walk(const struct dns_message *m, enum dns_section section);

/* The next record of the section; false at its end. */
bool dns_message_next(struct dns_walk *w, struct dns_record *out);

/* The record's owner, decompressed.  ERR_SYNTAX, ERR_LIMIT. */
enum err dns_message_owner(const struct dns_message *m, const struct dns_record *rr,
			   struct dns_name *out) MUST_USE;

/* Whether the record is of class IN and belongs to name. */
bool dns_message_owned(const struct dns_message *m, const struct dns_record *rr,
		       const struct dns_name *name);

#endif
