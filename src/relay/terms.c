#include "relay/terms.h"

#include <stdlib.h>

#define JUNK_MAX 100 /* commands without mail */

enum smtp_server_tls relay_terms_tls(const struct conf_listen *l)
{
	if (!l->tls_certificate[0])
		return SMTP_SERVER_NO_TLS;
	switch (l->tls) {
	case CONF_STARTTLS:
		return SMTP_SERVER_STARTTLS;
	case CONF_IMPLICIT:
		return SMTP_SERVER_IN_TLS;
	case CONF_REQUIRE:
		return SMTP_SERVER_MUST_STARTTLS;
	}
	abort();
}

static enum smtp_server_auth auth_of(const struct conf_listen *l)
{
	if (!l->auth_file[0])
		return SMTP_SERVER_NO_AUTH;
	return l->require_auth ? SMTP_SERVER_MUST_AUTH : SMTP_SERVER_AUTH;
}

struct smtp_server *relay_terms_machine(const struct conf *conf, size_t listen)
{
	return smtp_server_new(&(struct smtp_server_conf){
		.host = str_of(conf->hostname),
		.size_max = conf->size_limit,
		.recipients_max = conf->limits.recipients,
		.errors_max = conf->limits.errors,
		.junk_max = JUNK_MAX,
		.tls = relay_terms_tls(&conf->listen[listen]),
		.auth = auth_of(&conf->listen[listen]),
		.told = conf->limits.log_in == CONF_LOG_IN_NONE ? SMTP_SERVER_SILENT
								: SMTP_SERVER_TRACED,
	});
}
