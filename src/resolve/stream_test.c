/*
 * Questions over streams, each test over TCP and over TLS: what must not be taken
 * for an answer (T1, T2, T3), many at once, and connections that end.
 */
#include "resolve/bed_priv.h"
#include "tls/forge.h"

#include <signal.h>

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define RIGHT "@ 60 A 192.0.2.1"
#define MANY 100

static struct forge lone;
static bool over_tls;

static const char *text_of(const char *tcp, const char *tls)
{
	return over_tls ? tls : tcp;
}

/* Patience for many connections, or questions, of a program that is watched. */
enum { SLOW_MS = 60000 };

static void open_bed(struct bed *b, bed_answer *answer, void *arg)
{
	bed_servers(b, 1, answer, arg);
	struct dns_server *s = &b->conf.servers[0];
	s->attempts = 1;
	s->channel = DNS_CHANNEL_TCP;
	if (!over_tls)
		return;
	b->fake[0].tls = forge_server(&lone);
	s->channel = DNS_CHANNEL_TLS;
	s->tls_ca_file = lone.cert_file; /* else all those of the system are read each time */
	forge_pin(&lone, s->tls_pin[s->n_tls_pin++]);
}

static void close_bed(struct bed *b)
{
	SSL_CTX *tls = b->fake[0].tls;

	bed_close(b);
	SSL_CTX_free(tls);
}

static void send_right(const struct fake_query *q)
{
	static struct craft c;

	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(RIGHT));
	fake_send(q, craft_str(&c));
}

static struct fake_client *client_of(const struct fake_query *q)
{
	return &q->fake->clients[q->client];
}

/* What comes before the right answer. */
enum kind {
	REFLECTED,
	OPCODE,
	QR_CLEAR,
	WRONG_ID,
	OTHER_NAME,
	OTHER_TYPE,
	OTHER_CLASS,
	NO_QUESTION,
	TWO_QUESTIONS,
	HEADER_ALONE,
	HUGE,
};

static const struct {
	const char *label;
	enum kind kind;
} kinds[] = {
	{ "T3: the query reflected", REFLECTED },
	{ "T3: another opcode", OPCODE },
	{ "T1: QR clear", QR_CLEAR },
	{ "T1: wrong ID", WRONG_ID },
	{ "T1: another name", OTHER_NAME },
	{ "T1: another type", OTHER_TYPE },
	{ "T1: another class", OTHER_CLASS },
	{ "T1: no question", NO_QUESTION },
	{ "T1: two questions", TWO_QUESTIONS },
	{ "T2: 12 octets", HEADER_ALONE },
	{ "T2: 65535 octets to another question", HUGE },
};

static void forge_answer(struct craft *c, const struct fake_query *q, enum kind kind)
{
	if (kind == OTHER_NAME || kind == HUGE)
		craft_begin(c, q->m.id, DNS_FLAG_QR | 0x20, "b.", A);
	else if (kind == OTHER_TYPE)
		craft_begin(c, q->m.id, DNS_FLAG_QR | 0x20, "a.", DNS_TYPE_AAAA);
	else
		fake_begin(c, q, 0x20);
	craft_line(c, DNS_SECTION_ANSWER, STR("a. 60 A 192.0.2.66"));
	if (kind == REFLECTED) {
		c->n = 0;
		craft_add(c, q->m.octets);
	}
	if (kind == OPCODE)
		c->p[2] |= 0x28;
	if (kind == QR_CLEAR)
		c->p[2] &= 0x7f;
	if (kind == WRONG_ID)
		c->p[0] ^= 0x55;
	if (kind == OTHER_CLASS)
		c->p[DNS_HEADER_OCTETS + q->m.name.len + 3] = 3;
	if (kind == NO_QUESTION || kind == HEADER_ALONE)
		c->p[5] = 0;
	if (kind == TWO_QUESTIONS)
		c->p[5] = 2;
	if (kind == HEADER_ALONE)
		c->n = DNS_HEADER_OCTETS;
	while (kind == HUGE && c->n < sizeof(c->p))
		craft_u8(c, 0);
}

struct bad {
	enum kind kind;
	int times;
};

static void bad_then_right(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const struct bad *bad = arg;

	forge_answer(&c, q, bad->kind);
	for (int i = 0; i < bad->times; i++)
		fake_send(q, craft_str(&c));
	send_right(q);
}

static void test_bad(void)
{
	static const int times[] = { 1, 3, 1000 };

	for (size_t i = 0; i < COUNT_OF(kinds) * COUNT_OF(times); i++) {
		size_t k = i / COUNT_OF(times);
		struct bad bad = { kinds[k].kind, times[i % COUNT_OF(times)] };
		struct resolve_server_state s;
		struct bed b;
		if (bad.kind == HUGE && bad.times > 1)
			continue; /* more than a socket holds; the fake does not wait */
		open_bed(&b, bad_then_right, &bad);
		bed_start(&b);
		bed_check(kinds[k].label, bed_ask(&b, "a.", A, AD),
			  text_of("data secure tcp: a. 60 A 192.0.2.1",
				  "data secure tls: a. 60 A 192.0.2.1"));
		CHECK_INT(kinds[k].label, b.fake[0].accepted, 1);
		CHECK_INT(kinds[k].label, resolve_server_at(b.r, 0, &s), 1);
		CHECK_INT(kinds[k].label, (long long)s.dropped, bad.times);
		close_bed(&b);
	}
}

/* Octets that are no message: the connection ends, twice, and the question with it. */
static const struct wrong {
	const char *label;
	struct str octets;
} wrongs[] = {
	{ "T2: zero octets", STR_INIT("\0\0") },
	{ "T2: one octet", STR_INIT("\0\1x") },
	{ "T2: 11 octets", STR_INIT("\0\x0bhello world") },
	{ "T2: a length of 11 alone", STR_INIT("\0\x0b") },
};

static void send_wrong(const struct fake_query *q, void *arg)
{
	const struct wrong *w = arg;

	fake_write(client_of(q), w->octets.p, w->octets.n);
	send_right(q); /* too late: what follows nonsense is nonsense */
}

static void test_wrong(void)
{
	for (size_t i = 0; i < COUNT_OF(wrongs); i++) {
		struct wrong w = wrongs[i];
		struct resolve_server_state s;
		struct bed b;
		open_bed(&b, send_wrong, &w);
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		bed_check(w.label, got, "no answer indeterminate");
		CHECK_INT(w.label, str_ends(got->answer->why, STR(" is not DNS")), 1);
		CHECK_INT(w.label, b.fake[0].accepted, 2);
		CHECK_INT(w.label, resolve_server_at(b.r, 0, &s), 1);
		CHECK_INT(w.label, s.answering, 0);
		close_bed(&b);
	}
}

static void truncating(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	fake_begin(&c, q, 0x20 | DNS_FLAG_TC);
	craft_line(&c, DNS_SECTION_ANSWER, STR(RIGHT));
	fake_send(q, craft_str(&c));
}

static void test_truncated(void)
{
	struct bed b;

	open_bed(&b, truncating, NULL);
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "a.", A, AD);
	bed_check("T3: TC with a full answer", got, "no answer indeterminate");
	CHECK_INT("T3: TC with a full answer", b.fake[0].accepted, 1);
	close_bed(&b);
}

/* One octet at a time, a turn of the loop between: over TLS each in a record of its own. */
static void in_pieces(const struct fake_query *q, void *arg)
{
	static struct craft c;
	struct bed *b = arg;

	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(RIGHT));
	uint8_t head[2] = { (uint8_t)(c.n >> 8), (uint8_t)c.n };
	for (size_t i = 0; i < 2 + c.n; i++) {
		fake_write(client_of(q), i < 2 ? head + i : c.p + i - 2, 1);
		loop_turn(&b->loop, 0);
	}
}

static void test_pieces(void)
{
	struct bed b;

	open_bed(&b, in_pieces, &b);
	bed_start(&b);
	bed_check("T6: length octets apart", bed_ask(&b, "a.", A, AD),
		  text_of("data secure tcp: a. 60 A 192.0.2.1",
			  "data secure tls: a. 60 A 192.0.2.1"));
	close_bed(&b);
}

/* Keeps questions until hold have come; then answers some backwards, and may hang up. */
struct holder {
	struct fake_query q[5000];
	unsigned n, hold, hang_ups;
	unsigned first, answers; /* before it hangs up the first time, and later */
};

static void holding(const struct fake_query *q, void *arg)
{
	struct holder *h = arg;

	h->q[h->n++] = *q;
	if (h->n < h->hold)
		return;
	for (unsigned i = 0; h->n > 0 && (h->hang_ups == 0 || i < h->first); i++)
		send_right(&h->q[--h->n]);
	if (h->hang_ups > 0) {
		h->hang_ups--;
		h->first = h->answers;
		h->hold = h->n; /* the rest comes again */
		h->n = 0;
		fake_hang_up(client_of(q));
	}
}

static struct bed_got gots[5000];

static void send_many(struct bed *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "n%u.", i);
		gots[i].answer = NULL;
		bed_send(b, name, A, AD, &gots[i]);
	}
}

/* How many had data. */
static unsigned collect(struct bed *b, unsigned n)
{
	unsigned data = 0;

	for (unsigned i = 0; i < n; i++) {
		loop_until(&b->loop, &gots[i].done, SLOW_MS);
		data += gots[i].outcome == DNS_DATA && gots[i].status == DNS_SECURE;
		dns_answer_free(&gots[i].answer);
	}
	return data;
}

static const struct {
	const char *label;
	unsigned hang_ups, first, answers; /* so many are answered before */
	unsigned data, connections;
} pipelines[] = {
	{ "T6: 100 at once, answered backwards", 0, 0, 0, 100, 1 },
	{ "T6: closed in mid-pipeline", 1, 50, 0, 100, 2 },
	{ "T6: closed after each answer", 99, 1, 1, 100, 100 },
	{ "T6: closed without an answer", 1, 0, 0, 100, 2 },
	{ "T6: closed twice without an answer", 2, 0, 0, 0, 2 },
	{ "T6: closed without an answer, then after one", 2, 0, 1, 100, 3 },
	{ "T6: closed after an answer, then without one", 2, 1, 0, 100, 3 },
};

static void test_pipelines(void)
{
	static struct holder h;

	for (size_t i = 0; i < COUNT_OF(pipelines); i++) {
		struct bed b;
		h = (struct holder){ .hold = MANY,
				     .hang_ups = pipelines[i].hang_ups,
				     .first = pipelines[i].first,
				     .answers = pipelines[i].answers };
		open_bed(&b, holding, &h);
		b.conf.servers[0].timeout_ms = SLOW_MS;
		bed_start(&b);
		send_many(&b, MANY);
		CHECK_INT(pipelines[i].label, collect(&b, MANY), pipelines[i].data);
		CHECK_INT(pipelines[i].label, b.fake[0].accepted, pipelines[i].connections);
		close_bed(&b);
	}
}

static unsigned records;

static void count_records(int written, int version, int type, const void *p, size_t n, SSL *ssl,
			  void *arg)
{
	(void)version;
	(void)p;
	(void)n;
	(void)ssl;
	(void)arg;
	records += !written && type == SSL3_RT_HEADER;
}

/* What a turn gathers leaves at once; so does the first, alone, where the loop's time is fresh. */
static void test_one_record(void)
{
	static struct holder h;
	struct bed b;

	h = (struct holder){ .hold = 1 };
	open_bed(&b, holding, &h);
	if (over_tls)
		SSL_CTX_set_msg_callback(b.fake[0].tls, count_records);
	bed_start(&b);
	(void)bed_ask(&b, "first.", A, AD);
	h.hold = MANY;
	records = 0;
	send_many(&b, MANY);
	CHECK_INT("answered", collect(&b, MANY), MANY);
	if (over_tls)
		CHECK_INT("one record for the first, one for all others",
			  records == 1 || records == 2 ? 2 : records, 2);
	close_bed(&b);
}

/* No more are in flight on a connection than it takes; the rest waits its turn. */
static void test_full(void)
{
	static struct holder h;
	struct bed b;

	h = (struct holder){ .hold = 4096 };
	open_bed(&b, holding, &h);
	b.conf.servers[0].timeout_ms = SLOW_MS;
	bed_start(&b);
	send_many(&b, 4100);
	int full = 0;
	for (int i = 0; i < 10000 && !full; i++) {
		loop_turn(&b.loop, 10);
		full = b.fake[0].tcp_queries == 4096;
	}
	CHECK_INT("all that it takes, and no more", b.fake[0].tcp_queries, 4096);
	h.hold = 1;
	CHECK_INT("answered", collect(&b, 4100), 4100);
	CHECK_INT("on one connection", b.fake[0].accepted, 1);
	close_bed(&b);
}

/* An answer with the time that the server keeps connections, RFC 7828. */
static void keeping(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const unsigned *time_100ms = arg;

	CHECK_INT("asked for a time", str_has(q->m.octets, 11), 1);
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR(RIGHT));
	craft_add(&c, STR("\0\0\x29\x04\xd0\0\0\0\0\0\6\0\x0b\0\2"));
	craft_u16(&c, *time_100ms);
	c.p[11]++;
	fake_send(q, craft_str(&c));
}

/* Its first question is answered with a time of 0, the second with the third. */
static void last_words(const struct fake_query *q, void *arg)
{
	static const unsigned zero;
	static struct fake_query second;

	(void)arg;
	if (q->m.name.wire[1] == 'b')
		second = *q;
	else if (q->m.name.wire[1] == 'a')
		keeping(q, (void *)(uintptr_t)&zero);
	else {
		send_right(&second);
		send_right(q);
	}
}

/* What is in flight is waited for, what is new goes elsewhere. */
static void test_time_zero(void)
{
	struct bed b;

	open_bed(&b, last_words, NULL);
	bed_start(&b);
	bed_send(&b, "b.", A, AD, &gots[1]);
	bed_send(&b, "a.", A, AD, &gots[0]);
	loop_until(&b.loop, &gots[0].done, 5000);
	CHECK_INT("in flight", gots[1].done, 0);
	bed_send(&b, "c.", A, AD, &gots[2]);
	CHECK_INT("all answered", collect(&b, 3), 3);
	CHECK_INT("on two connections", b.fake[0].accepted, 2);
	close_bed(&b);
}

static void skip(struct bed *b, int64_t ms)
{
	b->loop.ahead += ms;
	for (int i = 0; i < 10; i++)
		loop_turn(&b->loop, 1);
}

static void test_keepalive(void)
{
	static const struct {
		const char *label;
		unsigned time_100ms;
		int64_t pause_ms;
		unsigned connections;
	} rows[] = {
		{ "a time of 0: another connection", 0, 0, 2 },
		{ "30 s, after 29", 300, 29000, 1 },
		{ "30 s, after 31", 300, 31000, 2 },
		{ "1 s, after 2", 10, 2000, 2 },
		{ "more than ten minutes, after nine", 65535, 540000, 1 },
		{ "more than ten minutes, after eleven", 65535, 660000, 2 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bed b;
		unsigned time_100ms = rows[i].time_100ms;
		open_bed(&b, keeping, &time_100ms);
		bed_start(&b);
		(void)bed_ask(&b, "a.", A, AD);
		skip(&b, rows[i].pause_ms);
		(void)bed_ask(&b, "b.", A, AD);
		CHECK_INT(rows[i].label, b.fake[0].accepted, rows[i].connections);
		close_bed(&b);
	}
}

/* What is told of each message. */
static void test_trace(void)
{
	CLEANUP(buf_free) struct buf told = BUF_MAX(4096);
	struct bad bad = { WRONG_ID, 1 };
	struct bed b;

	open_bed(&b, bad_then_right, &bad);
	bed_trace(&b, &told);
	bed_start(&b);
	(void)bed_ask(&b, "a.", A, AD);
	fake_close_tcp(&b.fake[0]);
	skip(&b, 1);
	CHECK_STR("trace", buf_str(&told),
		  str_of(text_of("sent tcp\nignored tcp (no question has its ID)\naccepted tcp\n"
				 "broken tcp (the server closed the connection)\n",
				 "sent tls\nignored tls (no question has its ID)\naccepted tls\n"
				 "broken tls (the server closed the connection)\n")));
	close_bed(&b);
}

/* A question that is given up leaves its ID behind until its answer comes. */
static void test_given_up(void)
{
	static struct holder h;
	struct bed b;

	h = (struct holder){ .hold = 2 };
	open_bed(&b, holding, &h);
	bed_start(&b);
	bed_send(&b, "a.", A, AD, &gots[0]);
	while (h.n == 0)
		loop_turn(&b.loop, 10);
	resolve_cancel(b.r, 1);
	bed_send(&b, "b.", A, AD, &gots[1]);
	loop_until(&b.loop, &gots[1].done, 5000);
	CHECK_INT("given up", gots[0].done, 0);
	CHECK_INT("the other", gots[1].outcome, DNS_DATA);
	CHECK_INT("on one connection", b.fake[0].accepted, 1);
	dns_answer_free(&gots[1].answer);
	close_bed(&b);
}

/* a. is answered by hanging up, from the second time on; all else rightly. */
static void hanging_up(const struct fake_query *q, void *arg)
{
	unsigned *n = arg;

	if (q->m.name.wire[1] != 'a')
		send_right(q);
	else if (++*n > 1)
		fake_hang_up(client_of(q));
}

/*
 * A question that is on a connection twice, as the server was heard meanwhile, ends while that is
 * closed: its other flight must not stay behind.
 */
static void test_twice_on_one(void)
{
	unsigned n = 0;
	struct bed b;

	open_bed(&b, hanging_up, &n);
	b.conf.servers[0].attempts = 2;
	bed_start(&b);
	bed_send(&b, "a.", A, AD, &gots[0]);
	while (n == 0)
		loop_turn(&b.loop, 10);
	skip(&b, 100);
	CHECK_INT("heard", bed_ask(&b, "b.", A, AD)->outcome, DNS_DATA);
	b.loop.ahead += b.conf.servers[0].timeout_ms;
	loop_until(&b.loop, &gots[0].done, SLOW_MS);
	CHECK_INT("twice on one connection, and anew", n > 2, 1);
	bed_check("it ends", &gots[0], "no answer indeterminate");
	dns_answer_free(&gots[0].answer);
	CHECK_INT("the next", bed_ask(&b, "c.", A, AD)->outcome, DNS_DATA);
	close_bed(&b);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* the fake servers write by OpenSSL */
	forge_begin();
	lone = forge_make("anything", "DNS:dns.example", 30, NULL);
	forge_write(&lone, "lone", NULL);
	for (int i = 0; i < 2; i++) {
		over_tls = i == 1;
		test_bad();
		test_wrong();
		test_truncated();
		test_pieces();
		test_pipelines();
		test_one_record();
		test_full();
		test_keepalive();
		test_time_zero();
		test_trace();
		test_given_up();
		test_twice_on_one();
	}
	forge_free(&lone);
	forge_end();
	return TEST_EXIT();
}
