/* What is told of mail hosts that are not used, however much that is. */
#include "route/rows_priv.h"
#include "route/tls.h"

/* A name of 255 octets that are all written as "\\ddd" but the first two, which tell it apart. */
static void add_long_name(struct buf *script, size_t i)
{
	buf_addf(script, "%02zu", i);
	for (unsigned label = 0; label < 4; label++) {
		if (label > 0)
			buf_addc(script, '.');
		for (unsigned k = label ? 0 : 2; k < (label < 3 ? 63 : 61); k++)
			buf_add(script, STR("\\001"));
	}
	buf_addc(script, '.');
}

/* Hosts that are not used, of names so long that not all can be told, beside one that is. */
static void check_skipped(void)
{
	static struct route_verdict v;
	struct route_conf conf = conf_for(ROUTE_DOMAIN);
	struct buf script = BUF_MAX(1 << 20);
	const struct route_tls_policy policy = { .level = ROUTE_TLS_DANE };
	size_t lines = 0;

	conf.tlsa = true;
	buf_add(&script, STR("d. MX secure 1 m."));
	for (size_t i = 0; i + 1 < ROUTE_HOSTS_MAX; i++) {
		buf_add(&script, STR("; 2 "));
		add_long_name(&script, i);
	}
	buf_add(&script, STR("\nm. A secure 192.0.2.1\n_25._tcp.m. TLSA secure 3 1 1 32\n"));
	for (size_t i = 0; i + 1 < ROUTE_HOSTS_MAX; i++) {
		buf_addc(&script, '\n');
		add_long_name(&script, i);
		buf_add(&script, STR(" A insecure 192.0.2.2"));
	}
	struct route *r = craft_route(&conf, buf_str(&script));
	const struct route_tls_ask ask = { .facts = route_facts(r), .policy = &policy };
	CHECK_INT("many", route_verdict(ask.facts, ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v), ERR_OK);
	CHECK_INT("many", (long long)v.n_target, ROUTE_HOSTS_MAX);
	CHECK_INT("many", route_tls(&ask, &v), ERR_OK);
	CHECK_INT("one is used", (long long)v.n_target, 1);
	for (struct str rest = buf_str(&v.skipped), line; str_line(&rest, &line); lines++)
		CHECK_INT("a whole line", holds(line, STR(" is not used: ")), 1);
	CHECK_INT("as many as fit", lines > 8 && lines + 1 < ROUTE_HOSTS_MAX, 1);
	CHECK_STR("whole", str_skip(buf_str(&v.skipped), v.skipped.n ? v.skipped.n - 1 : 0),
		  STR("\n"));
	route_verdict_clear(&v);
	route_free(&r);
	buf_free(&script);
	arena_clear(&craft_memory);
}

int main(void)
{
	check_skipped();
	return TEST_EXIT();
}
