#include "tls/target.h"

#include "base/unicode.h"
#include "tls/session_priv.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

struct tls_target {
	struct tls_config *config;
	struct tls_peer peer; /* name points to name; no TLSA */
	char name[TLS_NAME_OCTETS];
	SSL_SESSION *ticket; /* NULL: none */
};

void tls_target_free(struct tls_target **t)
{
	if (*t) {
		SSL_SESSION_free((*t)->ticket);
		tls_config_free(&(*t)->config);
	}
	free(*t);
	*t = NULL;
}

/* Whether a session can be had at all with these demands. */
static enum err rehearse(const struct tls_target *t, struct buf *why)
{
	struct tls_session *s = tls_session_prepare(t->config, &t->peer);

	if (s) {
		tls_session_free(&s);
		return ERR_OK;
	}
	buf_addf(why, "%.*s: no name that a certificate can have", STR_ARG(t->peer.name));
	return ERR_SYNTAX;
}

/* A ticket came.  True: it is ours from now on. */
static bool keep(struct tls_session *s, SSL_SESSION *ticket)
{
	struct tls_target *t = s->keeper;

	if (s->auth == TLS_NOT_AUTHENTICATED)
		return false;
	SSL_SESSION_free(t->ticket);
	t->ticket = ticket;
	return true;
}

/* The name as certificates have it: A-labels, without a final dot.  What has no such form stays. */
static enum err keep_name(struct tls_target *t, struct str name, struct buf *why)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(TLS_NAME_OCTETS);

	if (name.n > 1 && str_ends(name, STR(".")))
		name.n--;
	enum err e = unicode_to_ascii(&ascii, name);
	if (e == ERR_NOMEM)
		return e;
	if (!str_copy(t->name, sizeof(t->name), e == ERR_OK ? buf_str(&ascii) : name)) {
		buf_add(why, STR("the server's name is too long"));
		return ERR_SYNTAX;
	}
	return ERR_OK;
}

enum err tls_target_new(const char *ca_file, const struct tls_peer *peer, struct str protocol,
			struct tls_target **out, struct buf *why)
{
	struct tls_target *t = calloc(1, sizeof(*t));
	enum err e = t ? tls_config_client(ca_file, &t->config, why) : ERR_NOMEM;

	if (e == ERR_OK)
		tls_session_tickets(t->config);
	if (e == ERR_OK && protocol.n > 0)
		e = tls_config_alpn(t->config, protocol);
	if (e == ERR_OK)
		e = keep_name(t, peer->name, why);
	if (e == ERR_OK) {
		t->peer.name = str_of(t->name);
		memcpy(t->peer.pin, peer->pin, sizeof(t->peer.pin));
		t->peer.n_pin = peer->n_pin;
		e = rehearse(t, why);
	}
	if (e != ERR_OK) {
		tls_target_free(&t);
		return e;
	}
	*out = t;
	return ERR_OK;
}

struct tls_session *tls_target_session(struct tls_target *t)
{
	struct tls_session *s = tls_session_prepare(t->config, &t->peer);

	if (!s)
		return NULL;
	s->keeper = t;
	s->keep = keep;
	if (t->ticket) {
		tls_demand_resume(s, t->ticket);
		SSL_SESSION_free(t->ticket);
		t->ticket = NULL;
	}
	tls_session_shake(s);
	return s;
}
