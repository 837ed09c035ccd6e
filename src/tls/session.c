/*
 * OpenSSL between two memory BIOs.
 *
 * Pins: alone, a pin is a DANE-EE record with selector SPKI (3 1 1), which
 * OpenSSL matches against the server's own certificate; with a name, the chain
 * is verified first and the pin is then sought in the chain that was verified.
 * Certificates that a server merely sends along prove nothing.
 */
#include "tls/session.h"

#include "base/ip.h"
#include "tls/config_priv.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define WHY_MAX 512
#define NAME_MAX_OCTETS 256
#define READ_PIECE 16384

struct tls_session {
	SSL *ssl;
	BIO *in, *out; /* ssl's */
	enum tls_state state;
	enum tls_auth auth;
	bool server;
	uint8_t pin[TLS_PINS_MAX][TLS_PIN_OCTETS]; /* to be sought in the verified chain */
	size_t n_pin;
	struct buf why;
};

static bool pin_in_chain(const struct tls_session *s)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(s->ssl);

	for (int i = 0; i < sk_X509_num(chain); i++) {
		uint8_t digest[TLS_PIN_OCTETS];
		unsigned char *spki = NULL;
		int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(sk_X509_value(chain, i)), &spki);
		if (n <= 0)
			continue;
		int done = EVP_Digest(spki, (size_t)n, digest, NULL, EVP_sha256(), NULL);
		OPENSSL_free(spki);
		for (size_t p = 0; done == 1 && p < s->n_pin; p++)
			if (CRYPTO_memcmp(digest, s->pin[p], TLS_PIN_OCTETS) == 0)
				return true;
	}
	return false;
}

static void fail(struct tls_session *s, struct str why)
{
	s->state = TLS_FAILED;
	buf_clear(&s->why);
	buf_add(&s->why, why);
}

static void fail_by_library(struct tls_session *s)
{
	long verified = SSL_get_verify_result(s->ssl);

	s->state = TLS_FAILED;
	buf_clear(&s->why);
	if (!s->server && verified != X509_V_OK) {
		buf_add(&s->why, str_of(X509_verify_cert_error_string(verified)));
		ERR_clear_error();
	} else {
		tls_config_error(&s->why);
	}
}

/* The handshake is through, and OpenSSL is content: what has been proved? */
static void open_up(struct tls_session *s)
{
	uint8_t usage = 0;

	s->state = TLS_OPEN;
	if (s->server || SSL_get_verify_mode(s->ssl) == SSL_VERIFY_NONE)
		return;
	if (SSL_get0_dane_authority(s->ssl, NULL, NULL) >= 0) {
		(void)SSL_get0_dane_tlsa(s->ssl, &usage, NULL, NULL, NULL, NULL);
		if (s->auth != TLS_BY_PIN)
			s->auth = usage == 3 ? TLS_BY_DANE_EE : TLS_BY_DANE_TA;
		return;
	}
	s->auth = TLS_BY_NAME;
	if (s->n_pin == 0)
		return;
	if (pin_in_chain(s))
		s->auth = TLS_BY_PIN;
	else
		fail(s, STR("no certificate of the verified chain has a pinned key"));
}

static void shake(struct tls_session *s)
{
	ERR_clear_error();
	int done = SSL_do_handshake(s->ssl);
	int want = SSL_get_error(s->ssl, done);

	if (done == 1)
		open_up(s);
	else if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
		fail_by_library(s);
}

static struct tls_session *session_new(const struct tls_config *c)
{
	struct tls_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->why = BUF_MAX(WHY_MAX);
	s->ssl = SSL_new(c->ctx);
	s->in = BIO_new(BIO_s_mem());
	s->out = BIO_new(BIO_s_mem());
	if (!s->ssl || !s->in || !s->out) {
		BIO_free(s->in);
		BIO_free(s->out);
		SSL_free(s->ssl);
		free(s);
		return NULL;
	}
	SSL_set_bio(s->ssl, s->in, s->out);
	return s;
}

static bool demand_name(SSL *ssl, const char *name)
{
	struct ip ip;
	bool address = ip_read(str_of(name), &ip) == ERR_OK;

	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
				       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (!address && SSL_set_tlsext_host_name(ssl, name) != 1)
		return false;
	if (address)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	return SSL_set1_host(ssl, name) == 1;
}

static bool demand_dane(SSL *ssl, const char *name, const struct tls_peer *peer)
{
	int usable = 0;

	if (SSL_dane_enable(ssl, name[0] ? name : NULL) != 1)
		return false;
	/* DANE-EE says nothing of names or dates (RFC 7671 section 5.1). */
	(void)SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < peer->n_tlsa; i++) {
		const struct tls_tlsa *t = &peer->tlsa[i];
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

/* What the peer must prove.  False: it cannot be asked for. */
static bool demand(struct tls_session *s, const struct tls_peer *peer)
{
	char name[NAME_MAX_OCTETS];
	bool good = str_copy(name, sizeof(name), peer->name);

	if (peer->n_tlsa) {
		good = good && demand_dane(s->ssl, name, peer);
	} else if (peer->n_pin && peer->name.n == 0) {
		good = good && demand_pins(s->ssl, peer);
		s->auth = TLS_BY_PIN; /* or the handshake fails */
	} else if (peer->name.n) {
		good = good && demand_name(s->ssl, name);
		memcpy(s->pin, peer->pin, sizeof(s->pin));
		s->n_pin = peer->n_pin;
	} else {
		SSL_set_verify(s->ssl, SSL_VERIFY_NONE, NULL);
		return true;
	}
	SSL_set_verify(s->ssl, SSL_VERIFY_PEER, NULL);
	return good;
}

struct tls_session *tls_session_client(const struct tls_config *c, const struct tls_peer *peer)
{
	struct tls_session *s = session_new(c);

	if (!s)
		return NULL;
	SSL_set_connect_state(s->ssl);
	if (!demand(s, peer)) {
		ERR_clear_error();
		tls_session_free(&s);
		return NULL;
	}
	shake(s);
	return s;
}

struct tls_session *tls_session_server(const struct tls_config *c)
{
	struct tls_session *s = session_new(c);

	if (!s)
		return NULL;
	s->server = true;
	SSL_set_accept_state(s->ssl);
	return s;
}

void tls_session_free(struct tls_session **s)
{
	if (*s) {
		SSL_free((*s)->ssl); /* and its BIOs */
		buf_free(&(*s)->why);
	}
	free(*s);
	*s = NULL;
}

enum tls_state tls_session_feed(struct tls_session *s, struct str octets)
{
	while (octets.n) {
		int n = octets.n > READ_PIECE ? READ_PIECE : (int)octets.n;
		if (BIO_write(s->in, octets.p, n) != n) {
			fail(s, STR("out of memory"));
			break;
		}
		octets = str_skip(octets, (size_t)n);
	}
	if (s->state == TLS_HANDSHAKE)
		shake(s);
	return s->state;
}

enum tls_state tls_session_state(const struct tls_session *s)
{
	return s->state;
}

enum tls_state tls_session_read(struct tls_session *s, struct buf *out)
{
	while (s->state == TLS_OPEN) {
		char *room = buf_room(out, READ_PIECE);
		if (!room)
			break;
		ERR_clear_error();
		int n = SSL_read(s->ssl, room, READ_PIECE);
		if (n > 0) {
			out->n += (size_t)n;
			continue;
		}
		int want = SSL_get_error(s->ssl, n);
		if (want == SSL_ERROR_ZERO_RETURN)
			s->state = TLS_CLOSED;
		else if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
			fail_by_library(s);
		break;
	}
	return s->state;
}

enum err tls_session_write(struct tls_session *s, struct str octets)
{
	if (s->state != TLS_OPEN)
		return ERR_IO;
	while (octets.n) {
		ERR_clear_error();
		int n = SSL_write(s->ssl, octets.p,
				  octets.n > READ_PIECE ? READ_PIECE : (int)octets.n);
		if (n <= 0) { /* a memory BIO takes all: this is no wish to wait */
			fail_by_library(s);
			return ERR_IO;
		}
		octets = str_skip(octets, (size_t)n);
	}
	return ERR_OK;
}

void tls_session_close(struct tls_session *s)
{
	if (s->state == TLS_OPEN)
		(void)SSL_shutdown(s->ssl);
	ERR_clear_error();
}

struct str tls_session_output(struct tls_session *s)
{
	char *p = NULL;
	long n = BIO_get_mem_data(s->out, &p);

	return (struct str){ p, n > 0 ? (size_t)n : 0 };
}

void tls_session_sent(struct tls_session *s, size_t n)
{
	char octets[4096];

	while (n) {
		int got = BIO_read(s->out, octets, n < sizeof(octets) ? (int)n : 4096);
		if (got <= 0)
			return;
		n -= (size_t)got;
	}
}

struct str tls_session_why(const struct tls_session *s)
{
	return buf_str(&s->why);
}

struct str tls_session_version(const struct tls_session *s)
{
	return str_of(SSL_get_version(s->ssl));
}

struct str tls_session_cipher(const struct tls_session *s)
{
	return str_of(SSL_get_cipher_name(s->ssl));
}

enum tls_auth tls_session_auth(const struct tls_session *s)
{
	return s->state == TLS_OPEN || s->state == TLS_CLOSED ? s->auth : TLS_NOT_AUTHENTICATED;
}
