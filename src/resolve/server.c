#include "resolve/server.h"

#include <string.h>

/* A server's socket buffer holds about 270 datagrams by default on Linux: stay below. */
enum { BURST = 192, LEAK_PER_MS = 50 };
enum { DOWN_FIRST_MS = 1000, DOWN_MAX_MS = 60000, PLAIN_MS = 300000 };
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

static enum dns_trust decide(struct resolve_server_info *s)
{
	char text[IP_TEXT_MAX];

	switch (s->conf.trust) {
	case RESOLVE_TRUST_ALWAYS:
		set_reason(s, STR("declared trusted"), STR(""));
		return DNS_TRUST_STATED;
	case RESOLVE_TRUST_NEVER:
		set_reason(s, STR("declared not trusted"), STR(""));
		return DNS_TRUST_NONE;
	case RESOLVE_TRUST_AUTO:
		break;
	}
	if (s->conf.channel == RESOLVE_TLS && s->conf.tls_name && s->conf.tls_name[0]) {
		set_reason(s,
			   s->conf.n_tls_pin ? STR("TLS, authenticated by pin and name ")
					     : STR("TLS, authenticated by name "),
			   str_head(str_of(s->conf.tls_name), DNS_NAME_MAX));
		return DNS_TRUST_TLS;
	}
	if (s->conf.channel == RESOLVE_TLS && s->conf.n_tls_pin) {
		set_reason(s, STR("TLS, authenticated by pin"), STR(""));
		return DNS_TRUST_TLS;
	}
	if (s->conf.channel == RESOLVE_TLS) {
		set_reason(s, STR("TLS without a name or pin is encrypted, not authenticated"),
			   STR(""));
		return DNS_TRUST_NONE;
	}
	if (ip_loopback(&s->conf.at.ip)) {
		set_reason(s, STR("loopback"), STR(""));
		return DNS_TRUST_LOOPBACK;
	}
	set_reason(s, ip_text(&s->conf.at.ip, text),
		   STR(" is not loopback and not declared trusted"));
	return DNS_TRUST_NONE;
}

static unsigned attempts_of(const struct resolve_server *conf)
{
	if (conf->attempts == 0)
		return ATTEMPTS;
	return conf->attempts < ATTEMPTS_MAX ? conf->attempts : ATTEMPTS_MAX;
}

void resolve_server_init(struct resolve_server_info *s, const struct resolve_server *conf,
			 struct resolve_peer *peer)
{
	*s = (struct resolve_server_info){
		.conf = *conf,
		.peer = peer,
		.answered_at = INT64_MIN,
	};
	s->name = ip_port_text(&conf->at, s->text);
	*peer = (struct resolve_peer){
		.trust = decide(s),
		.stream = conf->channel != RESOLVE_UDP,
		.padded = conf->channel == RESOLVE_TLS,
		.attempts = attempts_of(conf),
		.timeout_ms = conf->timeout_ms ? conf->timeout_ms : TIMEOUT_MS,
	};
}

void resolve_server_failed(struct resolve_server_info *s, int64_t sent_at, int64_t now)
{
	if (s->answered_at >= sent_at || now < s->down_until)
		return;
	int64_t pause = DOWN_FIRST_MS;
	for (unsigned i = 0; i < s->failures && pause < DOWN_MAX_MS; i++)
		pause *= 2;
	s->failures++;
	s->down_until = now + (pause < DOWN_MAX_MS ? pause : DOWN_MAX_MS);
	s->peer->down = true;
}

void resolve_server_answered(struct resolve_server_info *s, int64_t rtt_us, int64_t now)
{
	s->answers++;
	s->answered_at = now;
	s->failures = 0;
	s->down_until = 0;
	s->peer->down = false;
	if (s->level > 0)
		s->level--;
	if (rtt_us <= 0)
		rtt_us = 1;
	s->rtt_us = s->rtt_us == 0 ? rtt_us : s->rtt_us + (rtt_us - s->rtt_us) / 8;
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
	int64_t leaked = (now - s->level_at) * LEAK_PER_MS;

	s->level = leaked >= s->level ? 0 : s->level - (unsigned)leaked;
	s->level_at = now;
	if (s->level < BURST)
		return BURST - s->level;
	*when = now + 1;
	return 0;
}

void resolve_server_took(struct resolve_server_info *s, unsigned n)
{
	s->level += n;
	s->questions += n;
}
