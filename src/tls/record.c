#include "tls/record.h"

#include "tls/session_priv.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* RFC 7218 has the names of these numbers. */
enum { USAGE_TA = 2, USAGE_EE = 3, SELECTOR_SPKI = 1, MATCHING_FULL = 0, MATCHING_SHA256 = 1 };
enum { MATCHING_LAST = 2, CHAIN_MAX = 16 };

static void bio_free(BIO **b)
{
	BIO_free(*b);
}

bool tls_record_usable(const struct tls_tlsa *t)
{
	return (t->usage == USAGE_TA || t->usage == USAGE_EE) && t->selector <= SELECTOR_SPKI &&
	       t->matching <= MATCHING_LAST;
}

static bool matches(const struct tls_tlsa *t, X509 *cert)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned char *der = NULL;
	unsigned n_digest = 0;
	int n = t->selector == SELECTOR_SPKI ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der)
					     : i2d_X509(cert, &der);

	if (n <= 0)
		return false;
	struct str shown = { (const char *)der, (size_t)n };
	if (t->matching != MATCHING_FULL) {
		const EVP_MD *md = t->matching == MATCHING_SHA256 ? EVP_sha256() : EVP_sha512();
		if (EVP_Digest(der, (size_t)n, digest, &n_digest, md, NULL) != 1)
			n_digest = 0;
		shown = (struct str){ (const char *)digest, n_digest };
	}
	bool same = shown.n > 0 && str_eq(shown, t->data);
	OPENSSL_free(der);
	return same;
}

bool tls_record_fits(const struct tls_tlsa *t, const char *file)
{
	CLEANUP(bio_free) BIO *b = BIO_new_file(file, "re");
	bool fits = false;

	for (int i = 0; b && tls_record_usable(t) && !fits && i < CHAIN_MAX; i++) {
		X509 *cert = PEM_read_bio_X509(b, NULL, NULL, NULL);
		if (!cert)
			break;
		fits = (i == 0) == (t->usage == USAGE_EE) && matches(t, cert);
		X509_free(cert);
	}
	ERR_clear_error();
	return fits;
}

enum err tls_record_pin(const char *file, uint8_t pin[static TLS_PIN_OCTETS])
{
	CLEANUP(bio_free) BIO *b = BIO_new_file(file, "re");
	X509 *cert = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	bool ok = cert && tls_demand_pin(cert, pin);

	X509_free(cert);
	ERR_clear_error();
	return ok ? ERR_OK : ERR_IO;
}
