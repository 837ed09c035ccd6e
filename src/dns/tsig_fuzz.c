/*
 * dns_tsig_verify() on any octets.  Seeds: src/dns/corpus/tsig/.
 *
 * Nobody has the key, so nothing is good, and neither a time nor an error is
 * proved.  What we sign ourselves always reads back with one TSIG, its last
 * record.
 */
#include "dns/tsig.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t octets[65535 + DNS_TSIG_ROOM];
	struct dns_tsig_key key = { .name = { 3, "\1k" }, .secret = "secret", .n_secret = 6 };
	struct dns_tsig_sent sent = { .id = 0x1234, .n_mac = 32 };
	struct dns_message m;

	if (n > 65535 || dns_message_read((struct str){ (const char *)data, n }, &m) != ERR_OK)
		return 0;
	struct dns_tsig_result r = dns_tsig_verify(&m, &key, &sent, 1700000000);
	must(r.verdict != DNS_TSIG_GOOD && r.verdict != DNS_TSIG_TIME && r.server_s == 0);
	must(r.verdict != DNS_TSIG_REFUSED || r.error == DNS_TSIG_BADKEY ||
	     r.error == DNS_TSIG_BADSIG);
	must(r.why.n > 0);
	if (m.count[DNS_SECTION_ADDITIONAL] == 65535)
		return 0;
	memcpy(octets, m.octets.p, m.octets.n);
	size_t all = dns_tsig_sign(octets, m.octets.n, &key, 1700000000, &sent);
	unsigned before = m.n_tsig;
	must(all > m.octets.n && all <= m.octets.n + DNS_TSIG_ROOM);
	must(dns_message_read((struct str){ (char *)octets, all }, &m) == ERR_OK);
	must(m.n_tsig == before + 1 && m.tsig > 0 && m.octets.n == all);
	return 0;
}
