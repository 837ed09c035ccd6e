/* The DNS servers as all workers together see them. */
#ifndef ADMIN_SERVERS_H
#define ADMIN_SERVERS_H

#include "relay/state.h"

#define ADMIN_SERVERS_MAX (2 * RESOLVE_SERVERS_MAX) /* while a reload is on its way: old and new */

/* Each server once, by name and channel, what the workers counted added up.  How many. */
size_t admin_servers_merge(const struct relay_state *worker, size_t n_workers,
			   struct relay_state_server all[static ADMIN_SERVERS_MAX]);

#endif
