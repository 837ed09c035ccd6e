#include "dns/channel.h"

enum { CLEAR_PORT = 53, TLS_PORT = 853 }; /* RFC 1035 section 4.2, RFC 7858 section 3.1 */

static const struct dns_channel_kind kinds[] = {
	[DNS_CHANNEL_UDP] = { STR_INIT("udp"), CLEAR_PORT,
			      DNS_CHANNEL_TAKES_ADDRESS | DNS_CHANNEL_TAKES_TSIG |
				      DNS_CHANNEL_TAKES_CASE },
	[DNS_CHANNEL_TCP] = { STR_INIT("tcp"), CLEAR_PORT,
			      DNS_CHANNEL_TAKES_ADDRESS | DNS_CHANNEL_TAKES_TSIG },
	[DNS_CHANNEL_TLS] = { STR_INIT("tls"), TLS_PORT,
			      DNS_CHANNEL_TAKES_ADDRESS | DNS_CHANNEL_TAKES_TLS },
	[DNS_CHANNEL_EMBEDDED] = { STR_INIT("embedded"), 0, DNS_CHANNEL_TAKES_ANCHOR },
};

const struct dns_channel_kind *dns_channel_kind(enum dns_channel channel)
{
	return &kinds[channel];
}

bool dns_channel_takes(enum dns_channel channel, unsigned what)
{
	return (kinds[channel].takes & what) == what;
}

bool dns_channel_find(struct str name, enum dns_channel *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].port == 0 || !str_eq(kinds[i].name, name))
			continue;
		*out = (enum dns_channel)i;
		return true;
	}
	return false;
}
