/*
 * A table says for each type what its rdata is made of.  Rdata that is not
 * made so, and that of all other types, is shown as RFC 3597 section 5 has it.
 */
#include "dns/text.h"

#include "base/ip.h"
#include "base/rd.h"
#include "base/text.h"
#include "dns/type.h"

#include <string.h>

/*
 * One letter a field: 1 2 4 octets as a number, n name, a A, q AAAA, c a string, s strings to the
 * end, x the rest in hex.
 */
static const struct form {
	uint16_t type;
	const char *fields;
} forms[] = {
	{ DNS_TYPE_A, "a" },         { DNS_TYPE_NS, "n" },      { DNS_TYPE_CNAME, "n" },
	{ DNS_TYPE_SOA, "nn44444" }, { DNS_TYPE_PTR, "n" },     { DNS_TYPE_MX, "2n" },
	{ DNS_TYPE_TXT, "s" },       { DNS_TYPE_AAAA, "q" },    { DNS_TYPE_SRV, "222n" },
	{ DNS_TYPE_DNAME, "n" },     { DNS_TYPE_SSHFP, "11x" }, { DNS_TYPE_TLSA, "111x" },
	{ 17 /* RP */, "nn" },       { 18 /* AFSDB */, "2n" },  { 21 /* RT */, "2n" },
	{ 26 /* PX */, "2nn" },      { 36 /* KX */, "2n" },     { 35 /* NAPTR */, "22cccn" },
};

/* NULL: of none. */
static const char *fields_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (forms[i].type == type)
			return forms[i].fields;
	return NULL;
}

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
static void put_string(struct buf *out, struct rd *r)
{
	uint8_t n = rd_u8(r);
	const uint8_t *p = rd_take(r, n);

	if (!p)
		return;
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
}

static void put_strings(struct buf *out, struct rd *r)
{
	put_string(out, r);
	while (rd_ok(r) && rd_left(r) > 0) {
		buf_add(out, STR(" "));
		put_string(out, r);
	}
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
	case 'c':
		put_string(out, r);
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
	const char *fields = fields_of(type);

	if (fields && put_form(out, fields, rdata))
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
	buf_addc(out, ' ');
	buf_addu(out, rr->ttl_s);
	buf_addc(out, ' ');
	buf_add(out, dns_type_text(rr->type, text));
	buf_addc(out, ' ');
	dns_text_rdata(out, rr->type, rr->rdata);
}

/* What is left of a text that is read, and the first failure. */
struct reading {
	struct str left;
	struct buf *out;
	enum err err;
};

static void fail(struct reading *r, enum err e)
{
	if (r->err == ERR_OK)
		r->err = e;
}

static void skip_blanks(struct str *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t'))
		*s = str_skip(*s, 1);
}

/* Up to a blank that no backslash escapes; empty at the end. */
static struct str take_word(struct reading *r)
{
	size_t n = 0;

	skip_blanks(&r->left);
	while (n < r->left.n && r->left.p[n] != ' ' && r->left.p[n] != '\t')
		n += r->left.p[n] == '\\' && n + 1 < r->left.n ? 2 : 1;
	struct str word = str_head(r->left, n);
	r->left = str_skip(r->left, n);
	return word;
}

static void read_number(struct reading *r, unsigned octets)
{
	uint32_t v;

	if (!str_u32(take_word(r), &v) || (octets < 4 && v >> 8 * octets != 0)) {
		fail(r, ERR_SYNTAX);
		return;
	}
	while (octets-- > 0)
		buf_addc(r->out, (char)(v >> 8 * octets));
}

static void read_name(struct reading *r)
{
	struct dns_name name;
	enum err e = dns_name_from_text(take_word(r), &name);

	if (e == ERR_OK)
		buf_add(r->out, dns_name_wire(&name));
	else
		fail(r, e);
}

static void read_address(struct reading *r, size_t octets)
{
	struct str word = take_word(r);
	bool six = str_has(word, ':');
	struct ip ip;

	if (ip_read(word, &ip) != ERR_OK || six != (octets == 16)) {
		fail(r, ERR_SYNTAX);
		return;
	}
	/* A struct ip is the IPv4 address that a mapped one means; the record is not. */
	if (six && ip.family == 4)
		buf_add(r->out, STR("\0\0\0\0\0\0\0\0\0\0\xff\xff"));
	buf_add(r->out, (struct str){ (const char *)ip.octets, ip.family == 4 ? 4 : 16 });
}

/* One string, in quotes or up to a blank. */
static void read_string(struct reading *r)
{
	bool quoted = r->left.p[0] == '"';
	size_t at = r->out->n, n = 0;

	buf_addc(r->out, '\0');
	if (quoted)
		r->left = str_skip(r->left, 1);
	while (r->left.n > 0 &&
	       (quoted ? r->left.p[0] != '"' : !str_has(STR(" \t\""), r->left.p[0]))) {
		uint8_t octet;
		enum err e = dns_name_octet(&r->left, &octet);
		if (e == ERR_OK && ++n > 255)
			e = ERR_LIMIT;
		if (e != ERR_OK) {
			fail(r, e);
			return;
		}
		buf_addc(r->out, (char)octet);
	}
	if (quoted) {
		if (r->left.n == 0)
			fail(r, ERR_SYNTAX);
		r->left = str_skip(r->left, 1);
	}
	/* After a string comes a blank. */
	if (r->left.n > 0 && r->left.p[0] != ' ' && r->left.p[0] != '\t')
		fail(r, ERR_SYNTAX);
	if (buf_err(r->out) == ERR_OK)
		r->out->p[at] = (char)n;
}

static void read_one_string(struct reading *r)
{
	skip_blanks(&r->left);
	if (r->left.n == 0)
		fail(r, ERR_SYNTAX);
	else
		read_string(r);
}

static void read_strings(struct reading *r)
{
	skip_blanks(&r->left);
	if (r->left.n == 0)
		fail(r, ERR_SYNTAX);
	while (r->left.n > 0 && r->err == ERR_OK) {
		read_string(r);
		skip_blanks(&r->left);
	}
}

/* All words that are left. */
static void read_hex(struct reading *r, size_t least)
{
	size_t before = r->out->n;
	struct str word;

	while (r->err == ERR_OK && (word = take_word(r)).n > 0) {
		enum err e = text_unhex(r->out, word);
		if (e != ERR_OK)
			fail(r, e);
	}
	if (r->out->n - before < least)
		fail(r, ERR_SYNTAX);
}

static void read_field(struct reading *r, char field)
{
	switch (field) {
	case 'n':
		read_name(r);
		break;
	case 'a':
		read_address(r, 4);
		break;
	case 'q':
		read_address(r, 16);
		break;
	case 'c':
		read_one_string(r);
		break;
	case 's':
		read_strings(r);
		break;
	case 'x':
		read_hex(r, 1);
		break;
	default:
		read_number(r, (unsigned)(field - '0'));
	}
}

/* RFC 3597 section 5, after "\#". */
static void read_generic(struct reading *r)
{
	size_t before = r->out->n;
	uint32_t n;

	if (!str_u32(take_word(r), &n) || n > UINT16_MAX) {
		fail(r, ERR_SYNTAX);
		return;
	}
	read_hex(r, 0);
	if (r->out->n - before != n)
		fail(r, ERR_SYNTAX);
}

enum err dns_text_read_rdata(uint16_t type, struct str text, struct buf *out)
{
	struct reading r = { .left = text, .out = out };
	size_t before = out->n;
	const char *fields = fields_of(type);

	if (str_eq(take_word(&r), STR("\\#"))) {
		read_generic(&r);
	} else if (fields) {
		r.left = text;
		for (; *fields && r.err == ERR_OK; fields++)
			read_field(&r, *fields);
	} else {
		fail(&r, ERR_SYNTAX);
	}
	skip_blanks(&r.left);
	if (r.left.n > 0)
		fail(&r, ERR_SYNTAX);
	if (r.err == ERR_OK)
		r.err = buf_err(out);
	if (r.err != ERR_OK)
		out->n = before;
	return r.err;
}
