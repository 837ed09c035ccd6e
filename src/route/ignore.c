#include "route/ignore.h"

#include "dns/text.h"

const struct ip_net *route_ignore_find(const struct ip_net *nets, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_net_has(&nets[i], ip))
			return &nets[i];
	return NULL;
}

void route_ignore_text(struct buf *out, const struct dns_name *host, const struct ip *ip,
		       const struct ip_net *nets, size_t n)
{
	const struct ip_net *net = route_ignore_find(nets, n, ip);
	char text[IP_TEXT_MAX];

	if (host->len) {
		dns_name_text(out, host);
		buf_addc(out, ' ');
	}
	buf_add(out, ip_text(ip, text));
	if (net)
		buf_addf(out, " is in %.*s/%u, where delivery.ignore-targets lets no mail go",
			 STR_ARG(ip_text(&net->ip, text)), net->bits);
}
