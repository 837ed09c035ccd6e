#include "dns/rdata.h"

#include "dns/type.h"

#include <string.h>

/* Octets, strings, names, octets, in this order: no type that may be compressed differs. */
struct shape {
	uint8_t before;
	uint8_t strings; /* <character-string>s, RFC 1035 section 3.3 */
	uint8_t names;
	uint8_t after;
	bool open; /* what comes after may be longer */
};

/* By type; none is all zeros. */
static const struct shape shapes[] = {
	[DNS_TYPE_A] = { .before = 4 },
	[DNS_TYPE_NS] = { .names = 1 },
	[3 /* MD */] = { .names = 1 },
	[4 /* MF */] = { .names = 1 },
	[DNS_TYPE_CNAME] = { .names = 1 },
	[DNS_TYPE_SOA] = { .names = 2, .after = 20 },
	[7 /* MB */] = { .names = 1 },
	[8 /* MG */] = { .names = 1 },
	[9 /* MR */] = { .names = 1 },
	[DNS_TYPE_PTR] = { .names = 1 },
	[14 /* MINFO */] = { .names = 2 },
	[DNS_TYPE_MX] = { .before = 2, .names = 1 },
	[17 /* RP */] = { .names = 2 },
	[18 /* AFSDB */] = { .before = 2, .names = 1 },
	[21 /* RT */] = { .before = 2, .names = 1 },
	[24 /* SIG */] = { .before = 18, .names = 1, .open = true },
	[26 /* PX */] = { .before = 2, .names = 2 },
	[DNS_TYPE_AAAA] = { .before = 16 },
	[30 /* NXT */] = { .names = 1, .open = true },
	[DNS_TYPE_SRV] = { .before = 6, .names = 1 },
	[35 /* NAPTR */] = { .before = 4, .strings = 3, .names = 1 },
	[36 /* KX */] = { .before = 2, .names = 1 },
	[DNS_TYPE_DNAME] = { .names = 1 },
};

/* NULL: octets whose form does not matter. */
static const struct shape *find(uint16_t type)
{
	if (type >= sizeof(shapes) / sizeof(shapes[0]) ||
	    shapes[type].before + shapes[type].names == 0)
		return NULL;
	return &shapes[type];
}

static size_t copy(struct rd *r, size_t n, uint8_t *out, size_t at)
{
	const uint8_t *p = rd_take(r, n);

	if (p && out && n > 0)
		memcpy(out + at, p, n);
	return at + n;
}

/* A length octet and so many more. */
static size_t copy_string(struct rd *r, uint8_t *out, size_t at)
{
	size_t n = rd_left(r) > 0 ? (size_t)*r->p + 1 : 1;

	return copy(r, n, out, at);
}

enum err dns_rdata_read(const struct dns_message *m, const struct dns_record *rr, uint8_t *out,
			size_t *n)
{
	const struct shape *s = find(rr->type);
	const uint8_t *msg = (const uint8_t *)m->octets.p;
	struct rd r = rd_over(rr->rdata.p, rr->rdata.n);
	size_t at = 0;

	if (!s) {
		if (rr->rdata.n > 0 && out)
			memcpy(out, rr->rdata.p, rr->rdata.n);
		*n = rr->rdata.n;
		return ERR_OK;
	}
	at = copy(&r, s->before, out, at);
	for (unsigned i = 0; i < s->strings; i++)
		at = copy_string(&r, out, at);
	for (unsigned i = 0; rd_ok(&r) && i < s->names; i++) {
		struct dns_name name;
		enum err e = dns_name_read(&r, msg, m->octets.n, &name);
		if (e != ERR_OK)
			return e;
		if (out)
			memcpy(out + at, name.wire, name.len);
		at += name.len;
	}
	at = copy(&r, s->open ? rd_left(&r) : s->after, out, at);
	if (!rd_ok(&r) || rd_left(&r) != 0)
		return ERR_SYNTAX;
	*n = at;
	return ERR_OK;
}

enum err dns_rdata_target(const struct dns_message *m, const struct dns_record *rr,
			  struct dns_name *out)
{
	struct rd r = rd_over(rr->rdata.p, rr->rdata.n);
	struct dns_name name;
	enum err e = dns_name_read(&r, (const uint8_t *)m->octets.p, m->octets.n, &name);

	if (e != ERR_OK)
		return e;
	if (rd_left(&r) != 0)
		return ERR_SYNTAX;
	*out = name;
	return ERR_OK;
}

enum err dns_rdata_minimum(const struct dns_record *rr, uint32_t *out)
{
	struct rd r = rd_over(rr->rdata.p, rr->rdata.n);

	if (dns_name_skip(&r) != ERR_OK || dns_name_skip(&r) != ERR_OK)
		return ERR_SYNTAX;
	(void)rd_take(&r, 16); /* serial, refresh, retry, expire */
	uint32_t minimum = rd_u32(&r);
	if (!rd_ok(&r) || rd_left(&r) != 0)
		return ERR_SYNTAX;
	*out = minimum;
	return ERR_OK;
}
