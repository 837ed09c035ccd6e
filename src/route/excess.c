#include "route/excess.h"

#include "dns/text.h"

void route_excess_text(struct buf *out, const struct route_facts *f)
{
	if (f->more) {
		dns_name_text(out, &f->conf.domain);
		buf_addf(out, " has more than %d mail hosts: none is asked but the best %d\n",
			 ROUTE_HOSTS_MAX, ROUTE_HOSTS_MAX);
	}
	for (size_t i = 0; i < f->n_host; i++) {
		if (!f->host[i].more)
			continue;
		dns_name_text(out, &f->host[i].name);
		buf_addf(out, " has more than %d addresses: none is dialled but the first %d\n",
			 ROUTE_ADDRESSES_MAX, ROUTE_ADDRESSES_MAX);
	}
}
