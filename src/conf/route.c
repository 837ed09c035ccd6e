/*
 * Static routes.
 *
 * Each key is judged where it stands; whether it goes with the others is known only at the
 * closing brace.
 */
#include "conf/route_priv.h"

#include <stdlib.h>
#include <string.h>

/* "[192.0.2.7]:587", "mx.host:25"; the port may be left out. */
static bool read_via(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf_route *route = at;
	struct conf_key port_key = { .name = k->name };
	struct str host, port = value, rest = value;

	r->route_via = true;
	if (str_starts_nocase(value, STR("smtps://")))
		return conf_value_refuse(r, "%s: " CONF_LATER, k->name, STR_ARG(STR("smtps://")));
	if (str_cut(&rest, ':', &host) && str_starts(rest, STR("//")))
		return conf_value_refuse(r,
					 "%s: \"%.*s\" has \"%.*s://\" before it: leave that out, "
					 "and write mx.host:25",
					 k->name, STR_ARG(value), STR_ARG(host));
	if (ip_port_read(value, 1, &route->at) == ERR_OK && route->at.port == 0)
		return conf_value_port(r, &port_key, STR("0"), &route->port);
	if (ip_port_read(value, 0, &route->at) == ERR_OK) {
		route->port = route->at.port;
		return true;
	}
	if (!str_cut(&port, ':', &host)) {
		host = value;
	} else if (!conf_value_port(r, &port_key, port, &route->port)) {
		return false;
	}
	if (host.n == 0 || str_starts(host, STR("[")))
		return conf_value_refuse(
			r, "%s: \"%.*s\" leads nowhere: write [192.0.2.7]:587 or mx.host:25",
			k->name, STR_ARG(value));
	return conf_value_host(r, k, host, &route->host);
}

bool conf_route_end(struct conf_reading *r, struct str title)
{
	struct conf *c = r->conf;
	struct conf_route *t = &r->route;
	static const struct conf_key title_key = { .name = "route" };

	if (str_eq(title, STR("*"))) {
		if (!conf_value_keep(r, &t->domain, title))
			return false;
	} else if (title.n == 0) {
		return conf_value_refuse(r, "route \"\": name a domain, or \"*\" for all");
	} else if (str_starts(title, STR("."))) {
		return conf_value_refuse(r, "route \"%.*s\" " CONF_LATER_WORDS, STR_ARG(title));
	} else if (!conf_value_host(r, &title_key, title, &t->domain)) {
		return false;
	}
	if (!r->route_via)
		return conf_value_refuse(r, "route \"%.*s\" leads nowhere: add via = \"HOST:PORT\"",
					 STR_ARG(title));
	for (size_t i = 0; i < c->n_route; i++)
		if (strcmp(t->domain, c->route[i].domain) == 0)
			return conf_value_refuse(r, "route \"%.*s\" is there already: remove one",
						 STR_ARG(title));

	struct conf_route *more = reallocarray(c->route, c->n_route + 1, sizeof(*more));
	if (!more)
		return conf_value_nomem(r);
	c->route = more;
	c->route[c->n_route++] = *t;
	*t = (struct conf_route){ 0 };
	r->route_via = false;
	return true;
}

const struct conf_key conf_route_keys[] = {
	{ "via", read_via, 0, NULL, 0, 0, NULL, NULL },
	{ 0 },
};
