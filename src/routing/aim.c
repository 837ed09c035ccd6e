#include "routing/aim.h"

#include "base/unicode.h"

#include <stdlib.h>

#define DOMAIN_TEXT_MAX 1024

/* The static route for a domain in A-label form, or the one for all, or NULL. */
static const struct conf_route *static_route(const struct conf *conf, struct str domain)
{
	const struct conf_route *all = NULL;

	for (size_t i = 0; i < conf->n_route; i++) {
		struct str name = str_of(conf->route[i].domain);
		if (str_eq_nocase(name, domain))
			return &conf->route[i];
		if (str_eq(name, STR("*")))
			all = &conf->route[i];
	}
	return all;
}

static uint16_t port_or(uint16_t port, uint16_t fallback)
{
	return port ? port : fallback;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 section 4.1.3). */
static bool literal(struct str domain, struct ip *ip)
{
	if (domain.n < 2 || domain.p[0] != '[' || domain.p[domain.n - 1] != ']')
		return false;
	struct str inside = { domain.p + 1, domain.n - 2 };
	if (str_starts_nocase(inside, STR("IPv6:")))
		inside = str_skip(inside, 5);
	return ip_read(inside, ip) == ERR_OK;
}

/* What a static route leads to. */
static enum err aim_via(const struct conf *conf, const struct conf_route *via,
			struct route_conf *out)
{
	if (via->at.ip.family) {
		out->kind = ROUTE_STATIC;
		out->via = via->at;
		out->via.port = port_or(via->at.port, conf->delivery.port);
		return ERR_OK;
	}
	out->kind = ROUTE_HOST;
	out->via.port = port_or(via->port, conf->delivery.port);
	return dns_name_from_text(str_of(via->host), &out->domain) == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

static enum err aim_at_domain(const struct conf *conf, struct str domain, struct route_conf *out)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(DOMAIN_TEXT_MAX);

	if (domain.n == 0)
		return ERR_SYNTAX;
	enum err e = unicode_to_ascii(&ascii, domain);
	if (e != ERR_OK)
		return e == ERR_NOMEM ? e : ERR_SYNTAX;
	const struct conf_route *via = static_route(conf, buf_str(&ascii));
	if (via)
		return aim_via(conf, via, out);
	out->kind = ROUTE_DOMAIN;
	return dns_name_from_text(buf_str(&ascii), &out->domain) == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

static enum err aim_at_literal(const struct conf *conf, struct str domain, struct route_conf *out)
{
	out->kind = ROUTE_LITERAL;
	out->via.port = conf->delivery.port;
	return literal(domain, &out->via.ip) ? ERR_OK : ERR_SYNTAX;
}

static enum route_family family_of(enum conf_family f)
{
	switch (f) {
	case CONF_ANY:
		return ROUTE_ANY;
	case CONF_IPV4:
		return ROUTE_IPV4;
	case CONF_IPV6:
		return ROUTE_IPV6;
	}
	abort();
}

static enum err know_self(const struct conf *conf, struct routing_aim *out)
{
	if (dns_name_from_text(str_of(conf->hostname), &out->route.self) != ERR_OK)
		out->route.self.len = 0;
	out->self_at = calloc(conf->n_listen + 1, sizeof(*out->self_at));
	if (!out->self_at)
		return ERR_NOMEM;
	for (size_t i = 0; i < conf->n_listen; i++)
		if (conf->listen[i].at.ip.family)
			out->self_at[out->route.n_self_at++] = conf->listen[i].at;
	out->route.self_at = out->self_at;
	return ERR_OK;
}

enum err routing_aim_find(const struct conf *conf, struct str domain, struct routing_aim *out)
{
	struct routing_aim aim = { .route = { .port = conf->delivery.port,
					      .family = family_of(conf->delivery.ip),
					      .ignore = conf->delivery.ignore_targets,
					      .n_ignore = conf->delivery.n_ignore_targets } };
	enum err e = str_starts(domain, STR("[")) ? aim_at_literal(conf, domain, &aim.route)
						  : aim_at_domain(conf, domain, &aim.route);

	if (e == ERR_OK)
		e = know_self(conf, &aim);
	if (e == ERR_OK)
		*out = aim;
	return e;
}

void routing_aim_clear(struct routing_aim *aim)
{
	free(aim->self_at);
	*aim = (struct routing_aim){ 0 };
}
