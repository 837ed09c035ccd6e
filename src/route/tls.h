/*
 * Beside the verdict: for each target that it names, what TLS it must have, and which hosts are
 * not to be used in this attempt for want of knowing that (SPEC sections 3 and 12, RFC 7672).
 */
#ifndef ROUTE_TLS_H
#define ROUTE_TLS_H

#include "route/verdict.h"

struct route_tls_policy {
	enum route_tls level; /* of the configuration: delivery.tls, or a route's own */
	struct str name;      /* VERIFY: to be proved; empty: the mail host's */
	bool dane;            /* TLSA counts for mail with the service on: dnssec.dane */
	/* Whether a record that holds a whole certificate (selector 0) or key (1) can be read. */
	bool (*readable)(uint8_t selector, struct str data);
};

/*
 * Whether TLSA is to be asked for: for mail with the service on, unless its sender waives it, for
 * mail with REQUIRETLS, or for whoever demands DANE.
 */
bool route_tls_asks(const struct route_tls_policy *policy, enum route_service service,
		    enum route_dane dane, enum route_sender_tls sender);

/*
 * Whether all is asked for with AD whatever the service: by a route with DANE, or REQUIRETLS; and
 * where a name is to be proved that the MX gives, which has to be secure for that.
 */
bool route_tls_asks_anyhow(const struct route_tls_policy *policy, enum route_kind kind,
			   enum route_sender_tls sender);

/* Whether what is not authenticated must be proved so, as it may bounce: RESOLVE_PROVED. */
bool route_tls_demands(const struct route_tls_policy *policy, enum route_dane dane);

struct route_tls_ask {
	const struct route_facts *facts;
	const struct route_tls_policy *policy;
	enum route_service service;
	enum route_dane dane;
	enum route_sender_tls sender;
	enum route_untrusted untrusted;
};

/*
 * Judge v, which is that of the same facts and service.  Each target gets its need; those whose
 * TLSA records cannot be had go, and where none is left v becomes a deferral; where DANE is
 * demanded those go that have no usable record, and where it is known of all hosts, v becomes a
 * bounce.  v->skipped says why of each host that went, a line each, as far as
 * there is room.  ERR_NOMEM.
 */
enum err route_tls(const struct route_tls_ask *ask, struct route_verdict *v) MUST_USE;

#endif
