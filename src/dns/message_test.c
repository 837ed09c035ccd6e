/*
 * Queries as they are written, responses as they are indexed.  T7: where a TSIG
 * stands.  T9: a question that points into the header.
 */
#include "dns/message.h"

#include "base/test.h"
#include "dns/craft.h"

static struct str write_query(uint8_t out[static DNS_QUERY_MAX], struct dns_query q)
{
	return (struct str){ (char *)out, dns_message_query(out, &q) };
}

static void test_query(void)
{
	struct dns_name name = craft_name_of("mx.example.");
	struct dns_query q = { .id = 0x1234, .name = &name, .type = DNS_TYPE_MX };
	uint8_t out[DNS_QUERY_MAX];

	CHECK_STR("plain", write_query(out, q),
		  STR("\x12\x34\x01\0\0\1\0\0\0\0\0\0\2mx\7example\0\0\x0f\0\1"));
	q.id = 0;
	q.flags = DNS_QUERY_CD;
	CHECK_INT("CD", write_query(out, q).p[3] & 0x10, 0x10);
	q.flags = DNS_QUERY_AD | DNS_QUERY_EDNS;
	CHECK_INT("no CD", write_query(out, q).p[3] & 0x10, 0);
	CHECK_STR("ad, edns", write_query(out, q),
		  STR("\0\0\x01\x20\0\1\0\0\0\0\0\1\2mx\7example\0\0\x0f\0\1"
		      "\0\0\x29\x04\xd0\0\0\0\0\0\0"));
	q.flags = DNS_QUERY_DO | DNS_QUERY_EDNS;
	CHECK_STR("do", str_skip(write_query(out, q), 12 + 12 + 4),
		  STR("\0\0\x29\x04\xd0\0\0\x80\0\0\0"));
	q.flags = DNS_QUERY_DO | DNS_QUERY_KEEPALIVE | DNS_QUERY_PAD;
	q.cookie = STR("12345678");
	CHECK_INT("options without edns", (long long)write_query(out, q).n, 12 + 12 + 4);
}

static void test_query_options(void)
{
	struct dns_name name = craft_name_of("mx.example.");
	struct dns_query q = { .name = &name, .type = DNS_TYPE_MX, .flags = DNS_QUERY_EDNS };
	uint8_t out[DNS_QUERY_MAX];

	q.cookie = STR("12345678");
	CHECK_STR("cookie", str_skip(write_query(out, q), 12 + 12 + 4),
		  STR("\0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x0a\0\x08"
		      "12345678"));
	q.cookie = STR("");
	q.flags |= DNS_QUERY_KEEPALIVE;
	CHECK_STR("keepalive", str_skip(write_query(out, q), 12 + 12 + 4),
		  STR("\0\0\x29\x04\xd0\0\0\0\0\0\4\0\x0b\0\0"));
	q.flags = DNS_QUERY_EDNS | DNS_QUERY_PAD;
	CHECK_INT("padded", (long long)write_query(out, q).n, 128);
	q.trailer = 128 - 43;
	CHECK_INT("padded, nothing left", (long long)write_query(out, q).n, 43);
	q.trailer++;
	CHECK_INT("padded, one octet too many", (long long)write_query(out, q).n, 43 + 127);

	name = (struct dns_name){ .len = DNS_NAME_MAX };
	q.flags |= DNS_QUERY_KEEPALIVE;
	q.cookie = STR("1234567890123456789012345678901234567890");
	q.trailer = 0;
	size_t whole = DNS_QUERY_MAX - DNS_PADDING;
	q.trailer = (unsigned)(DNS_PADDING - whole % DNS_PADDING + 1);
	CHECK_INT("longest", (long long)write_query(out, q).n, DNS_QUERY_MAX - 1);
}

static void test_options_read(void)
{
	static const struct {
		const char *label;
		struct str options, cookie;
		int keepalive;
	} cases[] = {
		{ "none", STR_INIT(""), STR_INIT(""), -1 },
		{ "cookie",
		  STR_INIT("\0\x0a\0\x08"
			   "12345678"),
		  STR_INIT("12345678"), -1 },
		{ "two cookies", STR_INIT("\0\x0a\0\1x\0\x0a\0\1y"), STR_INIT("x"), -1 },
		{ "keepalive", STR_INIT("\0\x0b\0\2\1\2"), STR_INIT(""), 258 },
		{ "keepalive without time", STR_INIT("\0\x0b\0\0"), STR_INIT(""), -1 },
		{ "keepalive too long", STR_INIT("\0\x0b\0\3\0\0\1"), STR_INIT(""), -1 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		static struct craft c;
		struct dns_message m;
		craft_begin(&c, 7, DNS_FLAG_QR, "a.example.", DNS_TYPE_MX);
		size_t rdata = craft_open(&c, DNS_SECTION_ADDITIONAL, STR("."), DNS_TYPE_OPT, 0);
		craft_add(&c, cases[i].options);
		craft_close(&c, rdata);
		struct str octets = { (char *)c.p, c.n };
		CHECK_INT(cases[i].label, dns_message_read(octets, &m), ERR_OK);
		CHECK_STR(cases[i].label, m.cookie, cases[i].cookie);
		CHECK_INT(cases[i].label, m.keepalive_100ms, cases[i].keepalive);
	}
}

/* Each cut of a good message is refused; the whole is read. */
static void test_cuts(void)
{
	static struct craft c;
	struct dns_message m;

	craft_begin(&c, 7, DNS_FLAG_QR | 3, "a.example.", DNS_TYPE_MX);
	craft_lines(&c, DNS_SECTION_ANSWER, "@ 60 MX 10 b.example.");
	craft_lines(&c, DNS_SECTION_AUTHORITY, "example. 30 SOA 20");
	craft_ede(&c, 6, "why");
	for (size_t n = 0; n < c.n; n++)
		CHECK_INT("cut", dns_message_read((struct str){ (char *)c.p, n }, &m), ERR_SYNTAX);
	CHECK_INT("whole", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("id", m.id, 7);
	CHECK_INT("rcode", m.rcode, 3);
	CHECK_INT("edns", m.edns, true);
	CHECK_INT("ede", (long long)m.n_ede, 1);
	CHECK_INT("ede", m.ede[0], 6);
	CHECK_STR("ede", m.ede_text, STR("why"));
	CHECK_INT("octets", (long long)m.octets.n, (long long)c.n);

	craft_begin(&c, 7, DNS_FLAG_QR, "a.example.", DNS_TYPE_MX);
	for (size_t n = 0; n < c.n; n++)
		CHECK_INT("cut question", dns_message_read((struct str){ (char *)c.p, n }, &m),
			  ERR_SYNTAX);
	CHECK_INT("question alone", dns_message_read(craft_str(&c), &m), ERR_OK);
}

static void test_whole(void)
{
	static struct craft c;
	struct dns_message m;

	craft_begin(&c, 7, DNS_FLAG_QR | 3, "a.example.", DNS_TYPE_MX);
	craft_lines(&c, DNS_SECTION_AUTHORITY, "example. 30 SOA 20");
	craft_u8(&c, 0);
	CHECK_INT("trailing", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("trailing", (long long)m.octets.n, (long long)c.n - 1);

	struct dns_walk w = dns_message_walk(&m, DNS_SECTION_AUTHORITY);
	struct dns_record rr;
	struct dns_name example = craft_name_of("EXAMPLE.");
	CHECK_INT("walk", dns_message_next(&w, &rr), true);
	CHECK_INT("walk", rr.type, DNS_TYPE_SOA);
	CHECK_INT("walk", rr.ttl_s, 30);
	CHECK_INT("walk", dns_message_owned(&m, &rr, &example), true);
	CHECK_INT("walk", dns_message_next(&w, &rr), false);
}

static void test_opt(void)
{
	static struct craft c;
	struct dns_message m;

	craft_begin(&c, 7, DNS_FLAG_QR | 7, "a.", DNS_TYPE_A);
	craft_opt(&c, 0x01000000, 10, STR("cookie12"));
	CHECK_INT("extended rcode", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("extended rcode", m.rcode, 23);
	CHECK_INT("a cookie is no error", (long long)m.n_ede, 0);
	craft_opt(&c, 0, -1, STR_NONE);
	CHECK_INT("two", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);

	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ANSWER, STR(". 0 OPT"));
	CHECK_INT("in answer", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);
	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_AUTHORITY, STR(". 0 OPT"));
	CHECK_INT("in authority", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);
	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR("a. 0 OPT"));
	CHECK_INT("with a name", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);

	static const struct {
		const char *rdata;
		enum err err;
		size_t n_ede;
	} options[] = {
		{ "000f00020006", ERR_OK, 1 },
		{ "000f000100", ERR_OK, 0 },
		{ "000f0000", ERR_OK, 0 },
		{ "000f00030006", ERR_SYNTAX, 0 },
		{ "000f", ERR_SYNTAX, 0 },
		{ "00", ERR_SYNTAX, 0 },
		{ "000f0002000600ff0001aa000f00020007", ERR_OK, 2 },
		{ "000f00020001000f00020002000f00020003000f00020004000f00020005", ERR_OK, 4 },
	};
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		char line[128];
		(void)snprintf(line, sizeof(line), ". 0 OPT %s", options[i].rdata);
		craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
		craft_line(&c, DNS_SECTION_ADDITIONAL, str_of(line));
		CHECK_INT(options[i].rdata, dns_message_read(craft_str(&c), &m), options[i].err);
		if (options[i].err == ERR_OK)
			CHECK_INT(options[i].rdata, (long long)m.n_ede,
				  (long long)options[i].n_ede);
	}
	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR(". 0 OPT 000f000400066100"));
	CHECK_INT("zero at end", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_STR("zero at end", m.ede_text, STR("a"));
	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR(". 0 OPT 000f0003000661000f0003000762"));
	CHECK_INT("two texts", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_STR("the first of two texts", m.ede_text, STR("a"));
}

/* What lays the failure to DNSSEC is kept, however many come before it. */
static void test_fifth_error(void)
{
	static struct craft c;
	struct dns_message m;

	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ADDITIONAL,
		   STR(". 0 OPT 000f00020003000f00020004000f00020016000f00020017000f00020007"));
	CHECK_INT("five", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("the fifth is DNSSEC's", m.ede[DNS_EDE_MAX - 1], 7);
}

/* A TSIG is where it belongs only as the last record of all. */
static void test_tsig(void)
{
	static struct craft c;
	struct dns_message m;

	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR("a. 60 A 192.0.2.1"));
	size_t at = c.n;
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR("key. 0 TSIG 00"));
	CHECK_INT("T7: last", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("T7: last", (long long)m.tsig, (long long)at);
	CHECK_INT("T7: last", m.n_tsig, 1);
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR("a. 60 A 192.0.2.1"));
	CHECK_INT("T7: not last", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("T7: not last", (long long)m.tsig, 0);
	CHECK_INT("T7: not last", m.n_tsig, 1);
	craft_line(&c, DNS_SECTION_ADDITIONAL, STR("key. 0 TSIG 00"));
	CHECK_INT("T7: two", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("T7: two", m.n_tsig, 2);

	craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ANSWER, STR("key. 0 TSIG 00"));
	CHECK_INT("T7: in the answer section", dns_message_read(craft_str(&c), &m), ERR_OK);
	CHECK_INT("T7: in the answer section", (long long)m.tsig, 0);
	CHECK_INT("T7: in the answer section", m.n_tsig, 1);
}

static void test_asks(void)
{
	static struct craft c;
	struct dns_name name = craft_name_of("a.example."), other = craft_name_of("b.example.");
	struct dns_message m;

	craft_begin(&c, 7, DNS_FLAG_QR, "A.Example.", DNS_TYPE_MX);
	CHECK_INT("same", dns_message_asks(craft_str(&c), &name, DNS_TYPE_MX), true);
	CHECK_INT("type", dns_message_asks(craft_str(&c), &name, DNS_TYPE_A), false);
	CHECK_INT("name", dns_message_asks(craft_str(&c), &other, DNS_TYPE_MX), false);
	CHECK_INT("cut", dns_message_asks(str_head(craft_str(&c), c.n - 1), &name, DNS_TYPE_MX),
		  false);
	c.p[c.n - 1] = 3;
	CHECK_INT("class", dns_message_asks(craft_str(&c), &name, DNS_TYPE_MX), false);
	c.p[c.n - 1] = 1;
	c.p[5] = 0;
	CHECK_INT("QDCOUNT 0", dns_message_asks(craft_str(&c), &name, DNS_TYPE_MX), false);
	CHECK_INT("QDCOUNT 0", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);
	c.p[5] = 2;
	CHECK_INT("QDCOUNT 2", dns_message_asks(craft_str(&c), &name, DNS_TYPE_MX), false);
	CHECK_INT("QDCOUNT 2", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);
	CHECK_INT("T9: question points into the header",
		  dns_message_read(STR("\0\0\x80\0\0\1\0\0\0\0\0\0\xc0\0\0\1\0\1"), &m),
		  ERR_SYNTAX);
	c.p[4] = 1;
	c.p[5] = 1;
	CHECK_INT("QDCOUNT 257", dns_message_asks(craft_str(&c), &name, DNS_TYPE_MX), false);
}

static void test_head(void)
{
	struct dns_head head;

	CHECK_INT("11", dns_message_head(STR("\0\1\x80\0\0\1\0\0\0\0\0"), &head), false);
	CHECK_INT("12", dns_message_head(STR("\0\1\x80\0\0\1\0\0\0\0\0\0"), &head), true);
	CHECK_INT("id", head.id, 1);
	CHECK_INT("flags", head.flags, 0x8000);
	CHECK_INT("questions", head.questions, 1);
	CHECK_INT("empty", dns_message_head(STR(""), &head), false);
}

/* Counts that the octets cannot hold are refused without reading past them. */
static void test_counts(void)
{
	static struct craft c;
	struct dns_message m;

	for (size_t at = 6; at < 12; at++) {
		craft_begin(&c, 7, DNS_FLAG_QR, "a.", DNS_TYPE_A);
		c.p[at] = 1;
		CHECK_INT("count", dns_message_read(craft_str(&c), &m), ERR_SYNTAX);
	}
}

int main(void)
{
	test_query();
	test_query_options();
	test_options_read();
	test_head();
	test_cuts();
	test_whole();
	test_opt();
	test_fifth_error();
	test_tsig();
	test_asks();
	test_counts();
	return TEST_EXIT();
}
