/*
 * Two resolvers: one asks as mail does, the other sets CD, and DO, in all that it asks, here
 * alone.  What the second is told is read off the messages themselves, as no answer has
 * signatures in it.
 */
#include "cli/doctor_chain.h"

#include "base/unicode.h"
#include "cli/answer.h"
#include "cli/dns.h"
#include "cli/doctor_chain_judge.h"
#include "cli/question.h"
#include "cli/words.h"
#include "dns/text.h"
#include "os/clock.h"
#include "routing/resolver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_DS = 43, TYPE_DNSKEY = 48, WHY_MAX = 1 << 16, MESSAGE_MAX = 65536, NAME_ROOM = 1024 };
enum { CHAINS_MAX = CLI_CHAIN_ALIASES_MAX + 1 };
enum { QUESTIONS_MAX = CHAINS_MAX * (4 * CLI_CHAIN_STEPS_MAX + 3) };

struct ask {
	struct diagnosis *all;
	struct cli_chain_said *to;
	const struct dns_name *name;
	uint16_t type;
	bool diagnoses;
};

struct diagnosis {
	struct cli *cli;
	struct cli_dns dns;
	struct resolve *unchecked;
	struct cli_chain chain[CHAINS_MAX]; /* of the name, and of each that an alias leads to */
	size_t n_chain;
	struct ask ask[QUESTIONS_MAX];
	size_t n_ask;
	struct cli_findings findings;
};

static void said_clear(struct cli_chain_said *s)
{
	buf_free(&s->octets);
	buf_free(&s->words);
}

static void diagnosis_free(struct diagnosis **dp)
{
	struct diagnosis *d = *dp;

	*dp = NULL;
	if (!d)
		return;
	for (size_t i = 0; i < d->n_ask; i++)
		said_clear(d->ask[i].to);
	resolve_free(&d->unchecked);
	cli_dns_close(&d->dns);
	cli_finding_clear(&d->findings);
	free(d);
}

/* The steps to name, the last label first.  False: there are none, or too many. */
static bool find_steps(struct cli_chain *c, const struct dns_name *name)
{
	size_t labels = 0, at = 0;

	for (size_t i = 0; name->wire[i]; i += name->wire[i] + 1u)
		labels++;
	if (labels == 0 || labels > CLI_CHAIN_STEPS_MAX)
		return false;
	c->n = labels;
	for (size_t left = labels; left-- > 0; at += name->wire[at] + 1u) {
		struct dns_name *step = &c->step[left].name;
		step->len = (uint8_t)(name->len - at);
		memcpy(step->wire, name->wire + at, step->len);
	}
	return true;
}

static void told(void *arg, const struct resolve_event *e)
{
	struct diagnosis *d = arg;

	for (size_t i = 0; e->fate == RESOLVE_ACCEPTED && e->name && i < d->n_ask; i++) {
		const struct ask *a = &d->ask[i];
		if (!a->diagnoses || a->type != e->type || !dns_name_eq(a->name, e->name))
			continue;
		buf_clear(&a->to->octets);
		buf_add(&a->to->octets, e->octets);
	}
}

static void answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct ask *ask = arg;
	struct cli_chain_said *to = ask->to;

	(void)id;
	to->outcome = a->outcome;
	to->status = a->status;
	cli_answer_outcome(&to->words, a);
	for (size_t i = 0; i < a->n_ede; i++)
		buf_addf(&to->words, ", extended error %u %.*s", a->ede[i],
			 STR_ARG(dns_ede_text(a->ede[i])));
	if (a->ede_text.n)
		buf_addf(&to->words, ": %.*s", STR_ARG(a->ede_text));
	if (a->why.n)
		buf_addf(&to->words, ": %.*s", STR_ARG(a->why));
	cli_dns_done(&ask->all->dns);
}

static bool put(struct diagnosis *d, struct cli_chain_said *to, const struct dns_name *name,
		uint16_t type, bool diagnoses)
{
	struct ask *a = &d->ask[d->n_ask++];
	struct resolve_question q = { .name = *name,
				      .type = type,
				      .flags = diagnoses ? RESOLVE_NO_CACHE | RESOLVE_NO_CHASE
							 : RESOLVE_AD };

	*a = (struct ask){ d, to, name, type, diagnoses };
	to->octets = BUF_MAX(MESSAGE_MAX);
	to->words = BUF_MAX(WHY_MAX);
	d->dns.waiting++;
	return resolve_ask(diagnoses ? d->unchecked : d->dns.resolver, &q, answered, a) != 0;
}

static int ask_all(struct diagnosis *d, struct cli_chain *c)
{
	const struct dns_name *name = &c->step[c->n - 1].name;
	bool ok = put(d, &c->cname, name, DNS_TYPE_CNAME, true) &&
		  put(d, &c->mx, name, DNS_TYPE_MX, true) &&
		  put(d, &c->checked, name, DNS_TYPE_MX, false);

	for (size_t i = 0; ok && i < c->n; i++) {
		struct cli_chain_step *s = &c->step[i];
		ok = put(d, &s->ds, &s->name, TYPE_DS, true) &&
		     put(d, &s->keys, &s->name, TYPE_DNSKEY, true) &&
		     put(d, &s->soa, &s->name, DNS_TYPE_SOA, true) &&
		     put(d, &s->checked, &s->name, DNS_TYPE_SOA, false);
	}
	return ok ? cli_dns_run(&d->dns) : cli_nomem();
}

/* The validator inside hands out nothing that it found bad. */
static void note_embedded(struct diagnosis *d, const struct resolve_conf *r)
{
	for (size_t i = 0; i < r->n_servers; i++)
		if (r->servers[i].channel == DNS_CHANNEL_EMBEDDED)
			cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "embedded",
					"to see more name a server that validates in a resolver "
					"section",
					"the validator inside is not asked with CD: of what it "
					"finds bogus less is seen");
}

static int open_resolvers(struct diagnosis *d)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	struct resolve_conf r;
	int status = cli_dns_open(d->cli, NULL, &d->dns);

	if (status != CLI_DONE)
		return status;
	if (routing_resolver_conf(d->cli->conf, &r, &why) != ERR_OK)
		return cli_fail_lines(CLI_USAGE, buf_str(&why));
	r.diagnose = true;
	r.follow = NULL;
	r.trace = told;
	r.trace_arg = d;
	note_embedded(d, &r);
	d->unchecked = resolve_new(&d->dns.reactor, &r);
	explicit_bzero(r.servers, sizeof(r.servers));
	return d->unchecked ? CLI_DONE : cli_fail(CLI_NO, CLI_WORDS_NO_RESOLVER, strerror(errno));
}

/* breaks_at: NULL where nothing does. */
static void show(struct diagnosis *d, enum dns_status status, const struct dns_name *breaks_at)
{
	CLEANUP(buf_free) struct buf name = BUF_MAX(NAME_ROOM), where = BUF_MAX(NAME_ROOM);
	struct buf *out = &d->cli->text.text;
	struct jsonw j = jsonw_to(&d->cli->out);

	dns_name_text(&name, &d->chain[0].step[d->chain[0].n - 1].name);
	if (breaks_at)
		dns_name_text(&where, breaks_at);
	if (cli_json(d->cli)) {
		jsonw_object(&j, NULL);
		jsonw_str(&j, "domain", buf_str(&name));
		jsonw_str(&j, "status", dns_status_text(status));
		jsonw_str(&j, "breaks_at", buf_str(&where));
		cli_finding_json(&j, "findings", &d->findings);
		jsonw_object_end(&j);
		buf_addc(&d->cli->out, '\n');
		return;
	}
	cli_finding_text(&d->cli->text, &d->findings);
	buf_addf(out, "\n%.*s is ", STR_ARG(buf_str(&name)));
	term_text_word(&d->cli->text, dns_status_text(status));
	if (where.n && status == DNS_SECURE)
		buf_addf(out, ": that %.*s does not exist", STR_ARG(buf_str(&where)));
	else if (where.n)
		buf_addf(out, ": the chain of trust ends at %.*s", STR_ARG(buf_str(&where)));
	buf_addc(out, '\n');
}

static int name_of(struct cli *cli, const char *domain, struct dns_name *out)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX), ascii = BUF_MAX(NAME_ROOM);

	if (cli_question_is_address(str_of(domain)))
		return cli_usage(cli,
				 "%s is an address, which has no chain of trust: name a domain",
				 domain);
	if (cli_question_domain(domain, &why) != ERR_OK)
		return cli_usage(cli, "%.*s", STR_ARG(buf_str(&why)));
	if (unicode_to_ascii(&ascii, str_of(domain)) != ERR_OK ||
	    dns_name_from_text(buf_str(&ascii), out) != ERR_OK)
		return cli_usage(cli, "%s is no domain name", domain);
	return CLI_DONE;
}

/* Ask for the chain of name and judge it; then for that of what it is an alias of. */
static int follow(struct diagnosis *d, struct dns_name name, enum dns_status *status,
		  const struct dns_name **breaks_at)
{
	const struct cli_chain *from = NULL;
	struct cli_chain *c;
	size_t broken;

	do {
		c = &d->chain[d->n_chain++];
		c->from = from;
		if (!find_steps(c, &name))
			return cli_fail(CLI_NO, "an alias leads to a name of no label, or of more "
						"than can be followed");
		int done = ask_all(d, c);
		if (done != CLI_DONE)
			return done;
		c->now_wall_ms = os_clock_wall();
		*status = cli_chain_judge(c, &broken, &d->findings);
		from = c;
	} while (broken == c->n && cli_chain_alias(c, &name));
	*breaks_at = broken < c->n ? &c->step[broken].name : NULL;
	return CLI_DONE;
}

int cli_doctor_chain(struct cli *cli, const char *domain)
{
	CLEANUP(diagnosis_free) struct diagnosis *d = calloc(1, sizeof(*d));
	const struct dns_name *breaks_at = NULL;
	enum dns_status chain = DNS_INDETERMINATE;
	struct dns_name name;
	int status = d ? name_of(cli, domain, &name) : cli_nomem();

	if (status != CLI_DONE)
		return status;
	d->cli = cli;
	d->findings.part = "chain of trust";
	if (!find_steps(&d->chain[0], &name))
		return cli_usage(cli, "%s: name a domain of 1 to %d labels", domain,
				 CLI_CHAIN_STEPS_MAX);
	status = open_resolvers(d);
	if (status == CLI_DONE)
		status = follow(d, name, &chain, &breaks_at);
	if (status != CLI_DONE)
		return status;
	if (d->findings.err != ERR_OK)
		return cli_nomem();
	show(d, chain, breaks_at);
	return chain == DNS_SECURE && !breaks_at ? CLI_DONE : CLI_NO;
}
