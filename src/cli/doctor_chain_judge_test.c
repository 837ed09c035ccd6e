/*
 * A chain of two zones that holds, and what is said of it for each thing that can be wrong with the
 * second.
 */
#include "cli/doctor_chain_judge.h"

#include "base/test.h"
#include "dns/signed.h"
#include "dns/type.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum { DS = 43, RRSIG = 46, DNSKEY = 48, CLASS_IN = 1, DAY_S = 86400 };

#define NOW_S INT64_C(1800000000)
#define MX_RDATA ((struct str){ "\0\12\0", 3 }) /* 10 . */
#define SOA_RDATA                                                                                  \
	((struct str){ "\0\0"                                                                      \
		       "12341234123412341234",                                                     \
		       22 })

enum flaw {
	NOTHING,
	NO_DS,
	NO_DS_NO_KEY,
	OTHER_DS,
	DS_AND_NO_KEY,
	STRANGE_ALGORITHM,
	STRANGE_DIGEST,
	KEYS_UNSIGNED,
	KEYS_SIGNED_BY_ANOTHER,
	SOA_EXPIRED,
	SOA_NOT_YET,
	SOA_ONE_OF_TWO,
	DS_FAILED,
	SOA_SILENT,
	NO_NAME,
	NO_ZONE,
	ZONE_BOGUS,
	MX_EXPIRED,
	MX_BOGUS,
	MX_INSECURE,
	NO_MX,
	ALIAS, /* of t.example */
	ALIAS_SIGNED,
	ALIAS_EXPIRED,
	ALIAS_OF_ITSELF,
};

static const uint8_t key_octets[] = { 1, 1, 3, 13, 'k', 'e', 'y', '!' };
static const struct str key_rdata = { (const char *)key_octets, sizeof(key_octets) };

static void add_u16(struct buf *out, unsigned v)
{
	buf_addc(out, (char)(v >> 8));
	buf_addc(out, (char)v);
}

static void add_u32(struct buf *out, uint32_t v)
{
	add_u16(out, v >> 16);
	add_u16(out, v & 0xffff);
}

/* A record of what was asked, in the answer section. */
static void add(struct cli_chain_said *said, uint16_t type, struct str rdata)
{
	struct buf *out = &said->octets;

	out->p[7]++;
	buf_add(out, (struct str){ "\xc0\x0c", 2 });
	add_u16(out, type);
	add_u16(out, CLASS_IN);
	add_u32(out, 60);
	add_u16(out, (unsigned)rdata.n);
	buf_add(out, rdata);
}

static void ask(struct cli_chain_said *said, const struct dns_name *name, uint16_t type)
{
	*said = (struct cli_chain_said){ .outcome = DNS_DATA,
					 .status = DNS_SECURE,
					 .octets = BUF_MAX(4096),
					 .words = BUF_MAX(64) };
	buf_add(&said->octets, (struct str){ "\0\1\x81\x80\0\1\0\0\0\0\0\0", 12 });
	buf_add(&said->octets, (struct str){ (const char *)name->wire, name->len });
	add_u16(&said->octets, type);
	add_u16(&said->octets, CLASS_IN);
	buf_add(&said->words, STR("the words"));
}

static uint16_t tag_of_key(void)
{
	struct dns_key key;

	if (dns_signed_key(key_rdata, &key) != ERR_OK)
		exit(1);
	return key.tag;
}

/* From so many days from now to so many. */
static void sign(struct cli_chain_said *said, uint16_t type, uint16_t tag, int from, int to)
{
	CLEANUP(buf_free) struct buf r = BUF_MAX(64);

	add_u16(&r, type);
	buf_add(&r, (struct str){ "\15\2\0\0\0\74", 6 }); /* algorithm 13, labels, TTL */
	add_u32(&r, (uint32_t)(NOW_S + to * DAY_S));
	add_u32(&r, (uint32_t)(NOW_S + from * DAY_S));
	add_u16(&r, tag);
	buf_add(&r, (struct str){ "\0sig", 4 });
	add(said, RRSIG, buf_str(&r));
}

static void add_ds(struct cli_chain_said *said, const struct dns_name *name, enum flaw flaw)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(400), r = BUF_MAX(64);
	unsigned char digest[32];

	buf_add(&text, (struct str){ (const char *)name->wire, name->len });
	buf_add(&text, key_rdata);
	if (!EVP_Digest(text.p, text.n, digest, NULL, EVP_sha256(), NULL))
		exit(1);
	add_u16(&r, (unsigned)(tag_of_key() + (flaw == OTHER_DS)));
	buf_addc(&r, flaw == STRANGE_ALGORITHM ? 99 : 13);
	buf_addc(&r, flaw == STRANGE_DIGEST ? 99 : 2);
	buf_add(&r, (struct str){ (const char *)digest, sizeof(digest) });
	add(said, DS, buf_str(&r));
	sign(said, DS, 1, -1, 9);
}

static void add_keys(struct cli_chain_said *said, enum flaw flaw)
{
	add(said, DNSKEY, key_rdata);
	if (flaw != KEYS_UNSIGNED)
		sign(said, DNSKEY, (uint16_t)(tag_of_key() + (flaw == KEYS_SIGNED_BY_ANOTHER)), -1,
		     8);
}

static void add_soa(struct cli_chain_said *said, enum flaw flaw)
{
	add(said, DNS_TYPE_SOA, SOA_RDATA);
	if (flaw == SOA_EXPIRED || flaw == SOA_ONE_OF_TWO)
		sign(said, DNS_TYPE_SOA, 2, -9, -1);
	else if (flaw == SOA_NOT_YET)
		sign(said, DNS_TYPE_SOA, 2, 1, 9);
	if (flaw != SOA_EXPIRED && flaw != SOA_NOT_YET)
		sign(said, DNS_TYPE_SOA, 3, -1, 7);
}

static void make_step(struct cli_chain_step *s, const char *name, enum flaw flaw)
{
	if (dns_name_from_text(str_of(name), &s->name) != ERR_OK)
		exit(1);
	ask(&s->ds, &s->name, DS);
	ask(&s->keys, &s->name, DNSKEY);
	ask(&s->soa, &s->name, DNS_TYPE_SOA);
	ask(&s->checked, &s->name, DNS_TYPE_SOA);
	if (flaw != NO_DS && flaw != NO_DS_NO_KEY && flaw != DS_FAILED && flaw != NO_ZONE)
		add_ds(&s->ds, &s->name, flaw);
	if (flaw != NO_DS_NO_KEY && flaw != DS_AND_NO_KEY && flaw != NO_ZONE)
		add_keys(&s->keys, flaw);
	if (flaw != NO_ZONE)
		add_soa(&s->soa, flaw);
	if (flaw == DS_FAILED)
		s->ds.outcome = DNS_FAILED;
	if (flaw == SOA_SILENT)
		s->soa.outcome = DNS_NO_ANSWER;
	if (flaw == NO_NAME)
		s->soa.outcome = DNS_NO_NAME;
	if (flaw == ZONE_BOGUS)
		s->checked.status = DNS_BOGUS;
}

static void add_alias(struct cli_chain *c, const char *of, enum flaw flaw)
{
	struct dns_name target;

	if (dns_name_from_text(str_of(of), &target) != ERR_OK)
		exit(1);
	add(&c->cname, DNS_TYPE_CNAME, dns_name_wire(&target));
	if (flaw == ALIAS_SIGNED)
		sign(&c->cname, DNS_TYPE_CNAME, 3, -1, 9);
	if (flaw == ALIAS_EXPIRED)
		sign(&c->cname, DNS_TYPE_CNAME, 3, -9, -1);
}

static void make(struct cli_chain *c, const char *name, enum flaw flaw)
{
	memset(c, 0, sizeof(*c));
	c->n = 2;
	c->now_wall_ms = NOW_S * 1000;
	make_step(&c->step[0], "example.", NOTHING);
	make_step(&c->step[1], name, flaw);
	ask(&c->cname, &c->step[1].name, DNS_TYPE_CNAME);
	if (flaw >= ALIAS)
		add_alias(c, flaw == ALIAS_OF_ITSELF ? name : "t.example.", flaw);
	ask(&c->mx, &c->step[1].name, DNS_TYPE_MX);
	ask(&c->checked, &c->step[1].name, DNS_TYPE_MX);
	if (flaw != NO_MX) {
		add(&c->mx, DNS_TYPE_MX, MX_RDATA);
		sign(&c->mx, DNS_TYPE_MX, 3, flaw == MX_EXPIRED ? -9 : -1,
		     flaw == MX_EXPIRED ? -1 : 9);
	}
	if (flaw == MX_BOGUS || flaw == MX_INSECURE)
		c->checked.status = flaw == MX_BOGUS ? DNS_BOGUS : DNS_INSECURE;
}

static void forget(struct cli_chain_said *said)
{
	buf_free(&said->octets);
	buf_free(&said->words);
}

static void unmake(struct cli_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		forget(&c->step[i].ds);
		forget(&c->step[i].keys);
		forget(&c->step[i].soa);
		forget(&c->step[i].checked);
	}
	forget(&c->cname);
	forget(&c->mx);
	forget(&c->checked);
}

#define WORDS ": the words"

static const struct {
	const char *label;
	enum flaw flaw;
	enum dns_status status;
	size_t broken;
	const char *code, *text; /* of the last finding: within its text */
} cases[] = {
	{ "it holds", NOTHING, DNS_SECURE, 2, "secure", "a.example.: the MX is authenticated" },
	{ "a denial of MX", NO_MX, DNS_SECURE, 2, "secure", "the MX is authenticated" },
	{ "no zone of its own", NO_ZONE, DNS_SECURE, 2, "secure", "the MX is authenticated" },
	{ "one signature of two", SOA_ONE_OF_TWO, DNS_SECURE, 2, "secure", "authenticated" },
	{ "signed, and no DS", NO_DS, DNS_INSECURE, 1, "no-ds",
	  "a.example. is signed, but example. has no DS for it" },
	{ "not signed", NO_DS_NO_KEY, DNS_INSECURE, 1, "not-signed", "a.example. is not signed" },
	{ "the DS of another key", OTHER_DS, DNS_BOGUS, 1, "ds-without-key",
	  "is of none of its keys" },
	{ "no key", DS_AND_NO_KEY, DNS_BOGUS, 1, "ds-without-key",
	  "a.example. has no key, though example. has a DS" },
	{ "an algorithm of tomorrow", STRANGE_ALGORITHM, DNS_INSECURE, 1, "algorithm-unknown",
	  "(algorithm 99)" },
	{ "a digest of tomorrow", STRANGE_DIGEST, DNS_INSECURE, 1, "algorithm-unknown",
	  "counts as not signed" },
	{ "no signature", KEYS_UNSIGNED, DNS_BOGUS, 1, "no-signature",
	  "no signature over its keys by the key that the DS names" },
	{ "a signature by another key", KEYS_SIGNED_BY_ANOTHER, DNS_BOGUS, 1, "no-signature",
	  "over its keys" },
	{ "it is over", SOA_EXPIRED, DNS_BOGUS, 1, "signature-expired",
	  "the signature over its SOA is over since 2027-01-14T08:00:00.000Z" },
	{ "it is to come", SOA_NOT_YET, DNS_BOGUS, 1, "signature-not-yet",
	  "the signature over its SOA begins at 2027-01-16T08:00:00.000Z" },
	{ "a failure at the DS", DS_FAILED, DNS_INDETERMINATE, 1, "no-answer",
	  "its DS cannot be had" WORDS },
	{ "silence", SOA_SILENT, DNS_INDETERMINATE, 1, "no-answer", "its SOA cannot be had" WORDS },
	{ "no such name", NO_NAME, DNS_SECURE, 1, "no-name", "a.example. does not exist" },
	{ "a wrong signature", ZONE_BOGUS, DNS_BOGUS, 1, "bogus",
	  "the resolver finds it bogus" WORDS },
	{ "the MX's is over", MX_EXPIRED, DNS_BOGUS, 1, "signature-expired", "over its MX" },
	{ "the MX's is wrong", MX_BOGUS, DNS_BOGUS, 1, "bogus", "its MX bogus" WORDS },
	{ "an alias", ALIAS, DNS_SECURE, 2, "alias", "a.example. is an alias of t.example." },
	{ "a signed one", ALIAS_SIGNED, DNS_SECURE, 2, "alias", "is an alias of t.example." },
	{ "its signature is over", ALIAS_EXPIRED, DNS_BOGUS, 1, "signature-expired",
	  "a.example.: the signature over its CNAME is over" },
	{ "an alias of itself", ALIAS_OF_ITSELF, DNS_INDETERMINATE, 1, "alias-loop",
	  "a.example. is an alias of a.example., which leads back" },
	{ "an anchor in the way", MX_INSECURE, DNS_INSECURE, 1, "not-authenticated",
	  "the chain is whole, but the resolver does not authenticate its MX" WORDS },
};

static void judge(size_t i)
{
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "chain" };
	static struct cli_chain c;
	const char *label = cases[i].label;
	size_t broken = 99;

	make(&c, "a.example.", cases[i].flaw);
	CHECK_INT(label, cli_chain_judge(&c, &broken, &f), cases[i].status);
	CHECK_INT(label, (long long)broken, (long long)cases[i].broken);
	CHECK_STR(label, str_of(f.all[0].text),
		  STR("example.: DS and key 59540 (algorithm 13) fit, signatures hold until "
		      "2027-01-22T08:00:00.000Z"));
	const struct cli_finding *last = &f.all[f.n - 1];
	CHECK_STR(label, str_of(last->code), str_of(cases[i].code));
	CHECK_INT(last->text, strstr(last->text, cases[i].text) != NULL, true);
	CHECK_INT(label, last->remedy[0] != '\0', last->level != CLI_LEVEL_OK);
	unmake(&c);
}

/* a.example is an alias of t.example, where something is wrong or nothing. */
static const struct {
	const char *label;
	enum flaw asked, target;
	enum dns_status status;
	size_t broken, n; /* of findings */
	const char *code, *text;
} targets[] = {
	{ "it holds", ALIAS, NOTHING, DNS_SECURE, 2, 2, "secure",
	  "t.example.: the MX is authentic" },
	{ "not signed", ALIAS, NO_DS_NO_KEY, DNS_INSECURE, 1, 1, "not-signed",
	  "t.example. is not signed: example. has no DS for it" },
	{ "no such target", ALIAS, NO_NAME, DNS_SECURE, 1, 1, "no-name",
	  "t.example. does not exist, and the alias a.example. leads there" },
	{ "a target that loops", ALIAS, ALIAS_OF_ITSELF, DNS_INDETERMINATE, 1, 1, "alias-loop",
	  "t.example. is an alias of t.example." },
	{ "the whole is bogus", MX_BOGUS, NOTHING, DNS_BOGUS, 1, 2, "bogus", "finds its MX bogus" },
};

static void judge_target(size_t i)
{
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "chain" };
	static struct cli_chain asked, c;
	const char *label = targets[i].label;
	size_t broken = 99;

	make(&asked, "a.example.", targets[i].asked);
	make(&c, "t.example.", targets[i].target);
	c.from = &asked;
	CHECK_INT(label, cli_chain_judge(&c, &broken, &f), targets[i].status);
	CHECK_INT(label, (long long)broken, (long long)targets[i].broken);
	CHECK_INT(label, (long long)f.n, (long long)targets[i].n);
	const struct cli_finding *last = &f.all[f.n - 1];
	CHECK_STR(label, str_of(last->code), str_of(targets[i].code));
	CHECK_INT(last->text, strstr(last->text, targets[i].text) != NULL, true);
	unmake(&asked);
	unmake(&c);
}

/* That of one more alias than are followed; each of another name. */
static void check_many(void)
{
	static struct cli_chain c[CLI_CHAIN_ALIASES_MAX + 1];
	char name[20];

	for (size_t i = 0; i < COUNT_OF(c); i++) {
		(void)snprintf(name, sizeof(name), "a%zu.example.", i);
		make(&c[i], name, ALIAS);
		c[i].from = i ? &c[i - 1] : NULL;
	}
	CHECK_INT("as many as may be", cli_chain_loops(&c[COUNT_OF(c) - 2]), false);
	CHECK_INT("one more", cli_chain_loops(&c[COUNT_OF(c) - 1]), true);
	for (size_t i = 0; i < COUNT_OF(c); i++)
		unmake(&c[i]);
}

int main(void)
{
	check_many();
	for (size_t i = 0; i < COUNT_OF(targets); i++)
		judge_target(i);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		judge(i);
	return TEST_EXIT();
}
