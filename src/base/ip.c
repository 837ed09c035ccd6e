#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

struct ip ip_v4(const uint8_t octets[static 4])
{
	struct ip a = { .family = 4 };

	memcpy(a.octets, octets, 4);
	return a;
}

struct ip ip_v6(const uint8_t octets[static 16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct ip a = { .family = 6 };

	if (memcmp(octets, mapped, sizeof(mapped)) == 0)
		return ip_v4(octets + 12);
	memcpy(a.octets, octets, 16);
	return a;
}

static size_t octets_of(const struct ip *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, octets_of(a)) == 0;
}

bool ip_port_eq(const struct ip_port *a, const struct ip_port *b)
{
	return a->port == b->port && ip_eq(&a->ip, &b->ip);
}

bool ip_loopback(const struct ip *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == 4)
		return a->octets[0] == 127;
	return a->family == 6 && memcmp(a->octets, one, 16) == 0;
}

enum err ip_read(struct str s, struct ip *out)
{
	char z[IP_TEXT_MAX];
	uint8_t octets[16];

	if (s.n == 0 || s.n >= sizeof(z) || memchr(s.p, 0, s.n))
		return ERR_SYNTAX;
	memcpy(z, s.p, s.n);
	z[s.n] = 0;
	if (inet_pton(AF_INET, z, octets) == 1)
		*out = ip_v4(octets);
	else if (inet_pton(AF_INET6, z, octets) == 1)
		*out = ip_v6(octets);
	else
		return ERR_SYNTAX;
	return ERR_OK;
}

static enum err port_read(struct str s, uint16_t *port)
{
	uint32_t v;

	if (!str_u32(s, &v) || v > 65535)
		return ERR_SYNTAX;
	*port = (uint16_t)v;
	return ERR_OK;
}

enum err ip_port_read(struct str s, uint16_t fallback, struct ip_port *out)
{
	struct ip_port at = { .port = fallback };
	struct str host = s;

	if (str_starts(s, STR("["))) {
		s = str_skip(s, 1);
		if (!str_cut(&s, ']', &host))
			return ERR_SYNTAX;
		if (s.n && (s.p[0] != ':' || port_read(str_skip(s, 1), &at.port) != ERR_OK))
			return ERR_SYNTAX;
	} else if (str_cut(&s, ':', &host)) {
		/* One colon: a port.  More: an IPv6 address alone. */
		if (str_has(s, ':'))
			host = (struct str){ host.p, host.n + 1 + s.n };
		else if (port_read(s, &at.port) != ERR_OK)
			return ERR_SYNTAX;
	} else {
		host = s;
	}
	enum err e = ip_read(host, &at.ip);
	if (e == ERR_OK)
		*out = at;
	return e;
}

static bool bits_eq(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	if (memcmp(a, b, bits / 8) != 0)
		return false;
	uint8_t mask = (uint8_t)(0xff00u >> (bits % 8));
	return bits % 8 == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

enum err ip_net_read(struct str s, struct ip_net *out)
{
	struct ip_net net;
	struct str address = s;
	uint32_t bits = UINT32_MAX;

	if (str_cut(&s, '/', &address) && !str_u32(s, &bits))
		return ERR_SYNTAX;
	if (ip_read(address, &net.ip) != ERR_OK)
		return ERR_SYNTAX;
	unsigned all = (unsigned)octets_of(&net.ip) * 8;
	if (bits == UINT32_MAX)
		bits = all;
	if (bits > all)
		return ERR_SYNTAX;
	net.bits = (uint8_t)bits;
	for (unsigned i = bits; i < all; i++)
		if (net.ip.octets[i / 8] & 0x80 >> i % 8)
			return ERR_SYNTAX;
	*out = net;
	return ERR_OK;
}

bool ip_net_has(const struct ip_net *net, const struct ip *a)
{
	return net->ip.family == a->family && bits_eq(net->ip.octets, a->octets, net->bits);
}

/* inet_ntop() goes by sprintf(), which takes ten times as long; a message's logs name some six. */
static struct str four_text(const struct ip *a, char text[static IP_TEXT_MAX])
{
	char *at = text;

	for (size_t i = 0; i < 4; i++) {
		unsigned n = a->octets[i];
		if (n >= 100)
			*at++ = (char)('0' + n / 100);
		if (n >= 10)
			*at++ = (char)('0' + n / 10 % 10);
		*at++ = (char)('0' + n % 10);
		*at++ = '.';
	}
	*--at = '\0'; /* for the last dot */
	return (struct str){ text, (size_t)(at - text) };
}

struct str ip_text(const struct ip *a, char text[static IP_TEXT_MAX])
{
	if (a->family == 4)
		return four_text(a, text);
	if (a->family == 0 || !inet_ntop(AF_INET6, a->octets, text, IP_TEXT_MAX))
		return STR("none");
	return str_of(text);
}

struct str ip_port_text(const struct ip_port *a, char text[static IP_TEXT_MAX])
{
	char host[IP_TEXT_MAX];
	struct str h = ip_text(&a->ip, host);
	struct buf b = { .p = text, .cap = IP_TEXT_MAX, .max = IP_TEXT_MAX };

	if (a->ip.family == 6)
		buf_addc(&b, '[');
	buf_add(&b, h);
	buf_add(&b, a->ip.family == 6 ? STR("]:") : STR(":"));
	buf_addu(&b, a->port);
	return buf_str(&b);
}
