/*
 * The section of one recursive server.
 *
 * Each key is judged where it stands; whether it goes with the others is known
 * only at the closing brace, and then told with the line of the key that does
 * not fit.
 */
#include "conf/resolver_priv.h"

#include "base/text.h"
#include "conf/tsig.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESOLVER_MAX = 16, FORWARD_PORT = 53, PIN_TEXT = 44, TSIG_WORDS_MAX = 256 };

#define SECOND INT64_C(1000)
#define ROOT_KEY "/usr/share/dns/root.key" /* of Debian's package dns-root-data */

static bool read_pin(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	CLEANUP(buf_free) struct buf octets = BUF_MAX(PIN_TEXT);
	struct dns_server *s = at;

	enum err e = value.n == PIN_TEXT ? text_unbase64(&octets, value) : ERR_SYNTAX;
	if (e == ERR_NOMEM)
		return conf_value_nomem(r);
	if (e != ERR_OK || octets.n != DNS_SERVER_PIN_OCTETS)
		return conf_value_refuse(r,
					 "%s: \"%.*s\" is no pin: write the SHA-256 of the "
					 "server's SubjectPublicKeyInfo as base64, 44 characters",
					 k->name, STR_ARG(value));
	if (s->n_tls_pin == DNS_SERVER_PINS_MAX)
		return conf_value_refuse(r, CONF_KEY_MANY, k->name, DNS_SERVER_PINS_MAX, "pins");
	memcpy(s->tls_pin[s->n_tls_pin++], octets.p, DNS_SERVER_PIN_OCTETS);
	return true;
}

static void empty_pins(void *at)
{
	struct dns_server *s = at;

	s->n_tls_pin = 0;
}

/* The value is a secret, or leads to one: no refusal shows it. */
static bool read_key(struct conf_reading *r, const struct conf_key *k, struct str value, void *at)
{
	CLEANUP(buf_wipe) struct buf text = BUF_MAX(CONF_TSIG_TEXT_MAX);
	CLEANUP(buf_free) struct buf words = BUF_MAX(TSIG_WORDS_MAX);
	const char *why = "";

	*(struct dns_tsig_key *)at = (struct dns_tsig_key){ 0 };
	if (value.n == 0)
		return true;
	enum err e = conf_tsig_read(value, r->dir, &text, &why);
	if (e == ERR_IO && errno == EACCES && r->who == CONF_READER_MAILER)
		return true;
	if (e == ERR_IO)
		return conf_value_refuse(r,
					 "%s: cannot read the file of the key: %s: name a file, or "
					 "write name:hmac-sha256:base64",
					 k->name, why);
	if (e == ERR_OK)
		e = dns_tsig_key_read(buf_str(&text), at, &words);
	if (e == ERR_NOMEM)
		return conf_value_nomem(r);
	return e == ERR_OK ||
	       conf_value_refuse(r, "%s: %s%.*s", k->name, why, STR_ARG(buf_str(&words)));
}

static bool read_forward(struct conf_reading *r, const struct conf_key *k, struct str value,
			 void *at)
{
	struct dns_server *s = at;
	struct ip_port to;

	if (ip_port_read(value, FORWARD_PORT, &to) != ERR_OK || to.port == 0)
		return conf_value_refuse(r,
					 "%s: \"%.*s\" is not an address: write 192.0.2.1 or "
					 "[2001:db8::1]:53",
					 k->name, STR_ARG(value));
	if (s->n_forward == DNS_SERVER_FORWARDERS_MAX)
		return conf_value_refuse(r, CONF_KEY_MANY, k->name, DNS_SERVER_FORWARDERS_MAX,
					 "servers");
	s->forward[s->n_forward++] = to;
	return true;
}

static void empty_forward(void *at)
{
	struct dns_server *s = at;

	s->n_forward = 0;
}

static bool read_channel(struct conf_reading *r, const struct conf_key *k, struct str value,
			 void *at)
{
	if (dns_channel_find(value, at))
		return true;
	return conf_value_refuse(r, CONF_NOT_KNOWN, k->name, STR_ARG(value), k->words);
}

#define OF(field) offsetof(struct conf_resolver, server.field)

const struct conf_key conf_resolver_keys[] = {
	{ "channel", read_channel, OF(channel), "udp", 0, 0, "udp tcp tls", NULL },
	{ "tls-name", conf_value_peer, OF(tls_name), "", 0, 0, NULL, NULL },
	{ "tls-pin", read_pin, offsetof(struct conf_resolver, server), NULL, 0, 0, NULL,
	  empty_pins },
	{ "tls-ca-file", conf_value_file, OF(tls_ca_file), "", 0, 0, NULL, NULL },
	{ "tsig-key", read_key, OF(tsig), "", 0, 0, NULL, NULL },
	{ "trust", conf_value_word, OF(trust), "auto", 0, 0, "auto always never", NULL },
	{ "timeout", conf_value_span, OF(timeout_ms), "2s", 10, 60 * SECOND, NULL, NULL },
	{ "attempts", conf_value_count, OF(attempts), "2", 1, 10, NULL, NULL },
	{ "mix-case", conf_value_flag, OF(mix_case), "false", 0, 0, NULL, NULL },
	{ "trust-anchor-file", conf_value_file, OF(trust_anchor_file), "", 0, 0, NULL, NULL },
	{ "forward", read_forward, offsetof(struct conf_resolver, server), NULL, 0, 0, NULL,
	  empty_forward },
	{ 0 },
};

/* Where the key stands in the section, or its title. */
static unsigned line_of(const struct conf_reading *r, const char *key)
{
	for (size_t i = 0; conf_resolver_keys[i].name; i++)
		if (strcmp(conf_resolver_keys[i].name, key) == 0 && r->set_line[i])
			return r->set_line[i];
	return r->line;
}

static bool set(const struct conf_reading *r, const char *key)
{
	for (size_t i = 0; conf_resolver_keys[i].name; i++)
		if (strcmp(conf_resolver_keys[i].name, key) == 0)
			return r->set_line[i] != 0;
	return false;
}

/* Keys that have been given a meaning, and what they need to have it. */
static bool keys_fit(struct conf_reading *r)
{
	const struct dns_server *s = &r->resolver.server;
	bool embedded = !dns_channel_takes(s->channel, DNS_CHANNEL_TAKES_ADDRESS);
	bool tls = dns_channel_takes(s->channel, DNS_CHANNEL_TAKES_TLS);
	bool tsig = dns_channel_takes(s->channel, DNS_CHANNEL_TAKES_TSIG);
	bool anchor = dns_channel_takes(s->channel, DNS_CHANNEL_TAKES_ANCHOR);
	bool mixes = dns_channel_takes(s->channel, DNS_CHANNEL_TAKES_CASE);
	const struct {
		const char *key;
		bool misplaced;
		const char *words;
	} rows[] = {
		{ "channel", embedded && set(r, "channel"),
		  "has no meaning in resolver \"embedded\": leave it out" },
		{ "tls-name", !tls && s->tls_name[0], "needs channel = \"tls\": add it" },
		{ "tls-pin", !tls && s->n_tls_pin > 0, "needs channel = \"tls\": add it" },
		{ "tls-ca-file", !tls && s->tls_ca_file[0], "needs channel = \"tls\": add it" },
		{ "tsig-key", embedded && s->tsig.name.len,
		  "has no meaning in resolver \"embedded\": leave it out" },
		{ "tsig-key", !tsig && s->tsig.name.len,
		  "does not go with channel = \"tls\": authenticate by tls-name or tls-pin, or "
		  "write channel = \"tcp\"" },
		{ "mix-case", !mixes && s->mix_case,
		  "is for channel = \"udp\" alone: leave it out" },
		{ "trust-anchor-file", !anchor && s->trust_anchor_file[0],
		  "belongs to resolver \"embedded\": leave it out, or make that a section" },
		{ "forward", !anchor && s->n_forward > 0,
		  "belongs to resolver \"embedded\": leave it out, or make that a section" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].misplaced) {
			r->line = line_of(r, rows[i].key);
			return conf_value_refuse(r, "%s %s", rows[i].key, rows[i].words);
		}
	return true;
}

/* The anchor that is used where none is named must be there, too. */
static bool find_anchor(struct conf_reading *r)
{
	struct dns_server *s = &r->resolver.server;

	if (s->channel != DNS_CHANNEL_EMBEDDED || s->trust_anchor_file[0])
		return true;
	if (access(ROOT_KEY, R_OK) < 0)
		return conf_value_refuse(r,
					 "resolver \"embedded\": cannot read " ROOT_KEY
					 ": %s: install dns-root-data, or set trust-anchor-file",
					 strerror(errno));
	return conf_value_keep(r, (char **)(uintptr_t)&s->trust_anchor_file, STR(ROOT_KEY));
}

static bool find_place(struct conf_reading *r, struct str title)
{
	const struct conf *c = r->conf;
	struct dns_server *s = &r->resolver.server;
	uint16_t port = dns_channel_kind(s->channel)->port;

	if (str_eq(title, dns_channel_kind(DNS_CHANNEL_EMBEDDED)->name)) {
		s->channel = DNS_CHANNEL_EMBEDDED; /* its address is none */
	} else if (ip_port_read(title, port, &s->at) != ERR_OK || s->at.port == 0) {
		return conf_value_refuse(r,
					 "resolver: \"%.*s\" is not an address: write 127.0.0.1:53 "
					 "or [::1]:53, or \"embedded\"",
					 STR_ARG(title));
	}
	for (size_t i = 0; i < c->n_resolver; i++)
		if (ip_port_eq(&s->at, &c->resolver[i].server.at))
			return conf_value_refuse(r, CONF_TWICE, "resolver", STR_ARG(title));
	return true;
}

bool conf_resolver_end(struct conf_reading *r, struct str title)
{
	struct conf *c = r->conf;
	struct conf_resolver *s = &r->resolver;

	if (c->n_resolver == RESOLVER_MAX)
		return conf_value_refuse(r, CONF_MANY, RESOLVER_MAX, "resolvers");
	s->line = r->line;
	if (!find_place(r, title) || !keys_fit(r) || !find_anchor(r))
		return false;
	struct conf_resolver *more = reallocarray(c->resolver, c->n_resolver + 1, sizeof(*more));
	if (!more)
		return conf_value_nomem(r);
	c->resolver = more;
	c->resolver[c->n_resolver++] = *s;
	*s = (struct conf_resolver){ 0 };
	return true;
}
