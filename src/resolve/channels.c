/* The channels that there are. */
#include "resolve/channel.h"
#include "resolve/config.h"

const struct resolve_channel *const resolve_channels[] = {
	[RESOLVE_UDP] = &resolve_udp_channel,
	[RESOLVE_TCP] = &resolve_tcp_channel,
	[RESOLVE_TLS] = &resolve_tcp_tls_channel,
	[RESOLVE_EMBEDDED] = &resolve_embedded_channel,
};
