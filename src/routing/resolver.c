#include "routing/resolver.h"

#include "base/text.h"
#include "resolve/anchor.h"
#include "tls/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX (1u << 16) /* a path, whatever its length, and what is wrong with it */

/* The line of a key of that section; that of the section where it lacks it, or key is NULL. */
static unsigned line_of(const struct conf *conf, const struct conf_resolver *s, const char *key)
{
	const struct conf_given_key *all = conf->given.all, *of = NULL;
	const char *title = NULL;

	for (size_t i = 0; i < conf->given.n; i++)
		if (!all[i].key && all[i].line == s->line &&
		    strcmp(all[i].section, "resolver") == 0)
			title = all[i].title;
	if (title && key)
		of = conf_given_find(&conf->given, "resolver", title, key);
	return of ? of->line : s->line;
}

/* "FILE:LINE: resolver: WORDS", as conf says it; key: whose line it is, or NULL. */
static enum err refuse(const struct conf *conf, const struct conf_resolver *s, const char *key,
		       struct str words, struct buf *why)
{
	text_escape(why, str_of(conf->file));
	buf_addf(why, ":%u: resolver: %s%s", line_of(conf, s, key), key ? key : "",
		 key ? ": " : "");
	text_escape(why, words);
	return ERR_SYNTAX;
}

/* The validator inside must have been built in. */
static enum err check_embedded(const struct conf *conf, const struct conf_resolver *s,
			       struct buf *why)
{
#ifdef SIGNPOST_EMBEDDED
	(void)conf;
	(void)s;
	(void)why;
	return ERR_OK;
#else
	if (s->server.channel != DNS_CHANNEL_EMBEDDED)
		return ERR_OK;
	return refuse(conf, s, NULL,
		      STR("\"embedded\" needs libunbound, which this program was built without: "
			  "name a server's address, or build with -Dembedded=enabled"),
		      why);
#endif
}

/* A file that can be read may hold no certificate: that is found now, not by the first question. */
static enum err check_ca(const struct conf *conf, const struct conf_resolver *s, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	CLEANUP(tls_config_free) struct tls_config *tls = NULL;

	if (s->server.channel != DNS_CHANNEL_TLS || !s->server.tls_ca_file[0])
		return ERR_OK;
	enum err e = tls_config_client(s->server.tls_ca_file, &tls, &words);
	return e == ERR_IO ? refuse(conf, s, "tls-ca-file", buf_str(&words), why) : e;
}

static enum err check_anchor(const struct conf *conf, const struct conf_resolver *s,
			     struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);

	if (s->server.channel != DNS_CHANNEL_EMBEDDED ||
	    resolve_anchor_good(s->server.trust_anchor_file, &words))
		return ERR_OK;
	buf_add(&words, STR(": name one that has, as /usr/share/dns/root.key"));
	return refuse(conf, s, "trust-anchor-file", buf_str(&words), why);
}

/* Its strings are conf's. */
static enum err take_server(const struct conf *conf, const struct conf_resolver *s,
			    struct dns_server *out, struct buf *why)
{
	enum err e = check_embedded(conf, s, why);

	*out = s->server;
	if (e == ERR_OK)
		e = check_ca(conf, s, why);
	return e == ERR_OK ? check_anchor(conf, s, why) : e;
}

/* A name of the configuration; none, where it is none of the DNS. */
static void read_probe(const char *text, struct dns_name *out)
{
	if (!text[0] || dns_name_from_text(str_of(text), out) != ERR_OK)
		out->len = 0;
}

enum err routing_resolver_conf(const struct conf *conf, struct resolve_conf *out, struct buf *why)
{
	struct resolve_conf r = { .set_do = conf->dnssec.set_do,
				  .probe_type = conf->dnssec.probe_type };

	read_probe(conf->dnssec.probe, &r.probe_name);
	read_probe(conf->dnssec.probe_denial, &r.probe_denial);
	read_probe(conf->dnssec.probe_bogus, &r.probe_bogus);
	if (conf->n_resolver == 0) {
		r.follow = ROUTING_RESOLV_CONF;
		enum err e = resolve_conf_system(ROUTING_RESOLV_CONF, &r, why);
		if (e == ERR_SYNTAX)
			return e;
		if (e != ERR_OK) {
			buf_addf(why,
				 ROUTING_RESOLV_CONF ": %s: name the servers in a resolver section",
				 strerror(errno));
			return e;
		}
	}
	for (size_t i = 0; i < conf->n_resolver && r.n_servers < RESOLVE_SERVERS_MAX; i++) {
		enum err e = take_server(conf, &conf->resolver[i], &r.servers[r.n_servers++], why);
		if (e != ERR_OK)
			return e;
	}
	*out = r;
	return ERR_OK;
}

static bool same_text(const char *a, const char *b)
{
	return str_eq(str_of(a ? a : ""), str_of(b ? b : ""));
}

static bool same_key(const struct dns_tsig_key *a, const struct dns_tsig_key *b)
{
	return dns_name_eq(&a->name, &b->name) && a->algorithm == b->algorithm &&
	       a->n_secret == b->n_secret && memcmp(a->secret, b->secret, a->n_secret) == 0;
}

/* Who authenticates a name looks into a file of certificates; the validator inside, an anchor. */
static bool is_made_of_files(const struct dns_server *s)
{
	return s->channel == DNS_CHANNEL_EMBEDDED ||
	       (s->channel == DNS_CHANNEL_TLS && !same_text(s->tls_name, ""));
}

static bool same_server(const struct dns_server *a, const struct dns_server *b)
{
	return !is_made_of_files(a) && !is_made_of_files(b) && a->channel == b->channel &&
	       ip_port_eq(&a->at, &b->at) && a->scope == b->scope && a->trust == b->trust &&
	       same_text(a->trust_file, b->trust_file) && a->timeout_ms == b->timeout_ms &&
	       a->attempts == b->attempts && a->mix_case == b->mix_case &&
	       a->n_tls_pin == b->n_tls_pin &&
	       memcmp(a->tls_pin, b->tls_pin, a->n_tls_pin * sizeof(a->tls_pin[0])) == 0 &&
	       same_text(a->tls_ca_file, b->tls_ca_file) && same_key(&a->tsig, &b->tsig);
}

bool routing_resolver_same(const struct conf *before, const struct conf *conf)
{
	bool same = before->n_resolver == conf->n_resolver &&
		    before->dnssec.set_do == conf->dnssec.set_do &&
		    before->dnssec.probe_type == conf->dnssec.probe_type &&
		    same_text(before->dnssec.probe, conf->dnssec.probe) &&
		    same_text(before->dnssec.probe_denial, conf->dnssec.probe_denial) &&
		    same_text(before->dnssec.probe_bogus, conf->dnssec.probe_bogus);

	for (size_t i = 0; same && i < conf->n_resolver; i++)
		same = same_server(&before->resolver[i].server, &conf->resolver[i].server);
	return same;
}

static enum err make(const struct routing_resolver_host *host, const struct conf *conf,
		     struct resolve **out, struct buf *why)
{
	struct resolve_conf r;
	enum err e = routing_resolver_conf(conf, &r, why);

	if (e != ERR_OK)
		return e;
	r.sharers = host->sharers;
	r.probed = host->probed;
	r.probed_arg = host->arg;
	*out = resolve_new(host->reactor, &r);
	if (*out)
		return ERR_OK;
	buf_addf(why, "cannot make a resolver: %s", strerror(errno));
	return ERR_IO;
}

enum err routing_resolver_new(const struct routing_resolver_host *host, const struct conf *conf,
			      struct routing_resolver **out, struct buf *why)
{
	struct routing_resolver *r = calloc(1, sizeof(*r));

	if (!r)
		return ERR_NOMEM;
	r->holders = 1;
	enum err e = make(host, conf, &r->resolve, why);
	if (e != ERR_OK) {
		free(r);
		return e;
	}
	*out = r;
	return ERR_OK;
}

struct routing_resolver *routing_resolver_hold(struct routing_resolver *r)
{
	r->holders++;
	return r;
}

void routing_resolver_drop(struct routing_resolver **rp)
{
	struct routing_resolver *r = *rp;

	*rp = NULL;
	if (!r || --r->holders)
		return;
	resolve_free(&r->resolve);
	free(r);
}

void routing_resolver_replace(struct routing_resolver **r, struct routing_resolver *renewed)
{
	resolve_go_on(renewed->resolve, (*r)->resolve);
	routing_resolver_drop(r);
	*r = renewed;
}
