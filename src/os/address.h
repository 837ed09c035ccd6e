/* An address as the system's calls want it. */
#ifndef OS_ADDRESS_H
#define OS_ADDRESS_H

#include "base/ip.h"

#include <sys/socket.h>

/* scope: of an IPv6 address that is good on one link alone (RFC 4007); else 0.  Its size. */
socklen_t os_address_of(const struct ip_port *at, uint32_t scope, struct sockaddr_storage *out);

#endif
