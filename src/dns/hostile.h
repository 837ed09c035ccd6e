/*
 * Hostile responses for tests: whole messages, and what must come of each.
 *
 *	for (size_t i = 0; i < HOSTILE_COUNT; i++) {
 *		const struct hostile *h = &hostile_table[i];
 *		ask for hostile_name(h), hostile_type(h);
 *		hostile_write(h, &c, id, the name as it was asked);
 *		... send craft_str(&c), see that h->fate is what comes ...
 *	}
 *
 * The name is written as it was asked, letters of whatever case.  Each message
 * has QR, RA and AD set, and no OPT record.  None makes a resolver ask for
 * another name.  A message that is dropped or malformed holds the address
 * 192.0.2.66 in some way that must not be seen.
 *
 * Numbers: T9 names, T10 chains and what lies beside them, T11 denials.
 */
#ifndef DNS_HOSTILE_H
#define DNS_HOSTILE_H

#include "dns/craft.h"

enum hostile_fate {
	HOSTILE_DROPPED,   /* answers another question: not an answer, the wait goes on */
	HOSTILE_MALFORMED, /* the server's answer, of no use: others are asked, or there is none */
	HOSTILE_LOOP,      /* DNS_LOOP */
	HOSTILE_DATA,      /* DNS_DATA: the records named, and no others */
	HOSTILE_NODATA,    /* DNS_NODATA */
	HOSTILE_NO_NAME,   /* DNS_NO_NAME */
};

struct hostile {
	const char *label;
	enum hostile_fate fate;
	/* The question: NULL is a.example., 0 is A. */
	const char *ask;
	uint16_t type;
	/* The response: write, where there is one, then lines for craft_lines(). */
	unsigned rcode;
	void (*write)(struct craft *c, const struct hostile *h);
	struct str octets; /* for write */
	unsigned count;    /* for write */
	const char *answer, *authority, *additional;
	/* What comes of it: records as of dns_text_rr(), "; " between; seconds it may be kept. */
	const char *records;
	uint32_t ttl_s;
};

static inline struct dns_name hostile_name(const struct hostile *h)
{
	return craft_name_of(h->ask ? h->ask : "a.example.");
}

static inline uint16_t hostile_type(const struct hostile *h)
{
	return h->type ? h->type : DNS_TYPE_A;
}

static inline void hostile_write(const struct hostile *h, struct craft *c, uint16_t id,
				 const struct dns_name *name)
{
	unsigned flags = DNS_FLAG_QR | DNS_FLAG_RD | DNS_FLAG_RA | 0x20 | h->rcode;

	craft_reply(c, id, flags, name, hostile_type(h));
	if (h->write)
		h->write(c, h);
	craft_lines(c, DNS_SECTION_ANSWER, h->answer);
	craft_lines(c, DNS_SECTION_AUTHORITY, h->authority);
	craft_lines(c, DNS_SECTION_ADDITIONAL, h->additional);
}

/* The forged address, under an owner that is written already. */
static inline void hostile_forged(struct craft *c, enum dns_section section)
{
	size_t rdata = craft_fixed(c, section, DNS_TYPE_A, 60);

	craft_u32(c, 0xc0000242);
	craft_close(c, rdata);
}

/* A record whose owner is octets.  After the question a.example. it stands at 27, 0x1b. */
static inline void hostile_owner(struct craft *c, const struct hostile *h)
{
	craft_add(c, h->octets);
	hostile_forged(c, DNS_SECTION_ANSWER);
}

/* Two owners, each a pointer to the other. */
static inline void hostile_two_owners(struct craft *c, const struct hostile *h)
{
	size_t at = c->n;

	(void)h;
	craft_u16(c, 0xc000 + (unsigned)at + 16);
	hostile_forged(c, DNS_SECTION_ANSWER);
	craft_u16(c, 0xc000 + (unsigned)at);
	hostile_forged(c, DNS_SECTION_ANSWER);
}

/* An owner reached over count pointers, the last of which leads to the question. */
static inline void hostile_pointers(struct craft *c, const struct hostile *h)
{
	size_t rdata = craft_open(c, DNS_SECTION_ANSWER, STR("b.example."), 65280, 60);
	size_t to = DNS_HEADER_OCTETS;

	for (unsigned i = 1; i < h->count; i++) {
		size_t at = c->n;
		craft_u16(c, 0xc000 + (unsigned)to);
		to = at;
	}
	craft_close(c, rdata);
	craft_u16(c, 0xc000 + (unsigned)to);
	hostile_forged(c, DNS_SECTION_ANSWER);
}

/* The message ends within an owner. */
static inline void hostile_cut(struct craft *c, const struct hostile *h)
{
	craft_count(c, DNS_SECTION_ANSWER);
	craft_add(c, h->octets);
}

/* The question's name is octets. */
static inline void hostile_question(struct craft *c, const struct hostile *h)
{
	c->n = DNS_HEADER_OCTETS;
	craft_add(c, h->octets);
	craft_u16(c, hostile_type(h));
	craft_u16(c, DNS_CLASS_IN);
	craft_name(c, STR("a.example."));
	hostile_forged(c, DNS_SECTION_ANSWER);
}

/* A record of the question's owner and type whose rdata is octets, which stand at 39, 0x27. */
static inline void hostile_rdata(struct craft *c, const struct hostile *h)
{
	size_t rdata = craft_open(c, DNS_SECTION_ANSWER, STR("@"), hostile_type(h), 60);

	craft_add(c, h->octets);
	craft_close(c, rdata);
}

/* An alias of the question whose rdata is octets, and the address of whatever it may be. */
static inline void hostile_alias(struct craft *c, const struct hostile *h)
{
	size_t rdata = craft_open(c, DNS_SECTION_ANSWER, STR("@"), DNS_TYPE_CNAME, 60);

	craft_add(c, h->octets);
	craft_close(c, rdata);
	craft_u16(c, 0xc000 + (unsigned)rdata);
	hostile_forged(c, DNS_SECTION_ANSWER);
}

/* An exchange of count labels of one octet, 64 of them behind a pointer, and then octets. */
static inline void hostile_labels(struct craft *c, const struct hostile *h)
{
	size_t far = c->n;

	for (int i = 0; i < 64; i++)
		craft_add(c, STR("\1x"));
	craft_u8(c, 0);
	hostile_forged(c, DNS_SECTION_ANSWER);
	size_t rdata = craft_open(c, DNS_SECTION_ANSWER, STR("@"), DNS_TYPE_MX, 60);
	craft_u16(c, 10);
	for (unsigned i = 64; i < h->count; i++)
		craft_add(c, STR("\1y"));
	craft_add(c, h->octets);
	craft_u16(c, 0xc000 + (unsigned)far);
	craft_close(c, rdata);
}

/* A denial by the SOA of a zone whose name is octets. */
static inline void hostile_soa(struct craft *c, const struct hostile *h)
{
	craft_add(c, h->octets);
	size_t rdata = craft_fixed(c, DNS_SECTION_AUTHORITY, DNS_TYPE_SOA, 60);
	craft_u16(c, 0);
	for (int i = 0; i < 5; i++)
		craft_u32(c, 60);
	craft_close(c, rdata);
}

/* An address beside the answer, owned by octets. */
static inline void hostile_beside(struct craft *c, const struct hostile *h)
{
	craft_line(c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	craft_add(c, h->octets);
	hostile_forged(c, DNS_SECTION_ADDITIONAL);
}

/* The question's address in class CH. */
static inline void hostile_class(struct craft *c, const struct hostile *h)
{
	hostile_owner(c, h);
	c->p[c->n - 11] = 3;
}

/* Aliases from the question over n1., n2. and so on, count of them, the last to octets. */
static inline void hostile_chain(struct craft *c, const struct hostile *h)
{
	struct buf line = BUF_MAX(64);

	for (unsigned i = 0; i < h->count; i++) {
		buf_clear(&line);
		if (i == 0)
			buf_add(&line, STR("@ 60 CNAME "));
		else
			buf_addf(&line, "n%u. 60 CNAME ", i);
		if (i + 1 == h->count)
			buf_add(&line, h->octets);
		else
			buf_addf(&line, "n%u.", i + 1);
		craft_line(c, DNS_SECTION_ANSWER, buf_str(&line));
	}
	buf_free(&line);
}

#define HOSTILE_GOOD "@ 60 A 192.0.2.1"
#define HOSTILE_GOOD_TEXT "a.example. 60 A 192.0.2.1"
#define HOSTILE_X16 "x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x."
#define HOSTILE_Y16 "y.y.y.y.y.y.y.y.y.y.y.y.y.y.y.y."
#define HOSTILE_X64 HOSTILE_X16 HOSTILE_X16 HOSTILE_X16 HOSTILE_X16
#define HOSTILE_Y48 HOSTILE_Y16 HOSTILE_Y16 HOSTILE_Y16
#define HOSTILE_Y61 HOSTILE_Y48 "y.y.y.y.y.y.y.y.y.y.y.y.y."
#define HOSTILE_L10                                                                                \
	"abcdefghijk.abcdefghijk.abcdefghijk.abcdefghijk.abcdefghijk."                             \
	"abcdefghijk.abcdefghijk.abcdefghijk.abcdefghijk.abcdefghijk."
/* 251 octets on the wire, 248 of them before "b." */
#define HOSTILE_251 HOSTILE_L10 HOSTILE_L10 "xxxxxxx.b."

/* clang-format off */
static const struct hostile hostile_table[] = {
	/* T9: owners in the answer section. */
	{ "T9: owner points to itself", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\xc0\x1b"), .answer = HOSTILE_GOOD },
	{ "T9: owner points into its own labels", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\1a\xc0\x1b"), .answer = HOSTILE_GOOD },
	{ "T9: owner points forward", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\xc0\x2b"), .answer = HOSTILE_GOOD },
	{ "T9: owner points past the end", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\xff\xff"), .answer = HOSTILE_GOOD },
	{ "T9: two owners point to each other", HOSTILE_MALFORMED,
	  .write = hostile_two_owners, .answer = HOSTILE_GOOD },
	{ "T9: owner points into a label", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\xc0\x0d"), .answer = HOSTILE_GOOD },
	{ "T9: owner's label of type 01", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\x41" "a\0"), .answer = HOSTILE_GOOD },
	{ "T9: owner's label of type 10", HOSTILE_MALFORMED,
	  .write = hostile_owner, .octets = STR_INIT("\x81" "a\0"), .answer = HOSTILE_GOOD },
	{ "T9: owner over 127 pointers", HOSTILE_DATA,
	  .write = hostile_pointers, .count = 127,
	  .records = "a.example. 60 A 192.0.2.66", .ttl_s = 60 },
	{ "T9: owner over 128 pointers", HOSTILE_MALFORMED,
	  .write = hostile_pointers, .count = 128, .answer = HOSTILE_GOOD },
	{ "T9: owner points into the header, where a zero is the root", HOSTILE_DATA,
	  .write = hostile_owner, .octets = STR_INIT("\xc0\x04"), .answer = HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T9: owner with a NUL in its label", HOSTILE_DATA,
	  .write = hostile_owner, .octets = STR_INIT("\2a\0\7example\0"), .answer = HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T9: owner with a dot in its label", HOSTILE_DATA,
	  .write = hostile_owner, .octets = STR_INIT("\x09" "a.example\0"), .answer = HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T9: the message ends in an owner's label", HOSTILE_MALFORMED,
	  .write = hostile_cut, .octets = STR_INIT("\1") },
	{ "T9: the message ends in an owner's pointer", HOSTILE_MALFORMED,
	  .write = hostile_cut, .octets = STR_INIT("\xc0") },
	{ "T9: the message ends before an owner", HOSTILE_MALFORMED, .write = hostile_cut },

	/* T9: names in rdata. */
	{ "T9: alias points to itself", HOSTILE_MALFORMED,
	  .write = hostile_alias, .octets = STR_INIT("\xc0\x27") },
	{ "T9: alias points forward", HOSTILE_MALFORMED,
	  .write = hostile_alias, .octets = STR_INIT("\xc0\x29") },
	{ "T9: alias with a label of type 01", HOSTILE_MALFORMED,
	  .write = hostile_alias, .octets = STR_INIT("\x41" "b\0") },
	{ "T9: alias with a label of type 10", HOSTILE_MALFORMED,
	  .write = hostile_alias, .octets = STR_INIT("\x81" "b\0") },
	{ "T9: alias without a name", HOSTILE_MALFORMED, .write = hostile_alias },
	{ "T9: alias with an octet after its name", HOSTILE_MALFORMED,
	  .write = hostile_alias, .octets = STR_INIT("\1b\0\0") },
	{ "T9: alias runs past its rdata", HOSTILE_MALFORMED,
	  .write = hostile_alias, .octets = STR_INIT("\1b") },
	{ "T9: exchange of 127 labels", HOSTILE_DATA,
	  .type = DNS_TYPE_MX, .write = hostile_labels, .count = 127,
	  .records = "a.example. 60 MX 10 " HOSTILE_Y61 "y.y." HOSTILE_X64, .ttl_s = 60 },
	{ "T9: exchange of 128 labels", HOSTILE_MALFORMED,
	  .type = DNS_TYPE_MX, .write = hostile_labels, .count = 128 },
	{ "T9: exchange of 255 octets", HOSTILE_DATA,
	  .type = DNS_TYPE_MX, .write = hostile_labels, .count = 125,
	  .octets = STR_INIT("\3zzz"),
	  .records = "a.example. 60 MX 10 " HOSTILE_Y61 "zzz." HOSTILE_X64, .ttl_s = 60 },
	{ "T9: exchange of 256 octets", HOSTILE_MALFORMED,
	  .type = DNS_TYPE_MX, .write = hostile_labels, .count = 125,
	  .octets = STR_INIT("\4zzzz") },
	{ "T9: exchange with a dot and a NUL in its label", HOSTILE_DATA,
	  .type = DNS_TYPE_MX, .write = hostile_rdata, .octets = STR_INIT("\0\x0a\4a.b\0\xc0\x0e"),
	  .records = "a.example. 60 MX 10 a\\.b\\000.example.", .ttl_s = 60 },
	{ "T9: exchange missing", HOSTILE_MALFORMED,
	  .type = DNS_TYPE_MX, .write = hostile_rdata, .octets = STR_INIT("\0\x0a") },
	{ "T9: exchange points to itself, beside a good one", HOSTILE_MALFORMED,
	  .type = DNS_TYPE_MX, .write = hostile_rdata, .octets = STR_INIT("\0\x0a\xc0\x29"),
	  .answer = "@ 60 MX 20 mx.example." },

	/* T9: the question. */
	{ "T9: question points into the header", HOSTILE_DROPPED,
	  .write = hostile_question, .octets = STR_INIT("\xc0\x04") },
	{ "T9: question points to itself", HOSTILE_DROPPED,
	  .write = hostile_question, .octets = STR_INIT("\xc0\x0c") },
	{ "T9: question's label of type 01", HOSTILE_DROPPED,
	  .write = hostile_question, .octets = STR_INIT("\x41" "a\7example\0") },
	{ "T9: question with a dot in its label", HOSTILE_DROPPED,
	  .write = hostile_question, .octets = STR_INIT("\x09" "a.example\0") },
	{ "T9: question with a NUL in its label", HOSTILE_DROPPED,
	  .write = hostile_question, .octets = STR_INIT("\2a\0\7example\0") },
	{ "T9: question without its root", HOSTILE_DROPPED,
	  .write = hostile_question, .octets = STR_INIT("\1a\7example") },

	/* T9: beside the answer. */
	{ "T9: zone of the denial points to itself", HOSTILE_NODATA,
	  .write = hostile_soa, .octets = STR_INIT("\xc0\x1b") },
	{ "T9: zone of the denial is the root in the header", HOSTILE_NODATA,
	  .write = hostile_soa, .octets = STR_INIT("\xc0\x04"), .ttl_s = 60 },
	{ "T9: additional owner points to itself", HOSTILE_DATA,
	  .write = hostile_beside, .octets = STR_INIT("\xc0\x2b"),
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T9: additional owner's label of type 10", HOSTILE_MALFORMED,
	  .write = hostile_beside, .octets = STR_INIT("\x81" "a\0") },

	/* T10: chains. */
	{ "T10: CNAME loop of 1", HOSTILE_LOOP,
	  .write = hostile_chain, .count = 1, .octets = STR_INIT("@"),
	  .records = "a.example. 60 CNAME a.example.", .ttl_s = 60 },
	{ "T10: CNAME loop of 2", HOSTILE_LOOP,
	  .write = hostile_chain, .count = 2, .octets = STR_INIT("@"),
	  .records = "a.example. 60 CNAME n1.; n1. 60 CNAME a.example.", .ttl_s = 60 },
	{ "T10: CNAME loop of 16", HOSTILE_LOOP,
	  .write = hostile_chain, .count = 16, .octets = STR_INIT("@"), .ttl_s = 60 },
	{ "T10: CNAME loop of 17", HOSTILE_LOOP,
	  .write = hostile_chain, .count = 17, .octets = STR_INIT("@"), .ttl_s = 60 },
	{ "T10: CNAME loop that the question only leads into", HOSTILE_LOOP,
	  .write = hostile_chain, .count = 3, .octets = STR_INIT("n1."), .ttl_s = 60 },
	{ "T10: chain of 16", HOSTILE_DATA,
	  .write = hostile_chain, .count = 16, .octets = STR_INIT("n16."),
	  .answer = "n16. 60 A 192.0.2.1", .ttl_s = 60 },
	{ "T10: chain of 17", HOSTILE_LOOP,
	  .write = hostile_chain, .count = 17, .octets = STR_INIT("n17."),
	  .answer = "n17. 60 A 192.0.2.66", .ttl_s = 60 },
	{ "T10: DNAME to 256 octets", HOSTILE_MALFORMED,
	  .ask = HOSTILE_251, .answer = "b. 60 DNAME abcdef.\nabcdef. 60 A 192.0.2.66" },
	{ "T10: DNAME below itself", HOSTILE_LOOP,
	  .ask = "x.a.example.", .answer = "a.example. 60 DNAME b.a.example.", .ttl_s = 60 },
	{ "T10: DNAME twice, two targets", HOSTILE_MALFORMED,
	  .ask = "x.a.example.",
	  .answer = "a.example. 60 DNAME b.\na.example. 60 DNAME c.\nx.b. 60 A 192.0.2.66" },
	{ "T10: DNAME, and a CNAME that leads elsewhere", HOSTILE_MALFORMED,
	  .ask = "x.a.example.",
	  .answer = "a.example. 60 DNAME b.\n@ 60 CNAME x.c.\nx.c. 60 A 192.0.2.66" },
	{ "T10: CNAME and data", HOSTILE_MALFORMED,
	  .answer = "@ 60 CNAME b.\n@ 60 A 192.0.2.66\nb. 60 A 192.0.2.66" },
	{ "T10: CNAME and data of another type", HOSTILE_DATA,
	  .answer = "@ 60 MX 1 c.\n@ 60 CNAME b.\nb. 60 A 192.0.2.1",
	  .records = "a.example. 60 CNAME b.; b. 60 A 192.0.2.1", .ttl_s = 60 },
	{ "T10: CNAME twice, two targets", HOSTILE_MALFORMED,
	  .answer = "@ 60 CNAME b.\n@ 60 CNAME c.\nb. 60 A 192.0.2.66\nc. 60 A 192.0.2.66" },
	{ "T10: CNAME twice the same", HOSTILE_DATA,
	  .answer = "@ 60 CNAME b.\n@ 50 CNAME B.\nb. 60 A 192.0.2.1",
	  .records = "a.example. 60 CNAME b.; b. 60 A 192.0.2.1", .ttl_s = 60 },

	/* T10: off the path. */
	{ "T10: another name before", HOSTILE_DATA,
	  .answer = "b.example. 1 A 192.0.2.66\n" HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: another name after", HOSTILE_DATA,
	  .answer = HOSTILE_GOOD "\nb.example. 1 A 192.0.2.66",
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: the parent, the child, a longer label", HOSTILE_DATA,
	  .answer = "example. 1 A 192.0.2.66\nb.a.example. 1 A 192.0.2.66\n"
		    "aa.example. 1 A 192.0.2.66\n" HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: only another name", HOSTILE_MALFORMED, .answer = "b.example. 60 A 192.0.2.66" },
	{ "T10: only another name, and a denial", HOSTILE_MALFORMED,
	  .answer = "b.example. 60 A 192.0.2.66", .authority = "example. 60 SOA 60" },
	{ "T10: only another name, and NXDOMAIN", HOSTILE_MALFORMED, .rcode = DNS_NXDOMAIN,
	  .answer = "b.example. 60 A 192.0.2.66", .authority = "example. 60 SOA 60" },
	{ "T10: only an alias of the question", HOSTILE_MALFORMED,
	  .answer = "b.example. 60 CNAME @\nc.example. 60 A 192.0.2.66" },
	{ "T10: only another type", HOSTILE_NODATA, .answer = "@ 60 TXT text" },
	{ "T10: another type", HOSTILE_DATA,
	  .answer = "@ 1 MX 1 b.\n@ 1 TXT text\n" HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: another class", HOSTILE_DATA,
	  .write = hostile_class, .octets = STR_INIT("\xc0\x0c"), .answer = HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: an alias of the question", HOSTILE_DATA,
	  .answer = "b.example. 1 CNAME @\n" HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: a malformed alias of another name", HOSTILE_DATA,
	  .answer = "b.example. 1 TYPE5 c0\n" HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: a DNAME beside the question", HOSTILE_DATA,
	  .ask = "x.ba.example.", .answer = "a.example. 1 DNAME b.\n" HOSTILE_GOOD,
	  .records = "x.ba.example. 60 A 192.0.2.1", .ttl_s = 60 },
	{ "T10: the answer in the authority section", HOSTILE_NODATA,
	  .authority = "@ 60 A 192.0.2.66" },
	{ "T10: the answer in the additional section", HOSTILE_NODATA,
	  .additional = "@ 60 A 192.0.2.66" },
	{ "T10: more in the other sections", HOSTILE_DATA,
	  .answer = HOSTILE_GOOD, .authority = "@ 1 A 192.0.2.66",
	  .additional = "@ 1 A 192.0.2.66", .records = HOSTILE_GOOD_TEXT, .ttl_s = 60 },

	/* T10: sets. */
	{ "T10: a record twice", HOSTILE_DATA,
	  .answer = HOSTILE_GOOD "\n" HOSTILE_GOOD,
	  .records = HOSTILE_GOOD_TEXT "; " HOSTILE_GOOD_TEXT, .ttl_s = 60 },
	{ "T10: mixed TTL", HOSTILE_DATA,
	  .answer = HOSTILE_GOOD "\n@ 30 A 192.0.2.2\n@ 90 A 192.0.2.3",
	  .records = HOSTILE_GOOD_TEXT "; a.example. 30 A 192.0.2.2; a.example. 90 A 192.0.2.3",
	  .ttl_s = 30 },
	{ "T10: a TTL with its sign bit", HOSTILE_DATA,
	  .answer = "@ 2147483648 A 192.0.2.1", .records = "a.example. 0 A 192.0.2.1" },
	{ "T10: an address of three octets beside a good one", HOSTILE_MALFORMED,
	  .answer = "@ 60 TYPE1 c00002\n" HOSTILE_GOOD },

	/* T11: denials. */
	{ "T11: no data, no SOA", .fate = HOSTILE_NODATA },
	{ "T11: no data, SOA", HOSTILE_NODATA, .authority = "example. 60 SOA 60", .ttl_s = 60 },
	{ "T11: no data, SOA with TTL below MINIMUM", HOSTILE_NODATA,
	  .authority = "example. 20 SOA 60", .ttl_s = 20 },
	{ "T11: no data, SOA with MINIMUM below TTL", HOSTILE_NODATA,
	  .authority = "example. 60 SOA 20", .ttl_s = 20 },
	{ "T11: no data, SOA of the root", HOSTILE_NODATA, .authority = ". 60 SOA 60",
	  .ttl_s = 60 },
	{ "T11: no data, SOA of a child", HOSTILE_NODATA, .authority = "b.a.example. 60 SOA 60" },
	{ "T11: no data, SOA of another", HOSTILE_NODATA, .authority = "b.example. 60 SOA 60" },
	{ "T11: no data, SOA in the answer section", HOSTILE_MALFORMED,
	  .answer = "example. 60 SOA 60", .additional = "@ 60 A 192.0.2.66" },
	{ "T11: no name, no SOA", HOSTILE_NO_NAME, .rcode = DNS_NXDOMAIN },
	{ "T11: no name, SOA with TTL below MINIMUM", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .authority = "example. 20 SOA 60", .ttl_s = 20 },
	{ "T11: no name, SOA with MINIMUM below TTL", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .authority = "example. 60 SOA 20", .ttl_s = 20 },
	{ "T11: no name, SOA of the root", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .authority = ". 60 SOA 60", .ttl_s = 60 },
	{ "T11: no name, SOA of a child", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .authority = "b.a.example. 60 SOA 60" },
	{ "T11: no name, data nevertheless", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .answer = "@ 60 A 192.0.2.66" },
	{ "T11: no data after a CNAME", HOSTILE_NODATA,
	  .answer = "@ 60 CNAME b.test.", .authority = "test. 30 SOA 60",
	  .records = "a.example. 60 CNAME b.test.", .ttl_s = 30 },
	{ "T11: no name after a CNAME", HOSTILE_NO_NAME, .rcode = DNS_NXDOMAIN,
	  .answer = "@ 60 CNAME b.test.", .authority = "test. 60 SOA 30",
	  .records = "a.example. 60 CNAME b.test.", .ttl_s = 30 },
	{ "T11: no name after a CNAME, SOA of the alias's zone", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .answer = "@ 60 CNAME b.test.", .authority = "example. 60 SOA 60",
	  .records = "a.example. 60 CNAME b.test." },
	{ "T11: no name after a CNAME, no SOA", HOSTILE_NO_NAME,
	  .rcode = DNS_NXDOMAIN, .answer = "@ 60 CNAME b.test.",
	  .records = "a.example. 60 CNAME b.test." },
	{ "T11: no data, NS without SOA", HOSTILE_NODATA,
	  .authority = "example. 60 NS ns.example.", .additional = "ns.example. 60 A 192.0.2.66" },
};
/* clang-format on */

#define HOSTILE_COUNT (sizeof(hostile_table) / sizeof(hostile_table[0]))

#endif
