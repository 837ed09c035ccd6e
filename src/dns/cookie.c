#include "dns/cookie.h"

#include "dns/type.h"

#include <string.h>

enum { SERVER_MIN = 8 };

static void forget_server(struct dns_cookie *c)
{
	c->state = DNS_COOKIE_NEW;
	c->n_server = 0;
	c->missing_since = 0;
}

bool dns_cookie_wanted(struct dns_cookie *c, int64_t now)
{
	if (c->state == DNS_COOKIE_WITHOUT && now >= c->without_until)
		forget_server(c);
	return c->state != DNS_COOKIE_WITHOUT;
}

bool dns_cookie_stale(const struct dns_cookie *c, int64_t now)
{
	return !c->have || now >= c->renew_at;
}

/* The server's cookie is bound to ours (RFC 9018 section 4): it goes with it. */
void dns_cookie_renew(struct dns_cookie *c, const uint8_t random[static DNS_COOKIE_CLIENT],
		      int64_t now)
{
	memcpy(c->client, random, DNS_COOKIE_CLIENT);
	c->have = true;
	c->n_server = 0;
	c->renew_at = now + DNS_COOKIE_DAY_MS;
}

bool dns_cookie_moved(struct dns_cookie *c, const uint8_t address[static 16])
{
	static const uint8_t none[16];
	bool first = memcmp(c->address, none, 16) == 0;

	if (memcmp(c->address, address, 16) == 0)
		return false;
	memcpy(c->address, address, 16);
	if (first)
		return false;
	c->have = false;
	forget_server(c);
	return true;
}

struct str dns_cookie_write(const struct dns_cookie *c, uint8_t out[static DNS_COOKIE_MAX])
{
	memcpy(out, c->client, DNS_COOKIE_CLIENT);
	memcpy(out + DNS_COOKIE_CLIENT, c->server, c->n_server);
	return (struct str){ (char *)out, DNS_COOKIE_CLIENT + (size_t)c->n_server };
}

static void without(struct dns_cookie *c, int64_t now)
{
	forget_server(c);
	c->state = DNS_COOKIE_WITHOUT;
	c->without_until = now + DNS_COOKIE_WITHOUT_MS;
}

static enum dns_cookie_verdict missing(struct dns_cookie *c, int64_t now)
{
	if (c->state == DNS_COOKIE_GOOD) {
		if (c->missing_since == 0)
			c->missing_since = now;
		if (now - c->missing_since < DNS_COOKIE_REGRESSION_MS)
			return DNS_COOKIE_MISSING;
	}
	without(c, now);
	return DNS_COOKIE_FINE;
}

/* Ours came back: the server has seen it.  What was sent before a renewal teaches nothing. */
static void learn(struct dns_cookie *c, struct str cookie)
{
	struct str server = str_skip(cookie, DNS_COOKIE_CLIENT);

	if (!c->have || memcmp(cookie.p, c->client, DNS_COOKIE_CLIENT) != 0)
		return;
	c->state = DNS_COOKIE_GOOD;
	c->missing_since = 0;
	if (server.n == 0)
		return;
	memcpy(c->server, server.p, server.n);
	c->n_server = (uint8_t)server.n;
}

enum dns_cookie_verdict dns_cookie_judge(struct dns_cookie *c, const struct dns_message *m,
					 const uint8_t sent[static DNS_COOKIE_CLIENT], int64_t now)
{
	size_t n = m->cookie.n;

	if (!m->cookie.p)
		return missing(c, now);
	if (n < DNS_COOKIE_CLIENT || n > DNS_COOKIE_MAX ||
	    (n > DNS_COOKIE_CLIENT && n < DNS_COOKIE_CLIENT + SERVER_MIN))
		return DNS_COOKIE_MALFORMED;
	if (memcmp(m->cookie.p, sent, DNS_COOKIE_CLIENT) != 0)
		return DNS_COOKIE_FORGED;
	learn(c, m->cookie);
	return m->rcode == DNS_BADCOOKIE ? DNS_COOKIE_AGAIN : DNS_COOKIE_FINE;
}
