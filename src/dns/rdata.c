#include "dns/rdata.h"

#include "dns/type.h"

#include <string.h>

/* Octets, then names, then octets: no type that may be compressed has another form. */
struct shape {
	uint8_t before;
	uint8_t names;
	uint8_t after;
};

/* By type; none is all zeros. */
static const struct shape shapes[] = {
	[DNS_TYPE_A] = { 4, 0, 0 },     [DNS_TYPE_NS] = { 0, 1, 0 },
	[3 /* MD */] = { 0, 1, 0 },     [4 /* MF */] = { 0, 1, 0 },
	[DNS_TYPE_CNAME] = { 0, 1, 0 }, [DNS_TYPE_SOA] = { 0, 2, 20 },
	[7 /* MB */] = { 0, 1, 0 },     [8 /* MG */] = { 0, 1, 0 },
	[9 /* MR */] = { 0, 1, 0 },     [DNS_TYPE_PTR] = { 0, 1, 0 },
	[14 /* MINFO */] = { 0, 2, 0 }, [DNS_TYPE_MX] = { 2, 1, 0 },
	[17 /* RP */] = { 0, 2, 0 },    [18 /* AFSDB */] = { 2, 1, 0 },
	[21 /* RT */] = { 2, 1, 0 },    [DNS_TYPE_AAAA] = { 16, 0, 0 },
	[DNS_TYPE_SRV] = { 6, 1, 0 },   [DNS_TYPE_DNAME] = { 0, 1, 0 },
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

	if (p && out)
		memcpy(out + at, p, n);
	return at + n;
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
	for (unsigned i = 0; rd_ok(&r) && i < s->names; i++) {
		struct dns_name name;
		enum err e = dns_name_read(&r, msg, m->octets.n, &name);
		if (e != ERR_OK)
			return e;
		if (out)
			memcpy(out + at, name.wire, name.len);
		at += name.len;
	}
	at = copy(&r, s->after, out, at);
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
	uint32_t minimum = rd_u16(&r);
	minimum = minimum << 16 | rd_u16(&r);
	if (!rd_ok(&r) || rd_left(&r) != 0)
		return ERR_SYNTAX;
	*out = minimum;
	return ERR_OK;
}
