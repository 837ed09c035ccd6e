#include "cli/servers.h"

#include "base/text.h"
#include "cli/words.h"
#include "conf/tsig.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { FORWARD_PORT = 53, WORDS_MAX = 256 };

static bool has(const struct cli *cli, const char *option)
{
	return cli_options_has(&cli->options, option);
}

static const char *value(const struct cli *cli, const char *option)
{
	return cli_options_value(&cli->options, option);
}

static int add_pins(const struct cli *cli, struct dns_server *s)
{
	const char *text;
	size_t i = 0;

	while ((text = cli_options_next(&cli->options, "pin", &i)) != NULL) {
		CLEANUP(buf_free) struct buf octets = BUF_MAX(2 * DNS_SERVER_PIN_OCTETS);
		if (text_unbase64(&octets, str_of(text)) != ERR_OK ||
		    octets.n != DNS_SERVER_PIN_OCTETS)
			return cli_usage(cli,
					 "--pin %s: write the SHA-256 of the server's "
					 "SubjectPublicKeyInfo as base64, 44 characters",
					 text);
		if (s->n_tls_pin == DNS_SERVER_PINS_MAX)
			return cli_usage(cli, "more than %d pins", DNS_SERVER_PINS_MAX);
		memcpy(s->tls_pin[s->n_tls_pin++], octets.p, DNS_SERVER_PIN_OCTETS);
	}
	return CLI_DONE;
}

/* Nothing of the key is shown. */
static int add_key(const struct cli *cli, struct dns_server *s)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(CONF_TSIG_TEXT_MAX);
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	const char *why = "";

	if (!has(cli, "tsig"))
		return CLI_DONE;
	enum err e = conf_tsig_read(str_of(value(cli, "tsig")), ".", &text, &why);
	if (e == ERR_OK)
		e = dns_tsig_key_read(buf_str(&text), &s->tsig, &words);
	if (text.p)
		explicit_bzero(text.p, text.n);
	if (e == ERR_NOMEM)
		return cli_nomem();
	return e == ERR_OK ? CLI_DONE
			   : cli_usage(cli, "--tsig: %s%.*s", why, STR_ARG(buf_str(&words)));
}

/* Options that do not go together; NULL: they do. */
static const char *clash(const struct cli *cli)
{
	bool tls = has(cli, "tls") || has(cli, "pin");

	if (tls && has(cli, "tcp"))
		return "--tcp does not go with --tls and --pin";
	if (tls && has(cli, "tsig"))
		return "--tsig does not go with --tls and --pin";
	if (has(cli, "tls-ca") && !has(cli, "tls"))
		return "--tls-ca needs --tls NAME";
	if (has(cli, "embedded") && (tls || has(cli, "tcp") || has(cli, "tsig")))
		return "--embedded asks by itself: --tls, --pin, --tcp and --tsig do not go with "
		       "it";
	if (has(cli, "anchor") && !has(cli, "embedded"))
		return "--anchor needs --embedded";
	return NULL;
}

/* How every server that is named is to be reached. */
static int read_channel(const struct cli *cli, struct dns_server *s)
{
	const char *ca = value(cli, "tls-ca");

	*s = (struct dns_server){ .tls_name = value(cli, "tls"), .tls_ca_file = ca };
	if (has(cli, "tls") && !s->tls_name[0])
		return cli_usage(cli, "--tls: write the name that the server's certificate has");
	if (ca && access(ca, R_OK) < 0)
		return cli_usage(cli, "--tls-ca %s: %s", ca, strerror(errno));
	if (has(cli, "tls") || has(cli, "pin"))
		s->channel = DNS_CHANNEL_TLS;
	else if (has(cli, "tcp"))
		s->channel = DNS_CHANNEL_TCP;
	int status = add_pins(cli, s);
	return status == CLI_DONE ? add_key(cli, s) : status;
}

static int read_address(const struct cli *cli, const char *text, const struct dns_server *s,
			struct ip_port *at)
{
	uint16_t own = dns_channel_kind(s->channel)->port, port = own ? own : FORWARD_PORT;

	if (ip_port_read(str_of(text), port, at) != ERR_OK || at->port == 0)
		return cli_usage(cli,
				 "--server %s: write an address, or one with its port: "
				 "127.0.0.1:53, [::1]:53",
				 text);
	return CLI_DONE;
}

/* The validator inside: it forwards to the servers named, or recurses. */
static int read_embedded(const struct cli *cli, struct resolve_conf *r)
{
	struct dns_server s = { .channel = DNS_CHANNEL_EMBEDDED };
	const char *text;
	size_t i = 0;

	for (size_t k = 0; k < r->n_servers; k++)
		if (r->servers[k].channel == DNS_CHANNEL_EMBEDDED)
			s.trust_anchor_file = r->servers[k].trust_anchor_file;
	if (has(cli, "anchor"))
		s.trust_anchor_file = value(cli, "anchor");
	if (s.trust_anchor_file && access(s.trust_anchor_file, R_OK) < 0)
		return cli_usage(cli, "--anchor %s: %s", s.trust_anchor_file, strerror(errno));
#ifndef SIGNPOST_EMBEDDED
	return cli_usage(cli, "--embedded needs libunbound, which this program was built without");
#endif
	while ((text = cli_options_next(&cli->options, "server", &i)) != NULL) {
		if (s.n_forward == DNS_SERVER_FORWARDERS_MAX)
			return cli_usage(cli, CLI_WORDS_MANY_SERVERS, DNS_SERVER_FORWARDERS_MAX);
		int status = read_address(cli, text, &s, &s.forward[s.n_forward++]);
		if (status != CLI_DONE)
			return status;
	}
	r->servers[0] = s;
	r->n_servers = 1;
	r->follow = NULL;
	return CLI_DONE;
}

int cli_servers_read(struct cli *cli, struct resolve_conf *r)
{
	static const char *const how[] = { "tls", "pin", "tcp", "tsig" };
	struct dns_server s;
	const char *text, *words = clash(cli);
	size_t i = 0;
	struct ip address;

	if (words)
		return cli_usage(cli, "%s", words);
	if (has(cli, "embedded"))
		return read_embedded(cli, r);
	/* --tls 192.0.2.1 alone: the server is where its certificate says. */
	bool at_name = has(cli, "tls") && ip_read(str_of(value(cli, "tls")), &address) == ERR_OK;
	for (size_t k = 0; !has(cli, "server") && !at_name && k < 4; k++)
		if (has(cli, how[k]))
			return cli_usage(cli, "--%s: name the server, too: --server ADDR", how[k]);
	if (!has(cli, "server") && !at_name)
		return CLI_DONE;
	int status = read_channel(cli, &s);
	r->n_servers = 0;
	r->follow = NULL;
	if (status == CLI_DONE && !has(cli, "server")) {
		s.at = (struct ip_port){ address, dns_channel_kind(s.channel)->port };
		r->servers[r->n_servers++] = s;
	}
	while (status == CLI_DONE && (text = cli_options_next(&cli->options, "server", &i))) {
		if (r->n_servers == RESOLVE_SERVERS_MAX)
			return cli_usage(cli, CLI_WORDS_MANY_SERVERS, RESOLVE_SERVERS_MAX);
		status = read_address(cli, text, &s, &s.at);
		r->servers[r->n_servers++] = s;
	}
	return status;
}
