/*
 * Which mail hosts could not be reached lately: the back-off that all domains share whose mail
 * goes to the same address and port.
 */
#ifndef RELAY_HOSTS_H
#define RELAY_HOSTS_H

#include "relay/worker.h"

/*
 * By the schedule of the mail that is for it.  0: it may be dialled, and the caller tells what came
 * of it, by one of the others.  Else for how long it may not: milliseconds.
 */
int64_t relay_hosts_wait(struct relay_worker *w, const struct ip_port *at,
			 const struct schedule_retry *retry) MUST_USE;

/* It greeted us. */
void relay_hosts_worked(struct relay_worker *w, const struct ip_port *at);

/* There was no connection, or the greeting turned us away. */
void relay_hosts_failed(struct relay_worker *w, const struct ip_port *at,
			const struct schedule_retry *retry);

/* It was not found out. */
void relay_hosts_unknown(struct relay_worker *w, const struct ip_port *at);

#endif
