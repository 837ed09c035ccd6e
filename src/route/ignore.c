#include "route/ignore.h"

#include "dns/text.h"

#include <string.h>

/*
 * The IPv4 address that an IPv6 address carries, and to which what is sent there would go in the
 * end: IPv4-compatible (RFC 4291 section 2.5.5.1), NAT64 by the well-known prefix (RFC 6052),
 * 6to4 (RFC 3056).  Of the compatible ones those in 0.0.0.0/8 are none: ::1 is another
 * thing, and ::2 is nothing yet.  IPv4-mapped ones are IPv4 already (base/ip.h).
 */
static bool carries(const struct ip *ip, struct ip *inner)
{
	static const uint8_t compatible[12], nat64[12] = { 0, 0x64, 0xff, 0x9b };
	const uint8_t *o = ip->octets;

	if (ip->family != 6)
		return false;
	if (o[0] == 0x20 && o[1] == 0x02)
		*inner = ip_v4(o + 2);
	else if (memcmp(o, nat64, sizeof(nat64)) == 0 ||
		 (memcmp(o, compatible, sizeof(compatible)) == 0 && o[12] != 0))
		*inner = ip_v4(o + 12);
	else
		return false;
	return true;
}

static const struct ip_net *find(const struct ip_net *nets, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_net_has(&nets[i], ip))
			return &nets[i];
	return NULL;
}

const struct ip_net *route_ignore_find(const struct ip_net *nets, size_t n, const struct ip *ip)
{
	const struct ip_net *net = find(nets, n, ip);
	struct ip inner;

	return !net && carries(ip, &inner) ? find(nets, n, &inner) : net;
}

void route_ignore_text(struct buf *out, const struct dns_name *host, const struct ip *ip,
		       const struct ip_net *nets, size_t n)
{
	const struct ip_net *net = route_ignore_find(nets, n, ip);
	char text[IP_TEXT_MAX];
	struct ip inner;

	if (host->len) {
		dns_name_text(out, host);
		buf_addc(out, ' ');
	}
	buf_add(out, ip_text(ip, text));
	if (!find(nets, n, ip) && carries(ip, &inner))
		buf_addf(out, " carries %.*s, which", STR_ARG(ip_text(&inner, text)));
	if (net)
		buf_addf(out, " is in %.*s/%u, where delivery.ignore-targets lets no mail go",
			 STR_ARG(ip_text(&net->ip, text)), net->bits);
}
