/*
 * What a TSIG proves, and what it does not.
 *
 * Nothing in the record is believed before the MAC has been compared, whole and
 * in constant time: neither its time nor its error.  The one exception is that
 * BADKEY and BADSIG, which cannot be signed, are told apart from a forgery, for
 * people to read; they prove nothing.
 */
#include "dns/tsig.h"

#include "base/text.h"
#include "dns/type.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

enum { CLASS_ANY = 255 };

static const struct algorithm {
	struct str text;
	const char *digest; /* OpenSSL's name */
	struct str wire;    /* the name in the record, RFC 8945 section 6 */
	unsigned octets;    /* of the whole MAC */
} algorithms[] = {
	[DNS_TSIG_SHA256] = { STR_INIT("hmac-sha256"), "SHA256", STR_INIT("\013hmac-sha256\0"),
			      32 },
	[DNS_TSIG_SHA384] = { STR_INIT("hmac-sha384"), "SHA384", STR_INIT("\013hmac-sha384\0"),
			      48 },
	[DNS_TSIG_SHA512] = { STR_INIT("hmac-sha512"), "SHA512", STR_INIT("\013hmac-sha512\0"),
			      64 },
};

struct str dns_tsig_algorithm_text(enum dns_tsig_algorithm a)
{
	return algorithms[a].text;
}

static bool read_algorithm(struct str text, enum dns_tsig_algorithm *out)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (!str_eq_nocase(text, algorithms[i].text))
			continue;
		*out = (enum dns_tsig_algorithm)i;
		return true;
	}
	return false;
}

static enum err read_secret(struct str text, struct dns_tsig_key *key, struct buf *why)
{
	struct buf secret = BUF_MAX(2 * DNS_TSIG_SECRET_MAX);
	enum err e = text_unbase64(&secret, text);

	if (e == ERR_OK && secret.n > sizeof(key->secret))
		e = ERR_LIMIT;
	if (e == ERR_OK && secret.n == 0)
		e = ERR_SYNTAX;
	if (e == ERR_OK) {
		memcpy(key->secret, secret.p, secret.n);
		key->n_secret = secret.n;
	} else if (e == ERR_SYNTAX) {
		buf_add(why, STR("the secret is not base64"));
	} else if (e == ERR_LIMIT) {
		buf_addf(why, "the secret is longer than %d octets", DNS_TSIG_SECRET_MAX);
	}
	if (secret.p)
		OPENSSL_cleanse(secret.p, secret.cap);
	buf_free(&secret);
	return e;
}

enum err dns_tsig_key_read(struct str text, struct dns_tsig_key *out, struct buf *why)
{
	struct dns_tsig_key key = { 0 };
	struct str name, algorithm;

	if (!str_cut(&text, ':', &name) || !str_cut(&text, ':', &algorithm)) {
		buf_add(why, STR("a key is name:algorithm:secret"));
		return ERR_SYNTAX;
	}
	if (dns_name_from_text(name, &key.name) != ERR_OK) {
		buf_add(why, STR("the key's name is not a domain name"));
		return ERR_SYNTAX;
	}
	if (!read_algorithm(algorithm, &key.algorithm)) {
		buf_add(why, STR("the algorithm is none of hmac-sha256, hmac-sha384, hmac-sha512"));
		return ERR_SYNTAX;
	}
	enum err e = read_secret(text, &key, why);
	if (e == ERR_OK)
		*out = key;
	OPENSSL_cleanse(&key, sizeof(key));
	return e;
}

/* What is in a TSIG record, RFC 8945 section 4.2. */
struct record {
	int64_t signed_s;
	uint16_t fudge_s;
	struct str mac;
	uint16_t original_id;
	uint16_t error;
	struct str other;
};

static size_t put_u16(uint8_t *out, size_t at, unsigned v)
{
	out[at] = (uint8_t)(v >> 8);
	out[at + 1] = (uint8_t)v;
	return at + 2;
}

static size_t put_u48(uint8_t *out, size_t at, int64_t v)
{
	at = put_u16(out, at, (unsigned)(v >> 32) & 0xffff);
	at = put_u16(out, at, (unsigned)(v >> 16) & 0xffff);
	return put_u16(out, at, (unsigned)v & 0xffff);
}

static size_t put(uint8_t *out, size_t at, struct str s)
{
	if (s.n > 0)
		memcpy(out + at, s.p, s.n);
	return at + s.n;
}

static size_t put_folded(uint8_t *out, size_t at, const struct dns_name *name)
{
	for (size_t i = 0; i < name->len; i++)
		out[at + i] = str_fold((char)name->wire[i]);
	return at + name->len;
}

/* The MAC of those parts, one after the other.  False: no memory. */
static bool mac_of(const struct dns_tsig_key *key, const struct str *parts, size_t n,
		   uint8_t out[static DNS_TSIG_MAC_MAX])
{
	OSSL_PARAM digest[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)algorithms[key->algorithm].digest,
			0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
	size_t got = 0;

	bool ok = ctx && EVP_MAC_init(ctx, key->secret, key->n_secret, digest) == 1;
	for (size_t i = 0; ok && i < n; i++)
		ok = parts[i].n == 0 ||
		     EVP_MAC_update(ctx, (const uint8_t *)parts[i].p, parts[i].n) == 1;
	ok = ok && EVP_MAC_final(ctx, out, &got, DNS_TSIG_MAC_MAX) == 1;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return ok && got == algorithms[key->algorithm].octets;
}

#define VARIABLES_MAX (DNS_NAME_MAX + 6 + 13 + 12)

/* RFC 8945 section 4.3.3; the other data follow it. */
static struct str put_variables(uint8_t out[static VARIABLES_MAX], const struct dns_tsig_key *key,
				const struct record *r)
{
	size_t n = put_folded(out, 0, &key->name);

	n = put_u16(out, n, CLASS_ANY);
	n = put_u16(out, n, 0); /* TTL */
	n = put_u16(out, n, 0);
	n = put(out, n, algorithms[key->algorithm].wire);
	n = put_u48(out, n, r->signed_s);
	n = put_u16(out, n, r->fudge_s);
	n = put_u16(out, n, r->error);
	n = put_u16(out, n, (unsigned)r->other.n);
	return (struct str){ (char *)out, n };
}

/* The record behind a message of n octets, which it does not count yet. */
static size_t append(uint8_t *message, size_t n, const struct dns_tsig_key *key,
		     const struct record *r)
{
	struct str algorithm = algorithms[key->algorithm].wire;
	unsigned additional = ((unsigned)message[10] << 8 | message[11]) + 1;

	n = put(message, n, dns_name_wire(&key->name));
	n = put_u16(message, n, DNS_TYPE_TSIG);
	n = put_u16(message, n, CLASS_ANY);
	n = put_u16(message, n, 0); /* TTL */
	n = put_u16(message, n, 0);
	n = put_u16(message, n, (unsigned)(algorithm.n + 16 + r->mac.n));
	n = put(message, n, algorithm);
	n = put_u48(message, n, r->signed_s);
	n = put_u16(message, n, r->fudge_s);
	n = put_u16(message, n, (unsigned)r->mac.n);
	n = put(message, n, r->mac);
	n = put_u16(message, n, r->original_id);
	n = put_u16(message, n, r->error);
	n = put_u16(message, n, 0);
	(void)put_u16(message, 10, additional);
	return n;
}

unsigned dns_tsig_trailer(const struct dns_tsig_key *key)
{
	const struct algorithm *a = &algorithms[key->algorithm];

	return key->name.len + 10u + (unsigned)a->wire.n + 16u + a->octets;
}

size_t dns_tsig_sign(uint8_t *message, size_t n, const struct dns_tsig_key *key, int64_t wall_s,
		     struct dns_tsig_sent *sent)
{
	uint8_t variables[VARIABLES_MAX];
	struct record r = { .signed_s = wall_s, .fudge_s = DNS_TSIG_FUDGE_S };
	struct str parts[2] = { { (char *)message, n } };

	r.original_id = (uint16_t)(message[0] << 8 | message[1]);
	parts[1] = put_variables(variables, key, &r);
	if (!mac_of(key, parts, 2, sent->mac))
		return 0;
	sent->id = r.original_id;
	sent->n_mac = (uint8_t)algorithms[key->algorithm].octets;
	r.mac = (struct str){ (char *)sent->mac, sent->n_mac };
	return append(message, n, key, &r);
}

static int64_t rd_u48(struct rd *r)
{
	int64_t high = rd_u16(r);
	int64_t middle = rd_u16(r);

	return high << 32 | middle << 16 | rd_u16(r);
}

static struct str rd_sized(struct rd *r)
{
	size_t n = rd_u16(r);

	return (struct str){ (const char *)rd_take(r, n), n };
}

static struct dns_tsig_result fail(enum dns_tsig_verdict verdict, struct str why)
{
	return (struct dns_tsig_result){ .verdict = verdict, .why = why };
}

/* The record that m.tsig leads to.  False: it is malformed. */
static bool read_record(const struct dns_message *m, struct dns_record *rr)
{
	const uint8_t *msg = (const uint8_t *)m->octets.p;
	struct rd r = rd_over(msg + m->tsig, m->octets.n - m->tsig);

	rr->owner = r.p;
	if (dns_name_skip(&r) != ERR_OK)
		return false;
	rr->type = rd_u16(&r);
	rr->class = rd_u16(&r);
	rr->ttl_s = rd_u32(&r);
	rr->rdata = rd_sized(&r);
	return rd_ok(&r) && rr->class == CLASS_ANY && rr->ttl_s == 0;
}

/* The algorithm's name in *algorithm, the rest in *out.  False: malformed. */
static bool read_rdata(const struct dns_message *m, const struct dns_record *rr,
		       struct dns_name *algorithm, struct record *out)
{
	struct rd r = rd_over(rr->rdata.p, rr->rdata.n);

	if (dns_name_read(&r, (const uint8_t *)m->octets.p, m->octets.n, algorithm) != ERR_OK)
		return false;
	out->signed_s = rd_u48(&r);
	out->fudge_s = rd_u16(&r);
	out->mac = rd_sized(&r);
	out->original_id = rd_u16(&r);
	out->error = rd_u16(&r);
	out->other = rd_sized(&r);
	return rd_ok(&r) && rd_left(&r) == 0;
}

/* Whether the record's MAC is that of m as an answer to what was sent. */
static bool mac_right(const struct dns_message *m, const struct dns_tsig_key *key,
		      const struct dns_tsig_sent *sent, const struct record *r)
{
	uint8_t head[DNS_HEADER_OCTETS], variables[VARIABLES_MAX], mac[DNS_TSIG_MAC_MAX];
	uint8_t n_mac[2] = { 0, sent->n_mac };
	unsigned additional = m->count[DNS_SECTION_ADDITIONAL] - 1u;

	/* Its header as the server signed it: the original ID, and without this record. */
	memcpy(head, m->octets.p, sizeof(head));
	(void)put_u16(head, 0, r->original_id);
	(void)put_u16(head, 10, additional);
	struct str parts[] = {
		{ (char *)n_mac, 2 },
		{ (const char *)sent->mac, sent->n_mac },
		{ (char *)head, sizeof(head) },
		{ m->octets.p + sizeof(head), m->tsig - sizeof(head) },
		put_variables(variables, key, r),
		r->other,
	};
	return mac_of(key, parts, sizeof(parts) / sizeof(parts[0]), mac) &&
	       CRYPTO_memcmp(mac, r->mac.p, r->mac.n) == 0;
}

/* BADKEY and BADSIG, which come without a MAC. */
static struct dns_tsig_result refused(const struct record *r)
{
	struct dns_tsig_result result = fail(DNS_TSIG_REFUSED, STR_NONE);

	result.error = r->error;
	result.why = r->error == DNS_TSIG_BADKEY ? STR("TSIG: the server does not know the key")
						 : STR("TSIG: the server refuses our signature");
	return result;
}

/* The MAC is right: what it vouches for is read now, the time first. */
static struct dns_tsig_result judge_proved(const struct record *r, int64_t wall_s)
{
	struct rd other = rd_over(r->other.p, r->other.n);
	int64_t off_s = wall_s > r->signed_s ? wall_s - r->signed_s : r->signed_s - wall_s;

	if (off_s > r->fudge_s)
		return fail(DNS_TSIG_TIME, STR("TSIG: it was signed at another time"));
	if (r->error == 0)
		return fail(DNS_TSIG_GOOD, STR(""));
	struct dns_tsig_result result = refused(r);
	if (r->error == DNS_TSIG_BADTIME) {
		if (r->other.n != 6)
			return fail(DNS_TSIG_BAD, STR("TSIG: BADTIME without the server's time"));
		result.server_s = rd_u48(&other);
		result.why = STR("TSIG: the server's clock differs from ours");
	}
	return result;
}

struct dns_tsig_result dns_tsig_verify(const struct dns_message *m, const struct dns_tsig_key *key,
				       const struct dns_tsig_sent *sent, int64_t wall_s)
{
	const struct algorithm *want = &algorithms[key->algorithm];
	struct dns_record rr;
	struct dns_name owner, algorithm;
	struct record r;

	if (m->n_tsig == 0)
		return fail(DNS_TSIG_MISSING, STR("TSIG: it is not signed"));
	if (m->n_tsig > 1)
		return fail(DNS_TSIG_BAD, STR("TSIG: more than one"));
	if (m->tsig == 0)
		return fail(DNS_TSIG_BAD, STR("TSIG: not the last record"));
	if (!read_record(m, &rr) || dns_message_owner(m, &rr, &owner) != ERR_OK ||
	    !read_rdata(m, &rr, &algorithm, &r))
		return fail(DNS_TSIG_BAD, STR("TSIG: malformed"));
	if (!dns_name_eq(&owner, &key->name))
		return fail(DNS_TSIG_BAD, STR("TSIG: another key"));
	if (!str_eq_nocase(dns_name_wire(&algorithm), want->wire))
		return fail(DNS_TSIG_BAD, STR("TSIG: another algorithm"));
	if (r.mac.n == 0 && (r.error == DNS_TSIG_BADSIG || r.error == DNS_TSIG_BADKEY))
		return refused(&r);
	if (r.original_id != sent->id)
		return fail(DNS_TSIG_BAD, STR("TSIG: the original ID is not ours"));
	if (r.mac.n != want->octets)
		return fail(DNS_TSIG_BAD, STR("TSIG: the MAC is not whole"));
	if (!mac_right(m, key, sent, &r))
		return fail(DNS_TSIG_BAD, STR("TSIG: the MAC is wrong"));
	return judge_proved(&r, wall_s);
}
