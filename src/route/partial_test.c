/* Are the targets all that there may be: what each of them lacks, another host may have. */
#include "route/rows_priv.h"
#include "route/tls.h"

static const struct {
	const char *label, *script;
	bool off, requested, required; /* with DANE, where the service is on */
} rows[] = {
	{ "one host", MX "m. A 192.0.2.1", false, false, false },
	{ "two, both known", MX2 "m. A 192.0.2.1\nn. A 192.0.2.2", false, false, false },
	{ "another has no address", MX2 "m. A 192.0.2.1\nn. A nodata", false, false, false },
	{ "another does not exist", MX2 "m. A 192.0.2.1\nn. A nxdomain\nn. AAAA nxdomain", false,
	  false, false },
	{ "another is not known", MX2 "m. A 192.0.2.1\nn. A servfail", true, true, true },
	{ "the first is not known", MX2 "m. AAAA timeout\nn. A 192.0.2.2", true, true, true },
	{ "another is bogus", MX2 "m. A 192.0.2.1\nn. A bogus", true, true, true },
	{ "of another one family is known", MX2 "m. A 192.0.2.1\nn. A 192.0.2.2\nn. AAAA servfail",
	  false, false, false },
	{ "of the only one one family is known", MX "m. A 192.0.2.1\nm. AAAA servfail", false,
	  false, false },
	/* It is known that required mail does not go there. */
	{ "another is not signed", MX2 "m. A 192.0.2.1\nn. A insecure 192.0.2.2", false, false,
	  false },
	{ "of another what is known is not signed",
	  MX2 "m. A 192.0.2.1\nn. A insecure 192.0.2.2\nn. AAAA servfail", false, false, true },
	{ "whether another is signed is not known", MX2 "m. A 192.0.2.1\nn. A untrusted 192.0.2.2",
	  false, false, true },
	{ "its TLSA are not known", MX2 "m. A 192.0.2.1\nn. A 192.0.2.2\n_25._tcp.n. TLSA servfail",
	  false, true, true },
	{ "another is behind ourselves",
	  "d. MX 10 m.; 20 s.; 30 n.\nm. A 192.0.2.1\ns. A 127.0.0.1\nn. A servfail", false, false,
	  false },
};

static bool is_partial(const struct route_conf *conf, struct str script, enum route_service service)
{
	static struct route_verdict v;
	const struct route_tls_policy policy = { .level = ROUTE_TLS_MAY, .dane = true };
	struct route_conf asks = *conf;

	asks.tlsa = route_tls_asks(&policy, service, ROUTE_DANE_USED, ROUTE_SENDER_SILENT);
	struct route *r = craft_route(&asks, script);
	const struct route_tls_ask ask = { .facts = route_facts(r),
					   .policy = &policy,
					   .service = service };
	CHECK_INT(script.p, route_verdict(ask.facts, service, ask.untrusted, &v), ERR_OK);
	CHECK_INT(script.p, route_tls(&ask, &v), ERR_OK);
	CHECK_INT(script.p, v.action, ROUTE_DELIVER);
	bool partial = v.partial;
	route_verdict_clear(&v);
	route_free(&r);
	arena_clear(&craft_memory);
	return partial;
}

/* As many hosts, or addresses of one, as there is room for, or one more. */
static void check_bounds(const struct route_conf *conf)
{
	for (unsigned more = 0; more < 2; more++) {
		CLEANUP(buf_free) struct buf script = BUF_MAX(4096);
		buf_add(&script, STR("d. MX 10 h0."));
		for (size_t k = 1; k < ROUTE_HOSTS_MAX + more; k++)
			buf_addf(&script, "; 10 h%zu.", k);
		for (size_t k = 0; k < ROUTE_HOSTS_MAX + more; k++)
			buf_addf(&script, "\nh%zu. A 192.0.2.%zu", k, k);
		CHECK_INT("hosts", is_partial(conf, buf_str(&script), ROUTE_OFF), more);
		buf_clear(&script);
		buf_add(&script, STR("d. MX 10 m.\nm. A 192.0.2.0"));
		for (size_t k = 1; k < ROUTE_ADDRESSES_MAX + more; k++)
			buf_addf(&script, "; 192.0.2.%zu", k);
		CHECK_INT("addresses", is_partial(conf, buf_str(&script), ROUTE_OFF), more);
	}
}

int main(void)
{
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct str script = str_of(rows[i].script);
		CHECK_INT(rows[i].label, is_partial(&conf, script, ROUTE_OFF), rows[i].off);
		CHECK_INT(rows[i].label, is_partial(&conf, script, ROUTE_REQUESTED),
			  rows[i].requested);
		CHECK_INT(rows[i].label, is_partial(&conf, script, ROUTE_REQUIRED),
			  rows[i].required);
	}
	check_bounds(&conf);
	return TEST_EXIT();
}
