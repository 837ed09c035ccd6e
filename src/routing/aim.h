/*
 * Where mail for a domain is aimed at, before the DNS is asked anything: an
 * address literal, a static route of the configuration, or the domain itself.
 * Pure.
 */
#ifndef ROUTING_AIM_H
#define ROUTING_AIM_H

#include "conf/conf.h"
#include "route/route.h"

struct routing_aim {
	struct route_conf route;         /* its seed is the caller's to set; conf outlives it */
	struct ip_port *self_at;         /* route's, owned here */
	const struct conf_route *via;    /* conf's; NULL: no static route */
	const struct conf_delivery *how; /* via's, else conf's own; never NULL */
};

/*
 * Aim at domain, as SMTP has it: "bank.example", "[192.0.2.1]"; U-labels become
 * A-labels before static routes are looked at, the most specific first (SPEC section
 * 12): the exact name, the longest ".suffix", "*".  *out is to be cleared.
 *
 * ERR_SYNTAX  it is no domain name and no address literal (RFC 5321 section 4.1.3)
 * ERR_NOMEM
 */
enum err routing_aim_find(const struct conf *conf, struct str domain, struct routing_aim *out)
	MUST_USE;

/*
 * The static route by which mail to domain goes, by that choice; NULL: by none.  *out is conf's.
 * ERR_NOMEM: *out is not set.
 */
enum err routing_aim_via(const struct conf *conf, struct str domain, const struct conf_route **out)
	MUST_USE;

/*
 * How mail to domain is delivered, by that choice; what is no domain name, or is a literal, as
 * the section delivery says.  *out is conf's.  ERR_NOMEM: *out is not set.
 */
enum err routing_aim_how(const struct conf *conf, struct str domain,
			 const struct conf_delivery **out) MUST_USE;

void routing_aim_clear(struct routing_aim *aim);

#endif
