#include "cli/doctor_chain_judge.h"

#include "base/rd.h"
#include "base/text.h"
#include "base/time.h"
#include "dns/message.h"
#include "dns/signed.h"
#include "dns/text.h"

#include <string.h>

enum { TYPE_DS = 43, TYPE_RRSIG = 46, TYPE_DNSKEY = 48, SETS_MAX = 32, NAME_ROOM = 1024 };

#define SIGN_ANEW "sign the zone anew, and see to it that its signer runs"

/* All of one answer that is about the chain. */
struct found {
	struct dns_ds ds[SETS_MAX];
	struct dns_key key[SETS_MAX];
	struct dns_sig sig[SETS_MAX];
	size_t n_ds, n_key, n_sig;
	bool data; /* the type that was asked for is there, and of that name */
};

/* One zone under judgement. */
struct zone {
	const struct cli_chain *c;
	const struct cli_chain_step *step;
	char name[NAME_ROOM], parent[NAME_ROOM];
	struct found ds, keys, soa;
	int64_t until_s; /* the first end of a signature that was met */
	struct cli_findings *out;
};

static void add_record(const struct dns_message *m, const struct dns_record *rr,
		       const struct dns_name *owner, uint16_t type, struct found *out)
{
	if (!dns_name_at(rr->owner, (const uint8_t *)m->octets.p, m->octets.n, owner))
		return;
	out->data |= rr->type == type;
	if (rr->type == TYPE_DS && out->n_ds < SETS_MAX)
		out->n_ds += dns_signed_ds(rr->rdata, &out->ds[out->n_ds]) == ERR_OK;
	if (rr->type == TYPE_DNSKEY && out->n_key < SETS_MAX)
		out->n_key += dns_signed_key(rr->rdata, &out->key[out->n_key]) == ERR_OK;
	if (rr->type == TYPE_RRSIG && out->n_sig < SETS_MAX &&
	    dns_signed_sig(rr->rdata, &out->sig[out->n_sig]) == ERR_OK)
		out->n_sig += out->sig[out->n_sig].covered == type;
}

static void find(const struct cli_chain_said *said, const struct dns_name *owner, uint16_t type,
		 struct found *out)
{
	struct dns_message m;
	struct dns_record rr;

	memset(out, 0, sizeof(*out));
	if (dns_message_read(buf_str(&said->octets), &m) != ERR_OK)
		return;
	struct dns_walk w = dns_message_walk(&m, DNS_SECTION_ANSWER);
	while (dns_message_next(&w, &rr))
		add_record(&m, &rr, owner, type, out);
}

static void name_text(char out[static NAME_ROOM], const struct dns_name *name)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(4 * DNS_NAME_MAX);

	dns_name_text(&text, name);
	(void)str_copy(out, NAME_ROOM, buf_str(&text));
}

/* "12345 (algorithm 13), 6 (algorithm 8)" */
static void add_tag(struct buf *out, uint16_t tag, uint8_t algorithm)
{
	buf_addf(out, "%s%u (algorithm %u)", out->n ? ", " : "", tag, algorithm);
}

/* The end of a set's signatures, or what is wrong with all of them: one that holds is enough. */
static bool judge_sigs(struct zone *z, const struct found *f, const struct dns_key *by,
		       const char *what)
{
	char text[TIME_TEXT_MAX];
	const int64_t now_s = z->c->now_wall_ms / 1000;
	int64_t ended = INT64_MIN, begins = INT64_MAX, holds = INT64_MIN;
	size_t n = 0;

	for (size_t i = 0; i < f->n_sig; i++) {
		const struct dns_sig *s = &f->sig[i];
		if (by && (s->tag != by->tag || s->algorithm != by->algorithm))
			continue;
		int64_t from = dns_signed_time(s->begins_s, now_s);
		int64_t to = dns_signed_time(s->expires_s, now_s);
		n++;
		if (to < now_s)
			ended = to > ended ? to : ended;
		else if (from > now_s)
			begins = from < begins ? from : begins;
		else
			holds = to > holds ? to : holds;
	}
	if (holds != INT64_MIN) {
		z->until_s = holds < z->until_s ? holds : z->until_s;
		return true;
	}
	if (n == 0)
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "no-signature", SIGN_ANEW,
				"%s: no signature over %s%s", z->name, what,
				by ? " by the key that the DS names" : "");
	else if (ended != INT64_MIN)
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "signature-expired", SIGN_ANEW,
				"%s: the signature over %s is over since %.*s", z->name, what,
				STR_ARG(time_rfc3339(ended * 1000, text)));
	else
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "signature-not-yet",
				"set the clocks of this host and of the zone's signer",
				"%s: the signature over %s begins at %.*s", z->name, what,
				STR_ARG(time_rfc3339(begins * 1000, text)));
	return false;
}

static void say_unsigned(struct zone *z)
{
	if (z->keys.n_key)
		cli_finding_add(z->out, CLI_LEVEL_WARNING, "no-ds",
				"have whoever runs the zone above (the registrar) publish the DS "
				"of its key",
				"%s is signed, but %s has no DS for it, so that nobody can tell",
				z->name, z->parent);
	else
		cli_finding_add(z->out, CLI_LEVEL_WARNING, "not-signed",
				"sign the zone, and have the zone above publish the DS of its key",
				"%s is not signed: %s has no DS for it", z->name, z->parent);
}

/* The key of a DS; NULL: what is wrong was said. */
static const struct dns_key *find_key(struct zone *z, bool *known)
{
	CLEANUP(buf_free) struct buf named = BUF_MAX(NAME_ROOM), there = BUF_MAX(NAME_ROOM);

	*known = false;
	for (size_t i = 0; i < z->ds.n_ds; i++) {
		const struct dns_ds *ds = &z->ds.ds[i];
		add_tag(&named, ds->tag, ds->algorithm);
		if (!dns_signed_algorithm_known(ds->algorithm) ||
		    !dns_signed_digest_known(ds->digest_type))
			continue;
		*known = true;
		for (size_t k = 0; k < z->keys.n_key; k++)
			if (dns_signed_fits(ds, &z->step->name, &z->keys.key[k]))
				return &z->keys.key[k];
	}
	for (size_t k = 0; k < z->keys.n_key; k++)
		add_tag(&there, z->keys.key[k].tag, z->keys.key[k].algorithm);
	if (!*known)
		cli_finding_add(
			z->out, CLI_LEVEL_WARNING, "algorithm-unknown",
			"sign the zone with an algorithm that validators know: 13 (ECDSA P-256)",
			"%s: its DS is of an algorithm or digest that validators do not know, so "
			"that it counts as not signed: %.*s",
			z->name, STR_ARG(buf_str(&named)));
	else if (z->keys.n_key == 0)
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "ds-without-key",
				"sign the zone again, or have the zone above remove its DS",
				"%s has no key, though %s has a DS for it: %.*s", z->name,
				z->parent, STR_ARG(buf_str(&named)));
	else
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "ds-without-key",
				"have the zone above replace its DS by that of a key that is there",
				"%s: the DS that %s has is of none of its keys: of %.*s, and there "
				"are %.*s",
				z->name, z->parent, STR_ARG(buf_str(&named)),
				STR_ARG(buf_str(&there)));
	return NULL;
}

/* How a question as mail asks failed, for the server's own words. */
static bool say_failed(struct zone *z, const struct cli_chain_said *said, const char *what)
{
	if (said->status == DNS_BOGUS) {
		cli_finding_add(
			z->out, CLI_LEVEL_PROBLEM, "bogus",
			"sign the zone anew: keys and times fit, so that a signature is wrong",
			"%s: the resolver finds %s bogus: %.*s", z->name, what,
			STR_ARG(buf_str(&said->words)));
		return true;
	}
	if (said->outcome != DNS_FAILED && said->outcome != DNS_NO_ANSWER)
		return false;
	cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "no-answer",
			"see that its name servers answer, and that the resolver reaches them",
			"%s: %s cannot be had: %.*s", z->name, what,
			STR_ARG(buf_str(&said->words)));
	return true;
}

static enum dns_status status_of(const struct cli_chain_said *said)
{
	return said->status == DNS_BOGUS ? DNS_BOGUS : DNS_INDETERMINATE;
}

static enum dns_status judge_signed(struct zone *z)
{
	char text[TIME_TEXT_MAX];
	bool known;
	const struct dns_key *key = find_key(z, &known);

	if (!key)
		return known ? DNS_BOGUS : DNS_INSECURE;
	if (!judge_sigs(z, &z->ds, NULL, "its DS") || !judge_sigs(z, &z->keys, key, "its keys") ||
	    !judge_sigs(z, &z->soa, NULL, "its SOA"))
		return DNS_BOGUS;
	if (say_failed(z, &z->step->checked, "it"))
		return status_of(&z->step->checked);
	cli_finding_add(z->out, CLI_LEVEL_OK, "zone", "",
			"%s: DS and key %u (algorithm %u) fit, signatures hold until %.*s", z->name,
			key->tag, key->algorithm, STR_ARG(time_rfc3339(z->until_s * 1000, text)));
	return DNS_SECURE;
}

static const struct dns_name *name_of(const struct cli_chain *c)
{
	return &c->step[c->n - 1].name;
}

/* The target of the CNAME that name has in an answer, from one in a DNAME's tree, too. */
static bool find_target(const struct cli_chain_said *said, const struct dns_name *name,
			struct dns_name *target)
{
	struct dns_message m;
	struct dns_record rr;

	if (dns_message_read(buf_str(&said->octets), &m) != ERR_OK)
		return false;
	struct dns_walk w = dns_message_walk(&m, DNS_SECTION_ANSWER);
	while (dns_message_next(&w, &rr)) {
		struct rd r = rd_over(rr.rdata.p, rr.rdata.n);
		if (rr.type == DNS_TYPE_CNAME && dns_message_owned(&m, &rr, name))
			return dns_name_read(&r, (const uint8_t *)m.octets.p, m.octets.n, target) ==
			       ERR_OK;
	}
	return false;
}

bool cli_chain_alias(const struct cli_chain *c, struct dns_name *target)
{
	return find_target(&c->cname, name_of(c), target);
}

bool cli_chain_loops(const struct cli_chain *c)
{
	struct dns_name target;
	size_t n = 0;

	if (!cli_chain_alias(c, &target))
		return false;
	for (const struct cli_chain *at = c; at; at = at->from, n++)
		if (dns_name_eq(name_of(at), &target))
			return true;
	return n > CLI_CHAIN_ALIASES_MAX;
}

/* It was a step of a chain that held, on the way here. */
static bool was_judged(const struct cli_chain *c, const struct dns_name *zone)
{
	for (const struct cli_chain *at = c->from; at; at = at->from)
		for (size_t i = 0; i + 1 < at->n; i++)
			if (dns_name_eq(&at->step[i].name, zone))
				return true;
	return false;
}

static void say_no_name(struct zone *z)
{
	char alias[NAME_ROOM];

	if (!z->c->from) {
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "no-name", "check its spelling",
				"%s does not exist", z->name);
		return;
	}
	name_text(alias, name_of(z->c->from));
	cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "no-name",
			"have the alias lead to a name that is there, or remove it",
			"%s does not exist, and the alias %s leads there", z->name, alias);
}

static enum dns_status judge_zone(struct zone *z)
{
	const struct cli_chain_step *s = z->step;
	struct dns_name target;

	if (find_target(&s->soa, &s->name, &target))
		return DNS_SECURE; /* what is said is of the target; an alias is no zone */
	if (s->soa.outcome == DNS_NO_NAME) {
		say_no_name(z);
		return s->checked.status;
	}
	find(&s->ds, &s->name, TYPE_DS, &z->ds);
	find(&s->keys, &s->name, TYPE_DNSKEY, &z->keys);
	z->until_s = INT64_MAX / 1000;
	if (z->ds.n_ds)
		return say_failed(z, &s->soa, "its SOA") ? DNS_INDETERMINATE : judge_signed(z);
	if (say_failed(z, &s->ds, "its DS") || say_failed(z, &s->soa, "its SOA"))
		return DNS_INDETERMINATE;
	if (!z->soa.data)
		return DNS_SECURE; /* no zone of its own */
	say_unsigned(z);
	return DNS_INSECURE;
}

/* What the chain leads to. */
static enum dns_status judge_mail(struct zone *z)
{
	const struct cli_chain *c = z->c, *asked = c;
	struct found mx;

	while (asked->from)
		asked = asked->from;
	find(&c->mx, &z->step->name, DNS_TYPE_MX, &mx);
	if (mx.data && !judge_sigs(z, &mx, NULL, "its MX"))
		return DNS_BOGUS;
	if (say_failed(z, &asked->checked, "its MX"))
		return status_of(&asked->checked);
	if (asked->checked.status == DNS_SECURE)
		cli_finding_add(z->out, CLI_LEVEL_OK, "secure", "", "%s: the MX is authenticated",
				z->name);
	else
		cli_finding_add(z->out, CLI_LEVEL_WARNING, "not-authenticated",
				"see what signpost doctor says of the resolver, and look for a "
				"negative trust anchor in it",
				"%s: the chain is whole, but the resolver does not authenticate "
				"its MX: %.*s",
				z->name, STR_ARG(buf_str(&asked->checked.words)));
	return asked->checked.status;
}

/* The zone of an alias holds; whether what is said of it there does, and where it leads. */
static enum dns_status judge_alias(struct zone *z, const struct dns_name *to)
{
	char target[NAME_ROOM];
	struct found cname;

	name_text(target, to);
	find(&z->c->cname, &z->step->name, DNS_TYPE_CNAME, &cname);
	/* One that is made of a DNAME has no signature: the DNAME's is the zone's. */
	if (cname.n_sig && !judge_sigs(z, &cname, NULL, "its CNAME"))
		return DNS_BOGUS;
	if (cli_chain_loops(z->c)) {
		cli_finding_add(z->out, CLI_LEVEL_PROBLEM, "alias-loop",
				"have the last alias lead to a name that has the mail",
				"%s is an alias of %s, which leads back, or on without an end: a "
				"loop",
				z->name, target);
		return DNS_INDETERMINATE;
	}
	cli_finding_add(z->out, CLI_LEVEL_OK, "alias", "", "%s is an alias of %s", z->name, target);
	return DNS_SECURE;
}

/* Without the name of an alias, which is no zone. */
static enum dns_status judge_zones(struct zone *z, size_t n, size_t *broken)
{
	for (*broken = 0; *broken < n; ++*broken) {
		z->step = &z->c->step[*broken];
		name_text(z->name, &z->step->name);
		find(&z->step->soa, &z->step->name, DNS_TYPE_SOA, &z->soa);
		enum dns_status status =
			was_judged(z->c, &z->step->name) ? DNS_SECURE : judge_zone(z);
		if (status != DNS_SECURE || z->step->soa.outcome == DNS_NO_NAME)
			return status;
		if (z->soa.data)
			(void)str_copy(z->parent, sizeof(z->parent), str_of(z->name));
	}
	return DNS_SECURE;
}

enum dns_status cli_chain_judge(const struct cli_chain *c, size_t *broken, struct cli_findings *out)
{
	struct zone z = { .c = c, .parent = ".", .out = out };
	struct dns_name target;
	bool alias = cli_chain_alias(c, &target);
	size_t zones = alias ? c->n - 1 : c->n;
	enum dns_status status = judge_zones(&z, zones, broken);

	if (*broken < zones)
		return status;
	z.step = &c->step[c->n - 1];
	name_text(z.name, &z.step->name);
	status = alias ? judge_alias(&z, &target) : judge_mail(&z);
	*broken = status == DNS_SECURE ? c->n : c->n - 1;
	return status;
}
