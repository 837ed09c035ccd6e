/*
 * dns_message_read() on any octets.  Seeds: src/dns/corpus/message/.
 *
 * A message that was accepted, cut to the octets that it counted, is accepted
 * again with the same index; one octet less is refused.  Each section is walked
 * to its end, within the octets.
 */
#include "dns/message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool within(struct str inner, struct str outer)
{
	return inner.n == 0 || (inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

static void walk(const struct dns_message *m)
{
	for (int s = 0; s < 3; s++) {
		struct dns_walk w = dns_message_walk(m, (enum dns_section)s);
		struct dns_record rr;
		unsigned seen = 0;
		while (dns_message_next(&w, &rr)) {
			struct dns_name owner;
			seen++;
			if (!within(rr.rdata, m->octets))
				abort();
			if (dns_message_owner(m, &rr, &owner) == ERR_OK &&
			    dns_message_owned(m, &rr, &owner) != (rr.class == 1))
				abort();
		}
		if (seen != m->count[s])
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str octets = { (const char *)data, n };
	struct dns_message m, again;

	if (dns_message_read(octets, &m) != ERR_OK)
		return 0;
	if (!within(m.octets, octets) || !within(m.ede_text, octets) || m.n_ede > DNS_EDE_MAX)
		abort();
	walk(&m);
	if (dns_message_read(m.octets, &again) != ERR_OK)
		abort();
	if (again.octets.n != m.octets.n || again.rcode != m.rcode || again.edns != m.edns ||
	    again.n_ede != m.n_ede || memcmp(again.section, m.section, sizeof(m.section)) != 0)
		abort();
	m.octets.n--;
	if (dns_message_read(m.octets, &again) == ERR_OK)
		abort();
	return 0;
}
