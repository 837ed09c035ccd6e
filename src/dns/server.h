/*
 * One recursive server, and how it is reached: what a configuration, an option of a
 * command, or a caller of the library says of it, and the resolver does.  A value.
 */
#ifndef DNS_SERVER_H
#define DNS_SERVER_H

#include "base/ip.h"
#include "dns/channel.h"
#include "dns/tsig.h"

#define DNS_SERVER_PINS_MAX 8
#define DNS_SERVER_PIN_OCTETS 32 /* SHA-256 */
#define DNS_SERVER_FORWARDERS_MAX 8

/* Strings are whoever's that made it; NULL or "" is none. */
struct dns_server {
	struct ip_port at; /* EMBEDDED: of no matter */
	uint32_t scope;    /* of a link-local IPv6 address: the interface; 0: none */
	enum dns_channel channel;
	enum dns_channel_trust trust;
	const char *trust_file; /* ALWAYS: the resolv.conf whose trust-ad says so; none: trust */
	int64_t timeout_ms;     /* of one attempt; 0: 2000 */
	unsigned attempts;      /* at this server; 0: 2 */
	/* UDP that is not trusted: letters of the name in random case (0x20), and so answered. */
	int mix_case;
	/* TLS.  What the server must prove; neither name nor pin: encrypted, not authenticated. */
	const char *tls_name; /* an address, or A-labels in lower case */
	uint8_t tls_pin[DNS_SERVER_PINS_MAX][DNS_SERVER_PIN_OCTETS]; /* of SubjectPublicKeyInfo */
	size_t n_tls_pin;
	const char *tls_ca_file; /* PEM; none: the system's */
	/* UDP and TCP: every question is signed, an answer that is not counts as forged. */
	struct dns_tsig_key tsig; /* name.len 0: none; a secret: never shown */
	/* EMBEDDED.  No forwarder: it recurses from the root itself. */
	const char *trust_anchor_file; /* none: /usr/share/dns/root.key */
	struct ip_port forward[DNS_SERVER_FORWARDERS_MAX];
	size_t n_forward;
};

#endif
