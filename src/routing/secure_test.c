/* What a target needs is what TLS asks: by whole handshakes over memory. */
#include "routing/secure.h"

#include "base/test.h"
#include "route/craft.h"
#include "tls/forge.h"

enum { ROOM = 4096 };

static const struct {
	const char *label;
	enum route_tls tls;
	/* Of VERIFY; empty: the host's; "domain", "same": the domain's; after "shows ", seen. */
	const char *name;
	const char *rdata; /* of TLSA; NULL: none */
	bool begun;
	enum tls_state state;
	const char *text; /* the end of what is told; NULL: it failed */
} cases[] = {
	{ "may", ROUTE_TLS_MAY, "", NULL, true, TLS_OPEN,
	  "not authenticated: no TLSA record was asked for" },
	{ "encrypt", ROUTE_TLS_ENCRYPT, "", NULL, true, TLS_OPEN,
	  "not authenticated: no TLSA record was asked for" },
	{ "encrypt, and the certificate proves it", ROUTE_TLS_ENCRYPT, "shows mx.example", NULL,
	  true, TLS_OPEN, "authenticated by its certificate, for mx.example" },
	{ "encrypt, and it proves nothing", ROUTE_TLS_ENCRYPT, "shows other.example", NULL, true,
	  TLS_OPEN,
	  "not authenticated: no TLSA record was asked for; nor by its certificate, for "
	  "other.example: hostname mismatch" },
	{ "verify the host", ROUTE_TLS_VERIFY, "", NULL, true, TLS_OPEN,
	  "authenticated by its certificate" },
	{ "verify a name", ROUTE_TLS_VERIFY, "mx.example", NULL, true, TLS_OPEN,
	  "authenticated by its certificate, for mx.example" },
	{ "verify the domain", ROUTE_TLS_VERIFY, "domain", NULL, true, TLS_FAILED, NULL },
	{ "verify the domain, which is that of the host", ROUTE_TLS_VERIFY, "same", NULL, true,
	  TLS_OPEN, "authenticated by its certificate, for the domain" },
	{ "verify another name", ROUTE_TLS_VERIFY, "other.example", NULL, true, TLS_FAILED, NULL },
	{ "DANE, another key", ROUTE_TLS_DANE, "", "3 1 1 32", true, TLS_FAILED, NULL },
	{ "DANE, nothing usable", ROUTE_TLS_DANE, "", "3 1 9 32", false, TLS_FAILED, NULL },
};

/* Carry octets both ways until neither side has any. */
static void carry(struct tls_session *a, struct tls_session *b)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (int i = 0; i < 2; i++) {
			struct tls_session *from = i ? b : a, *to = i ? a : b;
			CLEANUP(buf_free) struct buf copy = BUF_MAX(1 << 20);
			buf_add(&copy, tls_session_output(from));
			moved |= copy.n > 0;
			tls_session_sent(from, copy.n);
			if (copy.n)
				(void)!tls_session_feed(to, buf_str(&copy));
		}
	}
}

static struct tls_session *begin(size_t i, const struct routing_settings *s, char *ca_file,
				 struct route_target *t)
{
	static struct route_host host;
	static struct dns_name tlsa, base;
	char line[256];
	bool same = strcmp(cases[i].name, "same") == 0;
	bool domain = same || strcmp(cases[i].name, "domain") == 0;
	struct str name = str_of(cases[i].name);
	bool shows = str_starts(name, STR("shows "));
	name = str_skip(name, shows ? sizeof("shows ") - 1 : 0);
	struct str of = same ? STR("mx.example.") : STR("example.");
	const struct conf_delivery how = { .tls_minimum = CONF_TLS_1_2, .tls_ca_file = ca_file };
	const struct route_facts facts = { .conf = { .kind = ROUTE_DOMAIN,
						     .domain = craft_name(of) } };
	const struct routing_path path = { .facts = &facts, .how = &how };

	host.name = base = craft_name(STR("mx.example."));
	tlsa = craft_name(STR("_25._tcp.mx.example."));
	(void)snprintf(line, sizeof(line), "_25._tcp.mx.example. TLSA secure %s",
		       cases[i].rdata ? cases[i].rdata : "");
	*t = (struct route_target){
		.host = &host,
		.need = { .tls = cases[i].tls,
			  .name = domain ? STR_NONE : name,
			  .domain = domain,
			  .shows = shows,
			  .base = cases[i].rdata ? &base : NULL,
			  .tlsa = cases[i].rdata ? craft_find(str_of(line), &tlsa, DNS_TYPE_TLSA)
						 : NULL },
	};
	return routing_secure_session(s, &path, t, NULL, STR_NONE);
}

static void check(size_t i, const struct routing_settings *s, char *ca_file,
		  const struct tls_config *server)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(ROOM);
	struct route_target t;
	struct tls_session *mine = begin(i, s, ca_file, &t), *theirs = tls_session_server(server);

	CHECK_INT(cases[i].label, mine != NULL, cases[i].begun);
	if (mine) {
		carry(mine, theirs);
		CHECK_INT(cases[i].label, tls_session_state(mine), cases[i].state);
	}
	if (mine && cases[i].text) {
		routing_secure_text(&text, mine, &t.need);
		CHECK_INT(cases[i].label, str_ends(buf_str(&text), str_of(cases[i].text)), true);
	}
	tls_session_free(&mine);
	tls_session_free(&theirs);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(ROOM);
	struct routing_settings_tls tls = { 0 };
	struct tls_config *server = NULL;

	forge_begin();
	struct forge ca = forge_make("Test CA", NULL, 30, NULL);
	struct forge mx = forge_make("mx", "DNS:mx.example", 30, &ca);
	forge_write(&ca, "ca", NULL);
	forge_write(&mx, "mx", NULL);
	CHECK_INT("client", tls_config_client(ca.cert_file, &tls.config, &why), ERR_OK);
	CHECK_INT("server", tls_config_server(mx.cert_file, mx.key_file, &server, &why), ERR_OK);
	tls.ca_file = ca.cert_file;
	const struct routing_settings s = { .tls = &tls, .n_tls = 1 };
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(i, &s, ca.cert_file, server);
	tls_config_free(&server);
	tls_config_free(&tls.config);
	forge_free(&ca);
	forge_free(&mx);
	forge_end();
	arena_clear(&craft_memory);
	return TEST_EXIT();
}
