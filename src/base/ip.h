/*
 * Internet addresses, with port, and networks.
 *
 * A struct ip is a value: compare with ip_eq(), not memcmp().  An IPv4 address
 * is kept as four octets; an IPv4-mapped IPv6 address is turned into the IPv4
 * address it means, so that no list is passed by the other spelling.
 */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/buf.h"

struct ip {
	uint8_t family; /* 4 or 6; 0 is none */
	uint8_t octets[16];
};

struct ip_port {
	struct ip ip;
	uint16_t port;
};

/* An address and how many of its leading bits count. */
struct ip_net {
	struct ip ip;
	uint8_t bits;
};

#define IP_TEXT_MAX 64 /* "[v6]:port" and its NUL fit */

struct ip ip_v4(const uint8_t octets[static 4]);
struct ip ip_v6(const uint8_t octets[static 16]);
bool ip_eq(const struct ip *a, const struct ip *b);
bool ip_port_eq(const struct ip_port *a, const struct ip_port *b);

/* 127.0.0.0/8 or ::1. */
bool ip_loopback(const struct ip *a);

/* "192.0.2.1" or "2001:db8::1" without brackets or zone.  ERR_SYNTAX. */
enum err ip_read(struct str s, struct ip *out) MUST_USE;

/*
 * "192.0.2.1:53", "[::1]:53", or an address alone (also "[::1]"), which gets
 * port fallback.  ERR_SYNTAX.
 */
enum err ip_port_read(struct str s, uint16_t fallback, struct ip_port *out) MUST_USE;

/* "127.0.0.0/8"; an address alone is itself.  ERR_SYNTAX, also when bits beyond /n are set. */
enum err ip_net_read(struct str s, struct ip_net *out) MUST_USE;
bool ip_net_has(const struct ip_net *net, const struct ip *a);

/* RFC 5952 text for an IPv6 address.  The result points into text. */
struct str ip_text(const struct ip *a, char text[static IP_TEXT_MAX]);

/* "192.0.2.1:53" or "[2001:db8::1]:53". */
struct str ip_port_text(const struct ip_port *a, char text[static IP_TEXT_MAX]);

#endif
