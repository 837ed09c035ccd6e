#include "tls/certificate.h"

#include "base/ip.h"
#include "tls/session_priv.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

enum { NAME_MAX_OCTETS = 4096, NAMES_MAX_OCTETS = 65536 };

static void bio_free(BIO **b)
{
	BIO_free(*b);
}

static enum err name_text(const X509_NAME *name, struct buf *out)
{
	CLEANUP(bio_free) BIO *b = BIO_new(BIO_s_mem());
	char *p = NULL;

	if (!b || X509_NAME_print_ex(b, name, 0,
				     XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		return ERR_NOMEM;
	long n = BIO_get_mem_data(b, &p);
	buf_add(out, str_head((struct str){ p, n > 0 ? (size_t)n : 0 }, NAME_MAX_OCTETS));
	return buf_err(out);
}

static bool wall_ms(const ASN1_TIME *at, int64_t *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(at, &tm) != 1)
		return false;
	*out = (int64_t)timegm(&tm) * 1000;
	return true;
}

static void add_address(struct buf *out, const ASN1_OCTET_STRING *octets)
{
	const uint8_t *p = ASN1_STRING_get0_data(octets);
	int n = ASN1_STRING_length(octets);
	char text[IP_TEXT_MAX];

	if (n != 4 && n != 16)
		return;
	struct ip ip = n == 4 ? ip_v4(p) : ip_v6(p);
	buf_add(out, ip_text(&ip, text));
	buf_addc(out, '\n');
}

static void names_free(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

static void add_names(struct buf *out, const X509 *cert)
{
	CLEANUP(names_free)
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
		if (n->type == GEN_IPADD) {
			add_address(out, n->d.iPAddress);
		} else if (n->type == GEN_DNS) {
			const char *p = (const char *)ASN1_STRING_get0_data(n->d.dNSName);
			buf_add(out, (struct str){ p, (size_t)ASN1_STRING_length(n->d.dNSName) });
			buf_addc(out, '\n');
		}
	}
}

enum err tls_certificate_of(const struct tls_session *s, struct tls_certificate *out)
{
	const X509 *cert = SSL_get0_peer_certificate(s->ssl);

	*out = (struct tls_certificate){ .subject = BUF_MAX(NAME_MAX_OCTETS),
					 .issuer = BUF_MAX(NAME_MAX_OCTETS),
					 .names = BUF_MAX(NAMES_MAX_OCTETS) };
	if (!cert || !wall_ms(X509_get0_notBefore(cert), &out->from_wall_ms) ||
	    !wall_ms(X509_get0_notAfter(cert), &out->until_wall_ms) ||
	    !tls_demand_pin(cert, out->pin))
		return ERR_SYNTAX;
	enum err e = name_text(X509_get_subject_name(cert), &out->subject);
	if (e == ERR_OK)
		e = name_text(X509_get_issuer_name(cert), &out->issuer);
	add_names(&out->names, cert);
	return e != ERR_OK ? e : buf_err(&out->names) == ERR_NOMEM ? ERR_NOMEM : ERR_OK;
}

void tls_certificate_clear(struct tls_certificate *c)
{
	buf_free(&c->subject);
	buf_free(&c->issuer);
	buf_free(&c->names);
}

enum err tls_certificate_until(const char *file, int64_t *until_wall_ms)
{
	CLEANUP(bio_free) BIO *b = BIO_new_file(file, "re");
	X509 *cert = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
	bool ok = cert && wall_ms(X509_get0_notAfter(cert), until_wall_ms);

	X509_free(cert);
	ERR_clear_error();
	return ok ? ERR_OK : ERR_IO;
}
