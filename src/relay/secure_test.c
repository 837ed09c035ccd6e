/* What may share a connection, and what the end of a session has to do with TLS. */
#include "relay/secure.h"

#include "base/test.h"
#include "route/craft.h"

enum {
	OTHER = RELAY_SECURE_END_OTHER,
	LACKS = RELAY_SECURE_END_LACKS,
	AGAIN = RELAY_SECURE_END_AGAIN
};

static const struct {
	const char *label;
	enum smtp_stage stage;
	int code;
	const char *enhanced;
	enum route_tls tls;
	int end;
} ends[] = {
	{ "refused at the greeting", SMTP_STAGE_GREETING, 554, "5.7.1", ROUTE_TLS_MAY, OTHER },
	{ "lost before EHLO", SMTP_STAGE_GREETING, 0, "4.4.2", ROUTE_TLS_DANE, OTHER },
	{ "a host that says 4.7.5 itself", SMTP_STAGE_EHLO, 451, "4.7.5", ROUTE_TLS_MAY, OTHER },
	{ "STARTTLS not offered, a must", SMTP_STAGE_EHLO, 0, "4.7.5", ROUTE_TLS_ENCRYPT, LACKS },
	{ "STARTTLS refused, a must", SMTP_STAGE_TLS, 454, "4.7.5", ROUTE_TLS_VERIFY, LACKS },
	{ "421 to STARTTLS", SMTP_STAGE_TLS, 421, "4.3.2", ROUTE_TLS_MAY, OTHER },
	{ "lost behind STARTTLS", SMTP_STAGE_TLS, 0, "4.4.2", ROUTE_TLS_MAY, AGAIN },
	{ "lost behind STARTTLS, a must", SMTP_STAGE_TLS, 0, "4.4.2", ROUTE_TLS_DANE, LACKS },
	{ "the handshake failed", SMTP_STAGE_TLS, 0, "4.7.5", ROUTE_TLS_MAY, AGAIN },
	{ "the handshake failed, a must", SMTP_STAGE_TLS, 0, "4.7.5", ROUTE_TLS_ENCRYPT, LACKS },
	{ "the handshake failed, of DANE", SMTP_STAGE_TLS, 0, "4.7.5", ROUTE_TLS_DANE, LACKS },
	{ "STARTTLS refused, a must where it is offered", SMTP_STAGE_TLS, 454, "4.7.5",
	  ROUTE_TLS_OFFERED, LACKS },
	{ "the handshake failed, a must where it is offered", SMTP_STAGE_TLS, 0, "4.7.5",
	  ROUTE_TLS_OFFERED, LACKS },
	{ "not offered, and a password", SMTP_STAGE_EHLO, 0, "4.7.8", ROUTE_TLS_OFFERED, LACKS },
	{ "the login was refused", SMTP_STAGE_EHLO, 535, "4.7.8", ROUTE_TLS_VERIFY, LACKS },
	{ "a greeting that speaks of logins", SMTP_STAGE_GREETING, 421, "4.7.8", ROUTE_TLS_MAY,
	  OTHER },
	{ "TLS at once failed", SMTP_STAGE_GREETING, 0, "4.7.5", ROUTE_TLS_ENCRYPT, LACKS },
};

/* Who has the key is known by its trust; the rest of it is pool_test's. */
static const struct way {
	const char *domain; /* of the recipients */
	enum route_tls tls;
	const char *tlsa, *name; /* records; of VERIFY */
	const char *ca_file;
	enum conf_tls_minimum minimum;
} ways[] = {
	[0] = { "a.", ROUTE_TLS_DANE, "3 1 1 32", "", "", CONF_TLS_1_2 },
	[1] = { "b.", ROUTE_TLS_DANE, "3 1 1 32", "", "", CONF_TLS_1_2 },
	[2] = { "a.", ROUTE_TLS_DANE, "3 1 2 64", "", "", CONF_TLS_1_2 },
	[3] = { "a.", ROUTE_TLS_DANE, "3 1 1 32; 3 1 2 64", "", "", CONF_TLS_1_2 },
	[4] = { "a.", ROUTE_TLS_DANE, "2 1 1 32", "", "", CONF_TLS_1_2 },
	[5] = { "b.", ROUTE_TLS_DANE, "2 1 1 32", "", "", CONF_TLS_1_2 },
	[6] = { "a.", ROUTE_TLS_DANE, "3 1 1 32", "", "", CONF_TLS_1_3 },
	[7] = { "a.", ROUTE_TLS_VERIFY, NULL, "x", "", CONF_TLS_1_2 },
	[8] = { "b.", ROUTE_TLS_VERIFY, NULL, "x", "", CONF_TLS_1_2 },
	[9] = { "a.", ROUTE_TLS_VERIFY, NULL, "y", "", CONF_TLS_1_2 },
	[10] = { "a.", ROUTE_TLS_VERIFY, NULL, "x", "/ca", CONF_TLS_1_2 },
	[11] = { "a.", ROUTE_TLS_ENCRYPT, NULL, "", "", CONF_TLS_1_2 },
	[12] = { "b.", ROUTE_TLS_ENCRYPT, NULL, "", "/ca", CONF_TLS_1_2 },
	[13] = { "a.", ROUTE_TLS_MAY, NULL, "", "", CONF_TLS_1_2 },
	[14] = { "b.", ROUTE_TLS_MAY, NULL, "", "/ca", CONF_TLS_1_2 },
	[15] = { "a.", ROUTE_TLS_OFFERED, NULL, "", "", CONF_TLS_1_2 },
	[17] = { "a.", ROUTE_TLS_BOTH, "3 1 1 32", "", "", CONF_TLS_1_2 },
	[18] = { "b.", ROUTE_TLS_BOTH, "3 1 1 32", "", "", CONF_TLS_1_2 },
	[19] = { "a.", ROUTE_TLS_BOTH, "3 1 1 32", "x", "", CONF_TLS_1_2 },
	[20] = { "a.", ROUTE_TLS_BOTH, "3 1 1 32", "", "/ca", CONF_TLS_1_2 },
	[21] = { "a.", ROUTE_TLS_BOTH, "3 1 2 64", "", "", CONF_TLS_1_2 },
	[22] = { "a.", ROUTE_TLS_DANE, "3 1 2 64; 3 1 1 32", "", "", CONF_TLS_1_2 },
	[16] = { "b.", ROUTE_TLS_OFFERED, NULL, "", "/ca", CONF_TLS_1_2 },
};

/* Those that may share a connection; all other pairs may not. */
static const struct {
	size_t a, b;
} same[] = { { 0, 1 }, { 7, 8 }, { 11, 12 }, { 13, 14 }, { 15, 16 }, { 17, 18 }, { 3, 22 } };

static void add_key(const struct way *w, struct buf *trust, enum route_tls *tls)
{
	char line[256];
	struct dns_name m = craft_name(STR("m."));
	struct dns_name tlsa = craft_name(STR("_25._tcp.m."));
	(void)snprintf(line, sizeof(line), "_25._tcp.m. TLSA secure %s", w->tlsa ? w->tlsa : "");
	const struct route_facts facts = { .conf = { .kind = ROUTE_DOMAIN,
						     .domain = craft_name(str_of(w->domain)) } };
	const struct conf_delivery how = { .tls = (enum conf_tls_out)w->tls,
					   .tls_minimum = w->minimum,
					   .tls_ca_file = (char *)(uintptr_t)w->ca_file };
	const struct routing_path path = { .facts = &facts, .how = &how };
	const struct route_host host = { .name = m };
	const struct route_address address = { .at = { { 4, { 192, 0, 2, 1 } }, 25 } };
	const struct route_target t = {
		.host = &host,
		.address = &address,
		.need = { .tls = w->tls,
			  .tlsa = w->tlsa ? craft_find(str_of(line), &tlsa, DNS_TYPE_TLSA) : NULL,
			  .base = w->tlsa ? &m : NULL,
			  .name = str_of(w->name) },
	};
	struct schedule_part none = { .n = 0 };
	const struct relay_part part = { .part = &none, .how = &how };
	struct relay_connection_key key = relay_secure_key(&part, &path, &t, false, trust);

	*tls = key.tls;
	CHECK_STR(w->domain, key.trust, buf_str(trust));
}

static bool may_share(size_t a, size_t b)
{
	for (size_t i = 0; i < COUNT_OF(same); i++)
		if (same[i].a == a && same[i].b == b)
			return true;
	return a == b;
}

static void sharing(void)
{
	for (size_t a = 0; a < COUNT_OF(ways); a++)
		for (size_t b = a; b < COUNT_OF(ways); b++) {
			CLEANUP(buf_free) struct buf x = BUF_MAX(RELAY_TRUST_MAX);
			CLEANUP(buf_free) struct buf y = BUF_MAX(RELAY_TRUST_MAX);
			enum route_tls of_a, of_b;
			char label[32];
			add_key(&ways[a], &x, &of_a);
			add_key(&ways[b], &y, &of_b);
			(void)snprintf(label, sizeof(label), "%zu and %zu", a, b);
			CHECK_INT(label, of_a == of_b && str_eq(buf_str(&x), buf_str(&y)),
				  may_share(a, b));
		}
	arena_clear(&craft_memory);
}

/* Keys that differ in one thing alone: each is another's ticket. */
static void tickets(void)
{
	const struct relay_connection_key base = { .host = craft_name(STR("m.")),
						   .at = { { 4, { 192, 0, 2, 1 } }, 25 },
						   .tls = ROUTE_TLS_DANE,
						   .trust = STR("t") };
	struct relay_connection_key k[12];
	struct buf octets[COUNT_OF(k)];

	for (size_t i = 0; i < COUNT_OF(k); i++)
		k[i] = base;
	k[1].host = craft_name(STR("n."));
	k[2].at.ip.octets[3] = 2;
	k[3].at.port = 26;
	k[4].from = (struct ip){ 4, { 192, 0, 2, 9 } };
	k[5].service = ROUTE_REQUIRED;
	k[6].authenticated = true;
	k[7].tls = ROUTE_TLS_BOTH;
	k[8].at_once = true;
	k[9].login = 1;
	k[10].trust = STR("u");
	k[11].host.len = 0;
	for (size_t i = 0; i < COUNT_OF(k); i++) {
		octets[i] = BUF_MAX(RELAY_TICKET_MAX);
		relay_secure_ticket(&octets[i], &k[i]);
		CHECK_INT("they fit", buf_err(&octets[i]), ERR_OK);
	}
	for (size_t i = 0; i < COUNT_OF(k); i++)
		for (size_t j = 0; j < i; j++)
			CHECK_INT("another key, another ticket",
				  str_eq(buf_str(&octets[i]), buf_str(&octets[j])), 0);
	buf_clear(&octets[1]);
	relay_secure_ticket(&octets[1], &base);
	CHECK_STR("the same", buf_str(&octets[1]), buf_str(&octets[0]));
	for (size_t i = 0; i < COUNT_OF(k); i++)
		buf_free(&octets[i]);
}

/* Who has no TLS has no REQUIRETLS. */
static const struct {
	const char *label;
	enum smtp_stage stage;
	int code;
	const char *enhanced;
	enum route_tls tls;
	enum route_sender_tls sender;
	bool want;
} unfit[] = {
	{ "not offered", SMTP_STAGE_EHLO, 0, "4.7.5", ROUTE_TLS_ENCRYPT, ROUTE_SENDER_REQUIRES_TLS,
	  true },
	{ "not offered, by a route", SMTP_STAGE_EHLO, 0, "4.7.5", ROUTE_TLS_VERIFY,
	  ROUTE_SENDER_REQUIRES_TLS, true },
	{ "the sender has not asked", SMTP_STAGE_EHLO, 0, "4.7.5", ROUTE_TLS_ENCRYPT,
	  ROUTE_SENDER_SILENT, false },
	{ "DANE says that there is TLS", SMTP_STAGE_EHLO, 0, "4.7.5", ROUTE_TLS_DANE,
	  ROUTE_SENDER_REQUIRES_TLS, false },
	{ "offered and refused", SMTP_STAGE_TLS, 454, "4.7.5", ROUTE_TLS_ENCRYPT,
	  ROUTE_SENDER_REQUIRES_TLS, false },
	{ "the host's own words", SMTP_STAGE_EHLO, 451, "4.7.5", ROUTE_TLS_ENCRYPT,
	  ROUTE_SENDER_REQUIRES_TLS, false },
	{ "lost", SMTP_STAGE_EHLO, 0, "4.4.2", ROUTE_TLS_ENCRYPT, ROUTE_SENDER_REQUIRES_TLS,
	  false },
};

static void check_unfit(size_t i)
{
	struct smtp_result r = { .fate = SMTP_TEMPORARY,
				 .stage = unfit[i].stage,
				 .code = unfit[i].code };

	(void)str_copy(r.enhanced, sizeof(r.enhanced), str_of(unfit[i].enhanced));
	bool got = relay_secure_unfit(&r, unfit[i].tls, unfit[i].sender);
	CHECK_INT(unfit[i].label, got, unfit[i].want);
	CHECK_INT(unfit[i].label, r.misfit && r.fate == SMTP_PERMANENT, unfit[i].want);
	CHECK_STR(unfit[i].label, str_of(r.enhanced),
		  str_of(unfit[i].want ? "5.7.30" : unfit[i].enhanced));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(unfit); i++)
		check_unfit(i);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct smtp_result r = { .fate = SMTP_TEMPORARY,
					 .stage = ends[i].stage,
					 .code = ends[i].code };
		(void)str_copy(r.enhanced, sizeof(r.enhanced), str_of(ends[i].enhanced));
		CHECK_INT(ends[i].label, relay_secure_ended(&r, ends[i].tls), ends[i].end);
	}
	sharing();
	tickets();
	return TEST_EXIT();
}
