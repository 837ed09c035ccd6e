#include "tls/config_priv.h"

#include "os/file.h"
#include "tls/octets_priv.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

void tls_config_error(struct buf *out)
{
	unsigned long e = ERR_peek_error();

	if (!ERR_SYSTEM_ERROR(
		    e)) /* the system's word comes first, and says more than what follows */
		e = ERR_peek_last_error();
	const char *reason =
		ERR_SYSTEM_ERROR(e) ? strerror(ERR_GET_REASON(e)) : ERR_reason_error_string(e);

	buf_add(out, reason ? str_of(reason) : STR("TLS failed"));
	ERR_clear_error();
}

/* Nobody is asked for the pass phrase of a key: OpenSSL would ask at the terminal, and wait. */
static int no_phrase(char *phrase, int size, int writing, void *asked)
{
	(void)phrase, (void)size, (void)writing;
	if (asked)
		*(bool *)asked = true;
	return -1;
}

static struct tls_config *config_new(const SSL_METHOD *method)
{
	struct tls_config *c = calloc(1, sizeof(*c));

	if (c) {
		atomic_init(&c->holders, 1);
		c->ctx = SSL_CTX_new(method);
		c->octets = tls_octets_method();
	}
	if (!c || !c->ctx || !c->octets ||
	    SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION) != 1) {
		tls_config_free(&c);
		return NULL;
	}
	/* A session's buffers are let go while it is idle; there are thousands. */
	(void)SSL_CTX_set_mode(c->ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
					       SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	(void)SSL_CTX_set_options(c->ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_default_passwd_cb(c->ctx, no_phrase);
	/* Sessions are never resumed behind our back: see tls/target.h. */
	(void)SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
	return c;
}

/* OpenSSL would wait for ever for a pipe to be written to. */
static bool is_file(const char *path, struct buf *why)
{
	CLEANUP(os_fd_close) int fd = os_file_open(path);

	if (fd < 0)
		buf_addf(why, "%s: %s", path, os_file_why(ERR_IO));
	return fd >= 0;
}

enum err tls_config_client(const char *ca_file, struct tls_config **out, struct buf *why)
{
	if (ca_file && !is_file(ca_file, why))
		return ERR_IO;
	struct tls_config *c = config_new(TLS_client_method());

	if (!c)
		return ERR_NOMEM;
	int loaded = ca_file ? SSL_CTX_load_verify_locations(c->ctx, ca_file, NULL)
			     : SSL_CTX_set_default_verify_paths(c->ctx);
	if (loaded != 1 || SSL_CTX_dane_enable(c->ctx) != 1) {
		buf_addf(why, "%s: ", ca_file ? ca_file : "the system's certificates");
		tls_config_error(why);
		tls_config_free(&c);
		return ERR_IO;
	}
	*out = c;
	return ERR_OK;
}

struct tls_config_place tls_config_system_ca(size_t i)
{
	switch (i) {
	case 0:
		return (struct tls_config_place){ X509_get_default_cert_file_env(),
						  X509_get_default_cert_file() };
	case 1:
		return (struct tls_config_place){ X509_get_default_cert_dir_env(),
						  X509_get_default_cert_dir() };
	default:
		return (struct tls_config_place){ NULL, NULL };
	}
}

enum err tls_config_server(const char *certificate, const char *key, struct tls_config **out,
			   struct buf *why)
{
	if (!is_file(certificate, why) || !is_file(key, why))
		return ERR_IO;
	struct tls_config *c = config_new(TLS_server_method());
	const char *file = certificate;
	bool encrypted = false;

	if (!c)
		return ERR_NOMEM;
	(void)SSL_CTX_set_options(c->ctx, SSL_OP_CLEANSE_PLAINTEXT); /* a password may be in it */
	SSL_CTX_set_default_passwd_cb_userdata(c->ctx, &encrypted);
	bool good = SSL_CTX_use_certificate_chain_file(c->ctx, certificate) == 1;
	if (good) {
		file = key;
		good = SSL_CTX_use_PrivateKey_file(c->ctx, key, SSL_FILETYPE_PEM) == 1 &&
		       SSL_CTX_check_private_key(c->ctx) == 1;
	}
	SSL_CTX_set_default_passwd_cb_userdata(c->ctx, NULL);
	if (!good) {
		buf_addf(why, "%s: ", file);
		if (encrypted)
			buf_add(why, STR("it is encrypted, and nobody is asked for a pass phrase "
					 "(openssl pkey -in OLD -out NEW writes it without)"));
		else
			tls_config_error(why);
		ERR_clear_error();
		tls_config_free(&c);
		return ERR_IO;
	}
	*out = c;
	return ERR_OK;
}

enum err tls_config_alpn(struct tls_config *c, struct str protocol)
{
	unsigned char list[256];

	if (protocol.n == 0 || protocol.n > 255)
		return ERR_LIMIT;
	list[0] = (unsigned char)protocol.n;
	for (size_t i = 0; i < protocol.n; i++)
		list[1 + i] = (unsigned char)protocol.p[i];
	if (SSL_CTX_set_alpn_protos(c->ctx, list, (unsigned)protocol.n + 1) != 0)
		return ERR_NOMEM;
	memcpy(c->protocol_text, protocol.p, protocol.n);
	c->protocol = (struct str){ c->protocol_text, protocol.n };
	return ERR_OK;
}

/* Whether what this thread's calls of OpenSSL left says that there was no memory. */
static bool was_short(void)
{
	unsigned long error;
	bool was = false;

	while ((error = ERR_get_error()) != 0)
		was |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
	return was;
}

static bool decodes(uint8_t selector, struct str data)
{
	const unsigned char *p = (const unsigned char *)data.p, *end = p + data.n;
	X509 *cert = NULL;
	EVP_PKEY *key = NULL;

	if (selector == 0)
		cert = d2i_X509(NULL, &p, (long)data.n);
	else if (selector == 1)
		key = d2i_PUBKEY(NULL, &p, (long)data.n);
	bool good = p == end && (key || (cert && X509_get0_pubkey(cert)));
	X509_free(cert);
	EVP_PKEY_free(key);
	return good;
}

/* OpenSSL does not always say that it had no memory: so what it could not read it has twice. */
bool tls_config_readable(uint8_t selector, struct str data)
{
	ERR_clear_error();
	bool good = decodes(selector, data) || was_short() || decodes(selector, data);

	return was_short() || good;
}

struct tls_config *tls_config_hold(const struct tls_config *c)
{
	struct tls_config *held = (struct tls_config *)(uintptr_t)c; /* the count alone changes */

	(void)atomic_fetch_add_explicit(&held->holders, 1, memory_order_relaxed);
	return held;
}

void tls_config_free(struct tls_config **cp)
{
	struct tls_config *c = *cp;

	*cp = NULL;
	if (!c || atomic_fetch_sub_explicit(&c->holders, 1, memory_order_acq_rel) != 1)
		return;
	SSL_CTX_free(c->ctx);
	BIO_meth_free(c->octets);
	free(c);
}
