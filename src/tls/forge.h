/*
 * Certificates for tests, of their own making, and the files that hold them.
 *
 *	forge_begin();
 *	ca = forge_make("Test CA", NULL, 30, NULL);
 *	one = forge_make("anything", "DNS:mx.example", 30, &ca);
 *	forge_write(&one, "one", NULL);
 *	... one.cert_file, one.key_file ...
 *	forge_free(&one); forge_end();
 */
#ifndef TLS_FORGE_H
#define TLS_FORGE_H

#include "tls/config.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A certificate of the test's own making, and its files. */
struct forge {
	EVP_PKEY *key;
	X509 *cert;
	char key_file[64], cert_file[64];
};

static char forge_dir[] = "/tmp/tls_forge.XXXXXX";

static inline void forge_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	(void)X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

/* cn is the subject's common name, san its subjectAltName; days until it ends. */
static inline struct forge forge_make(const char *cn, const char *san, int days,
				      const struct forge *ca)
{
	struct forge id = { .key = EVP_EC_gen("P-256"), .cert = X509_new() };
	X509_NAME *name = X509_get_subject_name(id.cert);

	(void)X509_set_version(id.cert, 2);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(id.cert), rand());
	(void)X509_gmtime_adj(X509_getm_notBefore(id.cert), -86400 * 30);
	(void)X509_gmtime_adj(X509_getm_notAfter(id.cert), 86400L * days);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1,
					 -1, 0);
	(void)X509_set_issuer_name(id.cert, ca ? X509_get_subject_name(ca->cert) : name);
	(void)X509_set_pubkey(id.cert, id.key);
	forge_extension(id.cert, NID_basic_constraints,
			ca ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (san)
		forge_extension(id.cert, NID_subject_alt_name, san);
	(void)X509_sign(id.cert, ca ? ca->key : id.key, EVP_sha256());
	return id;
}

static inline void forge_write(struct forge *id, const char *name, const struct forge *also)
{
	(void)snprintf(id->key_file, sizeof(id->key_file), "%s/%s.key", forge_dir, name);
	(void)snprintf(id->cert_file, sizeof(id->cert_file), "%s/%s.pem", forge_dir, name);
	FILE *f = fopen(id->key_file, "w");
	(void)PEM_write_PrivateKey(f, id->key, NULL, NULL, 0, NULL, NULL);
	(void)fclose(f);
	f = fopen(id->cert_file, "w");
	(void)PEM_write_X509(f, id->cert);
	if (also) /* merely sent along: it proves nothing */
		(void)PEM_write_X509(f, also->cert);
	(void)fclose(f);
}

static inline void forge_pin(const struct forge *id, uint8_t pin[static TLS_PIN_OCTETS])
{
	unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(id->cert), &spki);

	(void)EVP_Digest(spki, (size_t)n, pin, NULL, EVP_sha256(), NULL);
	OPENSSL_free(spki);
}

/* How a server speaks as id; the caller's to free. */
static inline SSL_CTX *forge_server(const struct forge *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx || SSL_CTX_use_certificate_chain_file(ctx, id->cert_file) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, id->key_file, SSL_FILETYPE_PEM) != 1)
		abort();
	return ctx;
}

/* The folder of this program's files. */
static inline void forge_begin(void)
{
	if (!mkdtemp(forge_dir))
		abort();
}

static inline void forge_free(struct forge *id)
{
	if (id->key_file[0])
		(void)unlink(id->key_file);
	if (id->cert_file[0])
		(void)unlink(id->cert_file);
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
}

static inline void forge_end(void)
{
	(void)rmdir(forge_dir);
}

#endif
