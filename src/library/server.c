/* Servers and options: what the caller writes, checked and kept. */
#include "library/context_priv.h"
#include "library/name_priv.h"

#include "base/text.h"
#include "dns/tsig.h"

#include <string.h>

#define SYSTEM_FILE "/etc/resolv.conf"

enum { PORT = 53, TIMEOUT_MAX_MS = 3600000, ATTEMPTS_MAX = 100 };

static enum signpost_dns_error not_now(struct signpost_dns *d)
{
	return library_context_fail(d, SIGNPOST_DNS_ERR_MISUSE,
				    "the context has started: it takes no more settings");
}

static enum signpost_dns_error no_memory(struct signpost_dns *d)
{
	return library_context_fail(d, SIGNPOST_DNS_ERR_MEMORY, "out of memory");
}

static enum signpost_dns_error take(struct signpost_dns *d, void *to, size_t size, const void *from,
				    const char *what)
{
	enum err e = library_door_take(to, size, from);

	if (e == ERR_OK)
		return SIGNPOST_DNS_OK;
	return e == ERR_SYNTAX
		       ? library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX, "%s: its size is not set",
					      what)
		       : library_context_fail(d, SIGNPOST_DNS_ERR_UNSUPPORTED,
					      "%s: made for a later version of the library", what);
}

/* A copy that lives as long as the context; NULL of NULL. */
static bool keep(struct signpost_dns *d, const char *from, const char **to)
{
	size_t n = from ? strlen(from) + 1 : 0;
	char *at = n ? arena_alloc(&d->strings, n) : NULL;

	if (at)
		memcpy(at, from, n);
	*to = at;
	return at || !from;
}

static enum signpost_dns_error
take_channel(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	switch (from->channel) {
	case SIGNPOST_DNS_UDP:
		to->channel = DNS_CHANNEL_UDP;
		break;
	case SIGNPOST_DNS_TCP:
		to->channel = DNS_CHANNEL_TCP;
		break;
	case SIGNPOST_DNS_TLS:
		to->channel = DNS_CHANNEL_TLS;
		break;
	case SIGNPOST_DNS_EMBEDDED:
		to->channel = DNS_CHANNEL_EMBEDDED;
		return SIGNPOST_DNS_OK;
	}
	if (from->channel > SIGNPOST_DNS_EMBEDDED)
		return library_context_fail(d, SIGNPOST_DNS_ERR_UNSUPPORTED,
					    "channel %u is not known", (unsigned)from->channel);
	uint16_t port = dns_channel_kind(to->channel)->port;
	if (ip_port_read(str_of(from->address), port, &to->at) != ERR_OK || to->at.port == 0)
		return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX,
					    "server %.200s: not an address with or without a port",
					    from->address ? from->address : "without address");
	return SIGNPOST_DNS_OK;
}

static enum signpost_dns_error
take_trust(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	switch (from->trust) {
	case SIGNPOST_DNS_TRUST_AUTO:
		to->trust = DNS_CHANNEL_TRUST_AUTO;
		return SIGNPOST_DNS_OK;
	case SIGNPOST_DNS_TRUST_ALWAYS:
		to->trust = DNS_CHANNEL_TRUST_ALWAYS;
		return SIGNPOST_DNS_OK;
	case SIGNPOST_DNS_TRUST_NEVER:
		to->trust = DNS_CHANNEL_TRUST_NEVER;
		return SIGNPOST_DNS_OK;
	}
	return library_context_fail(d, SIGNPOST_DNS_ERR_UNSUPPORTED, "trust %u is not known",
				    (unsigned)from->trust);
}

static enum signpost_dns_error
take_pins(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	if (from->tls_pin_count > DNS_SERVER_PINS_MAX)
		return library_context_fail(d, SIGNPOST_DNS_ERR_LIMIT,
					    "server %.200s: more than %d pins", from->address,
					    DNS_SERVER_PINS_MAX);
	for (size_t i = 0; i < from->tls_pin_count; i++) {
		CLEANUP(buf_free) struct buf pin = BUF_MAX(DNS_SERVER_PIN_OCTETS + 1);
		if (text_unbase64(&pin, str_of(from->tls_pins[i])) != ERR_OK ||
		    pin.n != DNS_SERVER_PIN_OCTETS)
			return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX,
						    "server %.200s: pin %zu: not the base64 of %d "
						    "octets",
						    from->address, i + 1, DNS_SERVER_PIN_OCTETS);
		memcpy(to->tls_pin[to->n_tls_pin++], pin.p, DNS_SERVER_PIN_OCTETS);
	}
	return SIGNPOST_DNS_OK;
}

static enum signpost_dns_error
take_tls(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	if (!dns_channel_takes(to->channel, DNS_CHANNEL_TAKES_TLS) &&
	    (from->tls_name || from->tls_pin_count > 0 || from->tls_ca_file))
		return library_context_fail(
			d, SIGNPOST_DNS_ERR_SYNTAX,
			"server %.200s: a name, pin or CA file, and the channel "
			"is not TLS",
			from->address ? from->address : "embedded");
	if (!keep(d, from->tls_name, &to->tls_name) ||
	    !keep(d, from->tls_ca_file, &to->tls_ca_file))
		return no_memory(d);
	return take_pins(d, from, to);
}

static enum signpost_dns_error
take_tsig(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(LIBRARY_REASON_ROOM);

	if (!from->tsig)
		return SIGNPOST_DNS_OK;
	if (!dns_channel_takes(to->channel, DNS_CHANNEL_TAKES_TSIG))
		return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX,
					    "server %.200s: TSIG is for UDP and TCP",
					    from->address ? from->address : "embedded");
	enum err e = dns_tsig_key_read(str_of(from->tsig), &to->tsig, &why);
	if (e == ERR_OK)
		return SIGNPOST_DNS_OK;
	return library_context_fail(d, library_door_error(e), "server %.200s: TSIG: %.*s",
				    from->address, STR_ARG(buf_str(&why)));
}

static enum signpost_dns_error
take_embedded(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	if (!dns_channel_takes(to->channel, DNS_CHANNEL_TAKES_ANCHOR) &&
	    (from->trust_anchor_file || from->forward_count > 0))
		return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX,
					    "server %.200s: a trust anchor or forwarders, and the "
					    "channel is not EMBEDDED",
					    from->address);
	if (!keep(d, from->trust_anchor_file, &to->trust_anchor_file))
		return no_memory(d);
	if (from->forward_count > DNS_SERVER_FORWARDERS_MAX)
		return library_context_fail(d, SIGNPOST_DNS_ERR_LIMIT, "more than %d forwarders",
					    DNS_SERVER_FORWARDERS_MAX);
	for (size_t i = 0; i < from->forward_count; i++)
		if (ip_port_read(str_of(from->forward[i]), PORT, &to->forward[to->n_forward++]) !=
		    ERR_OK)
			return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX,
						    "forwarder %.200s: not an address with or "
						    "without a port",
						    from->forward[i] ? from->forward[i] : "");
	return SIGNPOST_DNS_OK;
}

static enum signpost_dns_error
take_numbers(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to)
{
	if (from->timeout_ms > TIMEOUT_MAX_MS || from->attempts > ATTEMPTS_MAX)
		return library_context_fail(d, SIGNPOST_DNS_ERR_LIMIT,
					    "a timeout of at most %d ms, and %d attempts at most",
					    TIMEOUT_MAX_MS, ATTEMPTS_MAX);
	to->timeout_ms = from->timeout_ms;
	to->attempts = from->attempts;
	to->mix_case = from->mix_case != 0;
	return SIGNPOST_DNS_OK;
}

typedef enum signpost_dns_error
taker(struct signpost_dns *d, const struct signpost_dns_server *from, struct dns_server *to);

enum signpost_dns_error signpost_dns_add_server(struct signpost_dns *d,
						const struct signpost_dns_server *server)
{
	KEEP_ERRNO;
	static taker *const takers[] = { take_channel, take_trust,    take_numbers,
					 take_tls,     take_embedded, take_tsig };
	struct signpost_dns_server from;
	struct dns_server to = { 0 };

	if (d->resolve)
		return not_now(d);
	enum signpost_dns_error e = take(d, &from, sizeof(from), server, "the server");
	if (e == SIGNPOST_DNS_OK && d->conf.n_servers == RESOLVE_SERVERS_MAX)
		e = library_context_fail(d, SIGNPOST_DNS_ERR_LIMIT, "more than %d servers",
					 RESOLVE_SERVERS_MAX);
	for (size_t i = 0; e == SIGNPOST_DNS_OK && i < sizeof(takers) / sizeof(takers[0]); i++)
		e = takers[i](d, &from, &to);
	if (e == SIGNPOST_DNS_OK) {
		d->conf.servers[d->conf.n_servers++] = to;
		d->conf.follow = NULL; /* it would take the place of this one */
	}
	explicit_bzero(&to, sizeof(to));
	return e;
}

enum signpost_dns_error signpost_dns_add_system(struct signpost_dns *d, const char *path)
{
	KEEP_ERRNO;
	CLEANUP(buf_free) struct buf why = BUF_MAX(1u << 16);
	bool alone = d->conf.n_servers == 0;
	struct str rest, first = STR_NONE;
	const char *kept;

	if (d->resolve)
		return not_now(d);
	if (!keep(d, path ? path : SYSTEM_FILE, &kept))
		return no_memory(d);
	enum err e = resolve_conf_system(kept, &d->conf, &why);
	rest = buf_str(&why);
	if (e == ERR_SYNTAX && str_line(&rest, &first))
		return library_context_fail(d, SIGNPOST_DNS_ERR_SYNTAX, "%.*s", STR_ARG(first));
	if (e != ERR_OK)
		return library_context_fail(d, library_door_error(e), "%.300s: %s", kept,
					    e == ERR_IO ? strerror(errno) : err_text(e));
	d->conf.follow = alone ? kept : NULL;
	return SIGNPOST_DNS_OK;
}

static enum signpost_dns_error take_name(struct signpost_dns *d, const char *text,
					 struct dns_name *out)
{
	out->len = 0;
	enum err e = text ? library_name_read(text, out) : ERR_OK;
	return e == ERR_OK ? SIGNPOST_DNS_OK
			   : library_context_fail(d, library_door_error(e), "probe %.300s: %s",
						  text, library_name_reason(e));
}

enum signpost_dns_error signpost_dns_set_options(struct signpost_dns *d,
						 const struct signpost_dns_options *options)
{
	KEEP_ERRNO;
	struct signpost_dns_options from;
	struct dns_name name, denial, bogus;

	if (d->resolve)
		return not_now(d);
	enum signpost_dns_error e = take(d, &from, sizeof(from), options, "the options");
	if (e == SIGNPOST_DNS_OK)
		e = take_name(d, from.probe_name, &name);
	if (e == SIGNPOST_DNS_OK)
		e = take_name(d, from.probe_denial, &denial);
	if (e == SIGNPOST_DNS_OK)
		e = take_name(d, from.probe_bogus, &bogus);
	if (e != SIGNPOST_DNS_OK)
		return e;
	d->conf.probe_name = name;
	d->conf.probe_denial = denial;
	d->conf.probe_bogus = bogus;
	d->conf.probe_type = from.probe_type;
	d->conf.cache_octets = from.cache_octets;
	d->conf.rotate = from.rotate != 0;
	d->conf.set_do = from.with_do != 0;
	d->deadline_ms = from.deadline_ms;
	d->trace = from.trace;
	d->trace_arg = from.trace_arg;
	return SIGNPOST_DNS_OK;
}
