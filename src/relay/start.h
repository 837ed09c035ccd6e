/*
 * The daemon, from its start to its end.
 */
#ifndef RELAY_START_H
#define RELAY_START_H

#include "conf/conf.h"

/*
 * Run the daemon in the foreground until SIGTERM or SIGINT; prints
 * "signpost: ready" when it accepts mail.  conf becomes the daemon's.  The exit
 * status: 0, or 2 with one line on standard error where it could not start.
 */
int relay_start(struct conf *conf);

#endif
