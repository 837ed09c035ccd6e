#include "console/head.h"

#include "base/text.h"

#include <stdio.h>

enum { PORT_HTTP = 80, PORT_HTTPS = 443 };

struct str console_head_cookie(struct str field)
{
	struct str one, name;
	bool more = true;

	while (more) {
		more = str_cut(&field, ';', &one);
		if (!more)
			one = field;
		one = str_trim(one);
		if (str_cut(&one, '=', &name) && str_eq(name, STR(CONSOLE_COOKIE)))
			return one;
	}
	return STR_NONE;
}

struct str console_head_set_cookie(const struct console_cookie *c,
				   char room[static CONSOLE_COOKIE_ROOM])
{
	int n = snprintf(room, CONSOLE_COOKIE_ROOM,
			 CONSOLE_COOKIE "=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
			 STR_ARG(c->value), (long long)c->age_s, c->secure ? "; Secure" : "");

	return n > 0 && n < CONSOLE_COOKIE_ROOM ? (struct str){ room, (size_t)n } : STR_NONE;
}

/* "Basic xyz": whether it is that scheme, and what follows it. */
static bool scheme(struct str field, struct str word, struct str *rest)
{
	struct str first;

	if (!str_cut(&field, ' ', &first) || !str_eq_nocase(first, word))
		return false;
	*rest = str_trim(field);
	return true;
}

enum err console_head_authorization(struct str field, struct buf *out, struct str *name,
				    struct str *password)
{
	struct str given;
	bool basic = scheme(field, STR("Basic"), &given);

	if (!basic && !scheme(field, STR("Bearer"), &given))
		return ERR_SYNTAX;
	if (!basic && str_has(given, ':')) {
		buf_add(out, given);
	} else {
		enum err e = text_unbase64(out, given);
		if (e != ERR_OK)
			return e;
	}
	if (buf_err(out) != ERR_OK)
		return buf_err(out);
	struct str rest = buf_str(out), before;
	if (!str_cut(&rest, ':', &before))
		return ERR_SYNTAX;
	*name = before;
	*password = rest;
	return ERR_OK;
}

/* "name:port" as name and port; a port that is not there is the scheme's.  False: it is neither. */
static bool split(struct str host, uint16_t usual, struct str *name, uint16_t *port)
{
	size_t colon = host.n;
	uint32_t n = usual;

	while (colon > 0 && host.p[colon - 1] != ':' && host.p[colon - 1] != ']')
		colon--;
	if (colon > 0 && host.p[colon - 1] == ':') {
		if (!str_u32(str_skip(host, colon), &n) || n > UINT16_MAX)
			return false;
		host.n = colon - 1;
	}
	*name = host;
	*port = (uint16_t)n;
	return host.n > 0;
}

/* 0.0.0.0 and ::, which are all addresses of the machine. */
static bool everywhere(const struct ip *a)
{
	uint8_t any = 0;

	for (size_t i = 0; i < sizeof(a->octets); i++)
		any |= a->octets[i];
	return a->family != 0 && any == 0;
}

static bool is_named(const struct console_place *place, struct str name)
{
	for (size_t i = 0; i < place->n_hosts; i++)
		if (str_eq_nocase(name, str_of(place->hosts[i])))
			return true;
	return false;
}

static bool is_ours(const struct console_place *place, struct str name, uint16_t port)
{
	bool near = place->at.ip.family == 0 || ip_loopback(&place->at.ip);
	bool here = place->at.ip.family == 0 || port == place->at.port;
	struct ip_port at = { .port = port };

	if (near && here && str_eq_nocase(name, STR("localhost")))
		return true;
	if (is_named(place, name))
		return true;
	if (str_starts(name, STR("[")) && str_ends(name, STR("]")))
		name = str_head(str_skip(name, 1), name.n - 2);
	if (ip_read(name, &at.ip) != ERR_OK)
		return false;
	return ip_port_eq(&at, &place->at) || (everywhere(&place->at.ip) && port == place->at.port);
}

static uint16_t usual_port(const struct console_place *place)
{
	return place->tls ? PORT_HTTPS : PORT_HTTP;
}

bool console_head_host(const struct console_place *place, struct str host)
{
	struct str name;
	uint16_t port;

	return split(host, usual_port(place), &name, &port) && is_ours(place, name, port);
}

bool console_head_origin(const struct console_place *place, struct str origin)
{
	struct str http = STR("http://"), https = STR("https://"), name;
	uint16_t port;

	if (!str_starts_nocase(origin, https))
		return !place->tls && str_starts_nocase(origin, http) &&
		       console_head_host(place, str_skip(origin, http.n));
	origin = str_skip(origin, https.n);
	return place->tls ? console_head_host(place, origin)
			  : split(origin, PORT_HTTPS, &name, &port) && is_named(place, name);
}

bool console_head_framed(size_t lengths, size_t codings, struct str coding)
{
	return lengths + codings <= 1 &&
	       (codings == 0 || str_eq_nocase(str_trim(coding), STR("chunked")));
}

enum comparison { WEAK, STRONG };

static bool names_etag(struct str field, struct str etag, enum comparison how)
{
	struct str one;
	bool more = true;

	if (str_eq(str_trim(field), STR("*")))
		return true;
	while (more) {
		more = str_cut(&field, ',', &one);
		if (!more)
			one = field;
		one = str_trim(one);
		if (how == WEAK && str_starts(one, STR("W/")))
			one = str_skip(one, 2);
		if (one.n > 0 && str_eq(one, etag))
			return true;
	}
	return false;
}

bool console_head_none_match(struct str field, struct str etag)
{
	return names_etag(field, etag, WEAK);
}

bool console_head_match(struct str field, struct str etag)
{
	return names_etag(field, etag, STRONG);
}

/* "gzip;q=0" and the like: refused. */
static bool refused(struct str parameters)
{
	struct str q = str_trim(parameters);

	if (!str_starts_nocase(q, STR("q=0")))
		return false;
	for (size_t i = 3; i < q.n; i++)
		if (q.p[i] != '.' && q.p[i] != '0')
			return false;
	return true;
}

bool console_head_gzip(struct str field)
{
	struct str one;
	bool more = true;

	while (more) {
		more = str_cut(&field, ',', &one);
		if (!more)
			one = field;
		struct str parameters = one, coding = one;
		if (!str_cut(&parameters, ';', &coding))
			parameters = STR_NONE;
		coding = str_trim(coding);
		if (str_eq_nocase(coding, STR("gzip")) || str_eq(coding, STR("*")))
			return !refused(parameters);
	}
	return false;
}
