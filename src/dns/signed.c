#include "dns/signed.h"

#include "base/rd.h"

#include <openssl/evp.h>
#include <string.h>

enum err dns_signed_ds(struct str rdata, struct dns_ds *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_ds ds;

	ds.tag = rd_u16(&r);
	ds.algorithm = rd_u8(&r);
	ds.digest_type = rd_u8(&r);
	ds.digest = rd_rest(&r);
	if (!rd_ok(&r))
		return ERR_SYNTAX;
	*out = ds;
	return ERR_OK;
}

/* RFC 4034 appendix B; that of algorithm 1 (B.1) is not needed: nobody validates it. */
static uint16_t tag_of(struct str rdata)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < rdata.n; i++)
		sum += (uint32_t)(unsigned char)rdata.p[i] << (i & 1 ? 0 : 8);
	return (uint16_t)(sum + (sum >> 16));
}

enum err dns_signed_key(struct str rdata, struct dns_key *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_key key = { .rdata = rdata, .tag = tag_of(rdata) };

	key.flags = rd_u16(&r);
	key.protocol = rd_u8(&r);
	key.algorithm = rd_u8(&r);
	(void)rd_rest(&r);
	if (!rd_ok(&r))
		return ERR_SYNTAX;
	*out = key;
	return ERR_OK;
}

enum err dns_signed_sig(struct str rdata, struct dns_sig *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_sig sig;

	sig.covered = rd_u16(&r);
	sig.algorithm = rd_u8(&r);
	sig.labels = rd_u8(&r);
	sig.ttl_s = rd_u32(&r);
	sig.expires_s = rd_u32(&r);
	sig.begins_s = rd_u32(&r);
	sig.tag = rd_u16(&r);
	if (!rd_ok(&r) ||
	    dns_name_read(&r, (const uint8_t *)rdata.p, rdata.n, &sig.signer) != ERR_OK)
		return ERR_SYNTAX;
	(void)rd_rest(&r);
	if (!rd_ok(&r))
		return ERR_SYNTAX;
	*out = sig;
	return ERR_OK;
}

bool dns_signed_algorithm_known(uint8_t algorithm)
{
	static const uint8_t known[] = { 5, 7, 8, 10, 13, 14, 15, 16 };

	return memchr(known, algorithm, sizeof(known)) != NULL;
}

static const EVP_MD *digest_of(uint8_t type)
{
	switch (type) {
	case 1:
		return EVP_sha1();
	case 2:
		return EVP_sha256();
	case 4:
		return EVP_sha384();
	default:
		return NULL;
	}
}

bool dns_signed_digest_known(uint8_t digest_type)
{
	return digest_of(digest_type) != NULL;
}

/* The digest of the owner's name in small letters and the key (RFC 4034 section 5.1.4). */
bool dns_signed_fits(const struct dns_ds *ds, const struct dns_name *owner,
		     const struct dns_key *key)
{
	uint8_t name[DNS_NAME_MAX], got[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (ds->tag != key->tag || ds->algorithm != key->algorithm || !digest_of(ds->digest_type))
		return false;
	for (size_t i = 0; i < owner->len; i++)
		name[i] = str_fold((char)owner->wire[i]);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, digest_of(ds->digest_type), NULL) == 1 &&
		  EVP_DigestUpdate(ctx, name, owner->len) == 1 &&
		  EVP_DigestUpdate(ctx, key->rdata.p, key->rdata.n) == 1 &&
		  EVP_DigestFinal_ex(ctx, got, &n) == 1;
	EVP_MD_CTX_free(ctx);
	return ok && str_eq(ds->digest, (struct str){ (const char *)got, n });
}

int64_t dns_signed_time(uint32_t s, int64_t now_s)
{
	return now_s + (int32_t)(s - (uint32_t)now_s);
}
