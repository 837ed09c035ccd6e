/* The channels that there are. */
#include "resolve/channel.h"

extern const struct resolve_channel resolve_embedded_channel;

const struct resolve_channel *const resolve_channels[] = {
	[DNS_CHANNEL_UDP] = &resolve_udp_channel,
	[DNS_CHANNEL_TCP] = &resolve_tcp_channel,
	[DNS_CHANNEL_TLS] = &resolve_tcp_tls_channel,
	[DNS_CHANNEL_EMBEDDED] = &resolve_embedded_channel,
};
