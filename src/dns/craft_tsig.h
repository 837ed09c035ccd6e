/* Responses with a TSIG, right or wrong, for tests: HMAC() over octets put together anew. */
#ifndef DNS_CRAFT_TSIG_H
#define DNS_CRAFT_TSIG_H

#include "dns/craft.h"
#include "dns/tsig.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* How a response is signed; zero but for the first two is right. */
struct craft_tsig {
	const struct dns_tsig_key *key;
	struct str request_mac;
	int64_t signed_s;
	unsigned fudge_s; /* 0: 300 */
	unsigned error;
	bool no_mac;
	size_t mac_octets;     /* 0: all */
	const char *named;     /* the record's owner; NULL: the key's */
	const char *algorithm; /* NULL: the key's */
	int original_id;       /* 0: the message's */
	unsigned id;           /* of the message afterwards; 0: as it was */
	bool break_mac;
	int64_t other_s; /* the server's time; 0: none */
};

static inline void craft_u48(struct craft *c, int64_t v)
{
	craft_u16(c, (unsigned)(v >> 32) & 0xffff);
	craft_u32(c, (uint32_t)v);
}

static inline const char *craft_tsig_algorithm(const struct craft_tsig *t)
{
	static const char *names[] = { "hmac-sha256.", "hmac-sha384.", "hmac-sha512." };

	return t->algorithm ? t->algorithm : names[t->key->algorithm];
}

static inline unsigned craft_tsig_mac(const struct craft *message, const struct craft_tsig *t,
				      uint8_t mac[static 64])
{
	static struct craft all;
	const EVP_MD *digests[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	unsigned n = 0;

	all.n = 0;
	craft_u16(&all, (unsigned)t->request_mac.n);
	craft_add(&all, t->request_mac);
	size_t head = all.n;
	craft_add(&all, craft_str(message));
	if (t->original_id) {
		all.p[head] = (uint8_t)(t->original_id >> 8);
		all.p[head + 1] = (uint8_t)t->original_id;
	}
	craft_add(&all, dns_name_wire(&t->key->name));
	craft_u16(&all, 255);
	craft_u32(&all, 0);
	craft_name(&all, str_of(craft_tsig_algorithm(t)));
	craft_u48(&all, t->signed_s);
	craft_u16(&all, t->fudge_s ? t->fudge_s : 300);
	craft_u16(&all, t->error);
	craft_u16(&all, t->other_s ? 6 : 0);
	if (t->other_s)
		craft_u48(&all, t->other_s);
	if (!HMAC(digests[t->key->algorithm], t->key->secret, (int)t->key->n_secret, all.p, all.n,
		  mac, &n))
		abort();
	return n;
}

/* Put the record behind the message.  The key's name is in small letters. */
static inline void craft_sign(struct craft *c, const struct craft_tsig *t)
{
	uint8_t mac[64];
	size_t n = craft_tsig_mac(c, t, mac);
	unsigned id = (unsigned)c->p[0] << 8 | c->p[1];

	if (t->mac_octets)
		n = t->mac_octets;
	if (t->no_mac)
		n = 0;
	if (t->break_mac)
		mac[n - 1] ^= 1;
	craft_count(c, DNS_SECTION_ADDITIONAL);
	if (t->named)
		craft_name(c, str_of(t->named));
	else
		craft_add(c, dns_name_wire(&t->key->name));
	craft_u16(c, DNS_TYPE_TSIG);
	craft_u16(c, 255);
	craft_u32(c, 0);
	craft_u16(c, 0);
	size_t rdata = c->n;
	craft_name(c, str_of(craft_tsig_algorithm(t)));
	craft_u48(c, t->signed_s);
	craft_u16(c, t->fudge_s ? t->fudge_s : 300);
	craft_u16(c, (unsigned)n);
	craft_add(c, (struct str){ (char *)mac, n });
	craft_u16(c, t->original_id ? (unsigned)t->original_id : id);
	craft_u16(c, t->error);
	craft_u16(c, t->other_s ? 6 : 0);
	if (t->other_s)
		craft_u48(c, t->other_s);
	craft_close(c, rdata);
	if (t->id) {
		c->p[0] = (uint8_t)(t->id >> 8);
		c->p[1] = (uint8_t)t->id;
	}
}

#endif
