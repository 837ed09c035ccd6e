/*
 * What TLS mail must leave by: for each thing that the DNS may say of a host, each level of the
 * configuration, and each demand.
 */
#include "route/tls.h"

#include "dns/text.h"
#include "route/rows_priv.h"

#define HOST MX "m. A secure 192.0.2.1\n"
#define TLSA "_25._tcp.m. TLSA "
#define ALIAS MX "m. A secure via e. 192.0.2.1\n"
#define OPEN_ALIAS MX "m. A insecure via e. 192.0.2.1\n"
#define GOOD "secure 3 1 1 32\n"

#define DANE "deliver " A1 "* dane of m."
#define BOTH "deliver " A1 "* both x of m."
#define MAY(why) "deliver " A1 " may: " why
#define OFFERED(why) "deliver " A1 " offered: " why
#define MAY_(why) "deliver " A1 "* may: " why
#define UNUSABLE "none of its TLSA records can be used"
#define ENCRYPT_ "deliver " A1 "* encrypt: " UNUSABLE
#define UNASKED "no TLSA record was asked for"
#define NONE "it has no TLSA record"
#define UNSIGNED "its TLSA records are not authenticated"
#define INSECURE "its addresses are not authenticated, so that no TLSA record counts"
#define OFF "deliver " A1 " may: " UNASKED
#define LOST "defer 4.4.3 5.4.7"
#define BOGUS "defer 4.7.5 5.7.5"
#define FAULT "defer 4.3.5 5.4.7"

/* Columns: the service off, requested, required; required with DANE demanded. */
static const struct cell {
	const char *label, *script;
	const char *off, *requested, *required, *demanded;
} cells[] = {
	{ "DANE-EE", HOST TLSA GOOD, OFF, DANE, DANE, DANE },
	{ "DANE-TA", HOST TLSA "secure 2 0 1 32", OFF, DANE, DANE, DANE },
	{ "SHA-512", HOST TLSA "secure 3 1 2 64", OFF, DANE, DANE, DANE },
	{ "a whole key that can be read", HOST TLSA "secure 3 1 0 40", OFF, DANE, DANE, DANE },
	{ "one usable among others", HOST TLSA "secure 0 1 1 32; 3 1 1 32; 9 9 9 9", OFF, DANE,
	  DANE, DANE },
	{ "usages 0 and 1", HOST TLSA "secure 0 1 1 32; 1 1 1 32", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "unknown usage", HOST TLSA "secure 4 1 1 32; 255 1 1 32", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "unknown selector", HOST TLSA "secure 3 2 1 32", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "unknown matching type", HOST TLSA "secure 3 1 3 32", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "SHA-256 too short", HOST TLSA "secure 3 1 1 31", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "SHA-256 too long", HOST TLSA "secure 3 1 1 33", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "SHA-512 too short", HOST TLSA "secure 3 1 2 63", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "a whole key that cannot be read", HOST TLSA "secure 3 1 0 39", OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "one octet", HOST TLSA "secure 3", OFF, ENCRYPT_, ENCRYPT_, "bounce 5.7.10" },
	{ "two octets", HOST TLSA "secure 3 1", OFF, ENCRYPT_, ENCRYPT_, "bounce 5.7.10" },
	{ "three octets", HOST TLSA "secure 3 1 1", OFF, ENCRYPT_, ENCRYPT_, "bounce 5.7.10" },
	{ "no record", HOST TLSA "secure nodata", OFF, MAY_(NONE), MAY_(NONE), "bounce 5.7.10" },
	{ "no such name", HOST TLSA "secure nxdomain", OFF, MAY_(NONE), MAY_(NONE),
	  "bounce 5.7.10" },
	{ "records that are insecure", HOST TLSA "insecure 3 1 1 32", OFF, MAY_(UNSIGNED),
	  MAY_(UNSIGNED), "bounce 5.7.10" },
	{ "a denial that is insecure", HOST TLSA "insecure nodata", OFF, MAY_(NONE), MAY_(NONE),
	  "bounce 5.7.10" },
	{ "records not proved insecure", HOST TLSA "unproved 3 1 1 32", OFF, MAY_(UNSIGNED), FAULT,
	  FAULT },
	{ "records by a channel not trusted", HOST TLSA "untrusted 3 1 1 32", OFF, MAY_(UNSIGNED),
	  FAULT, FAULT },
	{ "records of a server that does not validate", HOST TLSA "lying 3 1 1 32", OFF, DANE,
	  FAULT, FAULT },
	{ "SERVFAIL", HOST TLSA "servfail", OFF, LOST, LOST, LOST },
	{ "REFUSED", HOST TLSA "refused", OFF, LOST, LOST, LOST },
	{ "no answer", HOST TLSA "timeout", OFF, LOST, LOST, LOST },
	{ "an alias without end", HOST TLSA "loop", OFF, LOST, LOST, LOST },
	{ "records in a SERVFAIL", HOST TLSA "servfail 3 1 1 32", OFF, LOST, LOST, LOST },
	{ "bogus", HOST TLSA "bogus", OFF, BOGUS, BOGUS, BOGUS },
	{ "records by an alias", HOST TLSA "secure via t. 3 1 1 32", OFF, DANE, DANE, DANE },

	{ "addresses insecure", MX "m. A insecure 192.0.2.1\n" TLSA GOOD, OFF, MAY(INSECURE),
	  "bounce 5.7.4", "bounce 5.7.4" },
	{ "one family secure", MX "m. A insecure 192.0.2.1\nm. AAAA secure 2001:db8::1\n" TLSA GOOD,
	  "deliver " AAAA1 " may: " UNASKED " " A1 " may: " UNASKED,
	  "deliver " AAAA1 "* dane of m. " A1 " dane of m.", "deliver " AAAA1 "* dane of m.",
	  "deliver " AAAA1 "* dane of m." },
	{ "MX insecure", "d. MX insecure 10 m.\nm. A secure 192.0.2.1\n" TLSA GOOD, OFF,
	  "deliver " A1 " dane of m.", "bounce 5.7.4", "bounce 5.7.4" },
	{ "no MX", "d. A secure 192.0.2.1\n_25._tcp.d. TLSA secure 3 1 1 32", OFF,
	  "deliver " A1 "* dane of d.", "deliver " A1 "* dane of d.",
	  "deliver " A1 "* dane of d." },
	{ "null MX", "d. MX secure 0 .", "bounce 5.1.10", "bounce 5.1.10", "bounce 5.1.10",
	  "bounce 5.1.10" },

	{ "alias: records at its end", ALIAS "_25._tcp.e. TLSA secure 3 1 1 32", OFF,
	  "deliver " A1 "* dane of e.", "deliver " A1 "* dane of e.",
	  "deliver " A1 "* dane of e." },
	{ "alias: records at both", ALIAS "_25._tcp.e. TLSA secure 3 1 1 32\n" TLSA GOOD, OFF,
	  "deliver " A1 "* dane of e.", "deliver " A1 "* dane of e.",
	  "deliver " A1 "* dane of e." },
	{ "alias: records of its own", ALIAS TLSA GOOD, OFF, DANE, DANE, DANE },
	{ "alias: insecure ones at its end", ALIAS "_25._tcp.e. TLSA insecure 3 1 1 32\n" TLSA GOOD,
	  OFF, DANE, DANE, DANE },
	{ "alias: unusable ones at its end end it",
	  ALIAS "_25._tcp.e. TLSA secure 9 1 1 32\n" TLSA GOOD, OFF, ENCRYPT_, ENCRYPT_,
	  "bounce 5.7.10" },
	{ "alias: an error at its end ends it", ALIAS "_25._tcp.e. TLSA servfail\n" TLSA GOOD, OFF,
	  LOST, LOST, LOST },
	{ "alias: a denial at its end that is not proved",
	  ALIAS "_25._tcp.e. TLSA unproved nodata\n" TLSA GOOD, OFF, DANE, FAULT, FAULT },
	{ "alias: an error of its own", ALIAS TLSA "timeout", OFF, LOST, LOST, LOST },
	{ "alias: none", ALIAS, OFF, MAY_(NONE), MAY_(NONE), "bounce 5.7.10" },
	{ "alias into an insecure zone", OPEN_ALIAS "m. CNAME secure e.\n" TLSA GOOD, OFF,
	  "deliver " A1 " dane of m.", "bounce 5.7.4", "bounce 5.7.4" },
	{ "the alias is insecure, too", OPEN_ALIAS "m. CNAME insecure e.\n" TLSA GOOD, OFF,
	  MAY(INSECURE), "bounce 5.7.4", "bounce 5.7.4" },
	{ "whether the alias is secure is not known", OPEN_ALIAS "m. CNAME servfail\n" TLSA GOOD,
	  OFF, LOST, "bounce 5.7.4", "bounce 5.7.4" },
	{ "the alias is bogus", OPEN_ALIAS "m. CNAME bogus\n" TLSA GOOD, OFF, BOGUS, "bounce 5.7.4",
	  "bounce 5.7.4" },

	{ "an error of the first host's, the next is used",
	  MX2 "m. A secure 192.0.2.1\nn. A secure 192.0.2.2\n" TLSA "servfail",
	  "deliver " A1 " may: " UNASKED " " A2 " may: " UNASKED, "deliver " A2 "* may: " NONE,
	  "deliver " A2 "* may: " NONE, LOST },
	{ "none at the first host, records at the next",
	  MX2 "m. A secure 192.0.2.1\nn. A secure 192.0.2.2\n_25._tcp.n. TLSA secure 3 1 1 32",
	  "deliver " A1 " may: " UNASKED " " A2 " may: " UNASKED,
	  "deliver " A1 "* may: " NONE " " A2 "* dane of n.",
	  "deliver " A1 "* may: " NONE " " A2 "* dane of n.", "deliver " A2 "* dane of n." },
	{ "errors of both hosts: the heavier",
	  MX2 "m. A secure 192.0.2.1\nn. A secure 192.0.2.2\n" TLSA
	      "bogus\n_25._tcp.n. TLSA servfail",
	  "deliver " A1 " may: " UNASKED " " A2 " may: " UNASKED, BOGUS, BOGUS, BOGUS },
	{ "none at one host, the other's address not known",
	  MX2 "m. A secure 192.0.2.1\nn. A servfail\n", OFF, MAY_(NONE), MAY_(NONE), LOST },
	{ "none at one host, the other's address not signed",
	  MX2 "m. A secure 192.0.2.1\nn. A insecure 192.0.2.2\n",
	  "deliver " A1 " may: " UNASKED " " A2 " may: " UNASKED,
	  "deliver " A1 "* may: " NONE " " A2 " may: " INSECURE, MAY_(NONE), "bounce 5.7.10" },
	{ "none at one host, the other without address", MX2 "m. A secure 192.0.2.1\n", OFF,
	  MAY_(NONE), MAY_(NONE), "bounce 5.7.10" },
	{ "5.7.4 goes before 5.7.10", MX "m. A insecure 192.0.2.1", OFF, MAY(INSECURE),
	  "bounce 5.7.4", "bounce 5.7.4" },
};

/* The same answers, by what the configuration says. */
static const struct {
	const char *label, *script;
	enum route_tls level;
	bool dane;
	const char *off, *requested, *required, *demanded;
} levels[] = {
	{ "dane = false", HOST TLSA GOOD, ROUTE_TLS_MAY, false, OFF, MAY_(UNASKED), MAY_(UNASKED),
	  DANE },
	{ "dane = false, an error", HOST TLSA "servfail", ROUTE_TLS_MAY, false, OFF, MAY_(UNASKED),
	  MAY_(UNASKED), LOST },
	{ "none", HOST TLSA GOOD, ROUTE_TLS_NONE, true, "deliver " A1 " none: " UNASKED,
	  "deliver " A1 "* none: " UNASKED, "deliver " A1 "* none: " UNASKED, DANE },
	{ "encrypt, records", HOST TLSA GOOD, ROUTE_TLS_ENCRYPT, true,
	  "deliver " A1 " encrypt: " UNASKED, DANE, DANE, DANE },
	{ "encrypt, none", HOST, ROUTE_TLS_ENCRYPT, true, "deliver " A1 " encrypt: " UNASKED,
	  "deliver " A1 "* encrypt: " NONE, "deliver " A1 "* encrypt: " NONE, "bounce 5.7.10" },
	{ "encrypt, unusable", HOST TLSA "secure 9 1 1 32", ROUTE_TLS_ENCRYPT, true,
	  "deliver " A1 " encrypt: " UNASKED, ENCRYPT_, ENCRYPT_, "bounce 5.7.10" },
	{ "encrypt, an error", HOST TLSA "timeout", ROUTE_TLS_ENCRYPT, true,
	  "deliver " A1 " encrypt: " UNASKED, LOST, LOST, LOST },
	{ "verify, records", HOST TLSA GOOD, ROUTE_TLS_VERIFY, true,
	  "deliver " A1 " verify x: " UNASKED, BOTH, BOTH, BOTH },
	{ "verify, none", HOST, ROUTE_TLS_VERIFY, true, "deliver " A1 " verify x: " UNASKED,
	  "deliver " A1 "* verify x: " NONE, "deliver " A1 "* verify x: " NONE, "bounce 5.7.10" },
	{ "verify, unsigned", HOST TLSA "insecure 3 1 1 32", ROUTE_TLS_VERIFY, true,
	  "deliver " A1 " verify x: " UNASKED, "deliver " A1 "* verify x: " UNSIGNED,
	  "deliver " A1 "* verify x: " UNSIGNED, "bounce 5.7.10" },
	{ "verify, unusable", HOST TLSA "secure 9 1 1 32", ROUTE_TLS_VERIFY, true,
	  "deliver " A1 " verify x: " UNASKED, "deliver " A1 "* verify x: " UNUSABLE,
	  "deliver " A1 "* verify x: " UNUSABLE, "bounce 5.7.10" },
	{ "verify, an error", HOST TLSA "servfail", ROUTE_TLS_VERIFY, true,
	  "deliver " A1 " verify x: " UNASKED, LOST, LOST, LOST },
	{ "verify, bogus", HOST TLSA "bogus", ROUTE_TLS_VERIFY, true,
	  "deliver " A1 " verify x: " UNASKED, BOGUS, BOGUS, BOGUS },
	{ "verify, dane = false", HOST TLSA GOOD, ROUTE_TLS_VERIFY, false,
	  "deliver " A1 " verify x: " UNASKED, "deliver " A1 "* verify x: " UNASKED,
	  "deliver " A1 "* verify x: " UNASKED, BOTH },
	{ "dane, records", HOST TLSA GOOD, ROUTE_TLS_DANE, true, "deliver " A1 " dane of m.", DANE,
	  DANE, DANE },
	{ "dane, records, dane = false", HOST TLSA GOOD, ROUTE_TLS_DANE, false,
	  "deliver " A1 " dane of m.", DANE, DANE, DANE },
	{ "dane, none", HOST, ROUTE_TLS_DANE, true, "bounce 5.7.10", "bounce 5.7.10",
	  "bounce 5.7.10", "bounce 5.7.10" },
	{ "dane, unusable", HOST TLSA "secure 9 1 1 32", ROUTE_TLS_DANE, true, "bounce 5.7.10",
	  "bounce 5.7.10", "bounce 5.7.10", "bounce 5.7.10" },
	{ "dane, an error", HOST TLSA "servfail", ROUTE_TLS_DANE, true, LOST, LOST, LOST, LOST },
	{ "dane, bogus", HOST TLSA "bogus", ROUTE_TLS_DANE, true, BOGUS, BOGUS, BOGUS, BOGUS },
	{ "dane, not proved", HOST TLSA "unproved 3 1 1 32", ROUTE_TLS_DANE, true, FAULT, FAULT,
	  FAULT, FAULT },
	{ "dane, addresses insecure", MX "m. A insecure 192.0.2.1", ROUTE_TLS_DANE, true,
	  "bounce 5.7.10", "bounce 5.7.10", "bounce 5.7.4", "bounce 5.7.4" },
	{ "dane, addresses not proved insecure", MX "m. A unproved 192.0.2.1", ROUTE_TLS_DANE, true,
	  FAULT, FAULT, FAULT, FAULT },
	{ "dane, one family insecure, the other not known",
	  MX "m. A insecure 192.0.2.1\nm. AAAA servfail", ROUTE_TLS_DANE, true, LOST, LOST, LOST,
	  LOST },
};

static bool readable(uint8_t selector, struct str data)
{
	return selector == 1 && data.n == 40;
}

static void need_text(struct buf *out, const struct route_need *need)
{
	static const char *const words[] = { "none",   "may",  "offered", "encrypt",
					     "verify", "dane", "both" };

	buf_addf(out, " %s", words[need->tls]);
	if (need->tls == ROUTE_TLS_VERIFY || need->tls == ROUTE_TLS_BOTH)
		buf_addf(out, " %.*s", STR_ARG(need->name));
	if (need->tls >= ROUTE_TLS_DANE) {
		buf_add(out, STR(" of "));
		dns_name_text(out, need->base);
	} else {
		buf_add(out, STR(": "));
		buf_add(out, route_need_text(need->why));
	}
}

static void check(const char *label, const struct route_tls_ask *ask, const char *want)
{
	static struct route_verdict v;
	struct buf got = BUF_MAX(4096);
	struct str rest, line;

	CHECK_INT(label, route_verdict(ask->facts, ask->service, ask->untrusted, &v), ERR_OK);
	size_t n = v.n_target;
	CHECK_INT(label, route_tls(ask, &v), ERR_OK);
	CHECK_INT(label, v.n_target <= n, 1);
	CHECK_INT(label, (v.action == ROUTE_DELIVER) == (v.n_target > 0), 1);
	CHECK_INT(label, (v.action == ROUTE_DELIVER) == (v.text.n == 0), 1);
	for (rest = buf_str(&v.skipped); str_line(&rest, &line);)
		CHECK_INT(label, holds(line, STR(" is not used: ")) || !ask->facts->mx, 1);
	if (ask->service == ROUTE_OFF)
		CHECK_INT(label,
			  holds(buf_str(&v.text), STR("DNSSEC")) ||
				  holds(buf_str(&v.skipped), STR("DNSSEC")),
			  0);
	for (size_t i = 0; i < v.n_target; i++) {
		struct route_verdict one = v;
		one.target[0] = v.target[i];
		one.n_target = 1;
		struct buf text = BUF_MAX(4096);
		outcome_text(&text, &one);
		buf_add(&got, i ? str_skip(buf_str(&text), sizeof("deliver") - 1) : buf_str(&text));
		need_text(&got, &v.target[i].need);
		buf_free(&text);
	}
	if (v.n_target == 0)
		outcome_text(&got, &v);
	CHECK_STR(label, buf_str(&got), str_of(want));
	buf_free(&got);
	route_verdict_clear(&v);
}

/* For a bounce the time of the end is nothing: "bounce 5.7.10". */
static void check_cell(const struct route_tls_policy *policy, const struct cell *c)
{
	const struct {
		enum route_service service;
		enum route_dane dane;
		const char *want;
	} columns[] = {
		{ ROUTE_OFF, ROUTE_DANE_USED, c->off },
		{ ROUTE_REQUESTED, ROUTE_DANE_USED, c->requested },
		{ ROUTE_REQUIRED, ROUTE_DANE_USED, c->required },
		{ ROUTE_REQUIRED, ROUTE_DANE_DEMANDED, c->demanded },
	};

	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		struct route_conf conf = conf_for(ROUTE_DOMAIN);
		conf.tlsa = route_tls_asks(policy, columns[i].service, columns[i].dane,
					   ROUTE_SENDER_SILENT);
		struct route *r = craft_route(&conf, str_of(c->script));
		const struct route_tls_ask ask = { .facts = route_facts(r),
						   .policy = policy,
						   .service = columns[i].service,
						   .dane = columns[i].dane };
		check(c->label, &ask, columns[i].want);
		route_free(&r);
		arena_clear(&craft_memory);
	}
}

/* Whose name a certificate must have, where the configuration names none. */
static const struct {
	const char *label, *script;
	enum route_kind kind;
	bool domain;
} names[] = {
	{ "a secure MX names the host", HOST, ROUTE_DOMAIN, false },
	{ "an insecure one does not", "d. MX insecure 10 m.\nm. A secure 192.0.2.1", ROUTE_DOMAIN,
	  true },
	{ "nor one by a channel not trusted", "d. MX untrusted 10 m.\nm. A secure 192.0.2.1",
	  ROUTE_DOMAIN, true },
	{ "no MX, secure", "d. A secure 192.0.2.1", ROUTE_DOMAIN, false },
	{ "an administrator names it", "d. A insecure 192.0.2.1", ROUTE_HOST, false },
};

static void check_names(void)
{
	static const struct route_tls_policy policy = { .level = ROUTE_TLS_VERIFY };
	static struct route_verdict v;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct route_conf conf = conf_for(names[i].kind);
		struct route *r = craft_route(&conf, str_of(names[i].script));
		const struct route_tls_ask ask = { .facts = route_facts(r), .policy = &policy };
		CHECK_INT(names[i].label,
			  route_verdict(ask.facts, ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v), ERR_OK);
		CHECK_INT(names[i].label, route_tls(&ask, &v), ERR_OK);
		CHECK_INT(names[i].label, (long long)v.n_target, 1);
		CHECK_INT(names[i].label, v.target[0].need.domain, names[i].domain);
		route_verdict_clear(&v);
		route_free(&r);
		arena_clear(&craft_memory);
	}
}

/* For whom all is asked for with AD, whatever the service. */
static const struct {
	const char *label;
	enum route_tls level;
	const char *name;
	enum route_kind kind;
	enum route_sender_tls sender;
	bool want;
} anyhow[] = {
	{ "nobody", ROUTE_TLS_MAY, "", ROUTE_DOMAIN, ROUTE_SENDER_SILENT, false },
	{ "not TLS alone", ROUTE_TLS_ENCRYPT, "", ROUTE_DOMAIN, ROUTE_SENDER_SILENT, false },
	{ "DANE", ROUTE_TLS_DANE, "", ROUTE_HOST, ROUTE_SENDER_SILENT, true },
	{ "REQUIRETLS", ROUTE_TLS_MAY, "", ROUTE_DOMAIN, ROUTE_SENDER_REQUIRES_TLS, true },
	{ "a name that the MX gives", ROUTE_TLS_VERIFY, "", ROUTE_DOMAIN, ROUTE_SENDER_SILENT,
	  true },
	{ "one that via gives", ROUTE_TLS_VERIFY, "", ROUTE_HOST, ROUTE_SENDER_SILENT, false },
	{ "one of tls-name", ROUTE_TLS_VERIFY, "x", ROUTE_DOMAIN, ROUTE_SENDER_SILENT, false },
};

static void check_anyhow(void)
{
	for (size_t i = 0; i < COUNT_OF(anyhow); i++) {
		const struct route_tls_policy policy = { .level = anyhow[i].level,
							 .name = str_of(anyhow[i].name) };
		CHECK_INT(anyhow[i].label,
			  route_tls_asks_anyhow(&policy, anyhow[i].kind, anyhow[i].sender),
			  anyhow[i].want);
	}
}

/* What the sender said, for mail without the service, with it, and with DANE demanded. */
static const struct {
	const char *label, *script;
	enum route_sender_tls sender;
	enum route_service service;
	enum route_dane dane;
	const char *want;
	bool shows; /* of the first target */
} senders[] = {
	{ "REQUIRETLS, service off", HOST TLSA GOOD, ROUTE_SENDER_REQUIRES_TLS, ROUTE_OFF,
	  ROUTE_DANE_USED, "deliver " A1 " dane of m.", false },
	{ "REQUIRETLS, no records", HOST, ROUTE_SENDER_REQUIRES_TLS, ROUTE_OFF, ROUTE_DANE_USED,
	  OFFERED(NONE), true },
	{ "REQUIRETLS, no records that can be used", HOST TLSA "secure 0 1 1 32",
	  ROUTE_SENDER_REQUIRES_TLS, ROUTE_REQUESTED, ROUTE_DANE_USED, ENCRYPT_, true },
	{ "REQUIRETLS, MX insecure: no name counts",
	  "d. MX insecure 10 m.\nm. A secure 192.0.2.1\n", ROUTE_SENDER_REQUIRES_TLS, ROUTE_OFF,
	  ROUTE_DANE_USED, OFFERED(NONE), false },
	{ "REQUIRETLS, MX insecure, records",
	  "d. MX insecure 10 m.\nm. A secure 192.0.2.1\n" TLSA GOOD, ROUTE_SENDER_REQUIRES_TLS,
	  ROUTE_OFF, ROUTE_DANE_USED, "deliver " A1 " dane of m.", false },
	{ "REQUIRETLS, an error", HOST TLSA "servfail", ROUTE_SENDER_REQUIRES_TLS, ROUTE_OFF,
	  ROUTE_DANE_USED, LOST, false },
	{ "waived", HOST TLSA GOOD, ROUTE_SENDER_WAIVES_TLS, ROUTE_REQUESTED, ROUTE_DANE_USED,
	  MAY_(UNASKED), false },
	{ "waived, required", HOST TLSA GOOD, ROUTE_SENDER_WAIVES_TLS, ROUTE_REQUIRED,
	  ROUTE_DANE_USED, MAY_(UNASKED), false },
	{ "waived, unusable records", HOST TLSA "secure 0 1 1 32", ROUTE_SENDER_WAIVES_TLS,
	  ROUTE_REQUESTED, ROUTE_DANE_USED, MAY_(UNASKED), false },
	{ "waived, and demanded by a criterion", HOST TLSA GOOD, ROUTE_SENDER_WAIVES_TLS,
	  ROUTE_REQUIRED, ROUTE_DANE_DEMANDED, DANE, false },
};

static void check_senders(const struct route_tls_policy *policy)
{
	for (size_t i = 0; i < COUNT_OF(senders); i++) {
		static struct route_verdict v;
		struct route_conf conf = conf_for(ROUTE_DOMAIN);
		conf.tlsa = route_tls_asks(policy, senders[i].service, senders[i].dane,
					   senders[i].sender);
		struct route *r = craft_route(&conf, str_of(senders[i].script));
		const struct route_tls_ask ask = { .facts = route_facts(r),
						   .policy = policy,
						   .service = senders[i].service,
						   .dane = senders[i].dane,
						   .sender = senders[i].sender };
		check(senders[i].label, &ask, senders[i].want);
		CHECK_INT(senders[i].label,
			  route_verdict(ask.facts, ask.service, ask.untrusted, &v), ERR_OK);
		CHECK_INT(senders[i].label, route_tls(&ask, &v), ERR_OK);
		CHECK_INT(senders[i].label, v.n_target > 0 && v.target[0].need.shows,
			  senders[i].shows);
		route_verdict_clear(&v);
		route_free(&r);
		arena_clear(&craft_memory);
	}
}

/* The service is off; of what a route or the sender has asked for with AD, the status is known. */
static void check_asked_anyhow(struct route_tls_policy policy)
{
	static const struct {
		const char *script;
		const char *unasked[2], *asked[2]; /* of MX and addresses */
	} rows[] = {
		{ MX "m. A 192.0.2.1",
		  { "indeterminate", "indeterminate" },
		  { "secure", "secure" } },
		{ MX "m. A 192.0.2.1\nm. AAAA insecure 2001:db8::1",
		  { "indeterminate", "indeterminate" },
		  { "secure", "insecure" } },
		{ "d. MX insecure 10 m.\nm. A nodata\nm. AAAA nodata",
		  { "indeterminate", "indeterminate" },
		  { "insecure", "secure" } },
		{ "d. MX bogus", { "bogus", "none" }, { "bogus", "none" } },
	};
	static const struct {
		enum route_tls level;
		enum route_sender_tls sender;
		bool asks;
	} whom[] = { { ROUTE_TLS_MAY, ROUTE_SENDER_SILENT, false },
		     { ROUTE_TLS_VERIFY, ROUTE_SENDER_WAIVES_TLS, false },
		     { ROUTE_TLS_DANE, ROUTE_SENDER_WAIVES_TLS, true },
		     { ROUTE_TLS_MAY, ROUTE_SENDER_REQUIRES_TLS, true } };
	struct route_conf conf = conf_for(ROUTE_DOMAIN);
	struct route_verdict v;

	for (size_t i = 0; i < COUNT_OF(rows) * COUNT_OF(whom); i++) {
		const char *script = rows[i % COUNT_OF(rows)].script;
		size_t by = i / COUNT_OF(rows);
		policy.level = whom[by].level;
		conf.asks_anyhow = route_tls_asks_anyhow(&policy, ROUTE_DOMAIN, whom[by].sender);
		const char *const *want = whom[by].asks ? rows[i % COUNT_OF(rows)].asked
							: rows[i % COUNT_OF(rows)].unasked;
		struct route *r = craft_route(&conf, str_of(script));
		CHECK_INT(script,
			  route_verdict(route_facts(r), ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v),
			  ERR_OK);
		CHECK_STR(script, route_status_text(v.mx_asked ? &v.mx_status : NULL),
			  str_of(want[0]));
		CHECK_STR(script, route_status_text(v.address_asked ? &v.address_status : NULL),
			  str_of(want[1]));
		CHECK_INT("no mark", v.n_target && v.target[0].authenticated, false);
		CHECK_INT("and no word of it", (long long)v.note.n, 0);
		route_verdict_clear(&v);
		route_free(&r);
		arena_clear(&craft_memory);
	}
}

/* A route's own word is the administrator's: no sender waives it. */
static void check_route_demands(struct route_tls_policy policy)
{
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	policy.level = ROUTE_TLS_DANE;
	conf.tlsa = route_tls_asks(&policy, ROUTE_OFF, ROUTE_DANE_USED, ROUTE_SENDER_WAIVES_TLS);
	struct route *r = craft_route(&conf, STR(HOST TLSA GOOD));
	const struct route_tls_ask ask = { .facts = route_facts(r),
					   .policy = &policy,
					   .sender = ROUTE_SENDER_WAIVES_TLS };
	check("waived, and demanded by a route", &ask, "deliver " A1 " dane of m.");
	route_free(&r);
	arena_clear(&craft_memory);

	policy.level = ROUTE_TLS_VERIFY;
	conf.tlsa =
		route_tls_asks(&policy, ROUTE_REQUESTED, ROUTE_DANE_USED, ROUTE_SENDER_WAIVES_TLS);
	r = craft_route(&conf, STR(HOST TLSA GOOD));
	const struct route_tls_ask half = { .facts = route_facts(r),
					    .policy = &policy,
					    .service = ROUTE_REQUESTED,
					    .sender = ROUTE_SENDER_WAIVES_TLS };
	check("waived, and half of it demanded by a route", &half,
	      "deliver " A1 "* verify x: " UNASKED);
	route_free(&r);
	arena_clear(&craft_memory);
}

/* What the administrator gave has no DNS, and so no DANE. */
static void check_static(void)
{
	struct route_conf conf = conf_for(ROUTE_STATIC);
	struct route *r = craft_route(&conf, STR(""));
	struct route_tls_policy policy = { .level = ROUTE_TLS_DANE, .dane = true };
	struct route_tls_ask ask = { .facts = route_facts(r), .policy = &policy };

	check("an address, dane", &ask, "bounce 5.7.10");
	policy.level = ROUTE_TLS_ENCRYPT;
	check("an address, encrypt", &ask, "deliver 192.0.2.9:2525 encrypt: " UNASKED);
	ask.service = ROUTE_REQUESTED;
	check("an address, requested", &ask, "deliver 192.0.2.9:2525 encrypt: " INSECURE);
	ask.service = ROUTE_REQUIRED;
	ask.dane = ROUTE_DANE_DEMANDED;
	check("an address, demanded", &ask, "bounce 5.7.10");
	route_free(&r);
}

/* Where no record was asked for, the words say what stood against it. */
static void check_words(void)
{
	static struct route_verdict v;
	struct route_conf conf = conf_for(ROUTE_DOMAIN);
	conf.tlsa = true;
	struct route *r = craft_route(&conf, STR(MX "m. A insecure 192.0.2.1"));
	const struct route_tls_policy policy = { .level = ROUTE_TLS_DANE };
	const struct route_tls_ask ask = { .facts = route_facts(r), .policy = &policy };

	CHECK_INT("words", route_verdict(ask.facts, ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v), ERR_OK);
	CHECK_INT("words", route_tls(&ask, &v), ERR_OK);
	CHECK_INT("words", holds(buf_str(&v.text), STR(": A of m. is not authenticated")), 1);
	route_verdict_clear(&v);
	route_free(&r);
	arena_clear(&craft_memory);
}

/* An address has no TLSA records that anybody could publish. */
static void check_advice(void)
{
	static const struct {
		enum route_kind kind;
		const char *script, *want;
	} rows[] = {
		{ ROUTE_DOMAIN, HOST TLSA "secure nodata", "can publish signed TLSA records" },
		{ ROUTE_HOST, "d. A secure 192.0.2.1\n_2525._tcp.d. TLSA secure nodata",
		  "can publish signed TLSA records" },
		{ ROUTE_STATIC, "", "can name the mail host in its via in place of the address" },
		{ ROUTE_LITERAL, "", "Write to a domain name" },
	};
	const struct route_tls_policy policy = { .level = ROUTE_TLS_DANE, .dane = true };
	static struct route_verdict v;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct route_conf conf = conf_for(rows[i].kind);
		conf.tlsa = true;
		struct route *r = craft_route(&conf, str_of(rows[i].script));
		const struct route_tls_ask ask = { .facts = route_facts(r), .policy = &policy };
		CHECK_INT("advice", route_verdict(ask.facts, ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v),
			  ERR_OK);
		CHECK_INT("advice", route_tls(&ask, &v), ERR_OK);
		CHECK_STR(rows[i].want, str_of(v.status), STR("5.7.10"));
		CHECK_INT(rows[i].want, holds(buf_str(&v.advice), str_of(rows[i].want)), 1);
		route_verdict_clear(&v);
		route_free(&r);
	}
	arena_clear(&craft_memory);
}

int main(void)
{
	struct route_tls_policy policy = {
		.level = ROUTE_TLS_MAY, .dane = true, .name = STR("x"), .readable = readable
	};

	for (size_t i = 0; i < COUNT_OF(cells); i++)
		check_cell(&policy, &cells[i]);
	check_senders(&policy);
	check_route_demands(policy);
	check_asked_anyhow(policy);
	for (size_t i = 0; i < COUNT_OF(levels); i++) {
		const struct cell c = {
			levels[i].label,     levels[i].script,   levels[i].off,
			levels[i].requested, levels[i].required, levels[i].demanded
		};
		policy.level = levels[i].level;
		policy.dane = levels[i].dane;
		check_cell(&policy, &c);
	}
	check_names();
	check_anyhow();
	check_static();
	check_words();
	check_advice();
	return TEST_EXIT();
}
