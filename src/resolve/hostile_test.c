/*
 * T9, T10, T11: each message of dns/hostile.h as what a server answers, over
 * each channel.  An honest answer always follows it on the same channel: it must
 * arrive where the hostile one is dropped, and change nothing where it is not.
 */
#include "dns/hostile.h"
#include "resolve/bed_priv.h"
#include "tls/forge.h"

#include <signal.h>

#define HONEST_A "@ 60 A 192.0.2.1"
#define OTHER_A "@ 60 A 192.0.2.2"
#define HONEST_MX "@ 60 MX 1 mx."
#define OTHER_MX "@ 60 MX 2 mx."

static struct forge lone;
static SSL_CTX *speaker; /* as lone; one for all scenes, as it takes longer to make than they do */

static const struct way {
	const char *name;
	enum dns_channel channel;
	bool mixed; /* 0x20, at a server that is not trusted */
} ways[] = {
	{ "udp", DNS_CHANNEL_UDP, false },
	{ "tcp", DNS_CHANNEL_TCP, false },
	{ "tls", DNS_CHANNEL_TLS, false },
	{ "0x20", DNS_CHANNEL_UDP, true },
};

/* One row over one channel. */
struct scene {
	const struct hostile *h;
	const struct way *way;
	struct bed bed;
	char label[128];
	bool silent; /* after the hostile answer */
};

static const char *record_of(const struct hostile *h, bool other)
{
	if (hostile_type(h) == DNS_TYPE_MX)
		return other ? OTHER_MX : HONEST_MX;
	return other ? OTHER_A : HONEST_A;
}

/* Server 0 is hostile first, and then honest; server 1 honest, with a record of its own. */
static void answer(const struct fake_query *q, void *arg)
{
	static struct craft c;
	const struct scene *s = arg;
	bool other = q->fake != &s->bed.fake[0];

	if (!other) {
		hostile_write(s->h, &c, q->m.id, &q->m.name);
		fake_send(q, craft_str(&c));
		if (s->silent)
			return;
	}
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, str_of(record_of(s->h, other)));
	fake_send(q, craft_str(&c));
}

static void open_scene(struct scene *s, unsigned servers)
{
	struct bed *b = &s->bed;

	(void)snprintf(s->label, sizeof(s->label), "%s, %s, %u", s->h->label, s->way->name,
		       servers);
	bed_servers(b, servers, answer, s);
	for (unsigned i = 0; i < servers; i++) {
		struct dns_server *conf = &b->conf.servers[i];
		conf->channel = s->way->channel;
		conf->mix_case = s->way->mixed;
		if (s->way->mixed)
			conf->trust = DNS_CHANNEL_TRUST_NEVER;
		if (conf->channel == DNS_CHANNEL_TLS) {
			b->fake[i].tls = speaker;
			forge_pin(&lone, conf->tls_pin[conf->n_tls_pin++]);
		}
	}
	bed_start(b);
}

/* Until the hostile answer has been seen, and then as long as the server may be silent. */
static void sit_out(struct scene *s)
{
	struct resolve_server_state state = { 0 };

	for (int i = 0; i < 1000 && state.dropped == 0; i++) {
		loop_turn(&s->bed.loop, 10);
		if (!resolve_server_at(s->bed.r, 0, &state))
			abort();
	}
	s->bed.loop.ahead += BED_PATIENCE_MS;
}

static struct bed_got *ask(struct scene *s)
{
	static struct bed_got got;
	struct resolve_question q = {
		.name = hostile_name(s->h),
		.type = hostile_type(s->h),
		.flags = RESOLVE_AD,
	};

	dns_answer_free(&got.answer);
	got = (struct bed_got){ 0 };
	if (resolve_ask(s->bed.r, &q, bed_done, &got) == 0)
		abort();
	if (s->silent)
		sit_out(s);
	loop_until(&s->bed.loop, &got.done, 10000);
	CHECK_INT(s->label, got.calls, 1);
	return &got;
}

static unsigned asked(const struct scene *s, unsigned server)
{
	return s->bed.fake[server].udp_queries + s->bed.fake[server].tcp_queries;
}

static void check_records(const struct scene *s, const struct dns_answer *a, const char *want)
{
	struct buf text = BUF_MAX(65535);

	for (size_t i = 0; i < a->n_rr; i++) {
		buf_add(&text, i ? STR("; ") : STR(""));
		dns_text_rr(&text, &a->rr[i]);
	}
	CHECK_STR(s->label, buf_str(&text), str_of(want));
	buf_free(&text);
}

/* The channel and status of what is an answer. */
static void check_source(const struct scene *s, const struct dns_answer *a)
{
	CHECK_STR(s->label, a->source.channel, str_of(s->way->mixed ? "udp" : s->way->name));
	CHECK_INT(s->label, a->status, s->way->mixed ? DNS_INDETERMINATE : DNS_SECURE);
}

/* The record that was sent under the question's name and not under any other. */
static void check_honest(const struct scene *s, const struct bed_got *got, bool other)
{
	const char *record = record_of(s->h, other);
	struct buf want = BUF_MAX(1024);
	struct dns_name name = hostile_name(s->h);

	CHECK_INT(s->label, got->outcome, DNS_DATA);
	check_source(s, got->answer);
	dns_name_text(&want, &name);
	buf_add(&want, str_of(record + 1));
	buf_addc(&want, '\0');
	check_records(s, got->answer, want.p);
	buf_free(&want);
}

static void check_nothing(const struct scene *s, const struct bed_got *got)
{
	CHECK_INT(s->label, got->outcome, DNS_NO_ANSWER);
	CHECK_INT(s->label, got->status, DNS_INDETERMINATE);
	CHECK_INT(s->label, (long long)got->answer->n_rr, 0);
	CHECK_INT(s->label,
		  str_ends(got->answer->why, STR(": its answer is malformed, or a referral")), 1);
}

/* A loop is a failure, whatever TTL its records have: kept for a second at first. */
static uint32_t kept_s(const struct hostile *h)
{
	return h->fate == HOSTILE_LOOP ? 1 : h->ttl_s;
}

/* What the table says; and once more, from the cache where it may be kept. */
static void check_fate(struct scene *s, const struct bed_got *got)
{
	static const enum dns_outcome fates[] = {
		[HOSTILE_LOOP] = DNS_LOOP,
		[HOSTILE_DATA] = DNS_DATA,
		[HOSTILE_NODATA] = DNS_NODATA,
		[HOSTILE_NO_NAME] = DNS_NO_NAME,
	};
	const struct hostile *h = s->h;

	for (int i = 0; i < 2; i++) {
		CHECK_INT(s->label, got->outcome, fates[h->fate]);
		check_source(s, got->answer);
		CHECK_INT(s->label, got->answer->cached, i == 1 && h->ttl_s > 0);
		if (i == 0)
			CHECK_INT(s->label, got->answer->ttl_s, kept_s(h));
		if (h->records || got->answer->n_rr == 0)
			check_records(s, got->answer, h->records ? h->records : "");
		CHECK_INT(s->label, asked(s, 0), i == 1 && h->ttl_s == 0 ? 2 : 1);
		if (h->fate == HOSTILE_LOOP)
			break; /* a second may have passed */
		if (i == 0)
			got = ask(s);
	}
}

static void check_state(const struct scene *s, int answering, int dropped)
{
	struct resolve_server_state state;

	CHECK_INT(s->label, resolve_server_at(s->bed.r, 0, &state), 1);
	CHECK_INT(s->label, state.answering, answering);
	if (dropped >= 0)
		CHECK_INT(s->label, (long long)state.dropped, dropped);
}

static void test_alone(const struct hostile *h, const struct way *way)
{
	static struct scene s;

	s = (struct scene){ .h = h, .way = way };
	open_scene(&s, 1);
	const struct bed_got *got = ask(&s);
	if (h->fate == HOSTILE_DROPPED) {
		check_honest(&s, got, false);
		check_state(&s, 1, 1);
		CHECK_INT(s.label, asked(&s, 0), 1);
	} else if (h->fate == HOSTILE_MALFORMED) {
		/* What comes behind it from the same server is too late. */
		check_nothing(&s, got);
		check_state(&s, 0, -1);
		CHECK_INT(s.label, asked(&s, 0), 1);
	} else {
		check_fate(&s, got);
		check_state(&s, 1, -1);
	}
	bed_close(&s.bed);
}

static void test_beside(const struct hostile *h, const struct way *way)
{
	static struct scene s;

	s = (struct scene){ .h = h, .way = way, .silent = h->fate == HOSTILE_DROPPED };
	open_scene(&s, 2);
	const struct bed_got *got = ask(&s);
	if (h->fate == HOSTILE_DROPPED || h->fate == HOSTILE_MALFORMED) {
		check_honest(&s, got, true);
		check_state(&s, 0, -1);
		CHECK_INT(s.label, asked(&s, 0), 1);
		CHECK_INT(s.label, asked(&s, 1), 1);
	} else {
		CHECK_INT(s.label, asked(&s, 1), 0);
		check_fate(&s, got);
		CHECK_INT(s.label, asked(&s, 1), 0);
	}
	bed_close(&s.bed);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN); /* the fake servers write by OpenSSL */
	forge_begin();
	lone = forge_make("anything", "DNS:dns.example", 30, NULL);
	forge_write(&lone, "lone", NULL);
	speaker = forge_server(&lone);
	for (size_t i = 0; i < HOSTILE_COUNT * COUNT_OF(ways); i++) {
		const struct hostile *h = &hostile_table[i / COUNT_OF(ways)];
		const struct way *way = &ways[i % COUNT_OF(ways)];
		test_alone(h, way);
		test_beside(h, way);
	}
	SSL_CTX_free(speaker);
	forge_free(&lone);
	forge_end();
	return TEST_EXIT();
}
