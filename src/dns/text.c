/*
 * A table says for each type what its rdata is made of.  Rdata that is not
 * made so, and that of all other types, is shown as RFC 3597 section 5 has it.
 */
#include "dns/text.h"

#include "base/rd.h"
#include "base/text.h"
#include "dns/type.h"

#include <string.h>

/* One letter a field: 1 2 4 octets as a number, n name, a A, q AAAA, s strings, x the rest in hex. */
static const struct form {
	uint16_t type;
	const char *fields;
} forms[] = {
	{ DNS_TYPE_A, "a" },         { DNS_TYPE_NS, "n" },      { DNS_TYPE_CNAME, "n" },
	{ DNS_TYPE_SOA, "nn44444" }, { DNS_TYPE_PTR, "n" },     { DNS_TYPE_MX, "2n" },
	{ DNS_TYPE_TXT, "s" },       { DNS_TYPE_AAAA, "q" },    { DNS_TYPE_SRV, "222n" },
	{ DNS_TYPE_DNAME, "n" },     { DNS_TYPE_SSHFP, "11x" }, { DNS_TYPE_TLSA, "111x" },
};

static void put_number(struct buf *out, struct rd *r, unsigned octets)
{
	uint32_t v = 0;

	while (octets-- > 0)
		v = v << 8 | rd_u8(r);
	buf_addf(out, "%u", v);
}

static void put_name(struct buf *out, struct rd *r)
{
	struct dns_name name;

	/* No pointer can be right here: rdata stands alone. */
	if (dns_name_read(r, r->p, 0, &name) == ERR_OK)
		dns_name_text(out, &name);
	else
		r->bad = true;
}

static void put_address(struct buf *out, struct rd *r, size_t octets)
{
	const uint8_t *p = rd_take(r, octets);
	char text[IP_TEXT_MAX];

	if (!p)
		return;
	/* An IPv4-mapped address in an AAAA record is shown as the record has it. */
	struct ip ip = { .family = octets == 4 ? 4 : 6 };
	memcpy(ip.octets, p, octets);
	buf_add(out, ip_text(&ip, text));
}

/* RFC 1035 section 5.1: quoted, quotes and backslashes escaped, DDD for what does not print. */
static void put_strings(struct buf *out, struct rd *r)
{
	struct str between = STR("");

	do {
		uint8_t n = rd_u8(r);
		const uint8_t *p = rd_take(r, n);
		if (!p)
			return;
		buf_add(out, between);
		buf_add(out, STR("\""));
		for (size_t i = 0; i < n; i++) {
			char c = (char)p[i];
			if (p[i] < ' ' || p[i] >= 0x7f) {
				buf_addf(out, "\\%03u", (unsigned)p[i]);
				continue;
			}
			if (c == '"' || c == '\\')
				buf_add(out, STR("\\"));
			buf_add(out, (struct str){ &c, 1 });
		}
		buf_add(out, STR("\""));
		between = STR(" ");
	} while (rd_left(r) > 0);
}

static void put_hex(struct buf *out, struct rd *r)
{
	size_t n = rd_left(r);
	const uint8_t *p = rd_take(r, n);

	if (n == 0)
		r->bad = true;
	else
		text_hex(out, (struct str){ (const char *)p, n });
}

static void put_field(struct buf *out, struct rd *r, char field)
{
	switch (field) {
	case 'n':
		put_name(out, r);
		break;
	case 'a':
		put_address(out, r, 4);
		break;
	case 'q':
		put_address(out, r, 16);
		break;
	case 's':
		put_strings(out, r);
		break;
	case 'x':
		put_hex(out, r);
		break;
	default:
		put_number(out, r, (unsigned)(field - '0'));
	}
}

/* False, and nothing added, when rdata is not of that form. */
static bool put_form(struct buf *out, const char *fields, struct str rdata)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	size_t before = out->n;

	for (const char *f = fields; *f; f++) {
		if (f != fields)
			buf_add(out, STR(" "));
		put_field(out, &r, *f);
	}
	if (rd_ok(&r) && rd_left(&r) == 0)
		return true;
	out->n = before;
	return false;
}

void dns_text_rdata(struct buf *out, uint16_t type, struct str rdata)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].type == type && put_form(out, forms[i].fields, rdata))
			return;
	buf_addf(out, "\\# %zu", rdata.n);
	if (rdata.n > 0) {
		buf_add(out, STR(" "));
		text_hex(out, rdata);
	}
}

void dns_text_rr(struct buf *out, const struct dns_rr *rr)
{
	char text[DNS_TYPE_TEXT_MAX];

	dns_name_text(out, rr->owner);
	buf_addf(out, " %u %.*s ", rr->ttl_s, STR_ARG(dns_type_text(rr->type, text)));
	dns_text_rdata(out, rr->type, rr->rdata);
}

enum err dns_text_mx(struct str rdata, struct dns_mx *out)
{
	struct dns_mx mx;

	if (rdata.n < 2)
		return ERR_SYNTAX;
	mx.preference = (uint16_t)((uint8_t)rdata.p[0] << 8 | (uint8_t)rdata.p[1]);
	enum err e = dns_text_target(str_skip(rdata, 2), &mx.exchange);
	if (e == ERR_OK)
		*out = mx;
	return e;
}

enum err dns_text_address(uint16_t type, struct str rdata, struct ip *out)
{
	const uint8_t *octets = (const uint8_t *)rdata.p;

	if (type == DNS_TYPE_A && rdata.n == 4)
		*out = ip_v4(octets);
	else if (type == DNS_TYPE_AAAA && rdata.n == 16)
		*out = ip_v6(octets);
	else
		return ERR_SYNTAX;
	return ERR_OK;
}

enum err dns_text_target(struct str rdata, struct dns_name *out)
{
	return dns_name_from_wire(rdata, out) == ERR_OK ? ERR_OK : ERR_SYNTAX;
}
