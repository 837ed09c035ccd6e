/*
 * What answers must show besides their question: signatures (T7), cookies (T8),
 * letters large and small (T1), between two servers (T5); and the trace of it.
 */
#include "resolve/bed_priv.h"

#include "dns/cookie.h"
#include "dns/craft_tsig.h"

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define SECRET "MDEyMzQ1Njc4OWFiY2RlZg=="
#define GOOD "@ 60 A 192.0.2.1"
#define EVIL "@ 60 A 192.0.2.66"

static struct craft c;

static struct dns_tsig_key key_of(const char *text)
{
	struct buf why = BUF_MAX(200);
	struct dns_tsig_key key = { 0 };

	if (dns_tsig_key_read(str_of(text), &key, &why) != ERR_OK)
		abort();
	buf_free(&why);
	return key;
}

static unsigned arcount(struct str octets)
{
	return (unsigned)(uint8_t)octets.p[10] << 8 | (uint8_t)octets.p[11];
}

/* How the first answer by UDP is wrong; those after it, and by TCP, are right. */
enum bad {
	RIGHT,
	UNSIGNED,
	OTHER_KEY,
	BROKEN,
	REPLAY,
	TWO,
	REFUSED_KEY,
	BADTIME,
	TC,
	TC_UNSIGNED,
	CUT
};

struct signer {
	struct dns_tsig_key key, other;
	enum bad bad;
	bool always;
	unsigned n, udp_mac;
	uint8_t last_mac[32];
	bool same_mac;
};

static void put_signed(const struct fake_query *q, struct signer *s, enum bad bad)
{
	struct str all = q->m.octets;
	struct craft_tsig t = {
		.key = bad == OTHER_KEY ? &s->other : &s->key,
		.request_mac = { all.p + all.n - 6 - 32, 32 },
		.signed_s = os_clock_wall() / 1000 - (bad == REPLAY ? 1000 : 0),
		.break_mac = bad == BROKEN,
	};

	if (bad == REFUSED_KEY) {
		t.error = DNS_TSIG_BADKEY;
		t.no_mac = true;
	}
	if (bad == BADTIME) {
		t.error = DNS_TSIG_BADTIME;
		t.other_s = t.signed_s + 400;
	}
	if (bad != UNSIGNED && bad != TC_UNSIGNED)
		craft_sign(&c, &t);
	if (bad == TWO)
		craft_sign(&c, &t);
	s->same_mac = s->same_mac || memcmp(s->last_mac, t.request_mac.p, 32) == 0;
	memcpy(s->last_mac, t.request_mac.p, 32);
}

static void signing(const struct fake_query *q, void *arg)
{
	struct signer *s = arg;
	enum bad bad = q->tcp ? RIGHT : s->bad;

	CHECK_INT("T7: every query is signed", q->m.n_tsig, 1);
	CHECK_INT("T7: as the last record", q->m.tsig > 0 && arcount(q->m.octets) > 0, 1);
	for (int i = 0; i < 2; i++) {
		if (i == 0 && bad == RIGHT)
			continue;
		if (i == 1 && bad != RIGHT && (s->always || bad == TC || bad == BADTIME))
			break;
		enum bad now = i == 0 ? bad : RIGHT;
		bool tc = now == TC || now == TC_UNSIGNED;
		fake_begin(&c, q,
			   0x20u | (tc ? DNS_FLAG_TC : 0) |
				   (now == BADTIME || now == REFUSED_KEY ? 9u : 0));
		if (!tc && now != BADTIME)
			craft_line(&c, DNS_SECTION_ANSWER, i == 0 ? STR(EVIL) : STR(GOOD));
		put_signed(q, s, now);
		c.n -= now == CUT ? 3 : 0;
		fake_send(q, craft_str(&c));
	}
	s->n++;
}

static const struct {
	const char *label;
	enum bad bad;
	enum dns_channel channel;
	const char *want;
} signatures[] = {
	{ "T7: signed, UDP", RIGHT, DNS_CHANNEL_UDP, "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: signed, TCP", RIGHT, DNS_CHANNEL_TCP, "data secure tcp: a. 60 A 192.0.2.1" },
	{ "T7: no TSIG, then right", UNSIGNED, DNS_CHANNEL_UDP,
	  "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: wrong key, then right", OTHER_KEY, DNS_CHANNEL_UDP,
	  "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: wrong MAC, then right", BROKEN, DNS_CHANNEL_UDP,
	  "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: replay, then right", REPLAY, DNS_CHANNEL_UDP, "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: two TSIGs, then right", TWO, DNS_CHANNEL_UDP, "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: BADKEY, then right", REFUSED_KEY, DNS_CHANNEL_UDP,
	  "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: TC, over TCP with a TSIG of its own", TC, DNS_CHANNEL_UDP,
	  "data secure tcp: a. 60 A 192.0.2.1" },
	{ "T7: cut in its TSIG, then right", CUT, DNS_CHANNEL_UDP,
	  "data secure udp: a. 60 A 192.0.2.1" },
	{ "T7: TC unsigned, then right", TC_UNSIGNED, DNS_CHANNEL_UDP,
	  "data secure udp: a. 60 A 192.0.2.1" },
};

static void open_signed(struct bed *b, struct signer *s)
{
	s->key = key_of("key.example.:hmac-sha256:" SECRET);
	s->other = key_of("other.example.:hmac-sha256:" SECRET);
	bed_servers(b, 1, signing, s);
	b->conf.servers[0].tsig = s->key;
}

static void test_signatures(void)
{
	for (size_t i = 0; i < COUNT_OF(signatures); i++) {
		struct signer s = { .bad = signatures[i].bad };
		struct bed b;
		open_signed(&b, &s);
		b.conf.servers[0].channel = signatures[i].channel;
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		bed_check(signatures[i].label, got, signatures[i].want);
		CHECK_INT(signatures[i].label, got->answer->source.trust, DNS_TRUST_TSIG);
		CHECK_STR(signatures[i].label, got->answer->source.trust_reason,
			  STR("TSIG, key key.example., hmac-sha256"));
		CHECK_INT(signatures[i].label, s.n, s.bad == TC ? 2 : 1);
		CHECK_INT(signatures[i].label, s.same_mac, s.bad != RIGHT && s.bad != TC);
		bed_close(&b);
	}
}

static void test_refusals(void)
{
	static const struct {
		const char *label;
		enum bad bad;
		const char *why;
	} rows[] = {
		{ "T7: BADTIME", BADTIME, ": TSIG: the server's clock differs from ours by " },
		{ "T7: never signed", UNSIGNED,
		  ": no answer in time; ignored what came: TSIG: it is not signed" },
		{ "T7: BADKEY for ever", REFUSED_KEY,
		  ": no answer in time; ignored what came: TSIG: the server does not know the "
		  "key" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct signer s = { .bad = rows[i].bad, .always = true };
		struct bed b;
		open_signed(&b, &s);
		bed_hasten(&b);
		bed_start(&b);
		struct bed_got *got = bed_ask(&b, "a.", A, AD);
		bed_check(rows[i].label, got, "no answer indeterminate");
		struct str why = got->answer ? got->answer->why : STR("");
		if (rows[i].bad == BADTIME && why.n > 5) { /* 400 s, less what passes on the way */
			uint32_t by = 0;
			CHECK_INT(rows[i].label,
				  str_u32(str_head(str_skip(why, why.n - 5), 3), &by) && by > 300 &&
					  by <= 400,
				  1);
			why = str_head(why, why.n - 5);
		}
		if (!str_ends(why, str_of(rows[i].why)))
			CHECK_STR(rows[i].label, why, str_of(rows[i].why));
		bed_close(&b);
	}
}

/* A server with cookies, and what is wrong with its answers at the moment. */
enum cookie { BAKES, NO_COOKIE, BAD_LEN, SPOOF, ROTATE, ROTATE_FOR_EVER, NEVER, CRUMB, CRUMB_TC };

struct baker {
	enum cookie how;
	unsigned with, with_server; /* queries that had a cookie; that had ours, too */
	uint8_t server[8];
	unsigned over_tcp_with;
};

static void put_cookie(const struct fake_query *q, const struct baker *k, enum cookie how, bool bad)
{
	char cookie[16];

	if (q->m.cookie.n < 8) {
		craft_opt(&c, 0, -1, STR_NONE);
		return;
	}
	memcpy(cookie, q->m.cookie.p, 8);
	memcpy(cookie + 8, k->server, 8);
	if (how == SPOOF)
		cookie[0] ^= 1;
	if (how == NO_COOKIE || how == NEVER)
		craft_opt(&c, 0, -1, STR_NONE);
	else
		craft_opt(&c, bad ? 1u << 24 : 0, 10,
			  (struct str){ cookie, how == BAD_LEN ? 9 : 16 });
}

static void baking(const struct fake_query *q, void *arg)
{
	struct baker *k = arg;
	enum cookie how = q->tcp ? NEVER : k->how;
	bool known = q->m.cookie.n == 16 && memcmp(q->m.cookie.p + 8, k->server, 8) == 0;
	bool bad = how == ROTATE_FOR_EVER || (how == ROTATE && !known);

	k->with += !q->tcp && q->m.cookie.n > 0;
	k->with_server += known;
	k->over_tcp_with += q->tcp && q->m.cookie.n > 0;
	if (how == ROTATE_FOR_EVER)
		k->server[0]++;
	/* BADCOOKIE is 23 */
	fake_begin(&c, q, 0x20u | (bad ? 7u : 0) | (how == CRUMB_TC ? DNS_FLAG_TC : 0));
	if (!bad)
		craft_line(&c, DNS_SECTION_ANSWER,
			   how == SPOOF || how == NO_COOKIE || how == BAD_LEN ? STR(EVIL)
									      : STR(GOOD));
	put_cookie(q, k, how, bad);
	c.n -= how == CRUMB || how == CRUMB_TC ? 3 : 0; /* it ends within its OPT */
	fake_send(q, craft_str(&c));
}

static const struct {
	const char *label;
	enum cookie first, second;
	const char *want;
	unsigned udp; /* queries for the second question */
} cookies[] = {
	{ "T8: Single", BAKES, BAKES, "data secure udp: b. 60 A 192.0.2.1", 1 },
	{ "T8: MissingAfterGood", BAKES, NO_COOKIE, "data secure tcp: b. 60 A 192.0.2.1", 1 },
	{ "T8: BadLen", BAKES, BAD_LEN, "data secure tcp: b. 60 A 192.0.2.1", 1 },
	{ "T8: ServerRotate", BAKES, ROTATE, "data secure udp: b. 60 A 192.0.2.1", 2 },
	{ "T8: Spoof", BAKES, SPOOF, "data secure tcp: b. 60 A 192.0.2.1", 1 },
	{ "T8: TCPUpgrade", BAKES, ROTATE_FOR_EVER, "data secure tcp: b. 60 A 192.0.2.1", 2 },
	{ "T8: cut in its OPT", BAKES, CRUMB, "data secure tcp: b. 60 A 192.0.2.1", 1 },
	{ "T8: no cookies, cut and TC", NEVER, CRUMB_TC, "data secure tcp: b. 60 A 192.0.2.1", 1 },
	{ "T8: a server without cookies", NEVER, NEVER, "data secure udp: b. 60 A 192.0.2.1", 1 },
};

static void test_cookies(void)
{
	for (size_t i = 0; i < COUNT_OF(cookies); i++) {
		struct baker k = { .how = cookies[i].first, .server = "SERVER1" };
		struct resolve_server_state state;
		struct bed b;
		bed_open(&b, 1, baking, &k);
		bed_check(cookies[i].label, bed_ask(&b, "a.", A, AD),
			  "data secure udp: a. 60 A 192.0.2.1");
		unsigned before = b.fake[0].udp_queries;
		k.how = cookies[i].second;
		if (k.how == ROTATE)
			k.server[6] = '2';
		bed_check(cookies[i].label, bed_ask(&b, "b.", A, AD), cookies[i].want);
		CHECK_INT(cookies[i].label, b.fake[0].udp_queries - before, cookies[i].udp);
		CHECK_INT(cookies[i].label, k.with,
			  cookies[i].first == NEVER ? 1 : 1 + cookies[i].udp);
		CHECK_INT(cookies[i].label, k.over_tcp_with, 0);
		CHECK_INT(cookies[i].label, resolve_server_at(b.r, 0, &state), 1);
		/* A cookie makes no channel trusted, and its lack no server bad. */
		CHECK_INT(cookies[i].label, state.source.trust, DNS_TRUST_LOOPBACK);
		CHECK_INT(cookies[i].label, state.answering, 1);
		bed_close(&b);
	}
}

/* Two minutes without, and the server counts as one without cookies: UDP again. */
static void test_regression(void)
{
	struct baker k = { .how = BAKES, .server = "SERVER1" };
	struct bed b;

	bed_open(&b, 1, baking, &k);
	(void)bed_ask(&b, "a.", A, AD);
	k.how = NEVER;
	bed_check("T8: at first", bed_ask(&b, "b.", A, AD), "data secure tcp: b. 60 A 192.0.2.1");
	b.loop.ahead += DNS_COOKIE_REGRESSION_MS;
	bed_check("T8: then", bed_ask(&b, "c.", A, AD), "data secure udp: c. 60 A 192.0.2.1");
	unsigned with = k.with;
	bed_check("T8: none sent", bed_ask(&b, "d.", A, AD), "data secure udp: d. 60 A 192.0.2.1");
	CHECK_INT("T8: none sent", k.with, with);
	bed_close(&b);
}

/* Letters: kept, changed by a forger or by the server itself. */
enum letters { KEEPS, FOLDS, FORGED };

struct speller {
	enum letters how;
	unsigned large;
};

static void spelling(const struct fake_query *q, void *arg)
{
	struct speller *s = arg;

	for (unsigned i = 0; i < q->m.name.len; i++)
		s->large += q->m.name.wire[i] >= 'A' && q->m.name.wire[i] <= 'Z';
	fake_begin(&c, q, 0x20);
	if (s->how == FOLDS || (s->how == FORGED && !q->tcp))
		for (unsigned i = 0; i < q->m.name.len; i++)
			c.p[DNS_HEADER_OCTETS + i] = str_fold((char)q->m.name.wire[i]);
	craft_line(&c, DNS_SECTION_ANSWER, s->how == FORGED && !q->tcp ? STR(EVIL) : STR(GOOD));
	fake_send(q, craft_str(&c));
}

#define LONG "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"
#define LONG_ANSWER(channel) "data indeterminate " channel ": " LONG ". 60 A 192.0.2.1"

static void open_mixed(struct bed *b, struct speller *s)
{
	bed_servers(b, 1, spelling, s);
	b->conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
	b->conf.servers[0].mix_case = true;
	bed_start(b);
}

static void test_letters(void)
{
	struct speller s = { .how = KEEPS };
	struct bed b;

	open_mixed(&b, &s);
	bed_check("T1: letters kept", bed_ask(&b, LONG ".", A, AD), LONG_ANSWER("udp"));
	CHECK_INT("T1: letters mixed", s.large > 8 && s.large < 56, 1);
	/* A forged one is dropped, and TCP shows that the server keeps them: still checked. */
	s.how = FORGED;
	for (int i = 0; i < 2; i++) {
		resolve_flush(b.r, NULL);
		bed_check("T1: case swapped", bed_ask(&b, LONG ".", A, AD), LONG_ANSWER("tcp"));
	}
	/* A server that folds them is found out over TCP, and then left alone. */
	s.how = FOLDS;
	resolve_flush(b.r, NULL);
	bed_check("T1: folded, first", bed_ask(&b, LONG ".", A, AD), LONG_ANSWER("tcp"));
	s.large = 0;
	resolve_flush(b.r, NULL);
	bed_check("T1: folded, learnt", bed_ask(&b, LONG ".", A, AD), LONG_ANSWER("udp"));
	CHECK_INT("T1: none mixed", s.large, 0);
	bed_close(&b);
}

/* A trusted channel mixes nothing, and its answers are taken in any letters. */
static void test_letters_trusted(void)
{
	struct speller s = { .how = FOLDS };
	struct bed b;

	bed_servers(&b, 1, spelling, &s);
	b.conf.servers[0].mix_case = true;
	bed_start(&b);
	bed_check("T1: any case without 0x20", bed_ask(&b, "ABC.", A, AD),
		  "data secure udp: ABC. 60 A 192.0.2.1");
	bed_close(&b);
}

/* T5: doubt about a trusted server's answer never leads to one that is not trusted. */
static void test_no_other(void)
{
	struct baker k = { .how = BAKES, .server = "SERVER1" };
	struct bed b;

	bed_servers(&b, 2, baking, &k);
	b.conf.servers[0].trust = DNS_CHANNEL_TRUST_NEVER;
	bed_hasten(&b);
	bed_start(&b);
	(void)bed_ask(&b, "a.", A, AD);
	k.how = SPOOF;
	fake_close_tcp(&b.fake[1]);
	bed_check("T5: cookie", bed_ask(&b, "b.", A, AD), "no answer indeterminate");
	CHECK_INT("T5: cookie", b.fake[0].udp_queries + b.fake[0].accepted, 0);
	bed_close(&b);
}

static void test_trace(void)
{
	CLEANUP(buf_free) struct buf told = BUF_MAX(4096);
	struct baker k = { .how = BAKES, .server = "SERVER1" };
	struct bed b;

	bed_servers(&b, 1, baking, &k);
	bed_trace(&b, &told);
	bed_start(&b);
	(void)bed_ask(&b, "a.", A, AD);
	k.how = SPOOF;
	(void)bed_ask(&b, "b.", A, AD);
	CHECK_STR("trace", buf_str(&told),
		  STR("sent udp\naccepted udp\nsent udp\n"
		      "ignored udp (its cookie is not ours: asked again over TCP)\n"
		      "sent tcp\naccepted tcp\n"));
	bed_close(&b);
}

int main(void)
{
	test_signatures();
	test_refusals();
	test_cookies();
	test_regression();
	test_letters();
	test_letters_trusted();
	test_no_other();
	test_trace();
	return TEST_EXIT();
}
