#include "relay/secure.h"

#include "routing/secure.h"
#include "smtp/extension.h"

#include <inttypes.h>
#include <stdlib.h>

struct relay_connection_key relay_secure_key(const struct relay_part *part,
					     const struct routing_path *path,
					     const struct route_target *t, bool clear,
					     struct buf *trust)
{
	const struct conf_delivery *how = part->how;

	buf_clear(trust);
	routing_secure_trust(trust, path, t);
	return (struct relay_connection_key){
		.host = t->host ? t->host->name : (struct dns_name){ 0 },
		.at = t->address->at,
		.from = t->address->at.ip.family == 4 ? how->bind4 : how->bind6,
		.service = part->part->demand.service,
		.authenticated = t->authenticated,
		.tls = clear ? ROUTE_TLS_NONE : t->need.tls,
		.at_once = how->tls_at_once,
		.login = relay_connection_login(how),
		.trust = buf_str(trust),
	};
}

void relay_secure_ticket(struct buf *out, const struct relay_connection_key *key)
{
	char text[2][IP_TEXT_MAX];
	const struct str host = { (const char *)key->host.wire, key->host.len };

	buf_addf(out,
		 "%.*s %.*s %d%d%d%d %" PRIu64 " %zu:", STR_ARG(ip_port_text(&key->at, text[0])),
		 STR_ARG(key->from.family ? ip_text(&key->from, text[1]) : STR_NONE), key->service,
		 key->authenticated, key->tls, key->at_once, key->login, host.n);
	buf_add(out, host);
	buf_add(out, key->trust);
}

struct tls_session *relay_secure_session(const struct routing_settings *s,
					 const struct routing_path *path,
					 const struct route_target *t,
					 const struct relay_connection *c)
{
	CLEANUP(buf_free) struct buf key = BUF_MAX(RELAY_TICKET_MAX);

	relay_secure_ticket(&key, &c->key);
	if (buf_err(&key) != ERR_OK)
		return NULL;
	return routing_secure_session(s, path, t, c->worker->wallet, buf_str(&key));
}

struct relay_secured relay_secure_of(const struct tls_session *s)
{
	struct relay_secured out = { .auth = TLS_NOT_AUTHENTICATED };

	if (!s)
		return out;
	(void)str_copy(out.version, sizeof(out.version), tls_session_version(s));
	out.auth = tls_session_auth(s);
	return out;
}

struct relay_secured relay_secure_used(const struct relay_connection *c)
{
	struct relay_secured out = relay_secure_of(c->secured ? c->tls : NULL);

	out.used = true;
	return out;
}

enum relay_tls relay_secure_counted(const struct relay_secured *s)
{
	if (!s->version[0])
		return RELAY_TLS_CLEAR;
	switch (s->auth) {
	case TLS_NOT_AUTHENTICATED:
		return RELAY_TLS_ENCRYPTED;
	case TLS_BY_NAME:
	case TLS_BY_PIN:
		return RELAY_TLS_VERIFIED;
	case TLS_BY_DANE_TA:
	case TLS_BY_DANE_EE:
		return RELAY_TLS_DANE;
	}
	abort();
}

enum smtp_channel relay_secure_channel(const struct relay_connection *c)
{
	if (!c->secured)
		return SMTP_CHANNEL_CLEAR;
	return tls_session_auth(c->tls) == TLS_NOT_AUTHENTICATED ? SMTP_CHANNEL_ENCRYPTED
								 : SMTP_CHANNEL_AUTHENTICATED;
}

enum relay_secure_end relay_secure_ended(const struct smtp_result *r, enum route_tls tls)
{
	bool turn = r->stage == SMTP_STAGE_TLS;
	bool login = r->stage == SMTP_STAGE_EHLO && str_eq(str_of(r->enhanced), STR("4.7.8"));

	if (turn && r->code == 0 && tls == ROUTE_TLS_MAY)
		return RELAY_SECURE_END_AGAIN;
	if (login || (turn && r->code == 0) ||
	    ((turn || r->code == 0) && str_eq(str_of(r->enhanced), STR("4.7.5"))))
		return RELAY_SECURE_END_LACKS;
	return RELAY_SECURE_END_OTHER;
}

bool relay_secure_unfit(struct smtp_result *r, enum route_tls tls, enum route_sender_tls sender)
{
	const struct smtp_extension_row *row = smtp_extension(SMTP_EXT_REQUIRETLS);
	bool configured = tls == ROUTE_TLS_ENCRYPT || tls == ROUTE_TLS_VERIFY;
	bool absent = r->stage == SMTP_STAGE_EHLO && r->code == 0 &&
		      str_eq(str_of(r->enhanced), STR("4.7.5"));

	if (!configured || !absent || sender != ROUTE_SENDER_REQUIRES_TLS)
		return false;
	*r = (struct smtp_result){ .fate = SMTP_PERMANENT,
				   .stage = SMTP_STAGE_MAIL,
				   .text = row->missing,
				   .misfit = true };
	(void)str_copy(r->enhanced, sizeof(r->enhanced), str_of(row->lack));
	return true;
}

struct str relay_secure_dane(enum tls_auth auth)
{
	switch (auth) {
	case TLS_NOT_AUTHENTICATED:
	case TLS_BY_NAME:
	case TLS_BY_PIN:
		return STR("none");
	case TLS_BY_DANE_TA:
		return STR("dane-ta");
	case TLS_BY_DANE_EE:
		return STR("dane-ee");
	}
	abort();
}
