/*
 * Which mail hosts could not be reached lately: the back-off that all domains share whose mail
 * goes to the same address and port.
 */
#ifndef RELAY_HOSTS_H
#define RELAY_HOSTS_H

#include "relay/worker.h"

/*
 * Whether it may be dialled; false: *why says so in words.  After true the caller tells what
 * came of it, by one of the others.
 */
bool relay_hosts_open(struct relay_worker *w, const struct ip_port *at, struct buf *why) MUST_USE;

/* It greeted us. */
void relay_hosts_worked(struct relay_worker *w, const struct ip_port *at);

/* There was no connection, or the greeting turned us away. */
void relay_hosts_failed(struct relay_worker *w, const struct ip_port *at);

#endif
