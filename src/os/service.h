/*
 * The service manager's side of a start, as systemd speaks it: sockets that it has bound for us
 * (sd_listen_fds(3)), and what we tell it (sd_notify(3)).  Without a manager nothing happens.
 */
#ifndef OS_SERVICE_H
#define OS_SERVICE_H

#include "base/ip.h"

/*
 * A listening TCP socket for that address, of those that we were handed: a descriptor of its own
 * for each call, that does not block.  -1: there is none.
 */
int os_service_listener(const struct ip_port *at) MUST_USE;

/* The way to the manager; it stays open whatever is closed to us later.  -1: nobody asks. */
int os_service_open(void) MUST_USE;

/* Lines of NAME=VALUE.  The manager that does not take them is not waited for. */
void os_service_tell(int fd, struct str lines);

/* How often it wants to hear from us that we are well, in milliseconds; 0: not at all. */
int64_t os_service_watchdog(void);

#endif
