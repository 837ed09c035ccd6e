/*
 * Why a verdict is what it is, for the sender of a bounce and for the log.
 *
 * Every text is one line whatever the DNS put in it: all that is not ours goes
 * through text_escape().  With the service off no text has the word that is
 * the mark (SPEC section 8): extended errors are shown by number, and words
 * that came from elsewhere are left out where they hold it.
 */
#include "route/words_priv.h"

#include "base/text.h"
#include "dns/text.h"
#include "route/ignore.h"
#include "route/weight_priv.h"

enum { FOREIGN_MAX = 300 }; /* octets shown of a text that somebody else wrote */

static void add(struct buf *out, const char *words)
{
	buf_add(out, str_of(words));
}

static bool has_the_word(struct str s)
{
	const struct str word = STR("dnssec");

	for (; s.n >= word.n; s = str_skip(s, 1))
		if (str_starts_nocase(s, word))
			return true;
	return false;
}

/* before, words and after; nothing where the words are empty. */
static void add_words(struct buf *out, const char *before, struct str words, const char *after)
{
	if (words.n == 0)
		return;
	add(out, before);
	text_escape(out, str_head(words, FOREIGN_MAX));
	add(out, after);
}

static void add_type(struct buf *out, uint16_t type)
{
	char text[DNS_TYPE_TEXT_MAX];

	buf_add(out, dns_type_text(type, text));
}

/* "MX of bank.example." */
static void add_question(struct buf *out, const struct dns_answer *a)
{
	add_type(out, a->type);
	add(out, " of ");
	dns_name_text(out, a->name);
}

/* "127.0.0.1:53 (udp)" */
static void add_server(struct buf *out, const struct dns_answer *a)
{
	if (a->source.server.n == 0) {
		add(out, "the DNS server");
		return;
	}
	text_escape(out, a->source.server);
	add_words(out, " (", a->source.channel, ")");
}

/* What an answer says, as a subject: "MX of bank.example." or that there is none. */
static void add_statement(struct buf *out, const struct dns_answer *a)
{
	switch (a->outcome) {
	case DNS_NODATA:
		add(out, "that ");
		dns_name_text(out, a->name);
		add(out, " has no ");
		add_type(out, a->type);
		return;
	case DNS_NO_NAME:
		add(out, "that ");
		dns_name_text(out, dns_answer_final(a));
		add(out, " does not exist (asked for ");
		add_question(out, a);
		add(out, ")");
		return;
	case DNS_DATA:
	case DNS_FAILED:
	case DNS_NO_ANSWER:
	case DNS_LOOP:
		add_question(out, a);
		if (a->n_chain) {
			add(out, ", an alias of ");
			dns_name_text(out, dns_answer_final(a));
			add(out, ",");
		}
		return;
	}
}

/* Where no server answered, and none that could have is to be believed: why not. */
static void add_disbelief_of_none(struct buf *out, const struct dns_answer *a)
{
	add(out, "no DNS server gave an answer");
	add_words(out, " (", a->why, ")");
	if (a->source.probe == DNS_PROBE_FAILS) {
		add(out, ", and every one that could have is found not to validate");
		add_words(out, ": ", a->source.probe_reason, "");
	} else {
		add(out, ", and the channel to every one that could have is not trusted");
		add_words(out, ": ", a->source.trust_reason, "");
	}
}

/* Why what its server says of authenticity is not believed; false: it is. */
static bool add_disbelief(struct buf *out, const struct dns_answer *a)
{
	if (a->outcome == DNS_NO_ANSWER) {
		add_disbelief_of_none(out, a);
		return true;
	}
	if (a->source.trust == DNS_TRUST_NONE) {
		add(out, "the channel to ");
		add_server(out, a);
		add(out, " is not trusted");
		add_words(out, ": ", a->source.trust_reason, "");
		return true;
	}
	if (!dns_probe_bad(a->source.probe))
		return false;
	add(out, "the resolver ");
	add_server(out, a);
	add(out, a->source.probe == DNS_PROBE_FAILS
			 ? " is found not to validate"
			 : " gave no answer that shows whether it validates");
	add_words(out, ": ", a->source.probe_reason, "");
	return true;
}

static void add_no_ad(struct buf *out, const struct dns_answer *a)
{
	if (a->asked_ad && a->status == DNS_INDETERMINATE && a->why.n > 0) {
		add_words(out, "", a->why, "");
		add(out, ", though it was asked to: ");
		add_server(out, a);
	} else if (!a->asked_ad) {
		add_server(out, a);
		add(out, " was not asked to authenticate it");
	} else {
		add_server(out, a);
		add(out, " answered without authentication (AD clear): the zone is not signed, "
			 "or no signed zone above says that it is");
		if (a->source.probe == DNS_PROBE_UNKNOWN)
			add(out, "; whether this resolver validates is not known");
	}
}

/* Why an answer is not authenticated: the channel, the server, or the zone. */
static void add_cause(struct buf *out, const struct dns_answer *a)
{
	if (!add_disbelief(out, a))
		add_no_ad(out, a);
	if (a->aa)
		add(out, "; the answer came from an authoritative server (AA), and such do not "
			 "authenticate");
}

/* "extended error 6 (DNSSEC Bogus)" each; by number alone without the service. */
static void add_extended(struct buf *out, const struct dns_answer *a, enum route_service service)
{
	for (size_t i = 0; i < a->n_ede; i++) {
		add(out, ", extended error ");
		buf_addu(out, a->ede[i]);
		if (service != ROUTE_OFF)
			add_words(out, " (", dns_ede_text(a->ede[i]), ")");
	}
	if (service != ROUTE_OFF)
		add_words(out, ", which says: ", a->ede_text, "");
}

/* How an answer failed. */
static void add_failure(struct buf *out, const struct dns_answer *a, enum route_service service)
{
	char rcode[DNS_TYPE_TEXT_MAX];
	struct str why = service == ROUTE_OFF && has_the_word(a->why) ? STR_NONE : a->why;

	switch (a->outcome) {
	case DNS_FAILED:
		add_server(out, a);
		add(out, " answered ");
		buf_add(out, dns_rcode_text(a->rcode, rcode));
		add_extended(out, a, service);
		return;
	case DNS_NO_ANSWER:
		add(out, "no DNS server gave an answer");
		add_words(out, ": ", why, "");
		return;
	case DNS_LOOP:
		add_words(out, "", why, "");
		return;
	case DNS_DATA:
	case DNS_NODATA:
	case DNS_NO_NAME:
		add(out, "nothing usable in the answer of ");
		add_server(out, a);
		return;
	}
}

/* The name whose mail this is about. */
static void add_domain(struct buf *out, const struct route_facts *f)
{
	char text[IP_TEXT_MAX];

	if (f->conf.domain.len && f->conf.kind != ROUTE_STATIC && f->conf.kind != ROUTE_LITERAL)
		dns_name_text(out, &f->conf.domain);
	else
		buf_add(out, ip_port_text(&f->conf.via, text));
}

static void add_no_name(struct buf *out, const struct route_case *c)
{
	if (!c->culprit) {
		add(out, "the domain of the recipient is not a domain name");
		return;
	}
	dns_name_text(out, c->culprit->name);
	if (c->culprit->n_chain) {
		add(out, " is an alias of ");
		dns_name_text(out, dns_answer_final(c->culprit));
		add(out, ", which");
	}
	add(out, " does not exist: ");
	add_server(out, c->culprit);
	add(out, " answered NXDOMAIN");
}

static void add_no_address(struct buf *out, const struct route_case *c)
{
	const struct route_facts *f = c->facts;

	if (f->implicit) {
		dns_name_text(out, &f->conf.domain);
		add(out, " has neither a mail host (MX) nor an address");
	} else {
		add(out, "no mail host of ");
		add_domain(out, f);
		add(out, " has an address");
		if (f->n_host) {
			add(out, " (the first is ");
			dns_name_text(out, &f->host[0].name);
			add(out, ")");
		}
	}
	if (f->conf.family == ROUTE_IPV4)
		add(out, " of IPv4, the only family in use here");
	if (f->conf.family == ROUTE_IPV6)
		add(out, " of IPv6, the only family in use here");
	if (c->culprit) {
		add(out, ", says ");
		add_server(out, c->culprit);
	}
}

/* The first address that is ignored, and how many more there are. */
static void add_ignored(struct buf *out, const struct route_facts *f)
{
	size_t n = 0;

	if (f->conf.kind != ROUTE_LITERAL) {
		add(out, "no mail host of ");
		add_domain(out, f);
		add(out, " has an address where one can be: ");
	}
	for (size_t i = 0; i < f->n_host; i++) {
		const struct route_host *h = &f->host[i];
		for (size_t k = 0; k < h->n_address; k++)
			if (h->address[k].ignored && n++ == 0)
				route_ignore_text(out, &h->name, &h->address[k].at.ip,
						  f->conf.ignore, f->conf.n_ignore);
	}
	if (n > 1)
		buf_addf(out, ", and there %s %zu more like it", n == 2 ? "is" : "are", n - 1);
}

static void add_more_hosts(struct buf *out, const struct route_facts *f)
{
	add(out, "none of the mail hosts of ");
	add_domain(out, f);
	buf_addf(out, " that were asked will do, and there are more than %d, the most that are",
		 ROUTE_HOSTS_MAX);
}

/* What the culprit says of TLSA records, or why none was asked for. */
static void add_no_dane(struct buf *out, const struct route_case *c)
{
	const struct dns_answer *a = c->culprit;

	add(out, "DANE is required, and no mail host of ");
	add_domain(out, c->facts);
	add(out, " has usable TLSA records that are authenticated");
	if (!a || a->type != DNS_TYPE_TLSA) {
		add(out, a ? ": " : ": its address was given, no DNS was asked");
		if (a)
			add_statement(out, a);
		add(out, a ? " is not authenticated" : "");
		return;
	}
	add(out, " (asked first: ");
	add_question(out, a);
	add(out, a->outcome == DNS_DATA ? "; what there is cannot be used" : "; there is none");
	add(out, ", says ");
	add_server(out, a);
	add(out, ")");
}

static void add_our_fault(struct buf *out, const struct route_case *c)
{
	add(out, c->service == ROUTE_OFF ? "DANE is required" : "DNSSEC is required");
	add(out, ", and this relay cannot tell whether ");
	add_question(out, c->culprit);
	add(out, " is authentic: ");
	add_cause(out, c->culprit);
	if (c->culprit->status == DNS_INSECURE && c->culprit->source.probe == DNS_PROBE_VALIDATES)
		add(out, "; asked again it gave no answer, so that it is not known "
			 "whether it validated when it gave this one");
}

void route_words_text(const struct route_case *c, struct buf *out)
{
	switch (c->reason) {
	case ROUTE_NOT_KNOWN:
	case ROUTE_BOGUS:
		add(out, c->reason == ROUTE_BOGUS && c->service != ROUTE_OFF
				 ? "DNSSEC validation failed for "
				 : "the DNS lookup failed for ");
		add_question(out, c->culprit);
		add(out, ": ");
		add_failure(out, c->culprit, c->service);
		return;
	case ROUTE_OUR_FAULT:
		add_our_fault(out, c);
		return;
	case ROUTE_UNSIGNED:
		add(out, "DNSSEC is required, and ");
		add_statement(out, c->culprit);
		add(out, " is not authenticated: ");
		add_cause(out, c->culprit);
		return;
	case ROUTE_NULL_MX:
		dns_name_text(out, c->culprit->name);
		add(out, " accepts no mail: its MX is \".\" (RFC 7505), says ");
		add_server(out, c->culprit);
		return;
	case ROUTE_NO_NAME:
		add_no_name(out, c);
		return;
	case ROUTE_NO_ADDRESS:
		add_no_address(out, c);
		return;
	case ROUTE_IGNORED:
		add_ignored(out, c->facts);
		return;
	case ROUTE_MORE_HOSTS:
		add_more_hosts(out, c->facts);
		return;
	case ROUTE_LOOP:
		add(out, "this relay is itself the best mail host of ");
		add_domain(out, c->facts);
		add(out, ": mail would loop");
		return;
	case ROUTE_NO_DNS:
		add(out, "DNSSEC is required, and the address literal ");
		add_domain(out, c->facts);
		add(out, " is found without the DNS, so that nothing about it can be "
			 "authenticated");
		return;
	case ROUTE_NO_DANE:
		add_no_dane(out, c);
		return;
	}
}

/* What to do about an answer that is not authenticated and should be. */
static void advise_unsigned(const struct route_case *c, struct buf *out)
{
	const struct dns_answer *a = c->culprit;

	if (a->source.trust == DNS_TRUST_NONE || dns_probe_bad(a->source.probe)) {
		add(out, "The administrator of this relay can give it a resolver that validates "
			 "and a channel to it that is trusted (signpost doctor tells more), or "
			 "have such mail wait (on-untrusted = \"defer\").");
		return;
	}
	add(out, "Whoever runs the DNS of ");
	dns_name_text(out, dns_answer_final(a));
	add(out, " can sign it with DNSSEC. Until then send the message without what asks for "
		 "DNSSEC here, or have the administrator of this relay lift the requirement.");
}

static void advise_ignored(const struct route_facts *f, struct buf *out)
{
	if (f->conf.kind == ROUTE_LITERAL) {
		add(out, "Write to a domain name in place of the address in brackets. The "
			 "administrator of this relay can change delivery.ignore-targets.");
		return;
	}
	add(out, "Whoever runs the DNS of ");
	add_domain(out, f);
	add(out, " has to give its mail host an address that can be reached. The administrator of "
		 "this relay can say where this mail belongs with a static route, or change "
		 "delivery.ignore-targets.");
}

/* An address has no TLSA records that anybody could publish. */
static void advise_no_dane(const struct route_facts *f, struct buf *out)
{
	if (f->conf.kind == ROUTE_STATIC)
		add(out, "The static route leads to an address, and TLSA records are those of a "
			 "name: the administrator of this relay can name the mail host in its via "
			 "in place of the address, or lift the requirement.");
	else if (f->conf.kind == ROUTE_LITERAL)
		add(out, "Write to a domain name in place of the address in brackets: TLSA records "
			 "are those of a name.");
	else
		add(out,
		    "Whoever runs the mail host can publish signed TLSA records for it (RFC 7672). "
		    "Until then send the message without what asks for DANE here, or have the "
		    "administrator of this relay lift the requirement.");
}

void route_words_advice(const struct route_case *c, struct buf *out)
{
	switch (c->reason) {
	case ROUTE_NOT_KNOWN:
		add(out, "If this lasts, the DNS of ");
		dns_name_text(out, c->culprit->name);
		add(out, " or the resolver of this relay needs repair.");
		return;
	case ROUTE_BOGUS:
		add(out, "Whoever runs the DNS of ");
		dns_name_text(out, c->culprit->name);
		add(out, " has to repair its signatures or keys.");
		return;
	case ROUTE_OUR_FAULT:
		add(out, "The administrator of this relay has to give it a resolver that validates "
			 "and a channel to it that is trusted (signpost doctor tells more).");
		return;
	case ROUTE_UNSIGNED:
		advise_unsigned(c, out);
		return;
	case ROUTE_NULL_MX:
		add(out, "There is no mailbox at this domain; look for another address.");
		return;
	case ROUTE_NO_NAME:
		add(out, "Check the spelling of the address.");
		return;
	case ROUTE_NO_ADDRESS:
		add(out, "Whoever runs the DNS of ");
		add_domain(out, c->facts);
		add(out, " has to give its mail host an address.");
		return;
	case ROUTE_IGNORED:
		advise_ignored(c->facts, out);
		return;
	case ROUTE_MORE_HOSTS:
		add(out, "Whoever runs the DNS of ");
		add_domain(out, c->facts);
		add(out, " can name fewer mail hosts, the best first; the administrator of this "
			 "relay can say where this mail belongs with a static route.");
		return;
	case ROUTE_LOOP:
		add(out, "The administrator of this relay can say where this mail belongs with a "
			 "static route, or take the relay out of the MX records.");
		return;
	case ROUTE_NO_DNS:
		add(out, "Write to a domain name in place of the address in brackets, send the "
			 "message without what asks for DNSSEC here, or have the administrator of "
			 "this relay lift the requirement.");
		return;
	case ROUTE_NO_DANE:
		advise_no_dane(c->facts, out);
		return;
	}
}

void route_words_note(const struct dns_answer *culprit, struct buf *out)
{
	if (!culprit) {
		add(out, "not marked: the address was given, no DNS was asked");
		return;
	}
	if (route_weight_secure(culprit)) {
		add(out, "marked, though ");
		(void)add_disbelief(out, culprit);
		return;
	}
	add(out, "not marked: ");
	add_statement(out, culprit);
	add(out, " is not authenticated: ");
	add_cause(out, culprit);
}
