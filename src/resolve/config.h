/*
 * What the resolver takes and gives, as values: its configuration, a question,
 * and what it tells of itself.  resolve.h has what can be done with them.
 */
#ifndef RESOLVE_CONFIG_H
#define RESOLVE_CONFIG_H

#include "base/buf.h"
#include "base/err.h"
#include "dns/answer.h"
#include "dns/server.h"

#define RESOLVE_SERVERS_MAX 16

/* What became of one message on the wire, or of a question to the validator inside. */
enum resolve_fate {
	RESOLVE_SENT,
	RESOLVE_ACCEPTED, /* it answers the question, or says how to ask it again */
	RESOLVE_IGNORED,  /* it failed a check: nothing has changed but where why says so */
	RESOLVE_BROKEN,   /* a connection was closed, refused, or not authenticated; no octets */
};

/* For people who look for a fault.  Everything lives until the function returns. */
struct resolve_event {
	enum resolve_fate fate;
	struct str server;           /* "127.0.0.1:53" */
	struct str channel;          /* "udp", "tcp", "tls", "embedded" */
	struct str octets;           /* the message, without what frames it */
	struct str why;              /* IGNORED, BROKEN: in words; else what is special, or empty;
					of the validator inside what it says of the answer */
	const struct dns_name *name; /* of the question, where there is one */
	uint16_t type;
};

/* What is known of a server has changed. */
struct resolve_probed {
	struct str server; /* "127.0.0.1:53" */
	enum dns_probe was, is;
	struct str reason; /* dns_probe_bad(): why */
};

struct resolve_conf {
	struct dns_server servers[RESOLVE_SERVERS_MAX]; /* strings: until resolve_new() returns */
	size_t n_servers;
	unsigned sharers;           /* resolvers of this process that ask the same; 0: it alone */
	bool rotate;                /* begin at another server each time */
	bool set_do;                /* DO in queries that have AD */
	bool diagnose;              /* CD and DO in all: of what it says nothing counts for mail */
	struct dns_name probe_name; /* a name known to be signed; empty (len 0): com. */
	uint16_t probe_type;        /* 0: NS */
	/*
	 * More that a server that validates must do, where given: deny probe_denial,
	 * a name in a signed zone that does not exist, with AD; answer probe_bogus, a
	 * name whose signatures are wrong, with SERVFAIL.
	 */
	struct dns_name probe_denial, probe_bogus; /* len 0: not asked */
	size_t cache_octets;                       /* 0: 16 MiB */
	/*
	 * Follow this resolv.conf(5): when it changes its servers take the place of those
	 * here, the cache is emptied, and open questions are asked anew.
	 */
	const char *follow; /* NULL: none; copied */
	/* Told of each message; NULL: none.  It must call nothing of the resolver. */
	void (*trace)(void *arg, const struct resolve_event *event);
	void *trace_arg;
	/*
	 * Told when a probe finds something else than the one before it; NULL: none.  It must
	 * call nothing of the resolver.  Where it is there, who fails is probed every ten
	 * seconds until it validates, whether a question needs that or not, and all are by
	 * resolve_reprobe(), and when resolv.conf names others.
	 */
	void (*probed)(void *arg, const struct resolve_probed *event);
	void *probed_arg;
};

/*
 * The servers of a resolv.conf(5) with its timeout, attempts, rotate and
 * trust-ad options added to *conf; no nameserver line, or no such file: 127.0.0.1.
 * What trust-ad says keeps path as its reason: a string as the others of *conf.
 * Each line that cannot be read is told in *why, as "FILE:LINE: WORDS" and a line end,
 * also with ERR_OK.  ERR_SYNTAX: there are nameserver lines, or nothing but lines that
 * cannot be read, and none gives a server.  ERR_IO when the file cannot be read; errno
 * says how.
 */
enum err resolve_conf_system(const char *path, struct resolve_conf *conf, struct buf *why) MUST_USE;

/* Flags of a question. */
#define RESOLVE_AD 1u       /* ask for authenticated data */
#define RESOLVE_NO_CHASE 2u /* answer with the first step: for CNAME's own status */
#define RESOLVE_NO_CACHE 4u /* neither look there nor keep the answer */
/*
 * Answer only when it is known whether the server that answered validates:
 * source.probe is then DNS_PROBE_VALIDATES or dns_probe_bad(), by a probe no
 * older than its TTL and 60 s; a failed one is tried again after 10 s.  Answers
 * from servers that are not trusted, and, without PROVED, no answer at all, need no probe.
 */
#define RESOLVE_PROBED 8u
#define RESOLVE_DO 16u /* DO for this question */
/*
 * With AD and PROBED: an answer that is not authenticated is held against its zone
 * only when that is proved (evidence.h): then it has proved set.  It has not where
 * its server failed a probe, or could not be asked again.  Costs a few questions
 * more for what is not signed, and nothing for what is.  Where no server answers,
 * a probe tells whether none of them is to be believed (source.none_believed).
 */
#define RESOLVE_PROVED 32u

struct resolve_question {
	struct dns_name name;
	uint16_t type;
	unsigned flags;
	int64_t deadline_ms; /* from now; 0: what servers, timeouts and attempts add up to */
};

/*
 * The answer is the resolver's and lives until done returns: copy what is to
 * stay.  done may ask, cancel, and free the resolver.
 */
typedef void resolve_done(void *arg, uint64_t id, const struct dns_answer *answer);

/* A server as it stands, for people.  Its probe is what the last one found, however long ago. */
struct resolve_server_state {
	struct dns_source source;
	bool answering;     /* false while it is backed off */
	unsigned failures;  /* since it answered last */
	int64_t rtt_us;     /* smoothed; 0 when not known yet */
	uint64_t questions; /* sent */
	uint64_t answers;   /* accepted */
	uint64_t dropped;   /* datagrams that failed a check */
	uint64_t timeouts;
	uint64_t statuses[DNS_STATUSES]; /* answers, by what they are worth */
	/* Since the last probe ended, of which nothing may hold any more; -1: none did. */
	int64_t probed_ago;
};

/* The resolv.conf that is followed, for people. */
struct resolve_followed {
	struct str file; /* empty: none is followed */
	/*
	 * Empty: the servers are those that it names.  Else why they are those of before, as it is
	 * gone or cannot be read: "/etc/resolv.conf: Permission denied".
	 */
	struct str why;
	unsigned changes; /* how often why has */
};

struct resolve_counters {
	uint64_t asked, joined, sent;
	uint64_t hits, misses; /* of the cache, each link of a chain by itself */
	uint64_t evictions;    /* dropped from it for want of room */
	uint64_t prefetches;   /* asked again before they ended, as they are asked often */
	size_t cache_octets, cache_entries, in_flight;
};

#endif
