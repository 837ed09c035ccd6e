/*
 * What is demanded of the way to a recipient: the DNSSEC service, whether DANE, which
 * criterion asked for it, and which one is only being tried (OBSERVE); and what the sender
 * has said of TLS.
 *
 * A value.  Recipients with equal demands of one domain share a transaction; what
 * may share a connection, a session or a bounce is decided by comparing this
 * and nothing else.  Strings are borrowed from the criteria in force.
 */
#ifndef ROUTE_DEMAND_H
#define ROUTE_DEMAND_H

#include "base/buf.h"

enum route_service { ROUTE_OFF, ROUTE_REQUESTED, ROUTE_REQUIRED };

#define ROUTE_SERVICES 3

/* "off", "requested", "required". */
struct str route_service_text(enum route_service s);

/* What becomes of required mail where our own channel or resolver is at fault: on-untrusted. */
enum route_untrusted { ROUTE_UNTRUSTED_DEFER, ROUTE_UNTRUSTED_BOUNCE };

/* Whether the host must be authenticated by DANE, or only where it can be (SECURE DANE). */
enum route_dane { ROUTE_DANE_USED, ROUTE_DANE_DEMANDED };

/* A criterion as people are told of it. */
struct route_criterion {
	struct str line;  /* as written, white space single; empty: there is none */
	struct str file;  /* as logs call it */
	unsigned line_no; /* from 1 */
};

/* An exemption that has lifted what was required, as people are told of it. */
struct route_exemption {
	struct str domain, until, reason; /* as configured; domain empty: there is none */
};

/*
 * What the sender has said of TLS (RFC 8689): it is a must, to authenticated hosts that go on so
 * (REQUIRETLS); or it may go without that of DANE which nobody but the service asks for
 * (`TLS-Required: No`).  The first goes before the second.
 */
enum route_sender_tls { ROUTE_SENDER_SILENT, ROUTE_SENDER_REQUIRES_TLS, ROUTE_SENDER_WAIVES_TLS };

struct route_demand {
	enum route_service service;
	enum route_sender_tls sender_tls;
	enum route_dane dane;             /* DEMANDED with REQUIRED alone */
	struct route_criterion criterion; /* that asked for the service; none: off */
	struct route_criterion observed;  /* OBSERVE that matches, whichever asked; or none */
	struct route_exemption exempt;
	bool observed_exempt; /* what OBSERVE would have required, an exemption would have lifted */
};

/*
 * The kind of a demand, as one bit: what demands of one kind find of a domain is the same,
 * whichever criterion asks.  0: of what is tried by OBSERVE each is to be found out anew.
 */
uint64_t route_demand_kind(const struct route_demand *d);

/* Negative, 0 or positive: an order in which equal demands are neighbours. */
int route_demand_cmp(const struct route_demand *a, const struct route_demand *b);

/*
 * `DNSSEC service required (criterion "To *", dnssec.criteria:2)`, appended: the first
 * line of a session (SPEC section 8).  Nothing with the service off.
 */
void route_demand_text(struct buf *out, const struct route_demand *d);

/* `exempt: DOMAIN until DATE: REASON`, appended; nothing where there is none (SPEC section 3). */
void route_demand_exempt_text(struct buf *out, const struct route_demand *d);

#endif
