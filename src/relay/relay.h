/*
 * The daemon.
 */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include "conf/conf.h"

/*
 * Run the daemon in the foreground until SIGTERM or SIGINT; prints
 * "signpost: ready" when it accepts mail.  conf becomes the daemon's.  The exit
 * status: 0, or 2 with one line on standard error where it could not start.
 */
int relay_serve(struct conf *conf);

#endif
