#include "routing/aim.h"

#include "base/unicode.h"

#include <stdlib.h>

#define DOMAIN_TEXT_MAX 1024

/* The route of that very name; NULL: there is none.  They are sorted (conf.h). */
static const struct conf_route *named(const struct conf *conf, struct str name)
{
	size_t from = 0, to = conf->n_route;

	while (from < to) {
		size_t at = from + (to - from) / 2;
		int order = str_cmp(name, str_of(conf->route[at].domain));
		if (order == 0)
			return &conf->route[at];
		if (order < 0)
			to = at;
		else
			from = at + 1;
	}
	return NULL;
}

/* SPEC section 12: the exact name, then the longest suffix, then all.  name in lower case. */
static const struct conf_route *static_route(const struct conf *conf, struct str name)
{
	const struct conf_route *found = named(conf, name);

	for (size_t i = 1; !found && i < name.n; i++)
		if (name.p[i] == '.')
			found = named(conf, str_skip(name, i));
	return found ? found : named(conf, STR("*"));
}

/* domain as routes are named: A-labels, lower case, no final dot. */
static enum err route_name(struct str domain, struct buf *out)
{
	enum err e = domain.n ? unicode_to_ascii(out, domain) : ERR_SYNTAX;

	if (e == ERR_OK && str_ends(buf_str(out), STR(".")))
		out->n--;
	return e == ERR_OK || e == ERR_NOMEM ? e : ERR_SYNTAX;
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
static enum err aim_via(const struct conf_route *via, struct route_conf *out)
{
	uint16_t port = via->port ? via->port : via->delivery.port;

	if (via->at.ip.family) {
		out->kind = ROUTE_STATIC;
		out->via = (struct ip_port){ via->at.ip, port };
		return ERR_OK;
	}
	out->kind = ROUTE_HOST;
	out->via.port = port;
	return dns_name_from_text(str_of(via->host), &out->domain) == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

static enum err aim_at_domain(struct str domain, struct routing_aim *aim)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(DOMAIN_TEXT_MAX);
	enum err e = unicode_to_ascii(&ascii, domain);

	if (e != ERR_OK)
		return e == ERR_NOMEM ? e : ERR_SYNTAX;
	aim->route.kind = ROUTE_DOMAIN;
	e = dns_name_from_text(buf_str(&ascii), &aim->route.domain);
	return e == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

static bool is_literal(struct str domain)
{
	return str_starts(domain, STR("["));
}

static enum err aim_at_literal(struct str domain, struct routing_aim *aim)
{
	aim->route.kind = ROUTE_LITERAL;
	aim->route.via.port = aim->how->port;
	return literal(domain, &aim->route.via.ip) ? ERR_OK : ERR_SYNTAX;
}

enum err routing_aim_via(const struct conf *conf, struct str domain, const struct conf_route **out)
{
	CLEANUP(buf_free) struct buf name = BUF_MAX(DOMAIN_TEXT_MAX);
	enum err e = conf->n_route && !is_literal(domain) ? route_name(domain, &name) : ERR_SYNTAX;

	if (e == ERR_NOMEM)
		return e;
	*out = e == ERR_OK ? static_route(conf, buf_str(&name)) : NULL;
	return ERR_OK;
}

enum err routing_aim_how(const struct conf *conf, struct str domain,
			 const struct conf_delivery **out)
{
	const struct conf_route *via;
	enum err e = routing_aim_via(conf, domain, &via);

	if (e == ERR_OK)
		*out = via ? &via->delivery : &conf->delivery;
	return e;
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
	out->self_at = malloc((conf->n_listen + 1) * sizeof(*out->self_at));
	if (!out->self_at)
		return ERR_NOMEM;
	for (size_t i = 0; i < conf->n_listen; i++)
		if (conf->listen[i].at.ip.family)
			out->self_at[out->route.n_self_at++] = conf->listen[i].at;
	out->route.self_at = out->self_at;
	return ERR_OK;
}

static enum err aim(struct str domain, struct routing_aim *aim)
{
	if (domain.n == 0)
		return ERR_SYNTAX;
	if (aim->via && conf_route_leads(aim->via))
		return aim_via(aim->via, &aim->route);
	return is_literal(domain) ? aim_at_literal(domain, aim) : aim_at_domain(domain, aim);
}

enum err routing_aim_find(const struct conf *conf, struct str domain, struct routing_aim *out)
{
	struct routing_aim found = { 0 };
	enum err e = routing_aim_via(conf, domain, &found.via);

	if (e != ERR_OK)
		return e;
	found.how = found.via ? &found.via->delivery : &conf->delivery;
	found.route = (struct route_conf){ .port = found.how->port,
					   .family = family_of(found.how->ip),
					   .ignore = found.how->ignore_targets,
					   .n_ignore = found.how->n_ignore_targets };
	e = aim(domain, &found);
	if (e == ERR_OK)
		e = know_self(conf, &found);
	if (e == ERR_OK)
		*out = found;
	return e;
}

void routing_aim_clear(struct routing_aim *aim)
{
	free(aim->self_at);
	*aim = (struct routing_aim){ 0 };
}
