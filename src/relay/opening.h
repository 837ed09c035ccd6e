/* What the daemon's log says as it starts (SPEC section 8): what it is, and what it goes by. */
#ifndef RELAY_OPENING_H
#define RELAY_OPENING_H

#include "conf/conf.h"
#include "resolve/resolve.h"

/*
 * A line for all, one a listener, one a server with its trust.  user is the name of who we are;
 * resolver is any worker's.
 */
void relay_opening_tell(const struct conf *conf, const char *user, size_t workers,
			const struct resolve *resolver);

#endif
