#include "resolve/server.h"

#include "base/hash.h"
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* A server's socket buffer holds about 270 datagrams by default on Linux: stay below. */
enum { BURST = 192, LEAK_PER_MS = 50 };
enum { DOWN_FIRST_MS = 1000, DOWN_MAX_MS = 60000, PLAIN_MS = 300000 };
enum { TSIG_NAME_MAX = 60 };
enum { RESEND_MS = 1000, HURRY_MS = 250 }; /* the first by RFC 6298 section 2.4 */
enum { TIMEOUT_MS = 2000, ATTEMPTS = 2, ATTEMPTS_MAX = 100 };

static struct str aa_suffix(void)
{
	return STR("; an authoritative server answered, which does not validate");
}

/* The reason in s->reason_text, and with what AA adds behind it. */
static void set_reason(struct resolve_server_info *s, struct str first, struct str second)
{
	struct str parts[] = { first, second, aa_suffix() };
	size_t n = 0;

	for (size_t i = 0; i < 3; i++) {
		if (i == 2)
			s->reason = (struct str){ s->reason_text, n };
		memcpy(s->reason_text + n, parts[i].p, parts[i].n);
		n += parts[i].n;
	}
	s->reason_aa = (struct str){ s->reason_text, n };
}

/* "TSIG, key example., hmac-sha256"; of a long name what fits. */
static void set_tsig_reason(struct resolve_server_info *s)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(2048);

	dns_name_text(&text, &s->conf.tsig.name);
	text.n = text.n < TSIG_NAME_MAX ? text.n : TSIG_NAME_MAX;
	buf_addf(&text, ", %.*s", STR_ARG(dns_tsig_algorithm_text(s->conf.tsig.algorithm)));
	set_reason(s, STR("TSIG, key "), buf_str(&text));
}

enum dns_trust resolve_server_by_being_here(struct resolve_server_info *s)
{
	set_reason(s, STR("validator in this process"), STR(""));
	return DNS_TRUST_EMBEDDED;
}

/* What is demanded of it: whether it was met, the answers tell, as there are none without. */
enum dns_trust resolve_server_by_tls(struct resolve_server_info *s)
{
	bool named = s->conf.tls_name && s->conf.tls_name[0], pinned = s->conf.n_tls_pin > 0;

	if (named)
		set_reason(s,
			   pinned ? STR("TLS, only if authenticated by pin and name ")
				  : STR("TLS, only if authenticated by name "),
			   str_head(str_of(s->conf.tls_name), DNS_NAME_MAX));
	else if (pinned)
		set_reason(s, STR("TLS, only if authenticated by pin"), STR(""));
	else
		set_reason(s, STR("TLS without a name or pin is encrypted, not authenticated"),
			   STR(""));
	return named || pinned ? DNS_TRUST_TLS : DNS_TRUST_NONE;
}

enum dns_trust resolve_server_by_address(struct resolve_server_info *s)
{
	char text[IP_TEXT_MAX];

	if (s->conf.tsig.name.len > 0) {
		set_tsig_reason(s);
		return DNS_TRUST_TSIG;
	}
	if (ip_loopback(&s->conf.at.ip)) {
		set_reason(s, STR("loopback"), STR(""));
		return DNS_TRUST_LOOPBACK;
	}
	set_reason(s, ip_text(&s->conf.at.ip, text),
		   STR(" is not loopback and not declared trusted"));
	return DNS_TRUST_NONE;
}

/* The administrator's word goes before all else. */
static enum dns_trust decide(struct resolve_server_info *s)
{
	switch (s->conf.trust) {
	case DNS_CHANNEL_TRUST_ALWAYS:
		if (s->conf.trust_file)
			set_reason(s, STR("options trust-ad in "),
				   str_head(str_of(s->conf.trust_file), DNS_NAME_MAX));
		else
			set_reason(s, STR("declared trusted"), STR(""));
		return DNS_TRUST_STATED;
	case DNS_CHANNEL_TRUST_NEVER:
		set_reason(s, STR("declared not trusted"), STR(""));
		return DNS_TRUST_NONE;
	case DNS_CHANNEL_TRUST_AUTO:
		break;
	}
	return s->channel->trusted_by(s);
}

static unsigned attempts_of(const struct dns_server *conf)
{
	if (conf->attempts == 0)
		return ATTEMPTS;
	return conf->attempts < ATTEMPTS_MAX ? conf->attempts : ATTEMPTS_MAX;
}

/* "192.0.2.1:53", "[fe80::1%eth0]:53". */
static struct str address_text(struct resolve_server_info *s)
{
	struct str text = ip_port_text(&s->conf.at, s->text);
	char zone[1 + IF_NAMESIZE] = "%";
	const char *end = memchr(text.p, ']', text.n);

	if (s->conf.scope == 0 || !end || !if_indextoname(s->conf.scope, zone + 1))
		return text;
	size_t at = (size_t)(end - text.p), n = strlen(zone);
	if (text.n + n > sizeof(s->text))
		return text;
	memmove(s->text + at + n, s->text + at, text.n - at);
	memcpy(s->text + at, zone, n);
	return (struct str){ s->text, text.n + n };
}

/* 0.0.0.0 and :: are where the kernel connects to loopback, from which the answers then come. */
static void name_loopback(struct ip *ip)
{
	static const uint8_t none[sizeof(ip->octets)];
	size_t n = ip->family == 4 ? 4 : 16;

	if (ip->family == 0 || memcmp(ip->octets, none, n) != 0)
		return;
	if (ip->family == 4)
		ip->octets[0] = 127;
	ip->octets[n - 1] = 1;
}

void resolve_server_init(struct resolve_server_info *s, const struct dns_server *conf,
			 const struct resolve_channel *channel, struct resolve_peer *peer,
			 unsigned sharers)
{
	if (sharers == 0 || sharers > RESOLVE_WINDOW_SHARERS)
		sharers = sharers ? RESOLVE_WINDOW_SHARERS : 1;
	*s = (struct resolve_server_info){
		.conf = *conf,
		.channel = channel,
		.peer = peer,
		.answered_at = INT64_MIN,
		.back_at = INT64_MIN,
		.sharers = sharers,
	};
	const struct resolve_channel *by = s->channel;
	name_loopback(&s->conf.at.ip);
	bool inside = !dns_channel_takes(by->kind, DNS_CHANNEL_TAKES_ADDRESS);
	int64_t timeout_ms = conf->timeout_ms ? conf->timeout_ms : TIMEOUT_MS;
	list_init(&s->texts);
	resolve_window_init(&s->window, sharers);
	s->name = inside ? dns_channel_kind(by->kind)->name : address_text(s);
	*peer = (struct resolve_peer){
		.trust = decide(s),
		.stream = by->whole == by,
		.padded = by->padded,
		/* To ask a validator in the process twice is no use: it has the whole time. */
		.attempts = inside ? 1 : attempts_of(conf),
		.timeout_ms = inside ? timeout_ms * attempts_of(conf) : timeout_ms,
	};
}

enum { TEXTS_MAX = 16 };

struct text {
	struct list at;
	size_t n;
	char text[];
};

struct str resolve_server_text(struct resolve_server_info *s, struct str text)
{
	int n = 0;

	for (struct list *at = s->texts.next; at != &s->texts; at = at->next, n++) {
		const struct text *one = CONTAINER_OF(at, struct text, at);
		struct str its = { one->text, one->n };
		if (str_eq(its, text))
			return its;
	}
	struct text *one = n < TEXTS_MAX ? malloc(sizeof(*one) + text.n) : NULL;
	if (!one)
		return STR("its connection failed");
	one->n = text.n;
	if (text.n > 0)
		memcpy(one->text, text.p, text.n);
	list_add(&s->texts, &one->at);
	return (struct str){ one->text, one->n };
}

void resolve_server_clear(struct resolve_server_info *s)
{
	struct list *at;

	while ((at = list_shift(&s->texts)) != NULL)
		free(CONTAINER_OF(at, struct text, at));
}

void resolve_server_unusable(struct resolve_server_info *s, struct str why)
{
	size_t room = sizeof(s->reason_text) - aa_suffix().n;

	why.n = why.n < room ? why.n : room;
	set_reason(s, why, STR(""));
}

void resolve_server_failed(struct resolve_server_info *s, int64_t sent_at, int64_t now)
{
	if (s->answered_at >= sent_at || now < s->down_until)
		return;
	s->silent = sent_at != INT64_MAX;
	int64_t pause = DOWN_FIRST_MS;
	for (unsigned i = 0; i < s->failures && pause < DOWN_MAX_MS; i++)
		pause *= 2;
	s->failures++;
	s->down_until = now + (pause < DOWN_MAX_MS ? pause : DOWN_MAX_MS);
	s->peer->down = true;
}

/* RFC 6298 section 2.3. */
static void measure(struct resolve_server_info *s, int64_t rtt_us)
{
	if (rtt_us == 0)
		rtt_us = 1;
	if (s->rtt_us == 0) {
		s->rtt_us = rtt_us;
		s->rtt_var_us = rtt_us / 2;
		return;
	}
	int64_t off = rtt_us > s->rtt_us ? rtt_us - s->rtt_us : s->rtt_us - rtt_us;
	s->rtt_var_us += (off - s->rtt_var_us) / 4;
	s->rtt_us += (rtt_us - s->rtt_us) / 8;
}

void resolve_server_answered(struct resolve_server_info *s, int64_t rtt_us, int64_t now)
{
	s->tally.answers++;
	s->answered_at = now;
	if (s->silent)
		s->back_at = now;
	s->silent = false;
	s->failures = 0;
	s->down_until = 0;
	s->peer->down = false;
	if (s->level > 0)
		s->level--;
	if (rtt_us >= 0)
		measure(s, rtt_us);
}

void resolve_server_judged(struct resolve_server_info *s, const struct resolve_fed *fed)
{
	if (fed->judged)
		s->tally.statuses[fed->status]++;
}

/* In how many milliseconds it usually answers; 0: not known. */
static int64_t pace_ms(const struct resolve_server_info *s)
{
	return (s->rtt_us + 4 * s->rtt_var_us) / 1000;
}

/* Its pace, half of the timeout at most, least at least. */
static int64_t paced_ms(const struct resolve_server_info *s, int64_t least)
{
	int64_t ms = pace_ms(s), half = s->peer->timeout_ms / 2;

	ms = ms < half ? ms : half;
	return ms < least ? least : ms;
}

int64_t resolve_server_resend_ms(const struct resolve_server_info *s)
{
	return paced_ms(s, RESEND_MS);
}

int64_t resolve_server_hurry_ms(const struct resolve_server_info *s)
{
	return paced_ms(s, HURRY_MS);
}

bool resolve_server_overtaken(const struct resolve_server_info *s, int64_t sent_at)
{
	return s->answered_at > sent_at;
}

void resolve_server_plain(struct resolve_server_info *s, int64_t now)
{
	s->plain_until = now + PLAIN_MS;
	s->peer->no_edns = true;
}

void resolve_server_refresh(struct resolve_server_info *s, int64_t now)
{
	s->peer->down = now < s->down_until;
	s->peer->no_edns = now < s->plain_until;
}

unsigned resolve_server_room(struct resolve_server_info *s, int64_t now, int64_t *when)
{
	int64_t leaked = (now - s->level_at) * (LEAK_PER_MS / s->sharers);
	unsigned burst = BURST / s->sharers;

	s->level = leaked >= s->level ? 0 : s->level - (unsigned)leaked;
	s->level_at = now;
	unsigned window = resolve_window_room(&s->window, pace_ms(s), now, when);
	if (s->level >= burst && window > 0 && *when > now + 1)
		*when = now + 1;
	if (s->level >= burst || window == 0)
		return 0;
	return burst - s->level < window ? burst - s->level : window;
}

void resolve_server_took(struct resolve_server_info *s, unsigned n)
{
	s->level += n;
	s->tally.questions += n;
	resolve_window_sent(&s->window, n, s->level_at);
}
