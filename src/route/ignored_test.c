/* What becomes of mail whose mail hosts are where none can be. */
#include "route/rows_priv.h"

static struct ip_net nets[4];

static void read_nets(void)
{
	static const char *const texts[] = { "127.0.0.0/8", "0.0.0.0/8", "::1", "fe80::/10" };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (ip_net_read(str_of(texts[i]), &nets[i]) != ERR_OK)
			abort();
}

static struct route_conf ignoring(enum route_kind kind)
{
	struct route_conf conf = conf_for(kind);

	conf.ignore = nets;
	conf.n_ignore = COUNT_OF(nets);
	return conf;
}

static const struct row domains[] = {
	{ "the only address", MX "m. A 127.0.0.2", "bounce 5.4.4", "bounce 5.4.4", "bounce 5.4.4" },
	{ "in both families", MX "m. A 127.0.0.2\nm. AAAA ::1", "bounce 5.4.4", "bounce 5.4.4",
	  "bounce 5.4.4" },
	{ "in the other spelling", MX "m. AAAA 127.0.0.2", "bounce 5.4.4", "bounce 5.4.4",
	  "bounce 5.4.4" },
	{ "in both spellings", MX "m. A 127.0.0.2\nm. AAAA 127.0.0.2; 127.0.0.2", "bounce 5.4.4",
	  "bounce 5.4.4", "bounce 5.4.4" },
	{ "in the other spelling, where one can be", MX "m. AAAA 192.0.2.1", "deliver " A1,
	  "deliver " A1 "*", "deliver " A1 "*" },
	{ "not signed", MX "m. A insecure 127.0.0.2", "bounce 5.4.4", "bounce 5.4.4",
	  "bounce 5.7.4" },
	{ "not signed, in the other spelling", MX "m. AAAA insecure 127.0.0.2", "bounce 5.4.4",
	  "bounce 5.4.4", "bounce 5.7.4" },
	{ "MX not signed", "d. MX insecure 10 m.\nm. A 127.0.0.2", "bounce 5.4.4", "bounce 5.4.4",
	  "bounce 5.7.4" },
	{ "by a channel that is not trusted", MX "m. A untrusted 127.0.0.2", "bounce 5.4.4",
	  "bounce 5.4.4", "defer 4.3.5 5.4.7" },
	{ "MX localhost", "d. MX 10 localhost.\nlocalhost. A 127.0.0.1\nlocalhost. AAAA ::1",
	  "bounce 5.4.4", "bounce 5.4.4", "bounce 5.4.4" },
	{ "MX localhost, which does not exist",
	  "d. MX 10 localhost.\nlocalhost. A nxdomain\nlocalhost. AAAA nxdomain", "bounce 5.4.4",
	  "bounce 5.4.4", "bounce 5.4.4" },
	{ "an alias of localhost", MX "m. A via localhost. 127.0.0.1", "bounce 5.4.4",
	  "bounce 5.4.4", "bounce 5.4.4" },
	{ "no MX", "d. A 127.0.0.2", "bounce 5.4.4", "bounce 5.4.4", "bounce 5.4.4" },
	{ "another address of the host", MX "m. A 127.0.0.2; 192.0.2.1", "deliver " A1,
	  "deliver " A1 "*", "deliver " A1 "*" },
	{ "another, not signed", MX "m. A insecure 192.0.2.1\nm. AAAA ::1", "deliver " A1,
	  "deliver " A1, "bounce 5.7.4" },
	{ "another host", MX2 "m. A 127.0.0.2\nn. A 192.0.2.2", "deliver " A2, "deliver " A2 "*",
	  "deliver " A2 "*" },
	{ "the other family is not known", MX "m. A 127.0.0.2\nm. AAAA servfail",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" },
	{ "another host is not known", MX2 "m. A 127.0.0.2\nn. A bogus", "defer 4.7.5 5.7.5",
	  "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5" },
	/* One where we listen says nothing of us: every machine has it. */
	{ "our own cuts nothing off", MX2 "m. A 127.0.0.1\nn. A 192.0.2.2", "deliver " A2,
	  "deliver " A2 "*", "deliver " A2 "*" },
	{ "our own alone", MX "m. A 127.0.0.1", "bounce 5.4.4", "bounce 5.4.4", "bounce 5.4.4" },
	{ "our name is best", "d. MX 10 me.; 20 m.\nm. A 127.0.0.2", "bounce 5.4.6", "bounce 5.4.6",
	  "bounce 5.4.6" },
};

static void check_kind(enum route_kind kind, const char *via, const struct row *row)
{
	struct route_conf conf = ignoring(kind);

	if (via && ip_read(str_of(via), &conf.via.ip) != ERR_OK)
		abort();
	check_row(&conf, row);
}

/* The administrator's own word is an address, and not what the DNS says of a name of his. */
static void check_kinds(void)
{
	static const struct row no_host = { "host", "d. A 127.0.0.2", "bounce 5.4.4",
					    "bounce 5.4.4", "bounce 5.4.4" };
	static const struct row given = { "static", "", "deliver 127.0.0.2:2525",
					  "deliver 127.0.0.2:2525", "deliver 127.0.0.2:2525" };
	static const struct row literal = { "literal", "", "bounce 5.4.4", "bounce 5.4.4",
					    "bounce 5.7.4" };

	check_kind(ROUTE_HOST, NULL, &no_host);
	check_kind(ROUTE_STATIC, "127.0.0.2", &given);
	check_kind(ROUTE_LITERAL, "127.0.0.2", &literal);
	check_kind(ROUTE_LITERAL, "::ffff:127.0.0.2", &literal);
	check_kind(ROUTE_LITERAL, "fe80::1", &literal);
}

static const struct {
	const char *script;
	const char *text;
	const char *culprit;
} words[] = {
	{ MX "m. A 127.0.0.2",
	  "no mail host of d. has an address where one can be: m. 127.0.0.2 is in 127.0.0.0/8, "
	  "where delivery.ignore-targets lets no mail go",
	  "A" },
	{ MX2 "m. A 127.0.0.2\nn. A 127.0.0.3",
	  "no mail host of d. has an address where one can be: m. 127.0.0.2 is in 127.0.0.0/8, "
	  "where delivery.ignore-targets lets no mail go, and there is 1 more like it",
	  "A" },
	{ MX2 "m. A nodata\nn. AAAA ::1; fe80::1; 127.0.0.2",
	  "no mail host of d. has an address where one can be: n. ::1 is in ::1/128, where "
	  "delivery.ignore-targets lets no mail go, and there are 2 more like it",
	  "AAAA" },
};

static void check_words(const struct route_conf *conf, const char *script, const char *text,
			const char *culprit)
{
	static struct route_verdict v;
	struct route *r = craft_route(conf, str_of(script));
	char type[DNS_TYPE_TEXT_MAX];

	CHECK_INT(script, route_verdict(route_facts(r), ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, &v),
		  ERR_OK);
	CHECK_STR(script, buf_str(&v.text), str_of(text));
	CHECK_STR(script, v.culprit ? dns_type_text(v.culprit->type, type) : STR(""),
		  str_of(culprit));
	CHECK_INT(script, holds(buf_str(&v.advice), STR("delivery.ignore-targets")), true);
	route_verdict_clear(&v);
	route_free(&r);
}

/* So many addresses of one host where none can be, and behind them what is here. */
static const struct {
	const char *label;
	size_t a, aaaa;
	const char *behind_a, *behind_aaaa;
	const char *off, *required;
	size_t kept;
} crowds[] = {
	{ "room for one more", 31, 0, "192.0.2.1", "", "deliver " A1, "deliver " A1 "*", 32 },
	{ "no room", 32, 0, "192.0.2.1", "", "deliver " A1, "deliver " A1 "*", 32 },
	{ "far behind", 1000, 0, "192.0.2.1", "", "deliver " A1, "deliver " A1 "*", 32 },
	{ "in both families", 40, 40, "192.0.2.1", "2001:db8::1", "deliver " AAAA1 " " A1,
	  "deliver " AAAA1 "* " A1 "*", 32 },
	{ "the other family is full of them", 0, 40, "192.0.2.1", "", "deliver " A1,
	  "deliver " A1 "*", 32 },
	{ "nothing behind them", 40, 40, "", "", "bounce 5.4.4", "bounce 5.4.4", 32 },
};

/* "127.0.0.0; 127.0.0.1; ...", and what is behind. */
static void add_crowd(struct buf *out, const char *type, size_t n, const char *behind)
{
	buf_addf(out, "m. %s ", type);
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "127.0.%zu.%zu; ", i / 256, i % 256);
	if (behind[0])
		buf_addf(out, "%s\n", behind);
	else if (n > 0)
		buf_addf(out, "127.9.9.9\n");
	else
		buf_addf(out, "nodata\n");
}

static void check_crowds(const struct route_conf *conf)
{
	for (size_t i = 0; i < COUNT_OF(crowds); i++) {
		CLEANUP(buf_free) struct buf script = BUF_MAX(65536);
		const char *label = crowds[i].label;
		buf_add(&script, STR(MX));
		add_crowd(&script, "A", crowds[i].a, crowds[i].behind_a);
		add_crowd(&script, "AAAA", crowds[i].aaaa, crowds[i].behind_aaaa);
		struct route *r = craft_route(conf, buf_str(&script));
		const struct route_facts *f = route_facts(r);
		check_one(label, f, ROUTE_OFF, ROUTE_UNTRUSTED_DEFER, crowds[i].off);
		check_one(label, f, ROUTE_REQUIRED, ROUTE_UNTRUSTED_DEFER, crowds[i].required);
		CHECK_INT(label, (long long)f->host[0].n_address, (long long)crowds[i].kept);
		route_free(&r);
		arena_clear(&craft_memory);
	}
}

int main(void)
{
	read_nets();
	struct route_conf conf = ignoring(ROUTE_DOMAIN), literal = ignoring(ROUTE_LITERAL);

	for (size_t i = 0; i < COUNT_OF(domains); i++)
		check_row(&conf, &domains[i]);
	check_kinds();
	check_crowds(&conf);
	for (size_t i = 0; i < COUNT_OF(words); i++)
		check_words(&conf, words[i].script, words[i].text, words[i].culprit);
	literal.via.ip = (struct ip){ 4, { 127, 0, 0, 2 } };
	check_words(&literal, "",
		    "127.0.0.2 is in 127.0.0.0/8, where delivery.ignore-targets lets no mail go",
		    "");
	arena_clear(&craft_memory);
	return TEST_EXIT();
}
