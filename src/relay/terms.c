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

struct message_received relay_terms_received(const struct smtp_server *smtp,
					     const struct tls_session *tls)
{
	return (struct message_received){
		.helo = smtp_server_peer_name(smtp),
		.protocol = smtp_server_extended(smtp) ? MESSAGE_ESMTP : MESSAGE_SMTP,
		.tls_version = tls ? tls_session_version(tls) : STR_NONE,
		.tls_cipher = tls ? tls_session_cipher(tls) : STR_NONE,
		.tls_bits = tls ? tls_session_bits(tls) : 0,
		.login = smtp_server_user(smtp),
	};
}

struct str relay_terms_denied(const struct conf_listen *l)
{
	return l->auth_file[0]
		       ? STR("5.7.1 Relaying denied: log in first, or come from an address in "
			     "relay-from")
		       : STR("5.7.1 Relaying denied: your address is not in relay-from");
}

struct str relay_terms_unjudged(enum err e)
{
	return e == ERR_LIMIT ? STR("4.7.0 Too many want to log in, try again later")
			      : STR("4.7.0 Out of memory, try again later");
}

struct str relay_terms_end(enum loop_end how)
{
	switch (how) {
	case LOOP_END_EOF:
		return STR("the client closed the connection");
	case LOOP_END_ERROR:
		return STR("the connection was lost");
	case LOOP_END_TIMEOUT:
		return STR("timeout");
	}
	abort();
}
