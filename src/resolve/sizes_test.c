/*
 * T2: an answer of every length, over each channel: each of its beginnings, from
 * no octet on, and then padded up to what a datagram, our buffer for one, and a
 * frame on a stream can hold.
 */
#include "resolve/bed_priv.h"
#include "tls/forge.h"

#include <signal.h>

#define A DNS_TYPE_A
#define GOOD "@ 60 A 192.0.2.1"
#define EVIL "@ 60 A 192.0.2.66"
#define OTHER "@ 60 A 192.0.2.2"

/* What recvmmsg() is given for one; UDP over IPv4. */
enum { BUFFER = 2048, DATAGRAM = 65507, FRAME = 65535 };

static struct forge lone;
static SSL_CTX *speaker; /* as lone; one for all, as it takes longer to make than an answer */
static struct craft c;

static const struct way {
	const char *name;
	enum dns_channel channel;
} ways[] = { { "udp", DNS_CHANNEL_UDP }, { "tcp", DNS_CHANNEL_TCP }, { "tls", DNS_CHANNEL_TLS } };

struct cut {
	struct bed bed;
	size_t n, question; /* octets that are sent; up to where the question ends */
	size_t whole;
	bool no_question; /* says the header */
	char label[128];
};

static void open_bed(struct bed *b, unsigned n, const struct way *way, bed_answer *answer,
		     void *arg)
{
	bed_servers(b, n, answer, arg);
	for (unsigned i = 0; i < n; i++) {
		struct dns_server *s = &b->conf.servers[i];
		s->channel = way->channel;
		s->attempts = 1;
		if (way->channel != DNS_CHANNEL_TLS)
			continue;
		b->fake[i].tls = speaker;
		forge_pin(&lone, s->tls_pin[s->n_tls_pin++]);
	}
	bed_start(b);
}

static void send_record(const struct fake_query *q, const char *record)
{
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, str_of(record));
	fake_send(q, craft_str(&c));
}

/* Server 0 cuts its answer, and then gives a whole one; server 1 does what is right. */
static void cutting(const struct fake_query *q, void *arg)
{
	struct cut *cut = arg;

	if (q->fake != &cut->bed.fake[0]) {
		send_record(q, OTHER);
		return;
	}
	fake_begin(&c, q, 0x20);
	cut->question = c.n;
	craft_line(&c, DNS_SECTION_ANSWER, STR(EVIL));
	cut->whole = c.n;
	c.n = cut->n;
	if (cut->no_question)
		c.p[5] = 0;
	fake_send(q, craft_str(&c));
	send_record(q, GOOD);
}

/* What comes of it: 1 the right answer behind it, 2 the other server's, 66 itself. */
static int fate(const struct cut *cut, const struct way *way)
{
	if (cut->n < DNS_HEADER_OCTETS && way->channel != DNS_CHANNEL_UDP)
		return 2; /* no frame of DNS: the connection ends, and ends again */
	if (cut->n < cut->question || cut->no_question)
		return 1;
	return cut->n < cut->whole ? 2 : 66;
}

static void check_cut(struct cut *cut, const struct way *way)
{
	char want[80];

	open_bed(&cut->bed, 2, way, cutting, cut);
	struct bed_got *got = bed_ask(&cut->bed, "a.example.", A, RESOLVE_AD);
	(void)snprintf(want, sizeof(want), "data secure %s: a.example. 60 A 192.0.2.%d", way->name,
		       fate(cut, way));
	bed_check(cut->label, got, want);
	bed_close(&cut->bed);
}

static void test_cuts(const struct way *way)
{
	static struct cut cut;
	size_t whole = 100;

	for (size_t n = 0; n <= whole; n++) {
		cut = (struct cut){ .n = n };
		(void)snprintf(cut.label, sizeof(cut.label), "%s, %s, %zu",
			       n <= DNS_HEADER_OCTETS ? "T2: 0 to 12 octets" : "T2: cut", way->name,
			       n);
		check_cut(&cut, way);
		whole = cut.whole;
	}
	CHECK_INT("T2: up to the whole", whole > DNS_HEADER_OCTETS && whole < 100, 1);
	for (size_t n = DNS_HEADER_OCTETS; n <= whole; n++) {
		cut = (struct cut){ .n = n, .no_question = true };
		(void)snprintf(cut.label, sizeof(cut.label), "T2: no question, %s, %zu", way->name,
			       n);
		check_cut(&cut, way);
	}
}

enum big { WHOLE, OTHER_NAME, NOT_A_RESPONSE, WRONG_ID };

static const struct size {
	const char *label;
	size_t n;
	enum big big;
	int times;
	const char *udp, *stream; /* NULL: not there */
} sizes[] = {
	{ "T2: an octet less than the buffer", BUFFER - 1, WHOLE, 1,
	  "data secure udp: a. 60 A 192.0.2.66", "data secure %s: a. 60 A 192.0.2.66" },
	{ "T2: as much as the buffer", BUFFER, WHOLE, 1, "data secure udp: a. 60 A 192.0.2.66",
	  "data secure %s: a. 60 A 192.0.2.66" },
	{ "T2: MSG_TRUNC by an octet", BUFFER + 1, WHOLE, 1, "data secure tcp: a. 60 A 192.0.2.1",
	  NULL },
	{ "T2: MSG_TRUNC of the largest datagram", DATAGRAM, WHOLE, 1,
	  "data secure tcp: a. 60 A 192.0.2.1", NULL },
	{ "T2: the largest datagram, wrong name", DATAGRAM, OTHER_NAME, 1,
	  "data secure udp: a. 60 A 192.0.2.1", NULL },
	{ "T2: the largest datagram, wrong name, three times", DATAGRAM, OTHER_NAME, 3,
	  "data secure udp: a. 60 A 192.0.2.1", NULL },
	{ "T2: the largest datagram, QR clear", DATAGRAM, NOT_A_RESPONSE, 1,
	  "data secure udp: a. 60 A 192.0.2.1", NULL },
	{ "T2: the largest datagram, wrong ID", DATAGRAM, WRONG_ID, 1,
	  "data secure tcp: a. 60 A 192.0.2.1", NULL },
	{ "T2: the largest frame less an octet", FRAME - 1, WHOLE, 1, NULL,
	  "data secure %s: a. 60 A 192.0.2.66" },
	{ "T2: the largest frame", FRAME, WHOLE, 1, NULL, "data secure %s: a. 60 A 192.0.2.66" },
	{ "T2: the largest frame, wrong name", FRAME, OTHER_NAME, 1, NULL,
	  "data secure %s: a. 60 A 192.0.2.1" },
	{ "T2: the largest frame, QR clear", FRAME, NOT_A_RESPONSE, 1, NULL,
	  "data secure %s: a. 60 A 192.0.2.1" },
};

/* One record beside the answer makes up the length. */
static void pad(size_t n)
{
	size_t rdata = craft_open(&c, DNS_SECTION_ADDITIONAL, STR("@"), 65280, 60);

	while (c.n < n)
		craft_u8(&c, 0);
	craft_close(&c, rdata);
}

static void padding(const struct fake_query *q, void *arg)
{
	const struct size *size = arg;
	bool first = q->fake->udp_queries + q->fake->tcp_queries == 1;

	for (int i = 0; first && i < size->times; i++) {
		if (size->big == OTHER_NAME)
			craft_begin(&c, q->m.id, DNS_FLAG_QR | 0x20, "b.", A);
		else
			fake_begin(&c, q, 0x20);
		craft_line(&c, DNS_SECTION_ANSWER, STR("a. 60 A 192.0.2.66"));
		pad(size->n);
		if (size->big == NOT_A_RESPONSE)
			c.p[2] &= 0x7f;
		if (size->big == WRONG_ID)
			c.p[0] ^= 0x55;
		fake_send(q, craft_str(&c));
	}
	send_record(q, GOOD);
}

static void test_sizes(const struct way *way)
{
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct size size = sizes[i];
		const char *want = way->channel == DNS_CHANNEL_UDP ? size.udp : size.stream;
		char text[80];
		struct bed b;
		if (!want)
			continue;
		const char *channel = strstr(want, "%s");
		(void)snprintf(text, sizeof(text), "%.*s%s%s",
			       channel ? (int)(channel - want) : (int)strlen(want), want,
			       channel ? way->name : "", channel ? channel + 2 : "");
		open_bed(&b, 1, way, padding, &size);
		bed_check(size.label, bed_ask(&b, "a.", A, RESOLVE_AD), text);
		CHECK_INT(size.label, b.fake[0].udp_queries, way->channel == DNS_CHANNEL_UDP);
		bed_close(&b);
	}
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* the fake servers write by OpenSSL */
	forge_begin();
	lone = forge_make("anything", "DNS:dns.example", 30, NULL);
	forge_write(&lone, "lone", NULL);
	speaker = forge_server(&lone);
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		test_cuts(&ways[i]);
		test_sizes(&ways[i]);
	}
	SSL_CTX_free(speaker);
	forge_free(&lone);
	forge_end();
	return TEST_EXIT();
}
