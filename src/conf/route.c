/*
 * Static routes.
 *
 * Each key is judged where it stands.  Whether it goes with the others is known at the closing
 * brace, and what the section delivery says in its place when all is read.
 */
#include "conf/route_priv.h"

#include "base/time.h"
#include "conf/delivery_priv.h"
#include "conf/file.h"
#include "os/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMTPS_PORT = 465, PASSWORD_FILE_MAX = 4096, PASSWORD_MAX = 1024, DOMAIN_MAX = 1024 };

/* A rate: its most messages (SCHEDULE_RATE_MAX), and the least and the longest time. */
enum { RATE_MAX = 1000000 };
#define RATE_WINDOW_MIN INT64_C(1000)
#define RATE_WINDOW_MAX (30 * CONF_DELIVERY_DAY)

#define SMTPS "smtps://"

static bool refuse_via(struct conf_reading *r, const struct conf_key *k, struct str value)
{
	return conf_value_refuse(
		r, "%s: \"%.*s\" leads nowhere: write [192.0.2.7]:587, mx.host:25 or " SMTPS "host",
		k->name, STR_ARG(value));
}

/* "[192.0.2.7]:587", "[IPv6:2001:db8::1]"; ERR_SYNTAX: it is no address. */
static enum err read_address(struct str value, uint16_t fallback, struct ip_port *out)
{
	char plain[IP_TEXT_MAX];

	if (!str_starts_nocase(value, STR("[IPv6:")))
		return ip_port_read(value, fallback, out);
	struct str rest = str_skip(value, sizeof("[IPv6:") - 1);
	if (snprintf(plain, sizeof(plain), "[%.*s", STR_ARG(rest)) >= (int)sizeof(plain))
		return ERR_SYNTAX;
	return ip_port_read(str_of(plain), fallback, out);
}

/* "mx.host:25", "mx.host". */
static bool read_host(struct conf_reading *r, const struct conf_key *k, struct str value,
		      struct conf_route *route)
{
	const struct conf_key port_key = { .name = k->name };
	struct str port = value, host;

	if (!str_cut(&port, ':', &host))
		host = value;
	else if (!conf_value_port(r, &port_key, port, &route->port))
		return false;
	if (host.n == 0 || str_starts(host, STR("[")))
		return refuse_via(r, k, value);
	return conf_value_host(r, k, host, &route->host);
}

static bool read_via(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf_route *route = at;
	const struct conf_key port_key = { .name = k->name };
	struct str rest = value, scheme;

	if (value.n == 0)
		return true;
	if (str_starts_nocase(value, STR(SMTPS))) {
		route->delivery.tls_at_once = 1;
		route->port = SMTPS_PORT;
		value = str_skip(value, sizeof(SMTPS) - 1);
	} else if (str_cut(&rest, ':', &scheme) && str_starts(rest, STR("//"))) {
		return conf_value_refuse(r,
					 "%s: \"%.*s\" has \"%.*s://\" before it: leave that out, "
					 "and write mx.host:25",
					 k->name, STR_ARG(value), STR_ARG(scheme));
	}
	if (read_address(value, 1, &route->at) != ERR_OK)
		return read_host(r, k, value, route);
	if (route->at.port == 0)
		return conf_value_port(r, &port_key, STR("0"), &route->port);
	if (read_address(value, route->port, &route->at) == ERR_OK)
		route->port = route->at.port;
	return true;
}

/* "100/1m": so many messages in any stretch of that time; "" is none. */
static bool read_rate(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf_rate *rate = at;
	struct str rest = value, count;
	uint32_t n = 0;
	int64_t ms = 0;

	*rate = (struct conf_rate){ 0 };
	if (value.n == 0)
		return true;
	if (!str_cut(&rest, '/', &count) || !str_u32(count, &n) || n < 1 || n > k->max ||
	    time_read_span(rest, &ms) != ERR_OK || ms < RATE_WINDOW_MIN || ms > RATE_WINDOW_MAX)
		return conf_value_refuse(r,
					 "%s: \"%.*s\" will not do: write messages a time like "
					 "100/1m, from 1 to %lld in 1s to 30d",
					 k->name, STR_ARG(value), (long long)k->max);
	*rate = (struct conf_rate){ n, ms };
	return true;
}

/* It is of all destinations together. */
static bool refuse_total(struct conf_reading *r, const struct conf_key *k, struct str value,
			 void *at)
{
	(void)value;
	(void)at;
	return conf_value_refuse(r,
				 "%s counts the deliveries to all destinations together: write it "
				 "in delivery, and here per-destination",
				 k->name);
}

/* The first line of a file that others may not read; no refusal shows any of it. */
static enum err take_password(const char *path, struct buf *text, struct str *line)
{
	enum err e = conf_file_secret(path, PASSWORD_FILE_MAX, text);
	struct str rest = buf_str(text);

	if (e == ERR_OK && (!str_line(&rest, line) || line->n == 0 || line->n > PASSWORD_MAX ||
			    str_has(*line, '\0')))
		e = ERR_LIMIT;
	return e;
}

static bool refuse_password(struct conf_reading *r, const char *path, enum err e)
{
	if (e == ERR_NOMEM)
		return conf_value_nomem(r);
	if (e == ERR_SYNTAX)
		return conf_value_refuse(r,
					 "password-file: others may read or write %s: take that "
					 "from them (chmod o=), and change the password",
					 path);
	if (e == ERR_LIMIT)
		return conf_value_refuse(
			r,
			"password-file: the first line of %s is no password: write "
			"it there, 1 to %d octets",
			path, PASSWORD_MAX);
	return conf_value_refuse(
		r,
		"password-file: cannot read %s: %s: name a file that is there, and "
		"that this user may read",
		path, os_file_why(e));
}

static bool read_password(struct conf_reading *r, const struct conf_key *k, struct str value,
			  void *at)
{
	CLEANUP(buf_wipe) struct buf text = BUF_MAX(PASSWORD_FILE_MAX);
	struct str line = STR_NONE;

	(void)k;
	if (value.n == 0)
		return conf_value_keep(r, at, value);
	char *path = conf_value_join(r->dir, value);
	if (!path)
		return conf_value_nomem(r);
	enum err e = take_password(path, &text, &line);
	bool hidden = e == ERR_IO && errno == EACCES && r->who != CONF_READER_DAEMON;
	bool ok =
		e == ERR_OK || hidden ? conf_value_keep(r, at, line) : refuse_password(r, path, e);
	free(path);
	return ok;
}

#define OF(field) offsetof(struct conf_route, field)
#define INHERITED(text) NULL

const struct conf_key conf_route_keys[] = {
	{ "via", read_via, 0, "", 0, 0, NULL, NULL },
	CONF_DELIVERY_ROWS(OF(delivery), INHERITED),
	{ "rate", read_rate, OF(rate), "", 0, RATE_MAX, NULL, NULL },
	{ "total", refuse_total, 0, NULL, 0, 0, NULL, NULL },
	{ "tls", conf_value_word, OF(delivery.tls), NULL, 0, 0, "none may encrypt verify dane",
	  NULL },
	{ "tls-name", conf_value_peer, OF(delivery.tls_name), "", 0, 0, NULL, NULL },
	{ "user", conf_value_text, OF(delivery.user), "", 0, 0, NULL, NULL },
	{ "password-file", read_password, OF(delivery.password), "", 0, 0, NULL, NULL },
	{ 0 },
};

static unsigned line_of(const struct conf_reading *r, const char *key)
{
	return conf_value_line(r, conf_route_keys, key);
}

/* "partner.example", ".example", "*". */
static bool read_title(struct conf_reading *r, struct str title)
{
	static const struct conf_key title_key = { .name = "route" };
	CLEANUP(buf_free) struct buf below = BUF_MAX(DOMAIN_MAX);
	char **domain = &r->route.domain;

	if (title.n == 0)
		return conf_value_refuse(r, "route \"\": name a domain, or \"*\" for all");
	if (str_eq(title, STR("*")))
		return conf_value_keep(r, domain, title);
	if (str_starts(title, STR("*.")) && title.n > 2 && !str_has(str_skip(title, 1), '*'))
		return conf_value_refuse(r, "route \"%.*s\": for all below write \"%.*s\"",
					 STR_ARG(title), STR_ARG(str_skip(title, 1)));
	if (!str_starts(title, STR(".")) || title.n == 1)
		return conf_value_host(r, &title_key, title, domain);
	if (!conf_value_host(r, &title_key, str_skip(title, 1), domain))
		return false;
	buf_addf(&below, ".%s", *domain);
	return conf_value_keep(r, domain, buf_str(&below));
}

/* Keys that have been given a meaning, and what they need to have it. */
static bool keys_fit(struct conf_reading *r)
{
	const struct conf_delivery *d = &r->route.delivery;
	bool login = d->user[0], clear = line_of(r, "tls") && d->tls == CONF_TLS_NONE;
	bool nameless = r->route.at.ip.family && d->tls == CONF_TLS_VERIFY && !d->tls_name[0];
	bool anybody = login && !conf_route_leads(&r->route);
	bool hidden = line_of(r, "password-file") && r->who != CONF_READER_DAEMON;
	const struct {
		const char *key;
		bool misplaced;
		const char *words;
	} rows[] = {
		{ "retry", line_of(r, "retry") && d->n_retry == 0,
		  "is empty: write times, {\"1m\", \"5m\"}" },
		{ "tls", clear && login,
		  "= \"none\" does not go with user: it is sent over TLS alone" },
		{ "tls", clear && d->tls_at_once, "= \"none\" does not go with " SMTPS },
		{ "user", login && !d->password[0] && !hidden, "needs password-file: add it" },
		{ "password-file", !login && d->password[0], "needs user: add it" },
		{ "user", anybody, "needs via: a password is for a host that is named here" },
		{ line_of(r, "tls") ? "tls" : "user", nameless,
		  "verifies a host that via names by its address alone: add tls-name, the name in "
		  "its "
		  "certificate" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].misplaced) {
			unsigned line = line_of(r, rows[i].key);
			r->line = line ? line : r->line;
			return conf_value_refuse(r, "%s %s", rows[i].key, rows[i].words);
		}
	return true;
}

/* Which keys it says itself; and a password goes to nobody but whom it is meant for. */
static void settle_own(struct conf_reading *r)
{
	struct conf_route *t = &r->route;

	for (size_t i = 0; conf_route_keys[i].name; i++) {
		bool login = t->delivery.user[0] && strcmp(conf_route_keys[i].name, "tls") == 0;
		t->own |= (uint64_t)(r->set_line[i] != 0 || login) << i;
	}
	if (!line_of(r, "tls"))
		t->delivery.tls = t->delivery.user[0] ? CONF_TLS_VERIFY : CONF_TLS_MAY;
}

static bool add_route(struct conf_reading *r)
{
	struct conf *c = r->conf;
	struct conf_route *more = reallocarray(c->route, c->n_route + 1, sizeof(*more));

	if (!more)
		return conf_value_nomem(r);
	c->route = more;
	c->route[c->n_route++] = r->route;
	r->route = (struct conf_route){ 0 };
	return true;
}

static bool says_something(const struct conf_reading *r)
{
	for (size_t i = 0; conf_route_keys[i].name; i++)
		if (r->set_line[i] != 0)
			return true;
	return false;
}

bool conf_route_end(struct conf_reading *r, struct str title)
{
	if (!read_title(r, title) || !conf_value_keep(r, &r->route.title, title))
		return false;
	if (!says_something(r))
		return conf_value_refuse(r,
					 "route \"%.*s\" says nothing: add via = \"HOST:PORT\", or "
					 "what is not as in delivery",
					 STR_ARG(title));
	if (!conf_value_once(r, &r->seen_route, r->route.domain, "route", title))
		return false;
	settle_own(r);
	return keys_fit(r) && add_route(r);
}

/* What the section delivery says of a key (g), or what it is by default, into one route. */
static bool inherit(struct conf_reading *r, const struct conf_key *k,
		    const struct conf_given_key *g, const char *normal, struct conf_route *route)
{
	struct str rest = str_of(normal), word;
	char *at = (char *)route + k->at;
	bool ok = true;

	r->line = g ? g->line : 0;
	for (size_t i = 0; ok && g && i < g->n_value; i++)
		ok = k->read(r, k, str_of(g->value[i]), at);
	if (!g && !k->empty)
		ok = k->read(r, k, rest, at);
	while (!g && k->empty && ok && str_word(&rest, &word))
		ok = k->read(r, k, word, at);
	return ok;
}

/* The row of the section delivery that has a say where a route has none; NULL: nobody has. */
static const struct conf_key *row_behind(const struct conf_key *own)
{
	for (const struct conf_key *k = conf_delivery_keys; k->name; k++)
		if (strcmp(k->name, own->name) == 0 && k->read == own->read)
			return k;
	return NULL;
}

static bool inherit_all(struct conf_reading *r)
{
	struct conf *c = r->conf;
	bool ok = true;

	for (size_t i = 0; ok && conf_route_keys[i].name; i++) {
		const struct conf_key *k = &conf_route_keys[i], *behind = row_behind(k);
		const struct conf_given_key *g =
			behind ? conf_given_find(&c->given, "delivery", NULL, k->name) : NULL;
		for (size_t j = 0; ok && behind && j < c->n_route; j++)
			if (!(c->route[j].own >> i & 1))
				ok = inherit(r, k, g, behind->normal, &c->route[j]);
	}
	return ok;
}

static int by_domain(const void *a, const void *b)
{
	const struct conf_route *x = a, *y = b;

	return strcmp(x->domain, y->domain);
}

bool conf_route_finish(struct conf_reading *r)
{
	struct conf *c = r->conf;
	bool ok = inherit_all(r);

	for (size_t i = 0; i < c->n_route; i++) {
		struct conf_delivery *d = &c->route[i].delivery;
		if (d->tls_at_once && d->tls <= CONF_TLS_MAY)
			d->tls = CONF_TLS_ENCRYPT; /* there is no way in clear */
	}
	if (c->n_route)
		qsort(c->route, c->n_route, sizeof(*c->route), by_domain);
	return ok;
}
