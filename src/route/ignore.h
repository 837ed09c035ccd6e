/*
 * Addresses that no mail host can have on the Internet: a DNS answer is no
 * reason to dial one (SPEC section 3, `delivery.ignore-targets`).
 */
#ifndef ROUTE_IGNORE_H
#define ROUTE_IGNORE_H

#include "base/ip.h"
#include "dns/name.h"

/*
 * The first of n networks that has ip, NULL where none has.  An IPv6 address that carries an
 * IPv4 address (mapped, compatible, NAT64, 6to4) is in the networks of that one, too: where mail
 * would go in the end is what counts.
 */
const struct ip_net *route_ignore_find(const struct ip_net *nets, size_t n, const struct ip *ip);

/*
 * Why ip, one of those, is not dialled, in words: "mx.example. 127.0.0.1 is in
 * 127.0.0.0/8, ...".  host is whose address it is, of length 0 where it has no name.
 * Appended.
 */
void route_ignore_text(struct buf *out, const struct dns_name *host, const struct ip *ip,
		       const struct ip_net *nets, size_t n);

#endif
