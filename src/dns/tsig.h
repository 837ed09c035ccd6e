/*
 * TSIG: a message proved by a key that both sides share (RFC 8945).
 *
 * HMAC-SHA256, -SHA384 and -SHA512, with the full MAC; nothing weaker, nothing
 * shortened.  No clock: the time is passed in.
 */
#ifndef DNS_TSIG_H
#define DNS_TSIG_H

#include "base/buf.h"
#include "dns/message.h"

#define DNS_TSIG_SECRET_MAX 128 /* octets */
#define DNS_TSIG_MAC_MAX 64
#define DNS_TSIG_FUDGE_S 300 /* RFC 8945 section 10 */

/* Octets that signing adds at most: two names, the fixed parts, the MAC, a server's time. */
#define DNS_TSIG_ROOM (DNS_NAME_MAX + 10 + 13 + 16 + DNS_TSIG_MAC_MAX + 6)

enum dns_tsig_algorithm { DNS_TSIG_SHA256, DNS_TSIG_SHA384, DNS_TSIG_SHA512 };

struct dns_tsig_key {
	struct dns_name name; /* len 0: no key */
	enum dns_tsig_algorithm algorithm;
	uint8_t secret[DNS_TSIG_SECRET_MAX];
	size_t n_secret;
};

/*
 * Read "name:hmac-sha256:base64".
 * ERR_SYNTAX  not of that form, or another algorithm; *why says which, in one line
 * ERR_LIMIT   a secret longer than DNS_TSIG_SECRET_MAX; *why likewise
 */
enum err dns_tsig_key_read(struct str text, struct dns_tsig_key *out, struct buf *why) MUST_USE;

/* "hmac-sha256". */
struct str dns_tsig_algorithm_text(enum dns_tsig_algorithm a);

/* Octets that signing a query adds. */
unsigned dns_tsig_trailer(const struct dns_tsig_key *key);

/* What is kept of a query to verify its answer. */
struct dns_tsig_sent {
	uint16_t id;
	uint8_t mac[DNS_TSIG_MAC_MAX];
	uint8_t n_mac;
};

/*
 * Sign the query of n octets at message, which has room for DNS_TSIG_ROOM more.
 * wall_s: seconds since 1970.  Returns the new length, and what is to be kept in
 * *sent; 0 when the library fails or is out of memory.
 */
size_t dns_tsig_sign(uint8_t *message, size_t n, const struct dns_tsig_key *key, int64_t wall_s,
		     struct dns_tsig_sent *sent) MUST_USE;

/* What the TSIG of a response proves, RFC 8945 section 5.3. */
enum dns_tsig_verdict {
	DNS_TSIG_GOOD,
	DNS_TSIG_MISSING, /* none: as if it were forged */
	/* Several, not the last, another key or algorithm, a MAC that is not ours or not whole. */
	DNS_TSIG_BAD,
	DNS_TSIG_TIME, /* the MAC is right, the time is not: a replay, or a clock is wrong */
	/* The server refuses our signature: error says why.  Not proved, unless BADTIME. */
	DNS_TSIG_REFUSED,
};

/* Errors of a TSIG record, RFC 8945 section 3. */
enum { DNS_TSIG_BADSIG = 16, DNS_TSIG_BADKEY = 17, DNS_TSIG_BADTIME = 18, DNS_TSIG_BADTRUNC = 22 };

struct dns_tsig_result {
	enum dns_tsig_verdict verdict;
	uint16_t error;   /* REFUSED */
	int64_t server_s; /* BADTIME, proved: the server's clock, seconds since 1970; else 0 */
	struct str why;   /* one line, a constant; empty when GOOD */
};

/*
 * Judge a response m to what was sent.  The MAC is computed over the original
 * ID, compared in constant time, and the time is looked at only then.
 */
struct dns_tsig_result dns_tsig_verify(const struct dns_message *m, const struct dns_tsig_key *key,
				       const struct dns_tsig_sent *sent, int64_t wall_s);

#endif
