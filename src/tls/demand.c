/*
 * What a peer must prove, told to OpenSSL before the handshake and judged after
 * it.
 *
 * Pins: alone, a pin is a DANE-EE record with selector SPKI (3 1 1), which
 * OpenSSL matches against the server's own certificate; with a name, the chain
 * is verified first and the pin is then sought in the chain that was verified.
 * Certificates that a server merely sends along prove nothing.
 *
 * A resumed handshake shows no certificate.  So those of the session that it
 * resumes are verified before the ticket is offered, by the same demands, and
 * what that came to is the new session's verdict.
 */
#include "tls/session_priv.h"

#include "base/ip.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

bool tls_demand_pin(const X509 *cert, uint8_t pin[static TLS_PIN_OCTETS])
{
	unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);

	if (n <= 0)
		return false;
	int done = EVP_Digest(spki, (size_t)n, pin, NULL, EVP_sha256(), NULL);
	OPENSSL_free(spki);
	return done == 1;
}

static bool pin_in_chain(const struct tls_session *s, STACK_OF(X509) * chain)
{
	for (int i = 0; i < sk_X509_num(chain); i++) {
		uint8_t pin[TLS_PIN_OCTETS];
		if (!tls_demand_pin(sk_X509_value(chain, i), pin))
			continue;
		for (size_t p = 0; p < s->n_pin; p++)
			if (CRYPTO_memcmp(pin, s->pin[p], TLS_PIN_OCTETS) == 0)
				return true;
	}
	return false;
}

/* OpenSSL keeps no certificate of a handshake that fails: what is told of it is noted here. */
static int note_shown(int good, X509_STORE_CTX *ctx)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(ctx, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_session *s = ssl ? SSL_get_app_data(ssl) : NULL;
	const X509 *leaf = X509_STORE_CTX_get0_cert(ctx);

	if (!good && s && leaf)
		s->has_shown = tls_demand_pin(leaf, s->shown);
	return good;
}

static bool is_address(const char *name)
{
	struct ip ip;

	return ip_read(str_of(name), &ip) == ERR_OK;
}

/* What the server is asked for; an address it cannot be asked for. */
static bool ask_for(SSL *ssl, const char *sni)
{
	return !sni[0] || is_address(sni) || SSL_set_tlsext_host_name(ssl, sni) == 1;
}

static bool accept_also(SSL *ssl, const struct tls_peer *peer)
{
	char name[TLS_NAME_OCTETS];

	for (size_t i = 0; i < TLS_NAMES_MAX - 1; i++)
		if (peer->also[i].n &&
		    (!str_copy(name, sizeof(name), peer->also[i]) || SSL_add1_host(ssl, name) != 1))
			return false;
	return true;
}

static bool demand_name(X509_VERIFY_PARAM *param, const char *name)
{
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
						       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
}

/* A name of usage 2 may be the subject's where no subjectAltName is (RFC 7672 section 3.2.3). */
static bool demand_dane(SSL *ssl, const char *name, const struct tls_peer *peer)
{
	int usable = 0;

	if (SSL_dane_enable(ssl, name[0] ? name : NULL) != 1 || !accept_also(ssl, peer))
		return false;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* DANE-EE says nothing of names or dates (RFC 7671 section 5.1). */
	(void)SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < peer->n_tlsa; i++) {
		const struct tls_tlsa *t = &peer->tlsa[i];
		if (t->usage != 2 && t->usage != 3) /* RFC 7672 section 3.1.3 */
			continue;
		usable += SSL_dane_tlsa_add(ssl, t->usage, t->selector, t->matching,
					    (const unsigned char *)t->data.p, t->data.n) > 0;
	}
	return usable > 0;
}

static bool demand_pins(SSL *ssl, const struct tls_peer *peer)
{
	if (SSL_dane_enable(ssl, NULL) != 1)
		return false;
	(void)SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < peer->n_pin; i++)
		if (SSL_dane_tlsa_add(ssl, 3, 1, 1, peer->pin[i], TLS_PIN_OCTETS) <= 0)
			return false;
	return true;
}

bool tls_demand_peer(struct tls_session *s, const struct tls_peer *peer)
{
	char name[TLS_NAME_OCTETS], sni[TLS_NAME_OCTETS];
	bool good = str_copy(name, sizeof(name), peer->name) &&
		    str_copy(sni, sizeof(sni), peer->sni.n ? peer->sni : peer->name) &&
		    ask_for(s->ssl, sni);
	SSL_verify_cb noting = NULL;

	if (peer->minimum == TLS_VERSION_1_3)
		good = good && SSL_set_min_proto_version(s->ssl, TLS1_3_VERSION) == 1;
	if (peer->n_tlsa) {
		s->by_tlsa = true;
		good = good && demand_dane(s->ssl, name, peer) &&
		       str_copy(s->chain, sizeof(s->chain), peer->chain);
	} else if (peer->n_pin && peer->name.n == 0) {
		good = good && demand_pins(s->ssl, peer);
		s->auth = TLS_BY_PIN; /* or the handshake fails */
		noting = note_shown;
	} else if (peer->name.n) {
		s->by_address = is_address(name);
		good = good && demand_name(SSL_get0_param(s->ssl), name) &&
		       accept_also(s->ssl, peer);
		memcpy(s->pin, peer->pin, sizeof(s->pin));
		s->n_pin = peer->n_pin;
	} else {
		SSL_set_verify(s->ssl, SSL_VERIFY_NONE, NULL);
		return good;
	}
	s->lenient = peer->lenient && peer->n_tlsa == 0 && peer->n_pin == 0;
	SSL_set_verify(s->ssl, s->lenient ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, noting);
	return good;
}

/* With a name, and a chain that has been verified for it. */
static enum tls_auth by_chain(const struct tls_session *s, STACK_OF(X509) * chain)
{
	if (s->n_pin == 0)
		return TLS_BY_NAME;
	return pin_in_chain(s, chain) ? TLS_BY_PIN : TLS_NOT_AUTHENTICATED;
}

/*
 * Verify the certificates of a handshake, or of the one that is to be resumed, anew.  dane: NULL,
 * or the records that count in the place of the CAs.  X509_V_OK, or what is wrong.
 */
static long verify(struct tls_session *s, X509_STORE_CTX *ctx, const X509_VERIFY_PARAM *param,
		   SSL_DANE *dane)
{
	X509 *leaf = SSL_get0_peer_certificate(s->ssl);
	X509_STORE *store = SSL_CTX_get_cert_store(s->config->ctx);

	if (!leaf || !ctx ||
	    X509_STORE_CTX_init(ctx, store, leaf, SSL_get_peer_cert_chain(s->ssl)) != 1 ||
	    X509_STORE_CTX_set_default(ctx, "ssl_server") != 1 ||
	    X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(ctx), param) != 1)
		return X509_V_ERR_UNSPECIFIED;
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx),
					 SSL_get_security_level(s->ssl));
	if (dane)
		X509_STORE_CTX_set0_dane(ctx, dane);
	int good = X509_verify_cert(ctx);
	long why = X509_STORE_CTX_get_error(ctx);
	ERR_clear_error();
	if (good == 1)
		return X509_V_OK;
	return why == X509_V_OK ? X509_V_ERR_UNSPECIFIED : why;
}

/* A chain to a CA and the name, whatever DANE says. */
static long verify_chain(struct tls_session *s)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param = X509_VERIFY_PARAM_new();
	long why = X509_V_ERR_OUT_OF_MEM;

	if (param && X509_VERIFY_PARAM_set1(param, SSL_CTX_get0_param(s->config->ctx)) == 1 &&
	    demand_name(param, s->chain))
		why = verify(s, ctx, param, NULL);
	X509_VERIFY_PARAM_free(param);
	X509_STORE_CTX_free(ctx);
	return why;
}

/* A record has matched: whether nothing more is asked. */
static enum tls_auth by_dane(struct tls_session *s)
{
	uint8_t usage = 0, selector = 0, matching = 0;

	if (s->chain[0])
		s->unproved = verify_chain(s);
	if (s->unproved != X509_V_OK ||
	    SSL_get0_dane_tlsa(s->ssl, &usage, &selector, &matching, NULL, NULL) < 0)
		return TLS_NOT_AUTHENTICATED;
	(void)snprintf(s->tlsa, sizeof(s->tlsa), "%d %d %d", usage & 3, selector & 1, matching & 3);
	return usage == 3 ? TLS_BY_DANE_EE : TLS_BY_DANE_TA;
}

/*
 * Whether the certificate was verified for the name that is asked for.  OpenSSL copies that before
 * it verifies, and where it has no memory to, verifies for none, and is content.
 */
static bool has_name(const struct tls_session *s)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(s->ssl);
	bool good = !X509_VERIFY_PARAM_get0_host(param, 0) || SSL_get0_peername(s->ssl);

	if (!good || !s->by_address)
		return good;
	char *address = X509_VERIFY_PARAM_get1_ip_asc(param);
	X509 *leaf = SSL_get0_peer_certificate(s->ssl);
	good = address && leaf && X509_check_ip_asc(leaf, address, 0) == 1;
	OPENSSL_free(address);
	return good;
}

static bool lacks_name(struct tls_session *s)
{
	if (has_name(s))
		return false;
	s->unproved = X509_V_ERR_OUT_OF_MEM;
	return true;
}

bool tls_demand_judge(struct tls_session *s)
{
	if (SSL_session_reused(s->ssl)) {
		s->auth = s->vouched;
		return s->lenient || s->auth != TLS_NOT_AUTHENTICATED;
	}
	if (s->lenient) { /* OpenSSL has verified, and gone on whatever it came to */
		s->unproved = SSL_get0_peer_certificate(s->ssl) ? SSL_get_verify_result(s->ssl)
								: X509_V_ERR_UNSPECIFIED;
		if (s->unproved == X509_V_OK && !lacks_name(s))
			s->auth = TLS_BY_NAME;
		return true;
	}
	if (SSL_get0_dane_authority(s->ssl, NULL, NULL) < 0) {
		const X509 *leaf = SSL_get0_peer_certificate(s->ssl);
		s->auth = lacks_name(s) ? TLS_NOT_AUTHENTICATED
					: by_chain(s, SSL_get0_verified_chain(s->ssl));
		s->has_shown = leaf && tls_demand_pin(leaf, s->shown);
	} else if (s->auth != TLS_BY_PIN) {
		s->auth = by_dane(s);
		if (s->auth == TLS_BY_DANE_TA && lacks_name(s))
			s->auth = TLS_NOT_AUTHENTICATED;
	}
	return s->auth != TLS_NOT_AUTHENTICATED;
}

/* How the certificates of a session that might be resumed authenticate its peer today. */
static enum tls_auth vouch(struct tls_session *s)
{
	bool dane = s->auth == TLS_BY_PIN || s->by_tlsa;
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	enum tls_auth auth = TLS_NOT_AUTHENTICATED;

	if (verify(s, ctx, SSL_get0_param(s->ssl), dane ? SSL_get0_dane(s->ssl) : NULL) ==
	    X509_V_OK)
		auth = !dane                   ? by_chain(s, X509_STORE_CTX_get0_chain(ctx))
		       : s->auth == TLS_BY_PIN ? TLS_BY_PIN
					       : by_dane(s);
	X509_STORE_CTX_free(ctx);
	s->unproved = X509_V_OK;
	return auth;
}

void tls_demand_resume(struct tls_session *s, SSL_SESSION *ticket)
{
	if (SSL_set_session(s->ssl, ticket) != 1) {
		ERR_clear_error();
		return;
	}
	bool asks = s->lenient || SSL_get_verify_mode(s->ssl) != SSL_VERIFY_NONE;
	s->vouched = asks ? vouch(s) : TLS_NOT_AUTHENTICATED;
	s->offered = !asks || s->vouched != TLS_NOT_AUTHENTICATED;
	if (!s->offered)
		(void)SSL_set_session(s->ssl, NULL);
}
