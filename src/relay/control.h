/*
 * The daemon's side of the control socket: src/control/README.md is the
 * vocabulary.  On the daemon's thread.
 */
#ifndef RELAY_CONTROL_H
#define RELAY_CONTROL_H

#include "relay/daemon_priv.h"

/* Listen.  ERR_IO: *why.  ERR_NOMEM. */
enum err relay_control_new(struct relay_daemon *d, struct relay_control **out, struct buf *why)
	MUST_USE;
void relay_control_free(struct relay_control **c);

#endif
