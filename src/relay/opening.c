#include "relay/opening.h"

#include "log/log.h"

#include <unistd.h>

static void tell_servers(const struct resolve *resolver)
{
	struct resolve_server_state s;

	for (size_t i = 0; resolve_server_at(resolver, i, &s); i++)
		log_event(s.source.trust == DNS_TRUST_NONE ? LOG_WARNING : LOG_INFO, "server",
			  "%.*s %.*s, %s: %.*s", STR_ARG(s.source.server),
			  STR_ARG(s.source.channel),
			  s.source.trust == DNS_TRUST_NONE ? "not trusted" : "trusted",
			  STR_ARG(s.source.trust_reason));
}

void relay_opening_tell(const struct conf *conf, const char *user, size_t workers,
			const struct resolve *resolver)
{
	log_event(LOG_INFO, "start", "signpost %s, configuration %s, user %s (%lu), workers %zu",
		  SIGNPOST_VERSION, conf->file ? conf->file : "built in", user,
		  (unsigned long)geteuid(), workers);
	for (size_t i = 0; i < conf->n_listen; i++)
		log_event(LOG_INFO, "listen", "%s", conf->listen[i].text);
	tell_servers(resolver);
}
