/* A context starts: with the servers it was given, or else with the system's. */
#include "library/context_priv.h"

#include <string.h>

static void on_event(void *arg, const struct resolve_event *from)
{
	struct signpost_dns *d = arg;
	char server[128], channel[16], why[512];
	struct signpost_dns_name name;
	struct signpost_dns_event event = {
		.size = sizeof(event),
		.fate = SIGNPOST_DNS_BROKEN,
		.server = server,
		.channel = channel,
		.why = why,
		.octets = (const uint8_t *)from->octets.p,
		.octet_count = from->octets.n,
		.type = from->type,
	};

	switch (from->fate) {
	case RESOLVE_SENT:
		event.fate = SIGNPOST_DNS_SENT;
		break;
	case RESOLVE_ACCEPTED:
		event.fate = SIGNPOST_DNS_ACCEPTED;
		break;
	case RESOLVE_IGNORED:
		event.fate = SIGNPOST_DNS_IGNORED;
		break;
	case RESOLVE_BROKEN:
		break;
	}
	(void)str_copy(server, sizeof(server), from->server);
	(void)str_copy(channel, sizeof(channel), from->channel);
	(void)str_copy(why, sizeof(why), from->why);
	if (from->name) {
		name.octets = from->name->len;
		memcpy(name.wire, from->name->wire, sizeof(name.wire));
		event.name = &name;
	}
	d->trace(d->trace_arg, &event);
}

enum signpost_dns_error signpost_dns_start(struct signpost_dns *d)
{
	KEEP_ERRNO;

	if (d->resolve)
		return SIGNPOST_DNS_OK;
	if (d->conf.n_servers == 0) {
		enum signpost_dns_error e = signpost_dns_add_system(d, NULL);
		if (e != SIGNPOST_DNS_OK)
			return e;
	}
	if (d->trace) {
		d->conf.trace = on_event;
		d->conf.trace_arg = d;
	}
	errno = 0;
	d->resolve = resolve_new(&d->reactor, &d->conf);
	if (!d->resolve)
		return errno == ENOMEM || errno == 0
			       ? library_context_fail(d, SIGNPOST_DNS_ERR_MEMORY, "out of memory")
			       : library_context_fail(d, SIGNPOST_DNS_ERR_SYSTEM,
						      "no socket can be had: %s", strerror(errno));
	return SIGNPOST_DNS_OK;
}
