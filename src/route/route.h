/*
 * The route to a destination: its mail hosts in order, each with its
 * addresses, each datum with its status (RFC 5321 section 5.1, RFC 7505).
 *
 * A machine that asks questions and takes answers; it knows no resolver:
 *
 *	while (route_ask(r, &q))
 *		send q; when its answer comes, route_answer(r, q.id, answer);
 *	once route_done(r), route_facts(r) is what was learnt.
 *
 * route_answer() may make new questions ready, so ask again after each.
 * Addresses are always asked for by name: what the additional section of an MX
 * answer holds is never used, as AD does not speak for it.
 */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "base/err.h"
#include "base/ip.h"
#include "dns/answer.h"

struct route;

/* What the route leads to. */
enum route_kind {
	ROUTE_DOMAIN,  /* a mail domain: MX, or the domain itself where it has none */
	ROUTE_HOST,    /* a host named by the administrator: its addresses */
	ROUTE_STATIC,  /* an address given by the administrator: no DNS */
	ROUTE_LITERAL, /* an address literal of the recipient, RFC 5321 section 4.1.3: no DNS */
};

enum route_family { ROUTE_ANY, ROUTE_IPV4, ROUTE_IPV6 };

#define ROUTE_HOSTS_MAX 20     /* mail hosts beyond are left out, by preference */
#define ROUTE_ADDRESSES_MAX 32 /* of one host; those that are not ignored come first */
#define ROUTE_TLSA_MAX 2       /* names under which a host's TLSA records may be */
#define ROUTE_QUESTIONS_MAX (1 + (3 + ROUTE_TLSA_MAX) * ROUTE_HOSTS_MAX)

struct route_conf {
	enum route_kind kind;
	struct dns_name domain; /* ROUTE_DOMAIN, ROUTE_HOST; len 0: what was given is no name */
	struct ip_port via;     /* ROUTE_STATIC, ROUTE_LITERAL; of ROUTE_HOST the port */
	uint16_t port;          /* where mail hosts listen */
	enum route_family family;
	bool tlsa; /* ask for the TLSA records of hosts whose addresses are secure */
	/*
	 * Questions are asked with AD whatever the service: a route or the sender wants to know
	 * (route_tls_asks_anyhow()).  Then their status is told with the service off, too.
	 */
	bool asks_anyhow;
	uint64_t seed; /* shuffles hosts of equal preference, and nothing else */
	/*
	 * Signpost itself: hosts at its preference and beyond are dropped.  The
	 * name counts among MX hosts alone: the administrator may name another
	 * port of this machine.
	 */
	struct dns_name self;          /* len 0: not known */
	const struct ip_port *self_at; /* where it listens; :: and 0.0.0.0 mean loopback too */
	size_t n_self_at;
	/* Addresses that no DNS answer and no literal makes us dial (route/ignore.h). */
	const struct ip_net *ignore; /* outlives the route */
	size_t n_ignore;
};

struct route_question {
	unsigned id; /* for route_answer() */
	struct dns_name name;
	uint16_t type;
};

struct route_address {
	struct ip_port at;
	enum dns_status status; /* of its answer; INDETERMINATE where no DNS was asked */
	bool aaaa;              /* it stood in the answer for AAAA, else in that for A */
	bool ignored;           /* no mail host can be there: one of conf.ignore */
	bool self;              /* Signpost itself, by address or alias; of none that is ignored */
};

struct route_host {
	struct dns_name name; /* ROUTE_STATIC, ROUTE_LITERAL: none, len 0 */
	uint16_t preference;
	const struct dns_answer *a;    /* NULL: not asked */
	const struct dns_answer *aaaa; /* NULL: not asked */
	/* Whether it is an alias: asked where its addresses are by an alias, and not secure. */
	const struct dns_answer *cname;
	/* In the order of RFC 7672 section 2.2.2, under which TLSA base domain; NULL: not asked. */
	const struct dns_answer *tlsa[ROUTE_TLSA_MAX];
	const struct dns_name *base[ROUTE_TLSA_MAX];
	/* IPv6 and IPv4 in turn, IPv6 first; behind all, in the same order, what is ignored. */
	struct route_address address[ROUTE_ADDRESSES_MAX];
	size_t n_address;
	bool more; /* it has others that could be dialled, beyond ROUTE_ADDRESSES_MAX */
};

/* All that was learnt.  Lives as long as the route. */
struct route_facts {
	struct route_conf conf;
	const struct dns_answer *mx; /* NULL for other than ROUTE_DOMAIN */
	bool null_mx;                /* RFC 7505: "." is the one exchange there is */
	bool implicit;               /* no MX: the domain itself is the host */
	/*
	 * This relay is the best mail host: a loop.  Hosts that its name excludes
	 * are not in host[]; those that its addresses exclude are, as whether an
	 * address counts is the verdict's to say.
	 */
	bool self;
	struct route_host *host; /* in the order of trial */
	size_t n_host;
	bool more; /* mail hosts beyond ROUTE_HOSTS_MAX, of which nothing is known */
};

/* conf is copied, self_at too, ignore is not.  NULL: out of memory. */
struct route *route_new(const struct route_conf *conf) MUST_USE;

/* Free and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void route_free(struct route **r);

/* The next question that is ready, once each; false when there is none now. */
bool route_ask(struct route *r, struct route_question *q) MUST_USE;

/*
 * The answer to question id; copied.  A second one, or one to what was not
 * asked, is ignored.  ERR_NOMEM: the route is unusable.
 */
enum err route_answer(struct route *r, unsigned id, const struct dns_answer *answer) MUST_USE;

/* All questions asked and answered. */
bool route_done(const struct route *r);

const struct route_facts *route_facts(const struct route *r);

#endif
