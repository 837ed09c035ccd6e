#include "dns/channel.h"

#include "base/test.h"

static const struct {
	const char *name;
	bool found;
	enum dns_channel channel;
	unsigned port;
	bool tls, tsig;
} cases[] = {
	{ "udp", true, DNS_CHANNEL_UDP, 53, false, true },
	{ "tcp", true, DNS_CHANNEL_TCP, 53, false, true },
	{ "tls", true, DNS_CHANNEL_TLS, 853, true, false },
	{ "embedded", false, DNS_CHANNEL_EMBEDDED, 0, false,
	  false }, /* it is no channel to an address */
	{ "TLS", false, DNS_CHANNEL_UDP, 0, false, false },
	{ "", false, DNS_CHANNEL_UDP, 0, false, false },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		enum dns_channel c = DNS_CHANNEL_UDP;
		CHECK_INT(cases[i].name, dns_channel_find(str_of(cases[i].name), &c),
			  cases[i].found);
		if (!cases[i].found)
			continue;
		CHECK_INT(cases[i].name, c, cases[i].channel);
		CHECK_STR(cases[i].name, dns_channel_kind(c)->name, str_of(cases[i].name));
		CHECK_INT(cases[i].name, dns_channel_kind(c)->port, cases[i].port);
		CHECK_INT(cases[i].name, dns_channel_takes(c, DNS_CHANNEL_TAKES_TLS), cases[i].tls);
		CHECK_INT(cases[i].name, dns_channel_takes(c, DNS_CHANNEL_TAKES_TSIG),
			  cases[i].tsig);
	}
	CHECK_INT("inside", dns_channel_takes(DNS_CHANNEL_EMBEDDED, DNS_CHANNEL_TAKES_ADDRESS), 0);
	CHECK_INT("inside", dns_channel_takes(DNS_CHANNEL_EMBEDDED, DNS_CHANNEL_TAKES_ANCHOR), 1);
	return TEST_EXIT();
}
