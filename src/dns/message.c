/*
 * Reading goes over the octets twice at most: once here for the shape, and
 * once for whoever walks a section.  The first walk steps over names without
 * following their pointers, so its cost is the message's length whatever the
 * pointers say; who wants a name decompresses it, within dns/name.c's limits.
 */
#include "dns/message.h"

#include "dns/type.h"

#include <string.h>

enum { QUERY_AD = 0x0020, OPT_DO = 0x8000 };
enum { OPTION_COOKIE = 10, OPTION_KEEPALIVE = 11, OPTION_PADDING = 12, OPTION_EDE = 15 };

static size_t put_u16(uint8_t *out, size_t at, unsigned v)
{
	out[at] = (uint8_t)(v >> 8);
	out[at + 1] = (uint8_t)v;
	return at + 2;
}

/* The OPT record's options at n; returns where they end. */
static size_t put_options(uint8_t *out, size_t n, const struct dns_query *q)
{
	if (q->cookie.n > 0 && q->cookie.n <= DNS_COOKIE_MAX) {
		n = put_u16(out, n, OPTION_COOKIE);
		n = put_u16(out, n, (unsigned)q->cookie.n);
		memcpy(out + n, q->cookie.p, q->cookie.n);
		n += q->cookie.n;
	}
	if (q->flags & DNS_QUERY_KEEPALIVE) {
		n = put_u16(out, n, OPTION_KEEPALIVE);
		n = put_u16(out, n, 0);
	}
	if (q->flags & DNS_QUERY_PAD) {
		size_t whole = n + 4 + q->trailer;
		size_t zeros = (DNS_PADDING - whole % DNS_PADDING) % DNS_PADDING;
		n = put_u16(out, n, OPTION_PADDING);
		n = put_u16(out, n, (unsigned)zeros);
		memset(out + n, 0, zeros);
		n += zeros;
	}
	return n;
}

/* RFC 6891 section 6.1.2. */
static size_t put_opt(uint8_t *out, size_t n, const struct dns_query *q)
{
	out[n++] = 0; /* the root */
	n = put_u16(out, n, DNS_TYPE_OPT);
	n = put_u16(out, n, DNS_UDP_OCTETS);
	n = put_u16(out, n, 0); /* extended rcode, version */
	n = put_u16(out, n, q->flags & DNS_QUERY_DO ? OPT_DO : 0);
	size_t end = put_options(out, n + 2, q);
	(void)put_u16(out, n, (unsigned)(end - n - 2));
	return end;
}

size_t dns_message_query(uint8_t out[static DNS_QUERY_MAX], const struct dns_query *q)
{
	bool edns = q->flags & DNS_QUERY_EDNS;
	size_t n = put_u16(out, 0, q->id);

	n = put_u16(out, n,
		    DNS_FLAG_RD | (q->flags & DNS_QUERY_AD ? QUERY_AD : 0u) |
			    (q->flags & DNS_QUERY_CD ? DNS_FLAG_CD : 0u));
	n = put_u16(out, n, 1);
	n = put_u16(out, n, 0);
	n = put_u16(out, n, 0);
	n = put_u16(out, n, edns);
	memcpy(out + n, q->name->wire, q->name->len);
	n = put_u16(out, n + q->name->len, q->type);
	n = put_u16(out, n, DNS_CLASS_IN);
	return edns ? put_opt(out, n, q) : n;
}

bool dns_message_head(struct str octets, struct dns_head *out)
{
	struct rd r = rd_over(octets.p, octets.n);
	struct dns_head head = { 0 };

	if (octets.n < DNS_HEADER_OCTETS)
		return false;
	head.id = rd_u16(&r);
	head.flags = rd_u16(&r);
	head.questions = rd_u16(&r);
	*out = head;
	return true;
}

bool dns_message_asks(struct str octets, const struct dns_name *name, uint16_t type)
{
	struct str wire = dns_name_wire(name);
	struct dns_head head;

	if (!dns_message_head(octets, &head) || head.questions != 1 ||
	    octets.n < DNS_HEADER_OCTETS + wire.n + 4)
		return false;
	/* Lengths of labels are below 'A', so that folding leaves them be. */
	struct str asked = { octets.p + DNS_HEADER_OCTETS, wire.n };
	struct rd r = rd_over(asked.p + asked.n, 4);
	return str_eq_nocase(asked, wire) && rd_u16(&r) == type && rd_u16(&r) == DNS_CLASS_IN;
}

static uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool read_record(struct rd *r, struct dns_record *out)
{
	struct dns_record rr = { .owner = r->p };

	if (dns_name_skip(r) != ERR_OK)
		return false;
	const uint8_t *p = rd_take(r, 10);
	if (!p)
		return false;
	rr.type = get_u16(p);
	rr.class = get_u16(p + 2);
	rr.ttl_s = (uint32_t)get_u16(p + 4) << 16 | get_u16(p + 6);
	rr.rdata.n = get_u16(p + 8);
	rr.rdata.p = (const char *)rd_take(r, rr.rdata.n);
	*out = rr;
	return rd_ok(r);
}

/* RFC 8914 section 2: a code, then text that may wrongly end in a zero octet. */
static void read_ede(struct rd option, struct dns_message *m)
{
	uint16_t code = rd_u16(&option);

	if (!rd_ok(&option))
		return;
	dns_ede_add(m->ede, &m->n_ede, code);
	struct str text = { (const char *)option.p, rd_left(&option) };
	while (text.n > 0 && text.p[text.n - 1] == '\0')
		text.n--;
	if (m->ede_text.n == 0)
		m->ede_text = text;
}

/* Of an option that comes twice the first counts; what is not known is passed over. */
static void read_option(uint16_t code, struct str value, struct dns_message *m)
{
	struct rd r = rd_over(value.p, value.n);

	if (code == OPTION_EDE)
		read_ede(r, m);
	if (code == OPTION_COOKIE && !m->cookie.p)
		m->cookie = value;
	if (code == OPTION_KEEPALIVE && value.n == 2 && m->keepalive_100ms < 0)
		m->keepalive_100ms = rd_u16(&r);
}

/* RFC 6891 section 6.1.  False when it is malformed, or the second one. */
static bool read_opt(const struct dns_record *rr, struct dns_message *m)
{
	struct rd r = rd_over(rr->rdata.p, rr->rdata.n);

	if (m->edns || rr->owner[0] != 0)
		return false;
	m->edns = true;
	m->rcode |= (rr->ttl_s >> 24) << 4;
	while (rd_left(&r) > 0) {
		uint16_t code = rd_u16(&r);
		uint16_t n = rd_u16(&r);
		const uint8_t *p = rd_take(&r, n);
		if (!p)
			return false;
		read_option(code, (struct str){ (const char *)p, n }, m);
	}
	return true;
}

static bool read_section(struct rd *r, enum dns_section section, struct dns_message *m)
{
	m->section[section] = (size_t)(r->p - (const uint8_t *)m->octets.p);
	for (unsigned i = 0; i < m->count[section]; i++) {
		struct dns_record rr;
		if (!read_record(r, &rr))
			return false;
		if (rr.type == DNS_TYPE_TSIG) {
			bool last =
				section == DNS_SECTION_ADDITIONAL && i + 1u == m->count[section];
			m->n_tsig++;
			m->tsig = last ? (size_t)(rr.owner - (const uint8_t *)m->octets.p) : 0;
		}
		if (rr.type != DNS_TYPE_OPT)
			continue;
		if (section != DNS_SECTION_ADDITIONAL || !read_opt(&rr, m))
			return false;
	}
	return true;
}

enum err dns_message_read(struct str octets, struct dns_message *out)
{
	struct rd r = rd_over(octets.p, octets.n);
	struct dns_message *m = out;

	*m = (struct dns_message){ .octets = octets, .keepalive_100ms = -1 };
	m->id = rd_u16(&r);
	m->flags = rd_u16(&r);
	m->rcode = m->flags & DNS_FLAG_RCODE;
	uint16_t questions = rd_u16(&r);
	for (int i = 0; i < 3; i++)
		m->count[i] = rd_u16(&r);
	if (!rd_ok(&r) || questions != 1)
		return ERR_SYNTAX;
	const uint8_t *question = r.p;
	if (dns_name_read(&r, (const uint8_t *)octets.p, octets.n, &m->name) != ERR_OK)
		return ERR_SYNTAX;
	/* A pointer here could lead to the header alone. */
	if (r.p - question != m->name.len)
		return ERR_SYNTAX;
	m->type = rd_u16(&r);
	m->class = rd_u16(&r);
	if (!rd_ok(&r))
		return ERR_SYNTAX;
	for (enum dns_section s = DNS_SECTION_ANSWER; s <= DNS_SECTION_ADDITIONAL; s++)
		if (!read_section(&r, s, m))
			return ERR_SYNTAX;
	m->octets.n -= rd_left(&r);
	return ERR_OK;
}

struct dns_walk dns_message_walk(const struct dns_message *m, enum dns_section section)
{
	size_t at = m->section[section];

	return (struct dns_walk){
		.m = m,
		.r = rd_over(m->octets.p + at, m->octets.n - at),
		.left = m->count[section],
	};
}

bool dns_message_next(struct dns_walk *w, struct dns_record *out)
{
	if (w->left == 0)
		return false;
	w->left--;
	return read_record(&w->r, out);
}

enum err dns_message_owner(const struct dns_message *m, const struct dns_record *rr,
			   struct dns_name *out)
{
	const uint8_t *msg = (const uint8_t *)m->octets.p;
	struct rd r = rd_over(rr->owner, m->octets.n - (size_t)(rr->owner - msg));

	return dns_name_read(&r, msg, m->octets.n, out);
}

bool dns_message_owned(const struct dns_message *m, const struct dns_record *rr,
		       const struct dns_name *name)
{
	return rr->class == DNS_CLASS_IN &&
	       dns_name_at(rr->owner, (const uint8_t *)m->octets.p, m->octets.n, name);
}
