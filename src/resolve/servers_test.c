/*
 * Several servers, good and bad: tiers of trust, failing over, backing off, TCP
 * kept and broken, servers without EDNS.
 */
#include "resolve/bed_priv.h"

#define A DNS_TYPE_A
#define AD RESOLVE_AD

enum mood { GOOD, SILENT, SERVFAIL, REFUSED, MALFORMED, NO_EDNS, TRUNCATED, TRUNCATED_TOO };

static enum mood moods[BED_SERVERS];
static struct bed *bed;

/* As the server's mood is; the address says which server it was. */
static void moody(const struct fake_query *q, void *arg)
{
	static struct craft c;
	unsigned server = (unsigned)(q->fake - bed->fake);
	char line[64];
	static const unsigned rcodes[] = { [SERVFAIL] = 2, [REFUSED] = 5 };

	(void)arg;
	(void)snprintf(line, sizeof(line), "@ 60 A 192.0.2.%u", server);
	switch (moods[server]) {
	case SILENT:
		return;
	case SERVFAIL:
	case REFUSED:
		fake_begin(&c, q, rcodes[moods[server]]);
		break;
	case NO_EDNS:
		fake_begin(&c, q, q->edns ? 1 : 0x20);
		if (!q->edns)
			craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
		break;
	case TRUNCATED:
	case TRUNCATED_TOO:
		fake_begin(&c, q, 0x20 | (q->tcp && moods[server] == TRUNCATED ? 0 : DNS_FLAG_TC));
		if (q->tcp)
			craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
		break;
	case MALFORMED:
	case GOOD:
		fake_begin(&c, q, 0x20);
		craft_line(&c, DNS_SECTION_ANSWER, str_of(line));
		if (moods[server] == MALFORMED)
			c.n--;
		break;
	}
	fake_send(q, craft_str(&c));
}

static void open_bed(struct bed *b, unsigned n)
{
	for (int i = 0; i < BED_SERVERS; i++)
		moods[i] = GOOD;
	bed = b;
	bed_servers(b, n, moody, NULL);
}

static const struct {
	const char *label;
	unsigned n;
	enum mood moods[3];
	const char *want;
	unsigned queries[3]; /* by UDP */
	const char *next;    /* asked for another name right after */
} failing[] = {
	{ "first",
	  2,
	  { GOOD, GOOD },
	  "data secure udp: a. 60 A 192.0.2.0",
	  { 1, 0 },
	  "data secure udp: b. 60 A 192.0.2.0" },
	{ "silence fails over, and backs off",
	  2,
	  { SILENT, GOOD },
	  "data secure udp: a. 60 A 192.0.2.1",
	  { 1, 1 },
	  "data secure udp: b. 60 A 192.0.2.1" },
	{ "servfail asks the next",
	  2,
	  { SERVFAIL, GOOD },
	  "data secure udp: a. 60 A 192.0.2.1",
	  { 1, 1 },
	  NULL },
	{ "servfail of all",
	  2,
	  { SERVFAIL, SERVFAIL },
	  "failed indeterminate udp",
	  { 1, 1 },
	  NULL },
	{ "servfail beside silence",
	  2,
	  { SILENT, SERVFAIL },
	  "failed indeterminate udp",
	  { 1, 1 },
	  NULL },
	{ "refused backs off",
	  2,
	  { REFUSED, GOOD },
	  "data secure udp: a. 60 A 192.0.2.1",
	  { 1, 1 },
	  "data secure udp: b. 60 A 192.0.2.1" },
	{ "refused of all", 2, { REFUSED, REFUSED }, "failed indeterminate udp", { 1, 1 }, NULL },
	{ "malformed",
	  2,
	  { MALFORMED, GOOD },
	  "data secure udp: a. 60 A 192.0.2.1",
	  { 1, 1 },
	  "data secure udp: b. 60 A 192.0.2.1" },
	{ "malformed alone", 1, { MALFORMED }, "no answer indeterminate", { 1 }, NULL },
	{ "silence of all, in rounds",
	  3,
	  { SILENT, SILENT, SILENT },
	  "no answer indeterminate",
	  { 2, 2, 2 },
	  NULL },
	{ "no EDNS, remembered",
	  1,
	  { NO_EDNS },
	  "data secure udp: a. 60 A 192.0.2.0",
	  { 2 },
	  "data secure udp: b. 60 A 192.0.2.0" },
	{ "truncated",
	  1,
	  { TRUNCATED },
	  "data secure tcp: a. 60 A 192.0.2.0",
	  { 1 },
	  "data secure tcp: b. 60 A 192.0.2.0" },
	{ "truncated over TCP", 1, { TRUNCATED_TOO }, "no answer indeterminate", { 1 }, NULL },
};

static void test_failing(void)
{
	for (size_t i = 0; i < COUNT_OF(failing); i++) {
		struct bed b;
		open_bed(&b, failing[i].n);
		for (unsigned s = 0; s < failing[i].n; s++) {
			moods[s] = failing[i].moods[s];
			if (moods[s] == SILENT)
				bed_hasten(&b);
		}
		bed_start(&b);
		bed_check(failing[i].label, bed_ask(&b, "a.", A, AD), failing[i].want);
		for (unsigned s = 0; s < failing[i].n; s++)
			CHECK_INT(failing[i].label, b.fake[s].udp_queries, failing[i].queries[s]);
		unsigned before = b.fake[0].udp_queries;
		if (failing[i].next)
			bed_check(failing[i].label, bed_ask(&b, "b.", A, AD), failing[i].next);
		if (moods[0] == NO_EDNS)
			CHECK_INT("at once without", b.fake[0].udp_queries, before + 1);
		bed_close(&b);
	}
}

/* T13: one bogus domain must not cost us the server; one that refuses waits behind others. */
static void test_servfail_stays(void)
{
	static const struct {
		const char *label;
		enum mood mood;
		int answering;
		const char *next;
	} rows[] = {
		{ "T13: SERVFAIL does not demote", SERVFAIL, 1,
		  "data secure udp: b. 60 A 192.0.2.0" },
		{ "T13: REFUSED does", REFUSED, 0, "data secure udp: b. 60 A 192.0.2.1" },
		{ "T13: so does nonsense", MALFORMED, 0, "data secure udp: b. 60 A 192.0.2.1" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct resolve_server_state s;
		struct bed b;
		open_bed(&b, 2);
		bed_start(&b);
		moods[0] = rows[i].mood;
		bed_check(rows[i].label, bed_ask(&b, "a.", A, AD),
			  "data secure udp: a. 60 A 192.0.2.1");
		moods[0] = GOOD;
		CHECK_INT(rows[i].label, resolve_server_at(b.r, 0, &s), 1);
		CHECK_INT(rows[i].label, s.answering, rows[i].answering);
		bed_check(rows[i].label, bed_ask(&b, "b.", A, AD), rows[i].next);
		bed_close(&b);
	}
}

static void test_comes_back(void)
{
	struct bed b;
	struct resolve_server_state s;

	open_bed(&b, 2);
	bed_hasten(&b);
	bed_start(&b);
	moods[0] = SILENT;
	(void)bed_ask(&b, "a.", A, AD);
	CHECK_INT("state", resolve_server_at(b.r, 0, &s), 1);
	CHECK_INT("down", s.answering, 0);
	CHECK_INT("timeouts", (long long)s.timeouts, 1);
	moods[0] = GOOD;
	b.loop.ahead += 1050;
	loop_turn(&b.loop, 0);
	CHECK_INT("state", resolve_server_at(b.r, 0, &s), 1);
	CHECK_INT("up", s.answering, 1);
	bed_check("back", bed_ask(&b, "b.", A, AD), "data secure udp: b. 60 A 192.0.2.0");
	bed_close(&b);
}

/* Where one is trusted, the other is never asked, whatever happens. */
static void test_tiers(void)
{
	static const enum mood worst[] = {
		GOOD, SILENT, SERVFAIL, REFUSED, MALFORMED, TRUNCATED_TOO
	};

	for (size_t i = 0; i < COUNT_OF(worst); i++) {
		struct bed b;
		open_bed(&b, 2);
		b.conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
		if (worst[i] == SILENT)
			bed_hasten(&b);
		bed_start(&b);
		moods[1] = worst[i];
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		CHECK_INT("secure", got->status == DNS_SECURE, worst[i] == GOOD);
		(void)bed_ask(&b, "b.", A, 0);
		CHECK_INT("never", b.fake[0].udp_queries + b.fake[0].tcp_queries, 0);
		CHECK_INT("asked", b.fake[1].udp_queries > 0, 1);
		bed_close(&b);
	}
}

static void test_untrusted(void)
{
	struct bed b;

	open_bed(&b, 2);
	b.conf.servers[0].trust = b.conf.servers[1].trust = DNS_CHANNEL_TRUST_NEVER;
	bed_start(&b);
	struct bed_got *got = bed_ask(&b, "a.", A, AD);
	bed_check("works", got, "data indeterminate udp: a. 60 A 192.0.2.0");
	CHECK_INT("trust", got->answer->source.trust, DNS_TRUST_NONE);
	CHECK_STR("reason", got->answer->source.trust_reason, STR("declared not trusted"));
	bed_close(&b);
}

static void test_rotate(void)
{
	struct bed b;

	open_bed(&b, 2);
	b.conf.rotate = true;
	bed_start(&b);
	(void)bed_ask(&b, "a.", A, AD);
	(void)bed_ask(&b, "b.", A, AD);
	(void)bed_ask(&b, "c.", A, AD);
	CHECK_INT("first", b.fake[0].udp_queries, 2);
	CHECK_INT("second", b.fake[1].udp_queries, 1);
	bed_close(&b);
}

/* Nobody listens: said at once, not after the timeout. */
static void test_nobody(void)
{
	struct bed b;

	open_bed(&b, 2);
	bed_start(&b);
	fake_stop(&b.fake[0]);
	int64_t start = os_clock_mono();
	bed_check("next", bed_ask(&b, "a.", A, AD), "data secure udp: a. 60 A 192.0.2.1");
	CHECK_INT("quick", os_clock_mono() - start < BED_PATIENCE_MS, 1);
	fake_stop(&b.fake[1]);
	struct bed_got *got = bed_ask(&b, "b.", A, AD);
	bed_check("none", got, "no answer indeterminate");
	CHECK_INT("why", str_ends(got->answer->why, STR(": connection refused")), 1);
	CHECK_INT("quick", os_clock_mono() - start < BED_PATIENCE_MS, 1);
	bed_close(&b);
}

static void test_no_tcp(void)
{
	struct bed b;

	open_bed(&b, 1);
	bed_start(&b);
	moods[0] = TRUNCATED;
	fake_close_tcp(&b.fake[0]);
	struct bed_got *got = bed_ask(&b, "a.", A, AD);
	bed_check("refused", got, "no answer indeterminate");
	CHECK_INT("why", str_ends(got->answer->why, STR(": connection refused over TCP")), 1);
	bed_close(&b);
}

#define PIPED 50

/* Keeps what it is asked over TCP; answers backwards, or hangs up after the first few. */
struct pipe {
	struct fake_query q[PIPED];
	unsigned n, hold, hang_ups;
};

static void piped(const struct fake_query *q, void *arg)
{
	static struct craft c;
	struct pipe *p = arg;

	p->q[p->n++] = *q;
	if (p->n < p->hold)
		return;
	while (p->n > 0) {
		const struct fake_query *last = &p->q[--p->n];
		fake_begin(&c, last, 0x20);
		craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
		fake_send(last, craft_str(&c));
		if (p->hang_ups > 0 && p->n < p->hold / 2) {
			p->hang_ups--;
			p->n = 0;
			/* What is left of the second hold will do to end. */
			p->hold = 1;
			fake_hang_up(&q->fake->clients[q->client]);
		}
	}
}

static void test_piped(unsigned hang_ups, unsigned connections, unsigned answered)
{
	static struct bed_got got[PIPED];
	struct pipe p = { .hold = PIPED, .hang_ups = hang_ups };
	struct bed b;
	unsigned data = 0;

	bed_servers(&b, 1, piped, &p);
	b.conf.servers[0].channel = DNS_CHANNEL_TCP;
	b.conf.servers[0].attempts = 1;
	bed_start(&b);
	for (int i = 0; i < PIPED; i++) {
		char name[32];
		(void)snprintf(name, sizeof(name), "n%d.", i);
		bed_send(&b, name, A, AD, &got[i]);
	}
	for (int i = 0; i < PIPED; i++) {
		loop_until(&b.loop, &got[i].done, 3000);
		data += got[i].outcome == DNS_DATA && got[i].status == DNS_SECURE;
		dns_answer_free(&got[i].answer);
	}
	CHECK_INT("answered", data, answered);
	CHECK_INT("connections", b.fake[0].accepted, connections);
	CHECK_INT("no UDP", b.fake[0].udp_queries, 0);
	bed_close(&b);
}

/* What comes over TCP one octet at a time, two messages in one, garbage, an idle end. */
static void in_pieces(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const int *how = arg;
	int fd = q->fake->clients[q->client].fd;

	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	if (*how == 1) {
		(void)send(fd, "\0\5hello", 7, MSG_NOSIGNAL);
		return;
	}
	uint8_t head[2] = { (uint8_t)(c.n >> 8), (uint8_t)c.n };
	struct buf all = BUF_MAX(65536);
	/* A message with an ID of nobody's before it: dropped. */
	buf_add(&all, (struct str){ (char *)head, 2 });
	buf_add(&all, craft_str(&c));
	all.p[2] ^= 1;
	buf_add(&all, (struct str){ (char *)head, 2 });
	buf_add(&all, craft_str(&c));
	for (size_t i = 0; i < all.n; i++) {
		(void)send(fd, all.p + i, 1, MSG_NOSIGNAL);
		loop_turn(&bed->loop, 0);
	}
	buf_free(&all);
}

static void test_pieces(void)
{
	static const char *want[] = { "data secure tcp: a. 60 A 192.0.2.1",
				      "no answer indeterminate" };

	for (int how = 0; how < 2; how++) {
		struct bed b;
		bed = &b;
		bed_servers(&b, 1, in_pieces, &how);
		b.conf.servers[0].channel = DNS_CHANNEL_TCP;
		bed_start(&b);
		bed_check("pieces", bed_ask(&b, "a.", A, AD), want[how]);
		bed_close(&b);
	}
}

static unsigned mute; /* connections from the first on whose questions are not answered */

static void mute_answer(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	if (q->fake->accepted <= mute)
		return;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

/* A connection on which nothing comes is given up with the attempt. */
static void test_mute(void)
{
	struct bed b;

	mute = 1;
	bed_servers(&b, 1, mute_answer, NULL);
	b.conf.servers[0].channel = DNS_CHANNEL_TCP;
	bed_hasten(&b);
	bed_start(&b);
	bed_check("second connection", bed_ask(&b, "a.", A, AD),
		  "data secure tcp: a. 60 A 192.0.2.1");
	CHECK_INT("second connection", b.fake[0].accepted, 2);
	bed_check("kept", bed_ask(&b, "b.", A, AD), "data secure tcp: b. 60 A 192.0.2.1");
	CHECK_INT("kept", b.fake[0].accepted, 2);
	/* Nine idle seconds, each time anew, do not end it; ten do. */
	for (int i = 0; i < 3; i++) {
		char name[] = { (char)('d' + i), '.', '\0' };
		b.loop.ahead += 9000;
		for (int turn = 0; turn < 10; turn++)
			loop_turn(&b.loop, 1);
		(void)bed_ask(&b, name, A, AD);
	}
	CHECK_INT("kept", b.fake[0].accepted, 2);
	b.loop.ahead += 11000;
	for (int i = 0; i < 10; i++)
		loop_turn(&b.loop, 1);
	bed_check("another", bed_ask(&b, "c.", A, AD), "data secure tcp: c. 60 A 192.0.2.1");
	CHECK_INT("another", b.fake[0].accepted, 3);
	bed_close(&b);
}

int main(void)
{
	test_failing();
	test_servfail_stays();
	test_comes_back();
	test_tiers();
	test_untrusted();
	test_rotate();
	test_nobody();
	test_no_tcp();
	test_piped(0, 1, PIPED);
	test_piped(1, 2, PIPED);
	test_pieces();
	test_mute();
	return TEST_EXIT();
}
