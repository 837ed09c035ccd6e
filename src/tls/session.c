/*
 * OpenSSL over a BIO of memory (octets.c).  What a peer must prove is in demand.c.
 */
#include "tls/session_priv.h"

#include "base/text.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#define WHY_MAX 512
#define READ_PIECE 16384

static void fail(struct tls_session *s, struct str why)
{
	s->state = TLS_FAILED;
	buf_clear(&s->why);
	buf_add(&s->why, why);
}

/* The administrator compares the pin with those of the configuration. */
static void fail_by_pin(struct tls_session *s, struct str why)
{
	fail(s, why);
	if (s->has_shown)
		text_base64(&s->why, (struct str){ (const char *)s->shown, sizeof(s->shown) });
	else
		buf_addc(&s->why, '?');
}

/* OpenSSL verifies a certificate of which nothing is asked, too: what that came to is no reason. */
static long verified_in_vain(const struct tls_session *s)
{
	if (s->server || SSL_get_verify_mode(s->ssl) == SSL_VERIFY_NONE)
		return X509_V_OK;
	return SSL_get_verify_result(s->ssl);
}

/* Of a chain that ends at nobody who is believed, what makes one believed; else nothing. */
static struct str remedy_of(const struct tls_session *s, long verified)
{
	switch (verified) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		return s->by_tlsa ? STR_NONE : STR("; tls-ca-file names a CA of one's own");
	default:
		return STR_NONE;
	}
}

static void fail_by_library(struct tls_session *s)
{
	long verified = verified_in_vain(s);

	s->state = TLS_FAILED;
	buf_clear(&s->why);
	if (verified == X509_V_ERR_DANE_NO_MATCH && s->has_shown) {
		fail_by_pin(s, STR("the server's certificate has no pinned key: its pin is "));
		ERR_clear_error();
	} else if (verified != X509_V_OK) {
		buf_addf(&s->why, "certificate verify failed: %s",
			 X509_verify_cert_error_string(verified));
		buf_add(&s->why, remedy_of(s, verified));
		ERR_clear_error();
	} else {
		tls_config_error(&s->why);
	}
}

/* OpenSSL was content, and we are not. */
static void fail_unproved(struct tls_session *s)
{
	if (s->unproved == X509_V_OK) {
		fail_by_pin(s, STR("no certificate of the verified chain has a pinned key: the "
				   "server's own has the pin "));
		return;
	}
	fail(s, s->by_tlsa ? STR("a TLSA record fits, but certificate verify failed: ")
			   : STR("certificate verify failed: "));
	buf_add(&s->why, str_of(X509_verify_cert_error_string(s->unproved)));
}

/* RFC 7301 section 3.2: what a server selects is one of what was offered; it may select none. */
static bool wrong_protocol(const struct tls_session *s)
{
	const unsigned char *p = NULL;
	unsigned n = 0;

	SSL_get0_alpn_selected(s->ssl, &p, &n);
	return n > 0 && !str_eq((struct str){ (const char *)p, n }, s->config->protocol);
}

/* The handshake is through, and OpenSSL is content: what has been proved? */
static void open_up(struct tls_session *s)
{
	s->state = TLS_OPEN;
	if (s->server)
		return;
	if (wrong_protocol(s))
		fail(s, STR("the server selected a protocol that was not offered"));
	else if ((s->lenient || SSL_get_verify_mode(s->ssl) != SSL_VERIFY_NONE) &&
		 !tls_demand_judge(s))
		fail_unproved(s);
}

/* SSL_get_error() takes what this thread left there for its own; clearing costs more. */
static void forget_errors(void)
{
	if (ERR_peek_error())
		ERR_clear_error();
}

void tls_session_shake(struct tls_session *s)
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
	BIO *bio = tls_octets_bio(c->octets, &s->octets);
	/* Who is asked by OpenSSL about s->ssl finds s there: ticket_came(), note_shown(). */
	if (!s->ssl || !bio || SSL_set_app_data(s->ssl, s) != 1) {
		BIO_free(bio);
		SSL_free(s->ssl);
		free(s);
		return NULL;
	}
	SSL_set_bio(s->ssl, bio, bio);
	s->config = tls_config_hold(c);
	return s;
}

struct tls_session *tls_session_prepare(const struct tls_config *c, const struct tls_peer *peer)
{
	struct tls_session *s = session_new(c);

	if (!s)
		return NULL;
	SSL_set_connect_state(s->ssl);
	if (!tls_demand_peer(s, peer)) {
		ERR_clear_error();
		tls_session_free(&s);
	}
	return s;
}

/* Resumed is TLS 1.3 alone, and where all that was asked of the peer has been proved. */
static int ticket_came(SSL *ssl, SSL_SESSION *ticket)
{
	struct tls_session *s = SSL_get_app_data(ssl);

	return s->keep && s->state == TLS_OPEN &&
	       SSL_SESSION_get_protocol_version(ticket) == TLS1_3_VERSION && s->keep(s, ticket);
}

void tls_session_tickets(struct tls_config *c)
{
	(void)SSL_CTX_set_session_cache_mode(c->ctx,
					     SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ctx, ticket_came);
}

struct tls_session *tls_session_client(const struct tls_config *c, const struct tls_peer *peer)
{
	struct tls_session *s = tls_session_prepare(c, peer);

	if (s)
		tls_session_shake(s);
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
		/* Else OpenSSL voids the ticket of a connection that simply ended. */
		if ((*s)->state == TLS_OPEN || (*s)->state == TLS_CLOSED)
			SSL_set_shutdown((*s)->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free((*s)->ssl); /* and its BIO */
		tls_config_free(&(*s)->config);
		tls_octets_clear(&(*s)->octets);
		buf_free(&(*s)->why);
		buf_free(&(*s)->key);
	}
	free(*s);
	*s = NULL;
}

enum tls_state tls_session_feed(struct tls_session *s, struct str octets)
{
	if (tls_octets_feed(&s->octets, octets) != ERR_OK)
		fail(s, STR("out of memory"));
	if (s->state == TLS_HANDSHAKE)
		tls_session_shake(s);
	return s->state;
}

enum tls_state tls_session_state(const struct tls_session *s)
{
	return s->state;
}

bool tls_session_more(const struct tls_session *s)
{
	return s->state == TLS_OPEN && (s->octets.in.n > 0 || SSL_pending(s->ssl) > 0);
}

/*
 * The buffer of a server's record is let go here: OpenSSL would overwrite all 17 KiB of it, which
 * costs more than what a command costs otherwise.  What it has decrypted there it has overwritten
 * already, when it was copied.  Nothing is in it where a record was read to its end, and
 * no other begun.
 */
static int read_record(struct tls_session *s, char *room)
{
	forget_errors();
	if (!s->server)
		return SSL_read(s->ssl, room, READ_PIECE);
	(void)SSL_clear_mode(s->ssl, SSL_MODE_RELEASE_BUFFERS);
	int n = SSL_read(s->ssl, room, READ_PIECE);
	(void)SSL_set_mode(s->ssl, SSL_MODE_RELEASE_BUFFERS);
	if (n > 0 && SSL_pending(s->ssl) == 0) {
		(void)SSL_clear_options(s->ssl, SSL_OP_CLEANSE_PLAINTEXT);
		(void)SSL_free_buffers(s->ssl);
		(void)SSL_set_options(s->ssl, SSL_OP_CLEANSE_PLAINTEXT);
	}
	return n;
}

enum tls_state tls_session_read(struct tls_session *s, struct buf *out)
{
	while (tls_session_more(s)) {
		char *room = buf_room(out, READ_PIECE);
		if (!room)
			break;
		int n = read_record(s, room);
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
		forget_errors();
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
	return buf_str(&s->octets.out);
}

void tls_session_sent(struct tls_session *s, size_t n)
{
	tls_octets_sent(&s->octets, n);
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

unsigned tls_session_bits(const struct tls_session *s)
{
	int bits = SSL_get_cipher_bits(s->ssl, NULL);

	return bits > 0 ? (unsigned)bits : 0;
}

enum tls_auth tls_session_auth(const struct tls_session *s)
{
	return s->state == TLS_OPEN || s->state == TLS_CLOSED ? s->auth : TLS_NOT_AUTHENTICATED;
}

struct str tls_session_unproved(const struct tls_session *s)
{
	return s->lenient && s->unproved != X509_V_OK
		       ? str_of(X509_verify_cert_error_string(s->unproved))
		       : STR_NONE;
}

struct str tls_session_tlsa(const struct tls_session *s)
{
	return str_of(s->tlsa);
}

bool tls_session_resumed(const struct tls_session *s)
{
	return s->state != TLS_HANDSHAKE && SSL_session_reused(s->ssl);
}

bool tls_session_offered(const struct tls_session *s)
{
	return s->offered;
}
