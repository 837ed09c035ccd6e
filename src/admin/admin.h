/*
 * How commands reach the daemon: what relay_start() is given so that there is a
 * control socket.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "relay/handle.h"

extern const struct relay_hooks admin_hooks;

#endif
