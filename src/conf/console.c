/* The web console's section (SPEC section 6): where it listens, who may log in, its certificate. */
#include "conf/console_priv.h"

#include <stddef.h>
#include <stdlib.h>

enum { HOSTS_MAX = 64 };

static bool read_login(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	r->login_line = r->line;
	return conf_value_socket(r, k, value, at);
}

static bool read_host(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	struct conf_console *o = at;
	char *name = NULL;

	if (value.n == 0)
		return conf_value_refuse(r, "%s: \"\" is no name: leave it out", k->name);
	if (o->n_hosts == HOSTS_MAX)
		return conf_value_refuse(r, CONF_KEY_MANY, k->name, HOSTS_MAX, "names");
	if (!conf_value_host(r, k, value, &name))
		return false;
	char **more = reallocarray(o->hosts, o->n_hosts + 1, sizeof(*more));
	if (!more) {
		free(name);
		return conf_value_nomem(r);
	}
	o->hosts = more;
	o->hosts[o->n_hosts++] = name;
	return true;
}

static void empty_hosts(void *at)
{
	struct conf_console *o = at;

	while (o->n_hosts > 0)
		free(o->hosts[--o->n_hosts]);
}

#define OF(field) offsetof(struct conf_console, field)

const struct conf_key conf_console_keys[] = {
	{ "users-file", conf_value_held, OF(users_file), "", 0, 0, NULL, NULL },
	{ "tls-certificate", conf_value_held, OF(tls_certificate), "", 0, 0, NULL, NULL },
	{ "tls-key", conf_value_held, OF(tls_key), "", 0, 0, NULL, NULL },
	{ "hosts", read_host, 0, "", 0, 0, NULL, empty_hosts },
	{ "login-socket", read_login, OF(login_path), "console.sock", 0, 0, NULL, NULL },
	{ 0 },
};

static bool read_title(struct conf_reading *r, struct str title)
{
	struct conf_console *o = &r->console;

	if (str_starts(title, STR("unix:")) && title.n > 5)
		return conf_value_keep(r, &o->path, str_skip(title, 5));
	if (ip_port_read(title, 0, &o->at) == ERR_OK && o->at.port != 0)
		return true;
	return conf_value_refuse(r,
				 "console: \"%.*s\" is not an address and port: write "
				 "127.0.0.1:8025, [::1]:8025 or unix:FILE",
				 STR_ARG(title));
}

/* The line of a key that needs what is not there. */
static bool needs(struct conf_reading *r, const char *key, const char *what)
{
	r->line = conf_value_line(r, conf_console_keys, key);
	return conf_value_refuse(r, "%s needs %s", key, what);
}

/* What goes by a wire that others may listen to goes by TLS: passwords, cookies and mail. */
static bool check_tls(struct conf_reading *r)
{
	const struct conf_console *o = &r->console;

	if (o->tls_certificate[0] && !o->tls_key[0])
		return needs(r, "tls-certificate",
			     "tls-key: name the file of its private key, the same file where it "
			     "is in there");
	if (o->tls_key[0] && !o->tls_certificate[0])
		return needs(r, "tls-key", "tls-certificate: name the file of its certificate");
	if (o->tls_certificate[0] && o->path)
		return needs(r, "tls-certificate", "an address: a unix socket has no TLS");
	if (o->path || o->tls_certificate[0] || ip_loopback(&o->at.ip))
		return true;
	return conf_value_refuse(r, "console: an address off loopback needs tls-certificate and "
				    "tls-key: name the files of both, or write 127.0.0.1:8025");
}

bool conf_console_end(struct conf_reading *r, struct str title)
{
	struct conf *c = r->conf;
	struct conf_console *o = &r->console;

	o->line = r->line;
	if (c->console.text)
		return conf_value_refuse(r, "there is a console already on line %u: remove one",
					 c->console.line);
	if (!read_title(r, title) || !check_tls(r) || !conf_value_keep(r, &o->text, title))
		return false;
	c->console = *o;
	*o = (struct conf_console){ 0 };
	return true;
}
