/*
 * The same octets, read by us and by ldns.  Seeds: src/dns/corpus/differ/.
 *
 * T16: what both accept they read alike: header, question, and of each record
 * owner, type, class, TTL and rdata without compression.  Of the types that we
 * write and read as text, each reads what the other writes.
 *
 * Where we refuse what ldns accepts, one of the reasons below must hold, found
 * without the code under test: docs/differences.md has them in words.
 */
#include "base/rd.h"
#include "dns/rdata.h"
#include "dns/text.h"
#include "dns/type.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must_at(bool true_, int line)
{
	if (!true_) {
		fprintf(stderr, "differ_fuzz.c:%d: read differently\n", line);
		abort();
	}
}

#define must(cond) must_at(cond, __LINE__)

/* What a walk over a message tells that does not follow a pointer. */
struct outline {
	bool bad;             /* it does not reach the end */
	unsigned questions;   /* as counted in the header */
	bool question_points; /* the first question has a pointer in its name */
	unsigned n_opt, n_tsig;
	bool opt_odd; /* an OPT with a name, outside the additional section, or cut options */
};

static bool skip_name(struct rd *r, bool *points)
{
	for (;;) {
		unsigned octet = rd_u8(r);
		if (!rd_ok(r) || (octet >= 64 && octet < 192))
			return false;
		if (octet == 0)
			return true;
		if (octet >= 192) {
			*points = true;
			(void)rd_u8(r);
			return rd_ok(r);
		}
		(void)rd_take(r, octet);
	}
}

static bool options_cut(struct rd r)
{
	while (rd_ok(&r) && rd_left(&r) > 0) {
		(void)rd_u16(&r);
		(void)rd_take(&r, rd_u16(&r));
	}
	return !rd_ok(&r);
}

static void outline_record(struct rd *r, bool additional, struct outline *o)
{
	const uint8_t *owner = r->p;
	bool points = false;

	if (!skip_name(r, &points)) {
		o->bad = true;
		return;
	}
	unsigned type = rd_u16(r);
	(void)rd_take(r, 6);
	size_t n = rd_u16(r);
	const uint8_t *rdata = rd_take(r, n);
	o->bad = !rdata;
	o->n_tsig += type == DNS_TYPE_TSIG;
	if (type != DNS_TYPE_OPT || !rdata)
		return;
	o->n_opt++;
	if (!additional || *owner != 0 || options_cut(rd_over(rdata, n)))
		o->opt_odd = true;
}

static struct outline outline_of(const uint8_t *data, size_t n)
{
	struct rd r = rd_over(data, n);
	struct outline o = { 0 };
	unsigned counts[3];

	(void)rd_take(&r, 4);
	o.questions = rd_u16(&r);
	for (int i = 0; i < 3; i++)
		counts[i] = rd_u16(&r);
	for (unsigned i = 0; rd_ok(&r) && !o.bad && i < o.questions; i++) {
		bool points = false;
		o.bad = !skip_name(&r, &points);
		o.question_points |= i == 0 && points;
		(void)rd_take(&r, 4);
	}
	for (int s = 0; s < 3; s++)
		for (unsigned i = 0; rd_ok(&r) && !o.bad && i < counts[s]; i++)
			outline_record(&r, s == 2, &o);
	o.bad |= !rd_ok(&r);
	return o;
}

/*
 * Whether the name at at has a pointer that does not lead before the labels in
 * front of it, or more pointers than a name can need, or goes on behind the
 * last record, where n is.
 */
static bool points_oddly(const uint8_t *msg, size_t n, size_t at)
{
	size_t run = at;

	for (int pointers = 0; at < n && msg[at] != 0;) {
		if (msg[at] < 64) {
			at += msg[at] + 1u;
			continue;
		}
		if (msg[at] < 192)
			return false;
		if (at + 1 >= n)
			return true;
		size_t to = (msg[at] & 0x3fu) << 8 | msg[at + 1];
		if (to >= run || ++pointers > 127)
			return true;
		run = at = to;
	}
	return at >= n;
}

static struct str wire_of(ldns_buffer *b)
{
	return (struct str){ (const char *)ldns_buffer_begin(b), ldns_buffer_position(b) };
}

static void check_owner(const struct dns_message *m, const struct dns_record *rr,
			const ldns_rr *theirs)
{
	const uint8_t *msg = (const uint8_t *)m->octets.p;
	ldns_rdf *owner = ldns_rr_owner(theirs);
	struct dns_name name;

	if (dns_message_owner(m, rr, &name) != ERR_OK) {
		must(points_oddly(msg, m->octets.n, (size_t)(rr->owner - msg)));
		return;
	}
	must(str_eq(dns_name_wire(&name),
		    (struct str){ (const char *)ldns_rdf_data(owner), ldns_rdf_size(owner) }));
}

/* Octets, strings, names, octets: addresses, and what may be compressed (RFC 1035, RFC 3597). */
static const struct shape {
	unsigned type;
	size_t before;
	unsigned names;
	size_t after;
	unsigned strings;
	bool open; /* goes on as it likes */
} shapes[] = {
	{ 1, 4, 0, 0, 0, false },  { 2, 0, 1, 0, 0, false },  { 3, 0, 1, 0, 0, false },
	{ 4, 0, 1, 0, 0, false },  { 5, 0, 1, 0, 0, false },  { 6, 0, 2, 20, 0, false },
	{ 7, 0, 1, 0, 0, false },  { 8, 0, 1, 0, 0, false },  { 9, 0, 1, 0, 0, false },
	{ 12, 0, 1, 0, 0, false }, { 14, 0, 2, 0, 0, false }, { 15, 2, 1, 0, 0, false },
	{ 17, 0, 2, 0, 0, false }, { 18, 2, 1, 0, 0, false }, { 21, 2, 1, 0, 0, false },
	{ 24, 18, 1, 0, 0, true }, { 26, 2, 2, 0, 0, false }, { 28, 16, 0, 0, 0, false },
	{ 30, 0, 1, 0, 0, true },  { 33, 6, 1, 0, 0, false }, { 35, 4, 1, 0, 3, false },
	{ 36, 2, 1, 0, 0, false }, { 39, 0, 1, 0, 0, false },
};

static const struct shape *shape_of(unsigned type)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (shapes[i].type == type)
			return &shapes[i];
	return NULL;
}

/* Rdata that ldns accepts and we do not: too short, too long, or with a name we do not read. */
static bool refused_rightly(const struct dns_message *m, const struct dns_record *rr)
{
	const uint8_t *msg = (const uint8_t *)m->octets.p;
	struct rd r = rd_over(rr->rdata.p, rr->rdata.n);
	const struct shape *s = shape_of(rr->type);

	if (!s)
		return false;
	(void)rd_take(&r, s->before);
	for (unsigned i = 0; i < s->strings; i++)
		(void)rd_take(&r, rd_u8(&r));
	for (unsigned i = 0; i < s->names; i++) {
		bool points = false;
		if (!rd_ok(&r) || points_oddly(msg, m->octets.n, (size_t)(r.p - msg)))
			return true;
		if (!skip_name(&r, &points))
			return true;
	}
	(void)rd_take(&r, s->after);
	return !rd_ok(&r) || (rd_left(&r) > 0 && !s->open);
}

/* Each reads what the other writes. */
static void check_text(uint16_t type, struct str rdata, const ldns_rr *theirs)
{
	struct buf text = BUF_MAX(1 << 20), back = BUF_MAX(UINT16_MAX);

	for (size_t i = 0; i < ldns_rr_rd_count(theirs); i++) {
		char *word = ldns_rdf2str(ldns_rr_rdf(theirs, i));
		must(word != NULL);
		buf_add(&text, i ? STR(" ") : STR(""));
		buf_add(&text, str_of(word));
		free(word);
	}
	must(dns_text_read_rdata(type, buf_str(&text), &back) == ERR_OK);
	must(str_eq(buf_str(&back), rdata));
	buf_free(&text);
	buf_free(&back);
}

static void check_text_back(uint16_t type, struct str rdata)
{
	struct buf text = BUF_MAX(1 << 20);
	char number[DNS_TYPE_TEXT_MAX];
	ldns_rr *rr = NULL;

	buf_addf(&text, ". 0 IN %.*s ", STR_ARG(dns_type_text(type, number)));
	dns_text_rdata(&text, type, rdata);
	buf_addc(&text, '\0');
	/* To ldns a name whose first label is "@" is the origin, escaped or not. */
	if (strstr(text.p, " \\@")) {
		buf_free(&text);
		return;
	}
	must(ldns_rr_new_frm_str(&rr, text.p, 0, NULL, NULL) == LDNS_STATUS_OK);
	ldns_buffer *wire = ldns_buffer_new(UINT16_MAX);
	must(wire && ldns_rr_rdata2buffer_wire(wire, rr) == LDNS_STATUS_OK);
	must(str_eq(wire_of(wire), rdata));
	ldns_buffer_free(wire);
	ldns_rr_free(rr);
	buf_free(&text);
}

static bool has_text(uint16_t type)
{
	static const uint16_t types[] = {
		DNS_TYPE_A,    DNS_TYPE_NS,    DNS_TYPE_CNAME, DNS_TYPE_SOA,   DNS_TYPE_PTR,
		DNS_TYPE_MX,   DNS_TYPE_TXT,   DNS_TYPE_AAAA,  DNS_TYPE_SRV,   DNS_TYPE_DNAME,
		DNS_TYPE_TLSA, DNS_TYPE_SSHFP, 17 /* RP */,    18 /* AFSDB */, 21 /* RT */,
		26 /* PX */,   35 /* NAPTR */, 36 /* KX */,
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

/* ldns lets rdata pass that ends early. */
static bool whole(uint16_t type, const ldns_rr *theirs)
{
	return ldns_rr_rd_count(theirs) >= ldns_rr_descriptor_minimum(ldns_rr_descript(type));
}

/*
 * False: ldns has lost its place.  Rdata that goes on after its last field is
 * no error to it, and it reads the next record from there.
 */
static bool check_rdata(const struct dns_message *m, const struct dns_record *rr,
			const ldns_rr *theirs)
{
	static uint8_t rdata[DNS_RDATA_ROOM(UINT16_MAX)];
	ldns_buffer *wire = ldns_buffer_new(sizeof(rdata));
	size_t n = 0;

	must(wire && ldns_rr_rdata2buffer_wire(wire, theirs) == LDNS_STATUS_OK);
	enum err e = dns_rdata_read(m, rr, rdata, &n);
	struct str ours = { (const char *)rdata, n };
	bool same = e == ERR_OK && str_eq(ours, wire_of(wire));
	if (e != ERR_OK)
		must(refused_rightly(m, rr));
	else if (shape_of(rr->type))
		must(same);
	if (same && has_text(rr->type) && whole(rr->type, theirs)) {
		check_text(rr->type, ours, theirs);
		check_text_back(rr->type, ours);
	}
	/* All other types are octets to us; ldns decompresses names in some of them. */
	ldns_buffer_free(wire);
	return same;
}

static bool check_section(const struct dns_message *m, enum dns_section section,
			  const ldns_rr_list *theirs)
{
	struct dns_walk w = dns_message_walk(m, section);
	struct dns_record rr;
	size_t i = 0;

	while (dns_message_next(&w, &rr)) {
		/* ldns puts these aside; after a TSIG it reads one record less than there are. */
		if (section == DNS_SECTION_ADDITIONAL && rr.type == DNS_TYPE_OPT)
			continue;
		if (section == DNS_SECTION_ADDITIONAL && rr.type == DNS_TYPE_TSIG)
			return false;
		must(i < ldns_rr_list_rr_count(theirs));
		const ldns_rr *other = ldns_rr_list_rr(theirs, i++);
		must(rr.type == ldns_rr_get_type(other));
		must(rr.class == ldns_rr_get_class(other));
		must(rr.ttl_s == ldns_rr_ttl(other));
		check_owner(m, &rr, other);
		if (!check_rdata(m, &rr, other))
			return false;
	}
	must(i == ldns_rr_list_rr_count(theirs));
	return true;
}

static void check_header(const struct dns_message *m, const ldns_pkt *p)
{
	must(m->id == ldns_pkt_id(p));
	must(!!(m->flags & DNS_FLAG_QR) == ldns_pkt_qr(p));
	must(!!(m->flags & DNS_FLAG_AA) == ldns_pkt_aa(p));
	must(!!(m->flags & DNS_FLAG_TC) == ldns_pkt_tc(p));
	must(!!(m->flags & DNS_FLAG_RD) == ldns_pkt_rd(p));
	must(!!(m->flags & DNS_FLAG_RA) == ldns_pkt_ra(p));
	must(!!(m->flags & 0x20) == ldns_pkt_ad(p));
	must(!!(m->flags & DNS_FLAG_CD) == ldns_pkt_cd(p));
	must((m->flags & DNS_FLAG_OPCODE) >> 11 == (unsigned)ldns_pkt_get_opcode(p));
	must((m->rcode & 15) == (unsigned)ldns_pkt_get_rcode(p));
}

/* Of rdata that end before their length does, ldns takes the rest for the next record. */
static void check_edns(const struct dns_message *m, const ldns_pkt *p)
{
	must(m->edns == ldns_pkt_edns(p));
	if (m->edns)
		must(m->rcode >> 4 == ldns_pkt_edns_extended_rcode(p));
}

static void check_question(const struct dns_message *m, const ldns_pkt *p)
{
	const ldns_rr *q = ldns_rr_list_rr(ldns_pkt_question(p), 0);
	ldns_rdf *owner = ldns_rr_owner(q);

	must(ldns_rr_list_rr_count(ldns_pkt_question(p)) == 1);
	must(m->type == ldns_rr_get_type(q) && m->class == ldns_rr_get_class(q));
	must(str_eq(dns_name_wire(&m->name),
		    (struct str){ (const char *)ldns_rdf_data(owner), ldns_rdf_size(owner) }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct outline o = outline_of(data, n);
	struct dns_message m;
	ldns_pkt *p = NULL;

	/* ldns keeps one TSIG and loses the memory of any other. */
	if (o.n_tsig > 1 || ldns_wire2pkt(&p, data, n) != LDNS_STATUS_OK)
		return 0;
	if (dns_message_read((struct str){ (const char *)data, n }, &m) != ERR_OK) {
		must(o.bad || o.questions != 1 || o.question_points || o.n_opt > 1 || o.opt_odd);
	} else {
		check_header(&m, p);
		check_question(&m, p);
		if (check_section(&m, DNS_SECTION_ANSWER, ldns_pkt_answer(p)) &&
		    check_section(&m, DNS_SECTION_AUTHORITY, ldns_pkt_authority(p)) &&
		    check_section(&m, DNS_SECTION_ADDITIONAL, ldns_pkt_additional(p)))
			check_edns(&m, p);
	}
	ldns_pkt_free(p);
	return 0;
}
