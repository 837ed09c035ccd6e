/*
 * From what a target needs (route/need.h) to what TLS asks of its host, and how that is told: the
 * same for deliveries and for `signpost connect`.
 */
#ifndef ROUTING_SECURE_H
#define ROUTING_SECURE_H

#include "routing/pathfinder.h"
#include "routing/settings.h"
#include "tls/wallet.h"

/*
 * A client that asks t's host for what is needed.  wallet: where tickets are by key, all that trust
 * in the host hangs on; NULL: nothing is resumed.  NULL: out of memory, or it cannot be asked for.
 */
struct tls_session *routing_secure_session(const struct routing_settings *s,
					   const struct routing_path *path,
					   const struct route_target *t, struct tls_wallet *wallet,
					   struct str key) MUST_USE;

/*
 * Append all that trust in a connection to t hangs on, as octets: those with equal ones may share
 * it.  Nothing where nothing is asked of the host.
 */
void routing_secure_trust(struct buf *out, const struct routing_path *path,
			  const struct route_target *t);

/* "TLSv1.3, TLS_AES_256_GCM_SHA384, authenticated by DANE-EE (TLSA 3 1 1 of mx.example)" */
void routing_secure_text(struct buf *out, const struct tls_session *s,
			 const struct route_need *need);

#endif
