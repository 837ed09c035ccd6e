#include "tls/record.h"

#include "base/test.h"
#include "tls/forge.h"

/* What record is made: its numbers, and of which certificate's octets. */
static const struct {
	const char *label;
	uint8_t usage, selector, matching;
	bool of_ca, usable, fits;
} cases[] = {
	{ "3 1 1", 3, 1, 1, false, true, true },
	{ "3 0 1", 3, 0, 1, false, true, true },
	{ "3 1 2", 3, 1, 2, false, true, true },
	{ "3 0 0", 3, 0, 0, false, true, true },
	{ "3 1 1 of CA", 3, 1, 1, true, true, false },
	{ "2 0 1 of CA", 2, 0, 1, true, true, true },
	{ "2 1 1 of leaf", 2, 1, 1, false, true, false },
	{ "1 1 1", 1, 1, 1, false, false, false },
	{ "3 2 1", 3, 2, 1, false, false, false },
	{ "3 1 3", 3, 1, 3, false, false, false },
};

static struct str octets_of(const struct forge *f, uint8_t selector, uint8_t matching,
			    unsigned char room[static EVP_MAX_MD_SIZE], unsigned char **der)
{
	unsigned size = 0;
	int n = selector == 0 ? i2d_X509(f->cert, der)
			      : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(f->cert), der);

	if (matching == 0)
		return (struct str){ (const char *)*der, (size_t)n };
	(void)EVP_Digest(*der, (size_t)n, room, &size, matching == 1 ? EVP_sha256() : EVP_sha512(),
			 NULL);
	return (struct str){ (const char *)room, size };
}

int main(void)
{
	forge_begin();
	struct forge ca = forge_make("CA", NULL, 30, NULL);
	struct forge leaf = forge_make("leaf", "DNS:a.example", 30, &ca);
	uint8_t pin[TLS_PIN_OCTETS];

	forge_write(&leaf, "leaf", &ca);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		unsigned char room[EVP_MAX_MD_SIZE], *der = NULL;
		struct tls_tlsa t = { cases[i].usage, cases[i].selector, cases[i].matching,
				      octets_of(cases[i].of_ca ? &ca : &leaf, cases[i].selector,
						cases[i].matching, room, &der) };
		CHECK_INT(cases[i].label, tls_record_usable(&t), cases[i].usable);
		CHECK_INT(cases[i].label, tls_record_fits(&t, leaf.cert_file), cases[i].fits);
		CHECK_INT(cases[i].label, tls_record_fits(&t, "/dev/null"), false);
		OPENSSL_free(der);
	}
	CHECK_INT("pin", tls_record_pin(leaf.cert_file, pin), ERR_OK);
	const struct tls_tlsa by_pin = { 3, 1, 1, { (const char *)pin, sizeof(pin) } };
	CHECK_INT("pin", tls_record_fits(&by_pin, leaf.cert_file), true);
	CHECK_INT("no file", tls_record_pin("/dev/null", pin), ERR_IO);
	forge_free(&leaf);
	forge_free(&ca);
	forge_end();
	return TEST_EXIT();
}
