/*
 * T1, T2, T3, T14 by UDP.  What must not be taken for an answer: for each kind of forgery some
 * of it, and then the right answer, which must arrive.  The forged address is 192.0.2.66, the
 * right one 192.0.2.1.
 */
#include "resolve/bed_priv.h"
#include "resolve/core_priv.h"

#define GOOD "@ 60 A 192.0.2.1"
#define EVIL "@ 60 A 192.0.2.66"
#define GOOD_UDP "data secure udp: a.example. 60 A 192.0.2.1"
#define GOOD_TCP "data secure tcp: a.example. 60 A 192.0.2.1"
#define AD 0x20u

enum kind {
	EMPTY,
	ONE_OCTET,
	ELEVEN,
	HEADER_ONLY,
	REFLECTED,
	QR_CLEAR,
	OPCODE,
	NO_QUESTION,
	TWO_QUESTIONS,
	OTHER_NAME,
	OTHER_TYPE,
	OTHER_CLASS,
	OTHER_PORT,
	OTHER_ADDRESS,
	WRONG_ID,
	WRONG_ID_REFLECTED,
	WRONG_ID_MALFORMED,
	HUGE_OTHER_NAME,
	KINDS,
};

static const char *const kinds[] = {
	[EMPTY] = "T2: no octet",
	[ONE_OCTET] = "T2: one octet",
	[ELEVEN] = "T2: 11 octets",
	[HEADER_ONLY] = "T2: 12 octets",
	[REFLECTED] = "T3: reflected query",
	[QR_CLEAR] = "T3: QR clear, with an answer",
	[OPCODE] = "T3: another opcode",
	[NO_QUESTION] = "T1: QDCOUNT 0 with an answer",
	[TWO_QUESTIONS] = "T1: QDCOUNT 2",
	[OTHER_NAME] = "T1: wrong name",
	[OTHER_TYPE] = "T1: wrong type",
	[OTHER_CLASS] = "T1: wrong class",
	[OTHER_PORT] = "T1: other source port",
	[OTHER_ADDRESS] = "T1: other source address",
	[WRONG_ID] = "T1: wrong ID",
	[WRONG_ID_REFLECTED] = "T1: wrong ID, QR clear",
	[WRONG_ID_MALFORMED] = "T1: wrong ID, malformed",
	[HUGE_OTHER_NAME] = "T2: larger than any buffer, wrong name",
};

struct plan {
	enum kind kind;
	int times;
};

static void send_elsewhere(const struct fake_query *q, unsigned host, struct str octets)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr = { htonl(0x7f000000u | host) },
				  .sin_port = host == 1 ? 0 : htons(q->fake->port) };

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    sendto(fd, octets.p, octets.n, 0, (const struct sockaddr *)&q->from, sizeof(q->from)) <
		    0)
		abort();
	(void)close(fd);
}

/* An answer to another question than q's. */
static void begin_other(struct craft *c, const struct fake_query *q, const char *name,
			uint16_t type)
{
	craft_begin(c, q->m.id, DNS_FLAG_QR | DNS_FLAG_RA | AD, name, type);
	craft_line(c, DNS_SECTION_ANSWER, STR("a.example. 60 A 192.0.2.66"));
}

/* Forge what differs in the header or the question. */
static void forge_header(struct craft *c, const struct fake_query *q, enum kind kind)
{
	fake_begin(c, q, AD);
	craft_line(c, DNS_SECTION_ANSWER, STR(EVIL));
	if (kind == QR_CLEAR || kind == WRONG_ID_REFLECTED)
		c->p[2] &= 0x7f;
	if (kind == OPCODE)
		c->p[2] |= 0x28;
	if (kind == TWO_QUESTIONS)
		c->p[5] = 2;
	if (kind == WRONG_ID || kind == WRONG_ID_REFLECTED || kind == WRONG_ID_MALFORMED)
		c->p[0] ^= 0x55;
	if (kind == WRONG_ID_MALFORMED)
		c->p[7] = 9;
	if (kind == OTHER_CLASS)
		c->p[DNS_HEADER_OCTETS + q->m.name.len + 3] = 3;
}

static void forge_short(struct craft *c, const struct fake_query *q, size_t n)
{
	fake_begin(c, q, AD);
	c->n = n;
	if (n == DNS_HEADER_OCTETS)
		c->p[5] = 0;
}

static void forge(struct craft *c, const struct fake_query *q, enum kind kind)
{
	static const size_t shorts[] = {
		[EMPTY] = 0, [ONE_OCTET] = 1, [ELEVEN] = 11, [HEADER_ONLY] = 12
	};

	if (kind <= HEADER_ONLY) {
		forge_short(c, q, shorts[kind]);
	} else if (kind == REFLECTED) {
		c->n = 0;
		craft_add(c, q->m.octets);
	} else if (kind == NO_QUESTION) {
		forge_short(c, q, DNS_HEADER_OCTETS);
		craft_line(c, DNS_SECTION_ANSWER, STR("a.example. 60 A 192.0.2.66"));
	} else if (kind == OTHER_NAME || kind == HUGE_OTHER_NAME) {
		begin_other(c, q, "b.example.", DNS_TYPE_A);
		if (kind == HUGE_OTHER_NAME)
			c->n = 8000;
	} else if (kind == OTHER_TYPE) {
		begin_other(c, q, "a.example.", DNS_TYPE_AAAA);
	} else {
		forge_header(c, q, kind);
	}
}

static void forger(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const struct plan *plan = arg;

	for (int i = 0; !q->tcp && i < plan->times; i++) {
		forge(&c, q, plan->kind);
		if (plan->kind == OTHER_PORT)
			send_elsewhere(q, 1, craft_str(&c));
		else if (plan->kind == OTHER_ADDRESS)
			send_elsewhere(q, 2, craft_str(&c));
		else
			fake_send(q, craft_str(&c));
	}
	fake_begin(&c, q, AD);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	fake_send(q, craft_str(&c));
}

static void test_kind(enum kind kind, int times)
{
	struct plan plan = { kind, times };
	struct resolve_server_state s;
	struct bed b;
	char label[64];

	(void)snprintf(label, sizeof(label), "%s, %d times", kinds[kind], times);
	bed_open(&b, 1, forger, &plan);
	/* After a wrong ID nothing that comes by UDP counts; else the wait goes on. */
	bed_check(label, bed_ask(&b, "a.example.", DNS_TYPE_A, RESOLVE_AD),
		  kind == WRONG_ID || kind == WRONG_ID_MALFORMED ? GOOD_TCP : GOOD_UDP);
	CHECK_INT(label, resolve_server_at(b.r, 0, &s), 1);
	CHECK_INT(label, s.dropped > 0, kind != OTHER_PORT && kind != OTHER_ADDRESS);
	CHECK_INT(label, b.fake[0].udp_queries, 1);
	bed_close(&b);
}

/* TC, TC with the whole answer, a datagram larger than any buffer: all go over TCP. */
static void truncating(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const int *how = arg;

	fake_begin(&c, q, AD | (q->tcp || *how == 2 ? 0 : DNS_FLAG_TC));
	if (q->tcp || *how >= 1)
		craft_line(&c, DNS_SECTION_ANSWER, q->tcp ? STR(GOOD) : STR(EVIL));
	for (int i = 0; *how == 2 && !q->tcp && i < 1000; i++)
		craft_line(&c, DNS_SECTION_ANSWER, STR("other. 60 A 192.0.2.66"));
	fake_send(q, craft_str(&c));
}

static void test_truncated(void)
{
	static const char *const labels[] = { "T3: TC", "T3: TC with the whole answer",
					      "T2: MSG_TRUNC" };

	for (int how = 0; how < 3; how++) {
		struct bed b;
		bed_open(&b, 1, truncating, &how);
		bed_check(labels[how], bed_ask(&b, "a.example.", DNS_TYPE_A, RESOLVE_AD), GOOD_TCP);
		bed_close(&b);
	}
}

/*
 * Two servers, a question on the way to each.  The second forges the answer to
 * the first one's question, ID and all, on its own socket.
 */
struct cross {
	bool armed;
	struct fake_query first; /* what server 0 was asked, and keeps silent about */
};

static void crossing(const struct fake_query *q, void *arg)
{
	static struct craft c;
	struct cross *x = arg;

	if (q->m.name.wire[1] == 'a' && !q->tcp && !x->armed) {
		x->first = *q;
		x->armed = true;
		return;
	}
	if (q->m.name.wire[1] == 'b' && !q->tcp) {
		struct fake_query forged = *q;
		forged.m.id = x->first.m.id;
		forged.m.name = x->first.m.name;
		fake_begin(&c, &forged, AD);
		craft_line(&c, DNS_SECTION_ANSWER, STR(EVIL));
		fake_send(q, craft_str(&c));
	}
	fake_begin(&c, q, AD);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	fake_send(q, craft_str(&c));
}

static void test_other_socket(void)
{
	struct bed b;
	struct cross x = { 0 };
	struct bed_got a = { 0 }, other = { 0 };

	bed_servers(&b, 2, crossing, &x);
	b.conf.rotate = true;
	bed_start(&b);
	bed_send(&b, "a.example.", DNS_TYPE_A, RESOLVE_AD, &a);
	bed_send(&b, "b.example.", DNS_TYPE_A, RESOLVE_AD, &other);
	loop_until(&b.loop, &other.done, 1000);
	CHECK_INT("armed", x.armed, 1);
	CHECK_INT("T1: on another server's socket: not taken", a.done, 0);
	bed_check("T1: over TCP, for the ID was wrong there", &other,
		  "data secure tcp: b.example. 60 A 192.0.2.1");
	b.loop.ahead += BED_PATIENCE_MS;
	loop_until(&b.loop, &a.done, 2000);
	CHECK_INT("answered", a.done, 1);
	CHECK_INT("T1: on another server's socket: rightly",
		  a.answer && memcmp(a.answer->rr[0].rdata.p, "\xc0\0\2\1", 4) == 0, 1);
	dns_answer_free(&a.answer);
	dns_answer_free(&other.answer);
	bed_close(&b);
}

/* IDs and ports: no two questions in flight alike, many ports, no order. */
static uint32_t marks[400];
static unsigned n_marks;

static void marking(const struct fake_query *q, void *arg)
{
	(void)arg;
	if (n_marks < COUNT_OF(marks))
		marks[n_marks++] = (uint32_t)ntohs(q->from.sin_port) << 16 | q->m.id;
}

static void test_entropy(void)
{
	struct bed b;
	unsigned ports = 0, rising = 0;

	n_marks = 0;
	bed_open(&b, 1, marking, NULL);
	for (unsigned i = 0; i < COUNT_OF(marks); i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "n%u.example.", i);
		struct resolve_question q = { .name = craft_name_of(name), .type = DNS_TYPE_A };
		struct bed_got got = { 0 };
		/* Half a minute on, all sockets are replaced. */
		if (i == COUNT_OF(marks) / 2) {
			b.loop.ahead += 31000;
			loop_turn(&b.loop, 0);
		}
		uint64_t id = resolve_ask(b.r, &q, bed_done, &got);
		for (int t = 0; n_marks == i && t < 100; t++)
			loop_turn(&b.loop, 10);
		resolve_cancel(b.r, id);
	}
	resolve_free(&b.r);
	for (unsigned i = 0; i < n_marks; i++) {
		bool fresh = true;
		for (unsigned j = 0; j < i; j++) {
			CHECK_INT("T14: alike", marks[i] == marks[j], 0);
			if (marks[i] >> 16 == marks[j] >> 16)
				fresh = false;
		}
		ports += fresh;
		if (i > 0)
			rising += (marks[i] & 0xffff) > (marks[i - 1] & 0xffff);
	}
	CHECK_INT("all came", n_marks, COUNT_OF(marks));
	CHECK_INT("T14: ports", ports, 32);
	/* Of 399 steps half rise: 199.5, deviation 5.8; this is ten of them. */
	CHECK_INT("T14: no order", rising > 140 && rising < 260, 1);
	bed_close(&b);
}

/* A million IDs of the generator: chi square over all 65536, ten deviations wide. */
static void test_chi_square(void)
{
	enum { DRAWS = 1000000, IDS = 65536 };
	static unsigned seen[IDS];
	double want = (double)DRAWS / IDS, chi = 0, df = IDS - 1;
	struct bed b;

	bed_open(&b, 1, marking, NULL);
	for (int i = 0; i < DRAWS; i++)
		seen[resolve_core_random(b.r)]++;
	for (int i = 0; i < IDS; i++)
		chi += (seen[i] - want) * (seen[i] - want) / want;
	/* The variance of chi square is twice its degrees of freedom: 362 squared. */
	CHECK_INT("T14: chi square", chi > df - 3620 && chi < df + 3620, 1);
	bed_close(&b);
}

/* Keeps silent, but for the second time it is asked for "twice": then it answers both. */
static void twice(const struct fake_query *q, void *arg)
{
	static struct craft c;
	unsigned *asked = arg;

	if (q->m.name.wire[1] != 't' || ++*asked != 2)
		return;
	fake_begin(&c, q, AD);
	craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
	fake_send(q, craft_str(&c));
	fake_send(q, craft_str(&c));
}

/* The second answer to what was sent twice is no guess: the others stay on UDP. */
static void test_twice(void)
{
	static struct bed_got others[64];
	struct bed_got got = { 0 };
	unsigned asked = 0;
	struct bed b;

	bed_open(&b, 1, twice, &asked);
	bed_send(&b, "twice.", DNS_TYPE_A, RESOLVE_AD, &got);
	for (int i = 0; asked == 0 && i < 1000; i++)
		loop_turn(&b.loop, 10);
	/* One a turn, so that they are on all sockets. */
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "n%zu.", i);
		bed_send(&b, name, DNS_TYPE_A, RESOLVE_AD, &others[i]);
		loop_turn(&b.loop, 1);
	}
	b.loop.ahead += BED_PATIENCE_MS;
	loop_until(&b.loop, &got.done, 2000);
	for (int i = 0; i < 20; i++)
		loop_turn(&b.loop, 1);
	bed_check("twice", &got, "data secure udp: twice. 60 A 192.0.2.1");
	CHECK_INT("no TCP", b.fake[0].accepted, 0);
	dns_answer_free(&got.answer);
	bed_close(&b);
}

/* A server without TCP: one of many questions has a wrong ID at once, the others wait. */
struct held {
	unsigned n, wanted; /* wanted: the one */
	struct fake_query q[400];
};

static void hold(const struct fake_query *q, void *arg)
{
	struct held *h = arg;
	static struct craft c;

	if (h->n < COUNT_OF(h->q))
		h->q[h->n++] = *q;
	if (q->fake->udp_queries != h->wanted)
		return;
	fake_begin(&c, q, AD);
	c.p[0] ^= 0x55;
	fake_send(q, craft_str(&c));
}

static void answer_held(struct held *h)
{
	static struct craft c;

	for (unsigned i = 0; i < h->n; i++) {
		fake_begin(&c, &h->q[i], AD);
		craft_line(&c, DNS_SECTION_ANSWER, STR(GOOD));
		fake_send(&h->q[i], craft_str(&c));
	}
	h->n = 0;
}

static unsigned in_time(struct bed_got *gots, unsigned n)
{
	unsigned right = 0;

	for (unsigned i = 0; i < n; i++)
		right += gots[i].outcome == DNS_DATA && gots[i].done;
	return right;
}

/* All that waited on one socket want one of their own: a few have it at once, none is lost. */
static void test_lone(void)
{
	enum { MANY = 100 };
	static struct bed_got gots[MANY];
	static struct held held = { .wanted = MANY / 2 };
	struct bed b;
	unsigned most = 0;

	bed_open(&b, 1, hold, &held);
	fake_close_tcp(&b.fake[0]);
	for (int i = 0; i < MANY; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "n%d.", i);
		bed_send(&b, name, DNS_TYPE_A, RESOLVE_AD, &gots[i]);
	}
	for (int round = 0; round < 400 && in_time(gots, MANY) < MANY; round++) {
		for (int i = 0; i < 10; i++)
			loop_turn(&b.loop, 1);
		most = b.r->up[0].n_lone > most ? b.r->up[0].n_lone : most;
		if (b.fake[0].udp_queries >= MANY)
			answer_held(&held);
	}
	CHECK_INT("each is answered", in_time(gots, MANY), MANY);
	CHECK_INT("so many sockets at once", most, RESOLVE_LONE_MAX);
	loop_turn(&b.loop, 1);
	CHECK_INT("none is left", b.r->up[0].n_lone, 0);
	for (int i = 0; i < MANY; i++)
		dns_answer_free(&gots[i].answer);
	bed_close(&b);
}

/* Fewer octets than a socket buffer holds of each. */
static const enum kind floods[] = { EMPTY,      ELEVEN,      REFLECTED, OTHER_NAME,
				    OTHER_PORT, NO_QUESTION, WRONG_ID };

int main(void)
{
	for (int kind = 0; kind < KINDS; kind++) {
		test_kind((enum kind)kind, 1);
		test_kind((enum kind)kind, 3);
	}
	for (size_t i = 0; i < COUNT_OF(floods); i++)
		test_kind(floods[i], 1000);
	test_truncated();
	test_other_socket();
	test_entropy();
	test_chi_square();
	test_twice();
	test_lone();
	return TEST_EXIT();
}
