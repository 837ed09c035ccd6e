/*
 * T5: two servers, one trusted and one not.  The one that is not trusted answers
 * everything at once, AD set, with 192.0.2.66: it must never be asked, whatever
 * befalls the other, and where no server is trusted no AD counts at all.
 */
#include "resolve/bed_priv.h"
#include "tls/forge.h"

#include <signal.h>

#define A DNS_TYPE_A
#define AD RESOLVE_AD
#define GOOD "@ 60 A 192.0.2.1"
#define EVIL "@ 60 A 192.0.2.66"

/* Of so many letters that the chance that all are small is none. */
#define NAME "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk."

static struct forge lone, other;
static struct craft c;

enum mood {
	RIGHT,
	RETRY, /* silent at first */
	LATE,  /* likewise, and then both are answered */
	SILENT,
	SERVFAIL,
	BOGUS,
	REFUSED,
	FORMERR,
	NO_EDNS,
	MALFORMED,
	TC,
	TC_ALWAYS,
	NO_COOKIE, /* by UDP, after good ones */
	FOLDS,     /* the letters of the name */
};

/* What the two servers are; the first of a pair is the trusted one. */
static const struct pair {
	const char *name;
	enum dns_channel trusted, untrusted;
	bool other_key; /* the trusted one shows another key than its pin */
} pairs[] = {
	{ "udp, udp", DNS_CHANNEL_UDP, DNS_CHANNEL_UDP, false },
	{ "udp, tls", DNS_CHANNEL_UDP, DNS_CHANNEL_TLS, false },
	{ "tcp, udp", DNS_CHANNEL_TCP, DNS_CHANNEL_UDP, false },
	{ "tls, udp", DNS_CHANNEL_TLS, DNS_CHANNEL_UDP, false },
	{ "tls, tls", DNS_CHANNEL_TLS, DNS_CHANNEL_TLS, false },
	{ "tls, tls, wrong pin", DNS_CHANNEL_TLS, DNS_CHANNEL_TLS, true },
};

struct play {
	struct bed bed;
	enum mood mood;
	unsigned trusted; /* which of the two */
	bool nobody;      /* is trusted */
	unsigned n, with_ad;
	struct fake_query kept;
	char cookie[DNS_COOKIE_MAX]; /* of kept, whose octets are gone */
	char label[128];
};

static void put(const struct fake_query *q, unsigned flags, const char *record)
{
	fake_begin(&c, q, 0x20u | flags);
	if (record)
		craft_line(&c, DNS_SECTION_ANSWER, str_of(record));
}

static void send_right(const struct fake_query *q, const char *record)
{
	char cookie[16] = "........SERVER1";

	put(q, 0, record);
	if (q->m.cookie.n >= 8) {
		memcpy(cookie, q->m.cookie.p, 8);
		craft_opt(&c, 0, 10, (struct str){ cookie, sizeof(cookie) });
	}
	fake_send(q, craft_str(&c));
}

static void send_failure(const struct fake_query *q, enum mood mood)
{
	static const unsigned rcodes[] = { [SERVFAIL] = 2, [BOGUS] = 2,   [REFUSED] = 5,
					   [FORMERR] = 1,  [NO_EDNS] = 1, [MALFORMED] = 0 };

	put(q, rcodes[mood], EVIL);
	if (mood == BOGUS)
		craft_ede(&c, 6, "");
	if (mood == MALFORMED)
		c.n--;
	fake_send(q, craft_str(&c));
}

/* Once: not what it should have been. */
static void send_other(const struct fake_query *q, enum mood mood)
{
	put(q, mood == TC || mood == TC_ALWAYS ? DNS_FLAG_TC : 0, mood == FOLDS ? GOOD : EVIL);
	for (unsigned i = 0; mood == FOLDS && i < q->m.name.len; i++)
		c.p[DNS_HEADER_OCTETS + i] = str_fold((char)q->m.name.wire[i]);
	fake_send(q, craft_str(&c));
}

static void answer(const struct fake_query *q, void *arg)
{
	struct play *p = arg;
	unsigned nth = p->n++;

	p->with_ad += q->ad;
	if (q->fake != &p->bed.fake[p->trusted]) {
		send_right(q, EVIL);
		return;
	}
	switch (p->mood) {
	case RETRY:
	case LATE:
		if (nth == 0) {
			p->kept = *q;
			if (q->m.cookie.n > 0)
				memcpy(p->cookie, q->m.cookie.p, q->m.cookie.n);
			p->kept.m.cookie.p = p->cookie;
			return;
		}
		if (p->mood == LATE)
			send_right(&p->kept, GOOD);
		break;
	case SILENT:
		return;
	case NO_EDNS:
		if (!q->edns)
			break;
		send_failure(q, p->mood);
		return;
	case SERVFAIL:
	case BOGUS:
	case REFUSED:
	case FORMERR:
	case MALFORMED:
		send_failure(q, p->mood);
		return;
	case TC:
	case NO_COOKIE:
		if (q->tcp)
			break;
		send_other(q, p->mood);
		return;
	case TC_ALWAYS:
	case FOLDS:
		send_other(q, p->mood);
		return;
	case RIGHT:
		break;
	}
	send_right(q, GOOD);
}

static void set_server(struct play *p, unsigned i, const struct pair *pair)
{
	struct dns_server *s = &p->bed.conf.servers[i];
	bool trusted = i == p->trusted && !p->nobody;

	s->channel = i == p->trusted ? pair->trusted : pair->untrusted;
	s->mix_case = true;
	if (s->channel == DNS_CHANNEL_TLS) {
		/* A pin asks no CA; reading the system's takes most of a minute each time. */
		s->tls_ca_file = lone.cert_file;
		p->bed.fake[i].tls = forge_server(&lone);
		if (trusted) /* the other proves nothing, which is why it is not */
			forge_pin(pair->other_key ? &other : &lone, s->tls_pin[s->n_tls_pin++]);
	} else if (!trusted) {
		s->trust = DNS_CHANNEL_TRUST_NEVER;
	}
}

static void open_play(struct play *p, const struct pair *pair)
{
	bed_servers(&p->bed, 2, answer, p);
	for (unsigned i = 0; i < 2; i++)
		set_server(p, i, pair);
	bed_start(&p->bed);
}

static void close_play(struct play *p)
{
	SSL_CTX *tls[2] = { p->bed.fake[0].tls, p->bed.fake[1].tls };

	bed_close(&p->bed);
	SSL_CTX_free(tls[0]);
	SSL_CTX_free(tls[1]);
}

/* Ask for NAME, and let time pass whenever a question has come that is not answered. */
static struct bed_got *ask_patiently(struct play *p)
{
	static struct bed_got got;
	int64_t end = os_clock_mono() + 20000;
	unsigned seen = p->n;

	bed_send(&p->bed, NAME, A, AD, &got);
	while (!got.done && os_clock_mono() < end) {
		loop_turn(&p->bed.loop, 10);
		if (p->n == seen || got.done)
			continue;
		seen = p->n;
		loop_turn(&p->bed.loop, 10);
		if (p->mood == RETRY || p->mood == LATE || p->mood == SILENT)
			p->bed.loop.ahead += BED_PATIENCE_MS;
	}
	CHECK_INT(p->label, got.calls, 1);
	return &got;
}

static unsigned heard_of(const struct fake *f)
{
	return f->udp_queries + f->accepted;
}

static const struct row {
	const char *label;
	enum mood mood;
	bool udp;    /* only there */
	bool no_tcp; /* nobody listens for streams */
	enum dns_outcome outcome;
	enum dns_status status;
} rows[] = {
	{ "T5: right", RIGHT, false, false, DNS_DATA, DNS_SECURE },
	{ "T5: retry", RETRY, false, false, DNS_DATA, DNS_SECURE },
	{ "T5: late reply", LATE, false, false, DNS_DATA, DNS_SECURE },
	{ "T5: silence", SILENT, false, false, DNS_NO_ANSWER, DNS_INDETERMINATE },
	{ "T5: SERVFAIL", SERVFAIL, false, false, DNS_FAILED, DNS_INDETERMINATE },
	{ "T5: bogus", BOGUS, false, false, DNS_FAILED, DNS_BOGUS },
	{ "T5: REFUSED", REFUSED, false, false, DNS_FAILED, DNS_INDETERMINATE },
	{ "T5: FORMERR", FORMERR, false, false, DNS_FAILED, DNS_INDETERMINATE },
	{ "T5: EDNS fallback", NO_EDNS, false, false, DNS_DATA, DNS_SECURE },
	{ "T5: malformed", MALFORMED, false, false, DNS_NO_ANSWER, DNS_INDETERMINATE },
	{ "T5: TC, TCP fallback", TC, true, false, DNS_DATA, DNS_SECURE },
	{ "T5: TC, nobody at TCP", TC, true, true, DNS_NO_ANSWER, DNS_INDETERMINATE },
	{ "T5: TC for ever", TC_ALWAYS, false, false, DNS_NO_ANSWER, DNS_INDETERMINATE },
	{ "T5: cookie fallback", NO_COOKIE, true, false, DNS_DATA, DNS_SECURE },
	{ "T5: cookie fallback, nobody at TCP", NO_COOKIE, true, true, DNS_NO_ANSWER,
	  DNS_INDETERMINATE },
	{ "T5: 0x20 fallback", FOLDS, false, false, DNS_DATA, DNS_SECURE },
	{ "T5: nobody", RIGHT, false, true, DNS_NO_ANSWER, DNS_INDETERMINATE },
};

/* From the trusted one, or from nobody. */
static void check_row(struct play *p, const struct row *row, const struct pair *pair)
{
	bool mute = pair->other_key || (row->no_tcp && pair->trusted != DNS_CHANNEL_UDP);
	bool gets = !mute && row->outcome == DNS_DATA;
	struct bed_got *got = ask_patiently(p);

	CHECK_INT(p->label, got->outcome, mute ? DNS_NO_ANSWER : row->outcome);
	CHECK_INT(p->label, got->status, mute ? DNS_INDETERMINATE : row->status);
	CHECK_INT(p->label, (long long)got->answer->n_rr, gets);
	if (gets)
		CHECK_INT(p->label, memcmp(got->answer->rr[0].rdata.p, "\xc0\0\2\1", 4), 0);
	CHECK_INT(p->label, heard_of(&p->bed.fake[1 - p->trusted]), 0);
	if (row->udp && gets)
		CHECK_STR(p->label, got->answer->source.channel, STR("tcp"));
	/* What is kept of it is what was said. */
	if (!gets)
		return;
	got = bed_ask(&p->bed, NAME, A, AD);
	CHECK_INT(p->label, got->answer->cached, 1);
	CHECK_INT(p->label, got->status, DNS_SECURE);
}

static void test_row(const struct row *row, const struct pair *pair, unsigned trusted)
{
	static struct play p;

	p = (struct play){ .trusted = trusted };
	(void)snprintf(p.label, sizeof(p.label), "%s, %s, %u", row->label, pair->name, trusted);
	open_play(&p, pair);
	if (row->mood == NO_COOKIE)
		(void)bed_ask(&p.bed, "w.", A, AD);
	if (row->no_tcp)
		fake_close_tcp(&p.bed.fake[trusted]);
	if (row->no_tcp && row->mood == RIGHT)
		fake_close_udp(&p.bed.fake[trusted]);
	p.mood = row->mood;
	p.n = 0;
	check_row(&p, row, pair);
	close_play(&p);
}

static void test_rows(void)
{
	for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(pairs); i++) {
		const struct row *row = &rows[i / COUNT_OF(pairs)];
		const struct pair *pair = &pairs[i % COUNT_OF(pairs)];
		if (row->udp && pair->trusted != DNS_CHANNEL_UDP)
			continue;
		test_row(row, pair, 0);
		test_row(row, pair, 1);
	}
}

static const struct {
	const char *label;
	enum mood mood;
	bool falls; /* from UDP to TCP */
} untrusted[] = {
	{ "T5: none trusted, right", RIGHT, false },
	{ "T5: none trusted, retry", RETRY, false },
	{ "T5: none trusted, late reply", LATE, false },
	{ "T5: none trusted, SERVFAIL", SERVFAIL, false },
	{ "T5: none trusted, REFUSED", REFUSED, false },
	{ "T5: none trusted, EDNS fallback", NO_EDNS, false },
	{ "T5: none trusted, malformed", MALFORMED, false },
	{ "T5: none trusted, TCP fallback", TC, true },
	{ "T5: none trusted, cookie fallback", NO_COOKIE, true },
	{ "T5: none trusted, 0x20 fallback", FOLDS, true },
};

/* Whatever becomes of the question, on whatever channel, AD counts for nothing. */
static void test_untrusted(void)
{
	static struct play p;

	for (size_t i = 0; i < COUNT_OF(untrusted) * COUNT_OF(pairs); i++) {
		const struct pair *pair = &pairs[i % COUNT_OF(pairs)];
		size_t row = i / COUNT_OF(pairs);
		p = (struct play){ .nobody = true };
		(void)snprintf(p.label, sizeof(p.label), "%s, %s", untrusted[row].label,
			       pair->name);
		open_play(&p, pair);
		if (untrusted[row].mood == NO_COOKIE)
			(void)bed_ask(&p.bed, "w.", A, AD);
		p.mood = untrusted[row].mood;
		p.n = 0;
		struct bed_got *got = ask_patiently(&p);
		if (untrusted[row].falls && pair->trusted == DNS_CHANNEL_UDP)
			CHECK_STR(p.label, got->answer->source.channel, STR("tcp"));
		for (int again = 0; again < 2; again++) {
			CHECK_INT(p.label, got->outcome, DNS_DATA);
			CHECK_INT(p.label, got->status, DNS_INDETERMINATE);
			CHECK_INT(p.label, got->answer->source.trust, DNS_TRUST_NONE);
			CHECK_INT(p.label, got->answer->cached, again);
			got = bed_ask(&p.bed, NAME, A, AD);
		}
		close_play(&p);
	}
}

static const struct {
	const char *label;
	unsigned first, second;
	bool at_once;
} twos[] = {
	{ "T5: cache, without AD, then with", 0, AD, false },
	{ "T5: cache, with AD, then without", AD, 0, false },
	{ "T5: coalescing, without AD, then with", 0, AD, true },
	{ "T5: coalescing, with AD, then without", AD, 0, true },
	{ "T5: coalescing, without AD and not kept, then with", RESOLVE_NO_CACHE, AD, true },
	{ "T5: coalescing, without AD and with DO, then with", RESOLVE_DO, AD, true },
};

static void check_two(const char *label, const struct bed_got *got, unsigned flags)
{
	bed_check(label, got,
		  flags & AD ? "data secure udp: a. 60 A 192.0.2.1"
			     : "data indeterminate udp: a. 60 A 192.0.2.1");
}

/* The server sets AD whether asked or not: what was not asked with it never gets it. */
static void test_twos(void)
{
	static struct play p;

	for (size_t i = 0; i < COUNT_OF(twos) * 2; i++) {
		size_t row = i / 2;
		struct bed_got first = { 0 }, second = { 0 };
		p = (struct play){ .trusted = i % 2 };
		open_play(&p, &pairs[0]);
		bed_send(&p.bed, "a.", A, twos[row].first, &first);
		if (!twos[row].at_once)
			loop_until(&p.bed.loop, &first.done, 5000);
		bed_send(&p.bed, "a.", A, twos[row].second, &second);
		loop_until(&p.bed.loop, &first.done, 5000);
		loop_until(&p.bed.loop, &second.done, 5000);
		check_two(twos[row].label, &first, twos[row].first);
		check_two(twos[row].label, &second, twos[row].second);
		CHECK_INT(twos[row].label, p.n, 2);
		CHECK_INT(twos[row].label, p.with_ad, 1);
		CHECK_INT(twos[row].label, heard_of(&p.bed.fake[1 - p.trusted]), 0);
		dns_answer_free(&first.answer);
		dns_answer_free(&second.answer);
		close_play(&p);
	}
}

/* Both trusted, in two ways; each keeps what it is asked until it is told to answer. */
static struct fake_query held[2];
static struct bed *bed;

static void hold(const struct fake_query *q, void *arg)
{
	unsigned *n = arg;

	held[q->fake - bed->fake] = *q;
	++*n;
}

/* Server 0's answer has AD clear, server 1's has it set. */
static void release(unsigned server)
{
	const struct fake_query *q = &held[server];

	put(q, 0, server ? EVIL : GOOD);
	if (server == 0)
		c.p[3] &= 0xdf;
	fake_send(q, craft_str(&c));
}

static const struct {
	const char *label;
	unsigned first; /* to answer, when both have been asked */
	const char *want, *cached;
	enum dns_trust trust;
} lates[] = {
	{ "T5: the late answer comes first", 0, "data insecure udp: a. 60 A 192.0.2.1",
	  "data insecure udp cached: a. 60 A 192.0.2.1", DNS_TRUST_LOOPBACK },
	{ "T5: the late answer comes last", 1, "data secure tls: a. 60 A 192.0.2.66",
	  "data secure tls cached: a. 60 A 192.0.2.66", DNS_TRUST_TLS },
};

/* The one that counts brings its own AD, trust and channel; the other changes nothing. */
static void test_late(void)
{
	for (size_t i = 0; i < COUNT_OF(lates); i++) {
		static struct bed_got got;
		unsigned n = 0;
		struct bed b;
		bed = &b;
		bed_servers(&b, 2, hold, &n);
		b.conf.servers[1].channel = DNS_CHANNEL_TLS;
		b.conf.servers[1].tls_ca_file = lone.cert_file;
		forge_pin(&lone, b.conf.servers[1].tls_pin[b.conf.servers[1].n_tls_pin++]);
		SSL_CTX *tls = b.fake[1].tls = forge_server(&lone);
		bed_start(&b);
		bed_send(&b, "a.", A, AD, &got);
		for (int t = 0; t < 1000 && n < 2; t++) {
			if (n == 1 && b.loop.ahead == 0)
				b.loop.ahead += BED_PATIENCE_MS;
			loop_turn(&b.loop, 10);
		}
		CHECK_INT(lates[i].label, got.done, 0);
		release(lates[i].first);
		loop_until(&b.loop, &got.done, 5000);
		release(1 - lates[i].first);
		for (int t = 0; t < 10; t++)
			loop_turn(&b.loop, 1);
		bed_check(lates[i].label, &got, lates[i].want);
		CHECK_INT(lates[i].label, got.answer->source.trust, lates[i].trust);
		bed_check(lates[i].label, bed_ask(&b, "a.", A, AD), lates[i].cached);
		bed_close(&b);
		SSL_CTX_free(tls);
	}
}

/* The same server twice, to be authenticated and not: the second is no way round the first. */
static void test_same_address(void)
{
	static struct play p;

	p = (struct play){ .trusted = 0 };
	open_play(&p, &pairs[COUNT_OF(pairs) - 1]);
	resolve_free(&p.bed.r);
	p.bed.conf.servers[1].at = p.bed.conf.servers[0].at;
	bed_start(&p.bed);
	bed_check("T5: the same address", bed_ask(&p.bed, "a.", A, AD), "no answer indeterminate");
	CHECK_INT("T5: the same address", p.n, 0);
	close_play(&p);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* the fake servers write by OpenSSL */
	forge_begin();
	lone = forge_make("anything", "DNS:dns.example", 30, NULL);
	other = forge_make("other", "DNS:dns.example", 30, NULL);
	forge_write(&lone, "lone", NULL);
	test_rows();
	test_untrusted();
	test_twos();
	test_late();
	test_same_address();
	forge_free(&lone);
	forge_free(&other);
	forge_end();
	return TEST_EXIT();
}
