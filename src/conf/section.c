/*
 * Every key of SPEC section 6 with its kind, default and bounds, one row each,
 * and the few readers that are one key's own.
 */
#include "conf/section_priv.h"

#include "base/time.h"
#include "conf/console_priv.h"
#include "conf/delivery_priv.h"
#include "conf/exempt_priv.h"
#include "conf/resolver_priv.h"
#include "conf/route_priv.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { LISTEN_MAX = 64 };

#define MINUTE (60 * INT64_C(1000))
#define DAY (24 * 3600 * INT64_C(1000))
#define KIB (INT64_C(1) << 10)
#define MIB (INT64_C(1) << 20)

static bool read_state(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	r->state_line = r->line;
	return conf_value_path(r, k, value, at);
}

static bool read_socket(struct conf_reading *r, const struct conf_key *k, struct str value,
			void *at)
{
	r->socket_line = r->line;
	return conf_value_socket(r, k, value, at);
}

/* A row here for each of src/queue/stores.c; what follows the colon is a path. */
static const struct str stores[] = { STR_INIT("sqlite:") };

static bool read_store(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
		if (str_starts(value, stores[i]) && value.n > stores[i].n)
			return conf_value_is_path(r, k, str_skip(value, stores[i].n)) &&
			       conf_value_keep(r, at, value);
	return conf_value_refuse(r, "%s: \"%.*s\" is not a store: write \"sqlite:FILE\"", k->name,
				 STR_ARG(value));
}

static bool read_criteria(struct conf_reading *r, const struct conf_key *k, struct str value,
			  void *at)
{
	struct conf *c = at;

	if (!conf_value_path(r, k, value, &c->dnssec.criteria) ||
	    !conf_value_keep(r, &c->dnssec.criteria_name, value))
		return false;
	c->dnssec.criteria_given = r->line > 0;
	return true;
}

/* It is said in EHLO, where an address alone is no name (RFC 5321 section 4.1.1.1). */
static bool read_hostname(struct conf_reading *r, const struct conf_key *k, struct str value,
			  void *at)
{
	struct ip ip;

	if (ip_read(value, &ip) == ERR_OK)
		return conf_value_refuse(r, "%s: \"%.*s\" is an address: write this host's name",
					 k->name, STR_ARG(value));
	return conf_value_host(r, k, value, at);
}

static bool read_user(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf *c = at;

	c->user_given = r->line > 0;
	return conf_value_text(r, k, value, &c->user);
}

static bool read_relay_from(struct conf_reading *r, const struct conf_key *k, struct str value,
			    void *at)
{
	struct conf_listen *l = at;

	return conf_value_net(r, k, value, &l->relay_from, &l->n_relay_from);
}

static void empty_relay_from(void *at)
{
	struct conf_listen *l = at;

	l->n_relay_from = 0;
}

/* The line on which that key of the section was set; 0: it was not. */
static unsigned set_on(const struct conf_reading *r, const char *section, const char *key)
{
	const struct conf_section *s = conf_section_find(str_of(section));

	return r->set_line[conf_section_key(s, str_of(key)) - s->keys];
}

/* A mode of a port, or networks of a socket, would be believed to keep somebody out. */
static bool check_who(struct conf_reading *r)
{
	unsigned mode = set_on(r, "listen", "mode"), group = set_on(r, "listen", "group");
	unsigned networks = set_on(r, "listen", "relay-from");

	if (r->listen.path ? !networks : !mode && !group)
		return true;
	r->line = r->listen.path ? networks : mode ? mode : group;
	if (r->listen.path)
		return conf_value_refuse(r, "relay-from is not of a unix socket: leave it out, and "
					    "say in mode and group who may connect, and so relay");
	return conf_value_refuse(r,
				 "%s is of a unix socket alone: leave it out, and say in "
				 "relay-from who may relay",
				 mode ? "mode" : "group");
}

/* What key of listen needs another: it is said on its line. */
static bool needs(struct conf_reading *r, const char *key, const char *what)
{
	unsigned line = set_on(r, "listen", key);

	if (line)
		r->line = line;
	return conf_value_refuse(r, "%s needs %s", key, what);
}

#define PAIR "tls-certificate and tls-key: name the files of both"

static bool check_tls(struct conf_reading *r)
{
	const struct conf_listen *l = &r->listen;
	bool tls = l->tls_certificate[0] && l->tls_key[0];

	if (!tls && l->tls_certificate[0])
		return needs(r, "tls-certificate",
			     "tls-key: name the file of its private key, the same file where it "
			     "is in there");
	if (!tls && l->tls_key[0])
		return needs(r, "tls-key", "tls-certificate: name the file of its certificate");
	if (!tls && l->tls != CONF_STARTTLS)
		return needs(r, "tls", PAIR);
	if (!tls && l->auth_file[0])
		return needs(r, "auth-file", "TLS, so " PAIR);
	if (l->require_auth && !l->auth_file[0])
		return needs(r, "require-auth", "auth-file: name a file with lines user:hash");
	return true;
}

static bool listen_end(struct conf_reading *r, struct str title)
{
	struct conf *c = r->conf;
	struct conf_listen *l = &r->listen;

	l->line = r->line;
	if (c->n_listen == LISTEN_MAX)
		return conf_value_refuse(r, CONF_MANY, LISTEN_MAX, "listeners");
	if (str_starts(title, STR("unix:")) && title.n > 5) {
		/* Made absolute when it is known where the state directory is. */
		static const struct conf_key title_key = { .name = "listen" };
		struct str path = str_skip(title, 5);
		if (!conf_value_is_path(r, &title_key, path) || !conf_value_keep(r, &l->path, path))
			return false;
	} else if (ip_port_read(title, 0, &l->at) != ERR_OK || l->at.port == 0) {
		return conf_value_refuse(r,
					 "listen: \"%.*s\" is not an address and port: write "
					 "127.0.0.1:2525, [::1]:2525 or unix:FILE",
					 STR_ARG(title));
	}
	if (!check_who(r) || !check_tls(r))
		return false;
	for (size_t i = 0; i < c->n_listen; i++) {
		const struct conf_listen *o = &c->listen[i];
		bool same = l->path ? o->path && strcmp(l->path, o->path) == 0
				    : !o->path && ip_port_eq(&l->at, &o->at);
		if (same)
			return conf_value_refuse(r, CONF_TWICE, "listen", STR_ARG(title));
	}
	struct conf_listen *more = reallocarray(c->listen, c->n_listen + 1, sizeof(*more));
	if (!more || !conf_value_keep(r, &l->text, title))
		return conf_value_nomem(r);
	c->listen = more;
	c->listen[c->n_listen++] = *l;
	*l = (struct conf_listen){ 0 };
	return true;
}

static void *base_conf(struct conf_reading *r)
{
	return r->conf;
}

static void *base_listen(struct conf_reading *r)
{
	return &r->listen;
}

static void *base_resolver(struct conf_reading *r)
{
	return &r->resolver;
}

static void *base_console(struct conf_reading *r)
{
	return &r->console;
}

static void *base_exempt(struct conf_reading *r)
{
	return &r->exempt;
}

static void *base_route(struct conf_reading *r)
{
	return &r->route;
}

#define AT(field) offsetof(struct conf, field)
#define OF(type, field) offsetof(struct conf_##type, field)

static const struct conf_key root_keys[] = {
	{ "hostname", read_hostname, AT(hostname), "", 0, 0, NULL, NULL },
	{ "state-directory", read_state, AT(state_directory), NULL, 0, 0, NULL, NULL },
	{ "log-directory", conf_value_path, AT(log_directory), NULL, 0, 0, NULL, NULL },
	{ "log-keep", conf_value_span, AT(log_keep_ms), "90d", DAY, 36500 * DAY, NULL, NULL },
	{ "log-compress", conf_value_span, AT(log_compress_ms), "2d", 0, 36500 * DAY, NULL, NULL },
	{ "user", read_user, 0, "signpost", 0, 0, NULL, NULL },
	{ "workers", conf_value_count, AT(workers), "0", 0, 256, NULL, NULL },
	{ "size-limit", conf_value_size, AT(size_limit), "50M", KIB, 2048 * MIB, NULL, NULL },
	{ "memory", conf_value_size, AT(memory), "256M", MIB, 1024 * 1024 * MIB, NULL, NULL },
	{ 0 },
};

static const struct conf_key listen_keys[] = {
	{ "relay-from", read_relay_from, 0, "127.0.0.0/8 ::1/128", 0, 0, NULL, empty_relay_from },
	{ "tls-certificate", conf_value_held, OF(listen, tls_certificate), "", 0, 0, NULL, NULL },
	{ "tls-key", conf_value_held, OF(listen, tls_key), "", 0, 0, NULL, NULL },
	{ "tls", conf_value_word, OF(listen, tls), "starttls", 0, 0, "starttls implicit require",
	  NULL },
	{ "auth-file", conf_value_held, OF(listen, auth_file), "", 0, 0, NULL, NULL },
	{ "require-auth", conf_value_flag, OF(listen, require_auth), "false", 0, 0, NULL, NULL },
	{ "mode", conf_value_mode, OF(listen, mode), "0660", 0, 0, NULL, NULL },
	{ "group", conf_value_text, OF(listen, group), "", 0, 0, NULL, NULL },
	{ 0 },
};

static const struct conf_key dnssec_keys[] = {
	{ "enabled", conf_value_flag, AT(dnssec.enabled), "true", 0, 0, NULL, NULL },
	{ "criteria", read_criteria, 0, "dnssec.criteria", 0, 0, NULL, NULL },
	{ "set-do", conf_value_flag, AT(dnssec.set_do), "false", 0, 0, NULL, NULL },
	{ "probe", conf_value_domain, AT(dnssec.probe), "com.", 0, 0, NULL, NULL },
	{ "probe-type", conf_value_type, AT(dnssec.probe_type), "NS", 0, 0, NULL, NULL },
	{ "probe-denial", conf_value_domain_or_none, AT(dnssec.probe_denial), "", 0, 0, NULL,
	  NULL },
	{ "probe-bogus", conf_value_domain_or_none, AT(dnssec.probe_bogus), "", 0, 0, NULL, NULL },
	{ "on-untrusted", conf_value_word, AT(dnssec.bounce_untrusted), "defer", 0, 0,
	  "defer bounce", NULL },
	{ "dane", conf_value_flag, AT(dnssec.dane), "true", 0, 0, NULL, NULL },
	{ "reject-early", conf_value_flag, AT(dnssec.reject_early), "false", 0, 0, NULL, NULL },
	{ "keep-headers", conf_value_span, AT(dnssec.keep_headers_ms), "0d", 0, 365 * DAY, NULL,
	  NULL },
	{ "reject-within", conf_value_span, AT(dnssec.reject_within_ms), "5s", 10, MINUTE, NULL,
	  NULL },
	{ 0 },
};

static const struct conf_key limits_keys[] = {
	{ "connections", conf_value_count, AT(limits.connections), "1000", 1, 100000, NULL, NULL },
	{ "per-client", conf_value_count, AT(limits.per_client), "100", 1, 100000, NULL, NULL },
	{ "recipients", conf_value_count, AT(limits.recipients), "1000", 1, 100000, NULL, NULL },
	{ "header-size", conf_value_size, AT(limits.header_size), "256K", KIB, 64 * MIB, NULL,
	  NULL },
	{ "errors", conf_value_count, AT(limits.errors), "20", 1, 100000, NULL, NULL },
	{ "idle", conf_value_span, AT(limits.idle_ms), "5m", 100, DAY, NULL, NULL },
	{ "log-in", conf_value_word, AT(limits.log_in), "all", 0, 0, "all refused none", NULL },
	{ 0 },
};

static const struct conf_key queue_keys[] = {
	{ "store", read_store, AT(queue_store), "sqlite:queue.db", 0, 0, NULL, NULL },
	{ "keep-failed", conf_value_span, AT(keep_failed_ms), "7d", 0, 365 * DAY, NULL, NULL },
	{ 0 },
};

static const struct conf_key control_keys[] = {
	{ "socket", read_socket, AT(control_path), "control.sock", 0, 0, NULL, NULL },
	{ "mode", conf_value_mode, AT(control_mode), "0660", 0, 0, NULL, NULL },
	{ "group", conf_value_text, AT(control_group), "", 0, 0, NULL, NULL },
	{ 0 },
};

const struct conf_section conf_section_table[] = {
	{ "root", CONF_SECTION_ONCE, root_keys, base_conf, NULL },
	{ "listen", CONF_SECTION_TITLED, listen_keys, base_listen, listen_end },
	{ "resolver", CONF_SECTION_TITLED, conf_resolver_keys, base_resolver, conf_resolver_end },
	{ "dnssec", CONF_SECTION_ONCE, dnssec_keys, base_conf, NULL },
	{ "exempt", CONF_SECTION_TITLED, conf_exempt_keys, base_exempt, conf_exempt_end },
	{ "delivery", CONF_SECTION_ONCE, conf_delivery_keys, base_conf, conf_delivery_end },
	{ "route", CONF_SECTION_TITLED, conf_route_keys, base_route, conf_route_end },
	{ "console", CONF_SECTION_TITLED, conf_console_keys, base_console, conf_console_end },
	{ "limits", CONF_SECTION_ONCE, limits_keys, base_conf, NULL },
	{ "queue", CONF_SECTION_ONCE, queue_keys, base_conf, NULL },
	{ "control", CONF_SECTION_ONCE, control_keys, base_conf, NULL },
	{ 0 },
};

const struct conf_section *conf_section_find(struct str name)
{
	for (const struct conf_section *s = conf_section_table; s->name; s++)
		if (str_eq(name, str_of(s->name)))
			return s;
	return NULL;
}

const struct conf_key *conf_section_key(const struct conf_section *s, struct str name)
{
	for (const struct conf_key *k = s->keys; k->name; k++)
		if (str_eq(name, str_of(k->name)))
			return k;
	return NULL;
}

bool conf_section_defaults(struct conf_reading *r, const struct conf_section *s)
{
	char *base = s->base(r);
	bool ok = true;

	r->line = 0;
	for (const struct conf_key *k = s->keys; ok && k->name; k++) {
		struct str rest = str_of(k->normal), word;

		if (!k->normal)
			continue;
		if (!k->empty)
			ok = k->read(r, k, rest, base + k->at);
		while (k->empty && ok && str_word(&rest, &word))
			ok = k->read(r, k, word, base + k->at);
	}
	return ok;
}
