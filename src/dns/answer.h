/*
 * An answer: what one question to the DNS came to, with the status that every
 * datum in it has.
 *
 * Immutable, and one allocation: strings, names and records point into it.
 * Names take no more room there than they need, yet each may be copied whole,
 * as a struct.  The AD bit cannot be seen here: dns_trust_status() read it once,
 * when the answer came in, and status was frozen then.
 */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include "base/err.h"
#include "base/str.h"
#include "dns/ede.h"
#include "dns/name.h"
#include "dns/type.h"

/* SPEC section 1; RFC 4033 section 5 and RFC 4035 section 4.9.3. */
enum dns_status {
	DNS_SECURE,        /* authenticated: AD was asked for, and set, on a trusted channel */
	DNS_INSECURE,      /* trusted channel, AD clear */
	DNS_BOGUS,         /* SERVFAIL, and an extended error lays it to DNSSEC */
	DNS_INDETERMINATE, /* channel not trusted, AD not asked for, or no usable answer */
};

#define DNS_STATUSES 4

/* "secure", "insecure", "bogus", "indeterminate". */
struct str dns_status_text(enum dns_status status);

/* What an answer says. */
enum dns_outcome {
	DNS_DATA,      /* records of the type asked for */
	DNS_NODATA,    /* the name is there, the type is not (RFC 2308 section 2.2) */
	DNS_NO_NAME,   /* NXDOMAIN, of the name at the chain's end (RFC 6604) */
	DNS_FAILED,    /* any other rcode; records in it are not used */
	DNS_NO_ANSWER, /* no server gave a usable answer in time; rcode means nothing */
	DNS_LOOP,      /* a chain of CNAME or DNAME loops or is too long */
};

/* Why a channel is trusted.  Belongs to the connection and never rises later. */
enum dns_trust {
	DNS_TRUST_NONE,
	DNS_TRUST_STATED,   /* the administrator's word: trust = "always", or trust-ad */
	DNS_TRUST_LOOPBACK, /* UDP or TCP to 127.0.0.0/8 or ::1 */
	DNS_TRUST_TLS,      /* strict TLS, RFC 8310 */
	DNS_TRUST_TSIG,     /* RFC 8945 */
	DNS_TRUST_EMBEDDED, /* the validator inside the process */
};

/* Whether the server that answered is known to validate. */
enum dns_probe {
	DNS_PROBE_UNKNOWN,   /* not probed, or not asked to be */
	DNS_PROBE_VALIDATES, /* it authenticates a name known to be signed */
	DNS_PROBE_FAILS,     /* it does not */
	DNS_PROBE_UNANSWERED /* it gave no answer to that: nothing of it can be relied on */
};

/* "unknown", "validates", "fails", "unanswered". */
struct str dns_probe_text(enum dns_probe probe);

/* The probe was made, and no good. */
static inline bool dns_probe_bad(enum dns_probe probe)
{
	return probe == DNS_PROBE_FAILS || probe == DNS_PROBE_UNANSWERED;
}

/* The server and channel that an answer came by; empty server: no server answered. */
struct dns_source {
	/*
	 * No server answered, and none that could have is to be believed: for its channel, which
	 * trust_reason tells, or as it was found not to validate: probe FAILS, and probe_reason.
	 */
	bool none_believed;
	struct str server;  /* "127.0.0.1:53" */
	struct str channel; /* "udp", "tcp", "tls" */
	enum dns_trust trust;
	struct str
		trust_reason; /* "loopback", "192.0.2.1 is not loopback and not declared trusted" */
	enum dns_probe probe;
	struct str probe_reason; /* "com. NS was not authenticated"; empty when all is well */
};

/* One record, names inside rdata decompressed, all as octets of the wire. */
struct dns_rr {
	const struct dns_name *owner;
	uint16_t type;
	uint32_t ttl_s; /* as it came, capped; what is left is the answer's ttl_s */
	struct str rdata;
};

struct dns_answer {
	const struct dns_name *name; /* as asked */
	uint16_t type;
	enum dns_outcome outcome;
	enum dns_status status;
	unsigned rcode;
	bool asked_ad; /* the question had the AD bit */
	/*
	 * INSECURE, and that is the zone's doing: the server was seen to validate, since it
	 * said so, and said so again.  Only for questions that want the proof.
	 */
	bool proved;
	bool aa; /* an authoritative server answered: explains why AD is clear */
	/*
	 * The chain leads to a name of which the answer says nothing.  Only with
	 * RESOLVE_NO_CHASE; outcome is then DNS_NODATA.
	 */
	bool open;
	bool cached;
	uint32_t ttl_s;     /* what is left of the answer's life in the cache */
	int64_t elapsed_us; /* from question to answer; 0 from the cache */
	struct dns_source source;
	uint16_t ede[DNS_EDE_MAX]; /* RFC 8914 codes */
	size_t n_ede;
	struct str ede_text; /* the first extra text; a peer's: escape it */
	struct str why;      /* DNS_NO_ANSWER, DNS_LOOP, and where it was not checked: in words */
	/*
	 * Records on the path alone: first the CNAME and DNAME records from name
	 * on, n_chain of them, a CNAME for each step, then those of the type asked for at the
	 * chain's end.  What the answer section held besides is not here.
	 */
	struct dns_rr *rr;
	size_t n_rr;
	size_t n_chain;
	const struct dns_name *final; /* NULL, or the chain's end: dns_answer_final() */
	size_t octets;                /* of this allocation */
};

/* A deep copy; ERR_NOMEM. */
enum err dns_answer_copy(const struct dns_answer *a, struct dns_answer **out) MUST_USE;
void dns_answer_free(struct dns_answer **a);

/* The name at the end of the chain; without one, the name as asked. */
const struct dns_name *dns_answer_final(const struct dns_answer *a);

#endif
