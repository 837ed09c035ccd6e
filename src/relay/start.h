/*
 * The daemon, from its start to its end.
 */
#ifndef RELAY_START_H
#define RELAY_START_H

#include "relay/handle.h"

/*
 * Run the daemon in the foreground until SIGTERM or SIGINT; prints
 * "signpost: ready" when it accepts mail.  hooks are told of it.  conf becomes the daemon's.  The
 * exit status: 0, or 2 with one line on standard error where it could not start.
 */
int relay_start(struct conf *conf, const struct relay_hooks *hooks);

#endif
