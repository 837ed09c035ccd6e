/*
 * What one answer is worth for a service: it can be used, it denies, it is not authenticated
 * where that is required, or what it should say is not known.  The weights are ordered.
 *
 * An answer that is not authenticated counts as insecure only when that is proved to
 * be its zone's doing (resolve/evidence.h); one that is counts for nothing where its server is seen
 * not to: such servers set AD on what they make up themselves.
 */
#ifndef ROUTE_WEIGHT_PRIV_H
#define ROUTE_WEIGHT_PRIV_H

#include "dns/answer.h"
#include "route/demand.h"

enum weight {
	USABLE,    /* records that may be used */
	ABSENT,    /* no such records, as surely as the service asks for */
	UNSIGNED,  /* required: it is proved that its zone is not signed; on-untrusted = "bounce" */
	NOT_KNOWN, /* no usable answer */
	BOGUS,     /* the same, laid to DNSSEC */
	OUR_FAULT, /* required: our channel or resolver cannot authenticate anything */
};

/* An answer that says what it was asked for, or that there is none, and is authenticated. */
bool route_weight_secure(const struct dns_answer *a);

/*
 * Whether it came by a channel that is not trusted, or of a resolver that is seen not to validate:
 * AD says nothing, for or against.  Where no server answered, whether every one that
 * could have is such.
 */
bool route_weight_disbelieved(const struct dns_answer *a);

/* Whether that, or that nothing is proved, is why required mail waits. */
bool route_weight_blames_us(const struct dns_answer *a, enum route_untrusted untrusted);

enum weight route_weight(const struct dns_answer *a, enum route_service service,
			 enum route_untrusted untrusted);

#endif
