/*
 * T6: TLS to a resolver (RFC 7858, RFC 8310).  What does not authenticate is
 * never asked: not one octet of a question reaches it.
 */
#include "resolve/bed_priv.h"
#include "tls/forge.h"

#include <signal.h>

#define A DNS_TYPE_A
#define AD RESOLVE_AD

static struct forge ca, other_ca, good, renamed, expired, common, lone, mitm;

#define NOT_PINNED "the server's certificate has no pinned key: its pin is "
#define NOT_IN_CHAIN                                                                               \
	"no certificate of the verified chain has a pinned key: the server's own has the pin "

enum pins { NO_PIN, OF_LEAF, OF_CA, OF_SENT, OF_OTHERS, TWO_PINS };

static const struct {
	const char *label;
	struct forge *server;
	const char *name;
	enum pins pins;
	const char *why; /* empty: it is asked */
	const char *reason;
} cases[] = {
	{ "T6: nothing demanded", &good, "", NO_PIN, "",
	  "TLS without a name or pin is encrypted, not authenticated" },
	{ "T6: nothing demanded, expired", &expired, "", NO_PIN, "",
	  "TLS without a name or pin is encrypted, not authenticated" },
	{ "T6: name", &good, "dns.example", NO_PIN, "",
	  "TLS, only if authenticated by name dns.example" },
	{ "T6: name with a final dot", &good, "dns.example.", NO_PIN, "",
	  "TLS, only if authenticated by name dns.example." },
	{ "T6: name as U-label", &good,
	  "b\xc3\xbc"
	  "cher.example",
	  NO_PIN, "",
	  "TLS, only if authenticated by name b\xc3\xbc"
	  "cher.example" },
	{ "T6: address as name", &good, "127.0.0.1", NO_PIN, "",
	  "TLS, only if authenticated by name 127.0.0.1" },
	{ "T6: wrong name", &good, "dns2.example", NO_PIN,
	  "TLS: certificate verify failed: hostname mismatch", NULL },
	{ "T6: certificate of another name", &renamed, "dns.example", NO_PIN,
	  "TLS: certificate verify failed: hostname mismatch", NULL },
	{ "T6: name in CN alone", &common, "dns.example", NO_PIN,
	  "TLS: certificate verify failed: hostname mismatch", NULL },
	{ "T6: expired", &expired, "dns.example", NO_PIN,
	  "TLS: certificate verify failed: certificate has expired", NULL },
	{ "T6: self-signed", &lone, "dns.example", NO_PIN,
	  "TLS: certificate verify failed: self-signed certificate; tls-ca-file names a CA of "
	  "one's own",
	  NULL },
	{ "T6: self-signed with its pin", &lone, "", OF_LEAF, "",
	  "TLS, only if authenticated by pin" },
	{ "T6: the second of two pins", &lone, "", TWO_PINS, "",
	  "TLS, only if authenticated by pin" },
	{ "T6: self-signed with its pin and name", &lone, "dns.example", OF_LEAF,
	  "TLS: certificate verify failed: self-signed certificate; tls-ca-file names a CA of "
	  "one's own",
	  NULL },
	{ "T6: wrong pin", &lone, "", OF_OTHERS, "TLS: " NOT_PINNED, NULL },
	{ "T6: pin of a certificate merely sent along", &mitm, "", OF_SENT, "TLS: " NOT_PINNED,
	  NULL },
	{ "T6: name, and pin of a certificate merely sent along", &good, "dns.example", OF_SENT,
	  "TLS: " NOT_IN_CHAIN, NULL },
	{ "T6: name and pin of the leaf", &good, "dns.example", OF_LEAF, "",
	  "TLS, only if authenticated by pin and name dns.example" },
	{ "T6: name and pin of the CA", &good, "dns.example", OF_CA, "",
	  "TLS, only if authenticated by pin and name dns.example" },
	{ "T6: pin of the CA alone", &good, "", OF_CA, "TLS: " NOT_PINNED, NULL },
	{ "T6: a pin does not make up for the name", &good, "dns2.example", OF_LEAF,
	  "TLS: certificate verify failed: hostname mismatch", NULL },
	{ "T6: a name does not make up for the pin", &good, "dns.example", OF_OTHERS,
	  "TLS: " NOT_IN_CHAIN, NULL },
};

static void answer(const struct fake_query *q, void *arg)
{
	static struct craft c;

	(void)arg;
	fake_begin(&c, q, 0x20);
	craft_line(&c, DNS_SECTION_ANSWER, STR("@ 60 A 192.0.2.1"));
	fake_send(q, craft_str(&c));
}

static void set_pins(struct dns_server *s, enum pins pins, const struct forge *server)
{
	static const struct forge *const whose[] = {
		[OF_CA] = &ca, [OF_SENT] = &lone, [OF_OTHERS] = &renamed, [TWO_PINS] = &ca
	};

	if (pins == NO_PIN)
		return;
	forge_pin(pins == OF_LEAF ? server : whose[pins], s->tls_pin[s->n_tls_pin++]);
	if (pins == TWO_PINS)
		forge_pin(server, s->tls_pin[s->n_tls_pin++]);
}

/* One server over TLS, as id; bed_start() is the caller's. */
static void open_bed(struct bed *b, const struct forge *id, const char *name, enum pins pins)
{
	bed_servers(b, 1, answer, NULL);
	b->fake[0].tls = forge_server(id);
	b->conf.servers[0].channel = DNS_CHANNEL_TLS;
	b->conf.servers[0].tls_name = name;
	b->conf.servers[0].tls_ca_file = ca.cert_file;
	b->conf.servers[0].attempts = 1;
	set_pins(&b->conf.servers[0], pins, id);
}

static void close_bed(struct bed *b)
{
	SSL_CTX *ctx = b->fake[0].tls;

	bed_close(b);
	SSL_CTX_free(ctx);
}

/* Where why ends in a blank, the pin of the certificate that is shown fills it. */
static void check_refused(const char *label, struct bed *b, const char *why)
{
	CLEANUP(buf_free) struct buf want = BUF_MAX(400);
	struct bed_got *got = bed_ask(b, "refused.", A, AD);
	struct forge shown = { .cert = SSL_CTX_get0_certificate(b->fake[0].tls) };
	uint8_t pin[TLS_PIN_OCTETS];

	bed_check(label, got, "no answer indeterminate");
	forge_pin(&shown, pin);
	buf_add(&want, str_of(why));
	if (str_ends(str_of(why), STR(" ")))
		text_base64(&want, (struct str){ (char *)pin, sizeof(pin) });
	if (got->answer && !str_ends(got->answer->why, buf_str(&want)))
		CHECK_STR(label, got->answer->why, buf_str(&want));
	CHECK_INT(label, (long long)b->fake[0].octets, 0);
	CHECK_INT(label, b->fake[0].udp_queries, 0);
}

static void test_auth(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bed b;
		open_bed(&b, cases[i].server, cases[i].name, cases[i].pins);
		bed_start(&b);
		if (cases[i].why[0]) {
			check_refused(cases[i].label, &b, cases[i].why);
			CHECK_INT(cases[i].label, b.fake[0].accepted, 1);
		} else {
			struct bed_got *got = bed_ask(&b, "a.", A, AD);
			bool trusted = cases[i].name[0] || cases[i].pins != NO_PIN;
			bed_check(cases[i].label, got,
				  trusted ? "data secure tls: a. 60 A 192.0.2.1"
					  : "data indeterminate tls: a. 60 A 192.0.2.1");
			CHECK_INT(cases[i].label, got->answer->source.trust,
				  trusted ? DNS_TRUST_TLS : DNS_TRUST_NONE);
			CHECK_STR(cases[i].label, got->answer->source.trust_reason,
				  str_of(cases[i].reason));
		}
		close_bed(&b);
	}
}

/* Fails closed: a server below is not asked either. */
static void test_ca_file(void)
{
	static const struct {
		const char *label, *file, *why;
	} files[] = {
		{ "T6: missing CA file", "/nonexistent/ca.pem",
		  "TLS: /nonexistent/ca.pem: No such file or directory" },
		{ "T6: CA file without a certificate", "/dev/null",
		  "TLS: /dev/null: it is no regular file" },
	};

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct resolve_server_state s;
		struct bed b;
		open_bed(&b, &good, "dns.example", OF_LEAF);
		b.conf.servers[0].tls_ca_file = files[i].file;
		b.conf.servers[1] = (struct dns_server){ .at = b.conf.servers[0].at };
		b.conf.servers[1].trust = DNS_CHANNEL_TRUST_NEVER;
		b.conf.n_servers = 2;
		bed_start(&b);
		check_refused(files[i].label, &b, files[i].why);
		CHECK_INT(files[i].label, b.fake[0].accepted, 0);
		CHECK_INT(files[i].label, resolve_server_at(b.r, 0, &s), 1);
		CHECK_STR(files[i].label, s.source.trust_reason, str_of(files[i].why));
		close_bed(&b);
	}
}

/* Another CA than the server's is as good as none. */
static void test_other_ca(void)
{
	struct bed b;

	open_bed(&b, &good, "dns.example", NO_PIN);
	b.conf.servers[0].tls_ca_file = other_ca.cert_file;
	bed_start(&b);
	check_refused(
		"T6: another CA", &b,
		"unable to get local issuer certificate; tls-ca-file names a CA of one's own");
	close_bed(&b);
	open_bed(&b, &good, "dns.example", NO_PIN);
	b.conf.servers[0].tls_ca_file = NULL;
	bed_start(&b);
	check_refused(
		"T6: the system's CAs", &b,
		"unable to get local issuer certificate; tls-ca-file names a CA of one's own");
	close_bed(&b);
}

/* What the server selects of what is offered. */
enum alpn { DOT, NOTHING, REFUSE, OTHER };

static int choose(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *in,
		  unsigned in_n, void *arg)
{
	const enum alpn *how = arg;

	(void)ssl;
	CHECK_STR("offered", ((struct str){ (const char *)in, in_n }), STR("\3dot"));
	if (*how == REFUSE)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	if (*how == NOTHING)
		return SSL_TLSEXT_ERR_NOACK;
	*out = (const unsigned char *)(*how == DOT ? "dot" : "http");
	*n = *how == DOT ? 3 : 4;
	return SSL_TLSEXT_ERR_OK;
}

static void test_alpn(void)
{
	static const struct {
		const char *label;
		enum alpn how;
		/* NULL: it is asked; the words are the library's where it looks itself. */
		const char *why;
	} rows[] = {
		{ "T6: ALPN dot", DOT, NULL },
		{ "T6: ALPN, none selected", NOTHING, NULL },
		{ "T6: ALPN refused", REFUSE, "TLS: tlsv1 alert no application protocol" },
		{ "T6: ALPN, another selected", OTHER, "" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bed b;
		enum alpn how = rows[i].how;
		open_bed(&b, &good, "dns.example", NO_PIN);
		SSL_CTX_set_alpn_select_cb(b.fake[0].tls, choose, &how);
		bed_start(&b);
		if (rows[i].why)
			check_refused(rows[i].label, &b, rows[i].why);
		else
			bed_check(rows[i].label, bed_ask(&b, "a.", A, AD),
				  "data secure tls: a. 60 A 192.0.2.1");
		close_bed(&b);
	}
}

/* Ask, then have the server end the connection: the next question takes another. */
static void ask_and_part(struct bed *b, const char *name)
{
	(void)bed_ask(b, name, A, AD);
	for (int i = 0; i < FAKE_CLIENTS; i++)
		fake_hang_up(&b->fake[0].clients[i]);
	for (int i = 0; i < 3; i++)
		loop_turn(&b->loop, 1);
}

static void test_resumption(void)
{
	struct bed b;

	open_bed(&b, &good, "dns.example", OF_CA);
	bed_start(&b);
	ask_and_part(&b, "a.");
	CHECK_INT("T6: first session", b.fake[0].resumed, 0);
	struct bed_got *got = bed_ask(&b, "b.", A, AD);
	bed_check("T6: resumed", got, "data secure tls: b. 60 A 192.0.2.1");
	CHECK_INT("T6: resumed", b.fake[0].resumed, 1);
	/* Another configuration of the same server: its key is not the one pinned. */
	resolve_free(&b.r);
	b.conf.servers[0].n_tls_pin = 0;
	set_pins(&b.conf.servers[0], OF_OTHERS, &good);
	b.fake[0].octets = 0;
	bed_start(&b);
	check_refused("T6: not resumed after a change of configuration", &b, "TLS: " NOT_IN_CHAIN);
	CHECK_INT("T6: not resumed after a change of configuration", b.fake[0].resumed, 1);
	close_bed(&b);
}

/* What is not authenticated is not resumed. */
static void test_no_resumption(void)
{
	struct bed b;

	open_bed(&b, &good, "", NO_PIN);
	bed_start(&b);
	ask_and_part(&b, "a.");
	(void)bed_ask(&b, "b.", A, AD);
	CHECK_INT("T6: nothing demanded, not resumed", b.fake[0].resumed, 0);
	CHECK_INT("T6: nothing demanded, not resumed", b.fake[0].accepted, 2);
	close_bed(&b);
}

/* By pin alone; and a server whose new keys forget the ticket. */
static void test_pin_resumption(void)
{
	struct bed b;

	open_bed(&b, &lone, "", OF_LEAF);
	bed_start(&b);
	ask_and_part(&b, "a.");
	ask_and_part(&b, "b.");
	CHECK_INT("T6: resumed by pin", b.fake[0].resumed, 1);
	SSL_CTX_free(b.fake[0].tls);
	b.fake[0].tls = forge_server(&mitm);
	b.fake[0].octets = 0;
	check_refused("T6: a ticket proves nothing to another server", &b, NOT_PINNED);
	CHECK_INT("T6: and once more without it", b.fake[0].accepted, 4);
	close_bed(&b);
}

static void update_key(const struct fake_query *q, void *arg)
{
	SSL *ssl = q->fake->clients[q->client].ssl;

	if (SSL_version(ssl) == TLS1_3_VERSION)
		(void)SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
	else
		(void)SSL_renegotiate(ssl);
	(void)SSL_do_handshake(ssl);
	ERR_clear_error();
	answer(q, arg);
}

static void test_rekeying(void)
{
	struct bed b;

	open_bed(&b, &good, "dns.example", NO_PIN);
	b.fake[0].answer = update_key;
	bed_start(&b);
	bed_check("T6: KeyUpdate", bed_ask(&b, "a.", A, AD), "data secure tls: a. 60 A 192.0.2.1");
	bed_check("T6: KeyUpdate", bed_ask(&b, "b.", A, AD), "data secure tls: b. 60 A 192.0.2.1");
	CHECK_INT("T6: KeyUpdate", b.fake[0].accepted, 1);
	close_bed(&b);
	open_bed(&b, &good, "dns.example", NO_PIN);
	(void)SSL_CTX_set_max_proto_version(b.fake[0].tls, TLS1_2_VERSION);
	bed_start(&b);
	bed_check("T6: TLS 1.2", bed_ask(&b, "a.", A, AD), "data secure tls: a. 60 A 192.0.2.1");
	b.fake[0].answer = update_key;
	/* The wish to renegotiate is refused; then the question is answered or lost. */
	struct bed_got *got = bed_ask(&b, "b.", A, AD);
	CHECK_INT("T6: renegotiation", got->outcome == DNS_DATA || got->outcome == DNS_NO_ANSWER,
		  1);
	close_bed(&b);
	open_bed(&b, &good, "dns.example", NO_PIN);
	(void)SSL_CTX_set_min_proto_version(b.fake[0].tls, 0);
	(void)SSL_CTX_set_max_proto_version(b.fake[0].tls, TLS1_1_VERSION);
	SSL_CTX_set_security_level(b.fake[0].tls, 0);
	bed_start(&b);
	check_refused("T6: TLS 1.1", &b, "");
	close_bed(&b);
}

/* Over plain TCP nobody is heard, nor is anything said. */
static void test_no_tls(void)
{
	struct bed b;

	open_bed(&b, &good, "dns.example", NO_PIN);
	SSL_CTX *tls = b.fake[0].tls;
	b.fake[0].tls = NULL;
	b.conf.servers[0].timeout_ms = BED_SILENCE_MS;
	bed_start(&b);
	bed_check("T6: no TLS there", bed_ask(&b, "a.", A, AD), "no answer indeterminate");
	CHECK_INT("T6: no TLS there", b.fake[0].tcp_queries, 0);
	b.fake[0].tls = tls;
	close_bed(&b);
}

static void padded(const struct fake_query *q, void *arg)
{
	unsigned *n = arg;

	CHECK_INT("padding", (long long)(q->m.octets.n % DNS_PADDING), 0);
	*n += 1;
	answer(q, NULL);
}

static void test_padding(void)
{
	struct bed b;
	unsigned n = 0;

	open_bed(&b, &good, "dns.example", NO_PIN);
	b.fake[0].answer = padded;
	b.fake[0].arg = &n;
	bed_start(&b);
	(void)bed_ask(&b, "a.", A, AD);
	(void)bed_ask(&b, "a.rather.longer.name.than.the.one.before.example.", A, AD);
	CHECK_INT("padding", n, 2);
	close_bed(&b);
}

static void make_all(struct forge **all, size_t n)
{
	static const char *const names[] = { "ca",      "other_ca", "good", "renamed",
					     "expired", "common",   "lone", "mitm" };

	(void)signal(SIGPIPE, SIG_IGN); /* the fake servers write by OpenSSL */
	forge_begin();
	ca = forge_make("Test CA", NULL, 30, NULL);
	other_ca = forge_make("Other CA", NULL, 30, NULL);
	good = forge_make("anything", "DNS:dns.example,DNS:xn--bcher-kva.example,IP:127.0.0.1", 30,
			  &ca);
	renamed = forge_make("dns.example", "DNS:other.example", 30, &ca);
	expired = forge_make("anything", "DNS:dns.example", -1, &ca);
	common = forge_make("dns.example", NULL, 30, &ca);
	lone = forge_make("anything", "DNS:dns.example", 30, NULL);
	mitm = forge_make("anything", "DNS:dns.example", 30, NULL);
	for (size_t i = 0; i < n; i++)
		forge_write(all[i], names[i], all[i] == &good || all[i] == &mitm ? &lone : NULL);
}

int main(void)
{
	struct forge *all[] = { &ca, &other_ca, &good, &renamed, &expired, &common, &lone, &mitm };

	make_all(all, COUNT_OF(all));
	test_auth();
	test_ca_file();
	test_other_ca();
	test_alpn();
	test_resumption();
	test_no_resumption();
	test_pin_resumption();
	test_rekeying();
	test_no_tls();
	test_padding();
	for (size_t i = 0; i < COUNT_OF(all); i++)
		forge_free(all[i]);
	forge_end();
	return TEST_EXIT();
}
