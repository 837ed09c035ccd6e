/*
 * What is demanded of the way to each recipient of a message: criteria in, demands out.
 */
#ifndef ROUTING_DEMAND_H
#define ROUTING_DEMAND_H

#include "route/demand.h"
#include "routing/settings.h"

/* A message, as criteria see it.  All borrowed. */
struct routing_message {
	struct str content; /* the whole or its head */
	struct str from;
	enum routing_settings_author author;
	enum { ROUTING_TLS_UNSAID, ROUTING_TLS_REQUIRED } tls; /* by MAIL: REQUIRETLS */
	const struct str *rcpt;                                /* all envelope recipients */
	size_t n_rcpt;
	int64_t now_wall_ms; /* exemptions end */
};

/*
 * One demand a recipient, in their order; strings in them are s's.  The charsets that criteria
 * could not decode are added to *undecoded, as criteria_match_undecoded() has them.
 * ERR_NOMEM: none is set.
 */
enum err routing_demand(const struct routing_settings *s, const struct routing_message *m,
			struct route_demand *out, struct buf *undecoded) MUST_USE;

/* What the sender has said of TLS, of which a waiver counts with the service on. */
enum route_sender_tls routing_demand_sender(const struct routing_message *m,
					    enum route_service service);

#endif
