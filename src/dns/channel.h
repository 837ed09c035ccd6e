/*
 * The ways in which a recursive server is reached: what each is called, at which
 * port, and which options of a server have a meaning there.  Configuration, command
 * line and library read this table; resolve/channel.h has what each of them does.
 */
#ifndef DNS_CHANNEL_H
#define DNS_CHANNEL_H

#include "base/str.h"

#include <stdint.h>

enum dns_channel {
	DNS_CHANNEL_UDP, /* falls back to TCP on TC */
	DNS_CHANNEL_TCP,
	DNS_CHANNEL_TLS,      /* RFC 7858; strict (RFC 8310) where a name or pin is given */
	DNS_CHANNEL_EMBEDDED, /* a validator in this process: libunbound, where it was built in */
};

/* What the administrator says of trust: AUTO leaves it to the channel. */
enum dns_channel_trust {
	DNS_CHANNEL_TRUST_AUTO,
	DNS_CHANNEL_TRUST_ALWAYS,
	DNS_CHANNEL_TRUST_NEVER
};

/* Options of a server that not every channel takes. */
#define DNS_CHANNEL_TAKES_ADDRESS 1u /* it is not in this process */
#define DNS_CHANNEL_TAKES_TLS 2u     /* a name, pins, a CA file */
#define DNS_CHANNEL_TAKES_TSIG 4u
#define DNS_CHANNEL_TAKES_CASE 8u    /* letters of the name in random case */
#define DNS_CHANNEL_TAKES_ANCHOR 16u /* a trust anchor, forwarders */

struct dns_channel_kind {
	struct str name; /* in configuration, logs and answers */
	uint16_t port;   /* where none is given; 0: it has no address */
	unsigned takes;
};

const struct dns_channel_kind *dns_channel_kind(enum dns_channel channel);

/* Whether it takes all of what, DNS_CHANNEL_TAKES_*. */
bool dns_channel_takes(enum dns_channel channel, unsigned what);

/* Of those with an address the one of this name.  False: there is none. */
bool dns_channel_find(struct str name, enum dns_channel *out);

#endif
