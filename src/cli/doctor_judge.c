#include "cli/doctor_judge.h"

#include "dns/type.h"

#include <string.h>

#define VALIDATING "point Signpost at a resolver that validates, such as unbound on 127.0.0.1"

static bool answered(const struct cli_doctor_said *a)
{
	return a->asked && a->outcome != DNS_NO_ANSWER;
}

/* The answer by which the resolver's own probe would judge. */
static const struct cli_doctor_said *usual(const struct cli_doctor_server *s)
{
	return s->set_do ? &s->positive_do : &s->positive;
}

static const struct cli_doctor_said *usual_denial(const struct cli_doctor_server *s)
{
	return s->set_do ? &s->denial_do : &s->denial;
}

static bool has_word(const char *text, const char *word)
{
	return strcasestr(text, word) != NULL;
}

/* The words of dns/tsig.h for a time that is not ours. */
static bool clocks_differ(const char *why)
{
	return has_word(why, "TSIG") && (has_word(why, "clock") || has_word(why, "time"));
}

bool cli_doctor_tells(const struct cli_doctor_server *s)
{
	const struct cli_doctor_said *a = s->set_do ? &s->positive_do : &s->positive;

	return answered(a) || (a->seen && !s->trusted);
}

const char *cli_doctor_unmet(const struct cli_doctor_server *s, size_t n,
			     enum route_untrusted untrusted)
{
	bool trusted = false, told = false;

	for (size_t i = 0; i < n; i++)
		trusted |= s[i].trusted;
	for (size_t i = 0; i < n; i++)
		told |= s[i].trusted == trusted && cli_doctor_tells(&s[i]);
	if (untrusted == ROUTE_UNTRUSTED_BOUNCE)
		return told ? "bounced" : "deferred with 4.4.3";
	return told || !trusted ? "deferred with 4.3.5" : "deferred with 4.4.3";
}

/* Why there is no answer tells what can be done. */
static const char *remedy_for_silence(const struct cli_doctor_server *s, const char *why)
{
	if (s->conf.channel == DNS_CHANNEL_EMBEDDED)
		return "check its trust-anchor-file and forward, and that this host reaches the "
		       "internet's name servers";
	if (has_word(why, "TSIG"))
		return "compare tsig-key with the key that the server has: name, algorithm and "
		       "secret";
	if (has_word(why, "refused"))
		return "nothing listens there: start the server, or name another in a resolver "
		       "section";
	if (has_word(why, "unreachable"))
		return "no route of this host leads there: see that its network is up, or name "
		       "another in a resolver section";
	if (s->conf.channel == DNS_CHANNEL_TLS)
		return "check that it speaks TLS on this port, and tls-name, tls-pin and "
		       "tls-ca-file against its certificate";
	return "check that it runs and that no firewall is between, or name another in a resolver "
	       "section";
}

static void add_silence(const struct cli_doctor_server *s, struct cli_findings *out)
{
	const char *why = usual(s)->why;

	if (s->conf.channel == DNS_CHANNEL_TLS &&
	    (has_word(why, "certificate") || has_word(why, "authenticat") || has_word(why, "pin")))
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "tls-not-authenticated",
				"check tls-name, tls-pin and tls-ca-file against its certificate",
				"%s is not who it should be: %s", s->name, why);
	else if (clocks_differ(why))
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "tsig-clock",
				"set the clocks of this host and of the server, by NTP",
				"%s and this host do not agree on the time: %s", s->name, why);
	else if (has_word(why, "TSIG"))
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "tsig-key", remedy_for_silence(s, why),
				"%s gives no signed answer: %s", s->name, why);
	else
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "no-answer", remedy_for_silence(s, why),
				"%s does not answer%s%s", s->name, why[0] ? ": " : "", why);
}

/* It answered, and did not say what was asked.  False: it did. */
static bool add_failure(const struct cli_doctor_server *s, const struct cli_doctor_said *a,
			struct cli_findings *out)
{
	char rcode[DNS_TYPE_TEXT_MAX];

	if (a->aa && !(a->seen && a->ra) && !a->ad) {
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "authoritative", VALIDATING,
				"%s is an authoritative server: it answers for its own zones, and "
				"validates nothing",
				s->name);
		return true;
	}
	if (a->outcome == DNS_FAILED && a->rcode == DNS_REFUSED) {
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "refused",
				"allow this host there (unbound: access-control, BIND: "
				"allow-recursion), or name another server",
				"%s refuses to answer%s", s->name,
				a->seen && !a->ra ? "; it may be an authoritative server" : "");
		return true;
	}
	if (a->outcome == DNS_DATA)
		return false;
	cli_finding_add(out, CLI_LEVEL_PROBLEM, "no-data",
			"set dnssec.probe to a name that is signed and that it can resolve; check "
			"its own way to the internet",
			"%s answers %s with %.*s", s->name, s->signed_name,
			STR_ARG(a->outcome == DNS_FAILED || a->outcome == DNS_NO_NAME
					? dns_rcode_text(a->rcode, rcode)
					: STR("no data")));
	return true;
}

/* There are data, and none is authenticated as Signpost asks. */
static void add_not_validating(const struct cli_doctor_server *s, struct cli_findings *out)
{
	const struct cli_doctor_said *with_do = &s->positive_do;

	if (with_do->ad)
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "ad-only-with-do",
				"write set-do = true in the dnssec section",
				"%s validates, but sets AD only in answers to questions with DO",
				s->name);
	else if (with_do->seen && with_do->rrsig)
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "does-not-validate",
				"turn validation on there (unbound: auto-trust-anchor-file; BIND: "
				"dnssec-validation auto), or " VALIDATING,
				"%s does not validate: signatures of %s come, AD does not", s->name,
				s->signed_name);
	else if (with_do->seen)
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "strips-dnssec", VALIDATING,
				"%s does not validate: it strips DNSSEC records, as some "
				"forwarders do",
				s->name);
	else
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "does-not-validate", VALIDATING,
				"%s does not validate: %s comes without AD", s->name,
				s->signed_name);
}

/* What a server that authenticates what is there does with what is not.  Whether it may count. */
static bool denials_hold(const struct cli_doctor_server *s, struct cli_findings *out)
{
	const struct cli_doctor_said *a = usual_denial(s);
	bool denied = answered(a) && (a->outcome == DNS_NODATA || a->outcome == DNS_NO_NAME);

	if (!a->asked || (denied && a->ad))
		return true;
	if (!denied && !s->denial_decides)
		return true; /* that name has such records: nothing is learnt */
	cli_finding_add(out, s->denial_decides ? CLI_LEVEL_PROBLEM : CLI_LEVEL_WARNING,
			denied ? "denial-without-ad" : "no-denial",
			denied ? "update it, or " VALIDATING
			       : "set dnssec.probe-denial to a name that does not exist in a "
				 "signed zone",
			denied ? "%s does not authenticate denials (%s): required mail to domains "
				 "without MX would bounce"
			       : "%s does not deny %s",
			s->name, s->denied_name);
	return !s->denial_decides;
}

static bool bogus_holds(const struct cli_doctor_server *s, struct cli_findings *out)
{
	const struct cli_doctor_said *a = &s->bogus;

	if (!a->asked || (a->outcome == DNS_FAILED && a->rcode == DNS_SERVFAIL))
		return true;
	if (a->outcome == DNS_NO_ANSWER)
		cli_finding_add(out, CLI_LEVEL_WARNING, "bogus-not-tested",
				"try again, or set dnssec.probe-bogus to another name",
				"%s did not answer %s, by which bogus data are tried", s->name,
				s->bogus_name);
	else
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "bogus-answered",
				"check its configuration for exceptions (unbound: domain-insecure, "
				"val-permissive-mode), or " VALIDATING,
				"%s answers %s, whose signatures are wrong", s->name,
				s->bogus_name);
	return false;
}

static const char *remedy_for_trust(const struct dns_server *c)
{
	if (c->trust == DNS_CHANNEL_TRUST_NEVER)
		return "remove trust = \"never\", if that is not meant";
	if (c->channel == DNS_CHANNEL_TLS)
		return "add tls-name or tls-pin, so that it is authenticated";
	return "reach it by channel = \"tls\" with tls-name or tls-pin, or with tsig-key; on a "
	       "secure LAN write trust = \"always\"";
}

static void add_trust(const struct cli_doctor_server *s, struct cli_findings *out)
{
	if (s->trusted && s->validates)
		cli_finding_add(out, CLI_LEVEL_OK, "good", "", "%s is trusted (%s) and validates",
				s->name, s->reason);
	else if (s->validates)
		cli_finding_add(out, CLI_LEVEL_WARNING, "not-trusted", remedy_for_trust(&s->conf),
				"%s validates, but is not trusted: %s", s->name, s->reason);
	else if (s->trusted)
		cli_finding_add(out, CLI_LEVEL_OK, "trust", "", "%s is trusted: %s", s->name,
				s->reason);
	else
		cli_finding_add(out, CLI_LEVEL_NOTE, "trust", remedy_for_trust(&s->conf),
				"%s is not trusted: %s", s->name, s->reason);
}

static bool at(const struct cli_doctor_server *s, const char *address)
{
	struct ip ip;

	return s->conf.channel != DNS_CHANNEL_EMBEDDED && ip_read(str_of(address), &ip) == ERR_OK &&
	       ip_eq(&ip, &s->conf.at.ip);
}

/* What is known of a server by its address alone. */
static void add_place(const struct cli_doctor_server *s, struct cli_findings *out)
{
	if (at(s, "127.0.0.53") || at(s, "127.0.0.54"))
		cli_finding_add(out, CLI_LEVEL_WARNING, "systemd-resolved", VALIDATING,
				"%s is systemd-resolved: it sets AD also in answers that it makes "
				"up itself, such as names in /etc/hosts",
				s->name);
	else if (at(s, "127.0.0.11"))
		cli_finding_add(
			out, CLI_LEVEL_WARNING, "docker",
			"name a resolver that validates in a resolver section",
			"%s is Docker's resolver: it forwards, and validates nothing itself",
			s->name);
	if (s->unprivileged && s->trusted && s->conf.channel != DNS_CHANNEL_EMBEDDED &&
	    ip_loopback(&s->conf.at.ip))
		cli_finding_add(out, CLI_LEVEL_NOTE, "unprivileged-port",
				"have it listen on a port below 1024, as 53 is",
				"%s is on a port that any user of this host may take while the "
				"server is down",
				s->name);
	if (s->conf.channel == DNS_CHANNEL_TLS && s->conf.tls_ca_file && s->conf.tls_ca_file[0] &&
	    !(s->conf.tls_name && s->conf.tls_name[0]))
		cli_finding_add(out, CLI_LEVEL_NOTE, "ca-without-name",
				"add tls-name, or leave tls-ca-file out",
				"%s has tls-ca-file without tls-name: it proves nothing", s->name);
}

static void add_transports(const struct cli_doctor_server *s, struct cli_findings *out)
{
	bool udp = answered(&s->positive) || answered(&s->positive_do);

	if (!s->tcp.asked || udp == answered(&s->tcp))
		return;
	if (udp)
		cli_finding_add(out, CLI_LEVEL_WARNING, "no-tcp",
				"let it answer over TCP: answers that are too long for UDP need it",
				"%s does not answer over TCP", s->name);
	else
		cli_finding_add(out, CLI_LEVEL_PROBLEM, "no-udp",
				"write channel = \"tcp\" in its resolver section",
				"%s answers over TCP alone", s->name);
}

bool cli_doctor_judge(struct cli_doctor_server *s, struct cli_findings *out)
{
	const struct cli_doctor_said *a = usual(s);

	s->validates = false;
	if (!answered(&s->positive) && !answered(&s->positive_do)) {
		add_transports(s, out);
		if (!answered(&s->tcp))
			add_silence(s, out);
		add_trust(s, out);
		add_place(s, out);
		return false;
	}
	if (!answered(a))
		a = answered(&s->positive) ? &s->positive : &s->positive_do;
	bool failed = add_failure(s, a, out);
	if (!failed && !answered(usual(s))) {
		/* One answer was lost, or came too late: what the other has proves nothing. */
		add_silence(s, out);
	} else if (!failed) {
		bool ad = usual(s)->outcome == DNS_DATA && usual(s)->ad;
		if (!ad)
			add_not_validating(s, out);
		/* Both are said, also where the first decides. */
		bool denials = !ad || denials_hold(s, out);
		bool bogus = bogus_holds(s, out);
		s->validates = ad && denials && bogus;
	}
	add_trust(s, out);
	add_place(s, out);
	add_transports(s, out);
	return s->trusted && s->validates;
}

/* The first that required mail can rely on; NULL: none. */
static const struct cli_doctor_server *best(const struct cli_doctor_server *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i].trusted && s[i].validates)
			return &s[i];
	return NULL;
}

void cli_doctor_judge_order(const struct cli_doctor_server *s, size_t n, struct cli_findings *out)
{
	const struct cli_doctor_server *first = best(s, n);

	for (size_t i = 0; first && i < n; i++)
		if (s[i].trusted && !s[i].validates)
			cli_finding_add(out, CLI_LEVEL_NOTE, "passed-over",
					"have it validate, or remove it",
					"%s is asked only while %s does not answer, nor any other "
					"that is trusted and validates",
					s[i].name, first->name);
}
