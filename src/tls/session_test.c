#include "tls/session_priv.h"

#include "base/test.h"
#include "base/text.h"
#include "tls/forge.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>

/* Carry octets both ways, step octets at a time, until neither side has any. */
static void carry(struct tls_session *a, struct tls_session *b, size_t step)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (int i = 0; i < 2; i++) {
			struct tls_session *from = i ? b : a, *to = i ? a : b;
			struct str out = str_head(tls_session_output(from), step);
			if (out.n == 0)
				continue;
			char copy[65536];
			memcpy(copy, out.p, out.n);
			tls_session_sent(from, out.n);
			(void)!tls_session_feed(to, (struct str){ copy, out.n });
			moved = true;
		}
	}
}

static struct forge ca, good, expired, common, pinned, anchored, stale, wild, deep;

enum pin_kind { PIN_NONE, PIN_LEAF, PIN_CA, PIN_SENT, PIN_WRONG };

static const struct {
	const char *label;
	struct forge *server;
	const char *name;
	enum pin_kind pin;
	int usage; /* of a TLSA record with the server's key; 0: none */
	enum tls_state state;
	enum tls_auth auth;
} cases[] = {
	{ "nothing asked", &good, "", PIN_NONE, 0, TLS_OPEN, TLS_NOT_AUTHENTICATED },
	{ "nothing asked, expired", &expired, "", PIN_NONE, 0, TLS_OPEN, TLS_NOT_AUTHENTICATED },
	{ "name", &good, "mx.example", PIN_NONE, 0, TLS_OPEN, TLS_BY_NAME },
	{ "address", &good, "127.0.0.1", PIN_NONE, 0, TLS_OPEN, TLS_BY_NAME },
	{ "other name", &good, "my.example", PIN_NONE, 0, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "other address", &good, "127.0.0.2", PIN_NONE, 0, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "common name alone", &common, "mx.example", PIN_NONE, 0, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "expired", &expired, "mx.example", PIN_NONE, 0, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "unknown CA", &pinned, "mx.example", PIN_NONE, 0, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "pin, no CA", &pinned, "", PIN_LEAF, 0, TLS_OPEN, TLS_BY_PIN },
	{ "wrong pin", &pinned, "", PIN_WRONG, 0, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "pin of what was merely sent", &pinned, "", PIN_SENT, 0, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "name and pin of leaf", &good, "mx.example", PIN_LEAF, 0, TLS_OPEN, TLS_BY_PIN },
	{ "name and pin of CA", &good, "mx.example", PIN_CA, 0, TLS_OPEN, TLS_BY_PIN },
	{ "name and wrong pin", &good, "mx.example", PIN_WRONG, 0, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "name and pin of what was merely sent", &good, "mx.example", PIN_SENT, 0, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "pin does not make up for the name", &good, "my.example", PIN_LEAF, 0, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "DANE-EE", &pinned, "mx.example", PIN_NONE, 3, TLS_OPEN, TLS_BY_DANE_EE },
	{ "DANE-EE, expired", &expired, "mx.example", PIN_NONE, 3, TLS_OPEN, TLS_BY_DANE_EE },
	{ "DANE-EE, any name", &good, "my.example", PIN_NONE, 3, TLS_OPEN, TLS_BY_DANE_EE },
	{ "DANE-EE, wrong key", &good, "mx.example", PIN_WRONG, 3, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "DANE-TA", &anchored, "mx.example", PIN_CA, 2, TLS_OPEN, TLS_BY_DANE_TA },
	{ "DANE-TA, any of the names", &anchored, "base.example", PIN_CA, 2, TLS_OPEN,
	  TLS_BY_DANE_TA },
	{ "DANE-TA, other name", &anchored, "my.example", PIN_CA, 2, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "DANE-TA, expired", &stale, "mx.example", PIN_CA, 2, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "DANE-TA, wrong anchor", &anchored, "mx.example", PIN_WRONG, 2, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "DANE-TA, anchor not sent", &good, "mx.example", PIN_CA, 2, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "DANE-TA, wildcard in the first label", &wild, "a.mx.example", PIN_CA, 2, TLS_OPEN,
	  TLS_BY_DANE_TA },
	{ "DANE-TA, wildcard for two labels", &wild, "b.a.mx.example", PIN_CA, 2, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
	{ "DANE-TA, wildcard in the second label", &deep, "b.a.mx.example", PIN_CA, 2, TLS_FAILED,
	  TLS_NOT_AUTHENTICATED },
};

static void fill_pin(enum pin_kind kind, const struct forge *server,
		     uint8_t pin[static TLS_PIN_OCTETS])
{
	if (kind == PIN_CA)
		forge_pin(&ca, pin);
	else if (kind == PIN_SENT) /* its certificate is appended to the server's file */
		forge_pin(server == &good ? &pinned : &good, pin);
	else
		forge_pin(server, pin);
	if (kind == PIN_WRONG)
		pin[0] ^= 1;
}

/* Where the name is right and no pin is, the server's own can be read, to be compared. */
static void check_shown(size_t i, struct str why)
{
	CLEANUP(buf_free) struct buf want = BUF_MAX(100);
	uint8_t pin[TLS_PIN_OCTETS];
	bool missed = cases[i].pin != PIN_NONE && !cases[i].usage && cases[i].state == TLS_FAILED &&
		      strcmp(cases[i].name, "my.example") != 0;

	forge_pin(cases[i].server, pin);
	buf_add(&want, STR(" pin is "));
	if (cases[i].name[0]) {
		buf_clear(&want);
		buf_add(&want, STR(" has the pin "));
	}
	text_base64(&want, (struct str){ (char *)pin, sizeof(pin) });
	CHECK_INT(cases[i].label, str_ends(why, buf_str(&want)), missed);
}

static void run(size_t i, size_t step)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf got = BUF_MAX(1 << 20);
	struct tls_config *client = NULL, *server = NULL;
	struct tls_peer peer = { .name = str_of(cases[i].name) };
	uint8_t pin[TLS_PIN_OCTETS];
	const struct tls_tlsa record = {
		(uint8_t)cases[i].usage, 1, 1, { (char *)pin, sizeof(pin) }
	};

	fill_pin(cases[i].pin, cases[i].server, pin);
	if (cases[i].usage) {
		peer.tlsa = &record;
		peer.n_tlsa = 1;
	} else if (cases[i].pin != PIN_NONE) {
		memcpy(peer.pin[peer.n_pin++], pin, sizeof(pin));
	}
	CHECK_INT(cases[i].label, tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT(cases[i].label,
		  tls_config_server(cases[i].server->cert_file, cases[i].server->key_file, &server,
				    &why),
		  ERR_OK);
	struct tls_session *c = tls_session_client(client, &peer);
	struct tls_session *s = tls_session_server(server);
	carry(c, s, step);
	CHECK_INT(cases[i].label, tls_session_state(c), cases[i].state);
	CHECK_INT(cases[i].label, tls_session_auth(c), cases[i].auth);
	CHECK_STR(cases[i].label, tls_session_tlsa(c),
		  cases[i].auth == TLS_BY_DANE_EE   ? STR("3 1 1")
		  : cases[i].auth == TLS_BY_DANE_TA ? STR("2 1 1")
						    : STR(""));
	CHECK_INT(cases[i].label, tls_session_why(c).n > 0, cases[i].state == TLS_FAILED);
	check_shown(i, tls_session_why(c));
	CHECK_INT(cases[i].label, tls_session_write(c, STR("hello")),
		  cases[i].state == TLS_OPEN ? ERR_OK : ERR_IO);
	if (cases[i].state == TLS_OPEN) {
		tls_session_close(c);
		carry(c, s, step);
		CHECK_INT(cases[i].label, tls_session_read(s, &got), TLS_CLOSED);
		CHECK_STR(cases[i].label, buf_str(&got), STR("hello"));
		CHECK_INT(cases[i].label, tls_session_version(c).n > 0, 1);
	}
	tls_session_free(&c);
	tls_session_free(&s);
	tls_config_free(&client);
	tls_config_free(&server);
}

/* One handshake of a client that asks for peer, with a server that has good's certificate. */
static void meet(const char *label, const struct tls_peer *peer, enum tls_state state)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *client = NULL, *server = NULL;

	CHECK_INT(label, tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT(label, tls_config_server(good.cert_file, good.key_file, &server, &why), ERR_OK);
	(void)SSL_CTX_set_max_proto_version(server->ctx, TLS1_2_VERSION);
	struct tls_session *c = tls_session_client(client, peer);
	struct tls_session *s = tls_session_server(server);
	carry(c, s, 65536);
	CHECK_INT(label, tls_session_state(c), state);
	if (state == TLS_OPEN)
		CHECK_STR(label, str_of(SSL_get_servername(s->ssl, TLSEXT_NAMETYPE_host_name)),
			  peer->sni);
	tls_session_free(&c);
	tls_session_free(&s);
	tls_config_free(&client);
	tls_config_free(&server);
}

/* What is asked of a server by other means than its certificate. */
static void askings(void)
{
	struct tls_peer sni = { .sni = STR("mx.example") };
	struct tls_peer both = { .name = STR("other.example"),
				 .also = { STR("mx.example") },
				 .sni = STR("base.example") };
	struct tls_peer late = { .sni = STR("mx.example"), .minimum = TLS_VERSION_1_3 };

	meet("SNI without a demand", &sni, TLS_OPEN);
	meet("SNI and names are two things", &both, TLS_OPEN);
	both.also[0] = STR("another.example");
	meet("none of the names", &both, TLS_FAILED);
	meet("1.3 at least, of a server that has 1.2", &late, TLS_FAILED);
}

/* TLSA records with matching type 0. */
static void readings(void)
{
	unsigned char *cert = NULL, *spki = NULL;
	int n_cert = i2d_X509(good.cert, &cert);
	int n_spki = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(good.cert), &spki);
	struct str c = { (char *)cert, (size_t)n_cert }, k = { (char *)spki, (size_t)n_spki };

	CHECK_INT("certificate", tls_config_readable(0, c), 1);
	CHECK_INT("key", tls_config_readable(1, k), 1);
	CHECK_INT("key as certificate", tls_config_readable(0, k), 0);
	CHECK_INT("certificate as key", tls_config_readable(1, c), 0);
	CHECK_INT("cut", tls_config_readable(0, str_head(c, c.n - 1)), 0);
	CHECK_INT("nothing", tls_config_readable(1, STR("")), 0);
	CHECK_INT("no such selector", tls_config_readable(2, c), 0);
	OPENSSL_free(cert);
	OPENSSL_free(spki);
}

/* What is kept outlives the configuration of its day: what was freed then is in other hands. */
static void outlived(void)
{
	enum { SIZES = 64, STEP = 16, EACH = 8 };
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *client = NULL, *server = NULL;
	void *others[SIZES * EACH];

	CHECK_INT("client", tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT("server", tls_config_server(good.cert_file, good.key_file, &server, &why),
		  ERR_OK);
	struct tls_session *c = tls_session_client(client, &(struct tls_peer){ 0 });
	struct tls_session *s = tls_session_server(server);
	carry(c, s, 65536);
	tls_config_free(&client);
	tls_config_free(&server);
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		others[i] = malloc((1 + i % SIZES) * STEP);
		memset(others[i], 0xff, (1 + i % SIZES) * STEP);
	}
	CLEANUP(buf_free) struct buf plain = BUF_MAX(65536);
	CHECK_INT("said", tls_session_write(c, STR("QUIT")), ERR_OK);
	carry(c, s, 65536);
	CHECK_INT("heard", tls_session_read(s, &plain), TLS_OPEN);
	CHECK_STR("what was said", buf_str(&plain), STR("QUIT"));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		free(others[i]);
	tls_session_free(&c);
	tls_session_free(&s);
}

static void refusals(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *c = NULL;

	CHECK_INT("no CA file", tls_config_client("/nonexistent", &c, &why), ERR_IO);
	CHECK_INT("which is named", str_starts(buf_str(&why), STR("/nonexistent: ")), 1);
	CHECK_INT("key of another", tls_config_server(good.cert_file, pinned.key_file, &c, &why),
		  ERR_IO);
	CHECK_INT("client", tls_config_client(NULL, &c, &why), ERR_OK);
	CHECK_INT("ALPN", tls_config_alpn(c, STR("dot")), ERR_OK);
	CHECK_INT("no ALPN", tls_config_alpn(c, STR("")), ERR_LIMIT);
	const struct tls_tlsa unknown = { 9, 9, 9, STR_INIT("x") };
	struct tls_peer unusable = { .n_tlsa = 1, .tlsa = &unknown };
	CHECK_INT("no usable TLSA", tls_session_client(c, &unusable) == NULL, 1);
	for (uint8_t usage = 0; usage < 2; usage++) {
		uint8_t pin[TLS_PIN_OCTETS];
		forge_pin(&good, pin);
		const struct tls_tlsa record = { usage, 1, 1, { (char *)pin, sizeof(pin) } };
		struct tls_peer pkix = { .n_tlsa = 1, .tlsa = &record };
		CHECK_INT("usage 0, 1", tls_session_client(c, &pkix) == NULL, 1);
	}
	tls_config_free(&c);
}

/* A record that fits, and a chain that is to prove a name as well: neither stands for the other. */
static const struct {
	const char *label;
	struct forge *server;
	uint8_t usage;
	bool fits;
	const char *chain;
	enum tls_auth auth; /* TLS_NOT_AUTHENTICATED: it fails */
} both[] = {
	{ "both", &good, 3, true, "mx.example", TLS_BY_DANE_EE },
	{ "both, an address", &good, 3, true, "127.0.0.1", TLS_BY_DANE_EE },
	{ "both, by the CA's record", &anchored, 2, true, "base.example", TLS_BY_DANE_TA },
	{ "both, the record alone", &pinned, 3, true, "mx.example", TLS_NOT_AUTHENTICATED },
	{ "both, another name", &good, 3, true, "my.example", TLS_NOT_AUTHENTICATED },
	{ "both, expired", &expired, 3, true, "mx.example", TLS_NOT_AUTHENTICATED },
	{ "both, common name alone", &common, 3, true, "mx.example", TLS_NOT_AUTHENTICATED },
	{ "both, the chain alone", &good, 3, false, "mx.example", TLS_NOT_AUTHENTICATED },
};

static void check_both(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	const char *label = both[i].label;
	struct tls_config *client = NULL, *server = NULL;
	uint8_t pin[TLS_PIN_OCTETS];
	const struct tls_tlsa record = { both[i].usage, 1, 1, { (char *)pin, sizeof(pin) } };
	const struct tls_peer peer = {
		.name = STR("mx.example"),
		.chain = str_of(both[i].chain),
		.tlsa = &record,
		.n_tlsa = 1,
	};

	forge_pin(both[i].usage == 2 ? &ca : both[i].server, pin);
	pin[0] ^= !both[i].fits;
	CHECK_INT(label, tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT(label,
		  tls_config_server(both[i].server->cert_file, both[i].server->key_file, &server,
				    &why),
		  ERR_OK);
	struct tls_session *a = tls_session_client(client, &peer), *b = tls_session_server(server);
	carry(a, b, 65536);
	bool good_one = both[i].auth != TLS_NOT_AUTHENTICATED;
	CHECK_INT(label, tls_session_state(a), good_one ? TLS_OPEN : TLS_FAILED);
	CHECK_INT(label, tls_session_auth(a), both[i].auth);
	CHECK_INT(label, tls_session_why(a).n > 0, !good_one);
	CHECK_INT(label, str_starts(tls_session_why(a), STR("a TLSA record fits, but ")),
		  !good_one && both[i].fits);
	CHECK_INT(label, tls_session_write(a, STR("x")), good_one ? ERR_OK : ERR_IO);
	tls_session_free(&a);
	tls_session_free(&b);
	tls_config_free(&client);
	tls_config_free(&server);
}

/* Whoever it is is let pass; who proves the name is told from who does not. */
static const struct {
	const char *label;
	struct forge *server;
	const char *name;
	enum tls_auth auth;
} lenient[] = {
	{ "lenient, name", &good, "mx.example", TLS_BY_NAME },
	{ "lenient, other name", &good, "my.example", TLS_NOT_AUTHENTICATED },
	{ "lenient, expired", &expired, "mx.example", TLS_NOT_AUTHENTICATED },
	{ "lenient, unknown CA", &pinned, "mx.example", TLS_NOT_AUTHENTICATED },
	{ "lenient, common name alone", &common, "mx.example", TLS_NOT_AUTHENTICATED },
};

static void check_lenient(size_t i)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *client = NULL, *server = NULL;
	const struct tls_peer peer = { .name = str_of(lenient[i].name), .lenient = true };

	CHECK_INT(lenient[i].label, tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT(lenient[i].label,
		  tls_config_server(lenient[i].server->cert_file, lenient[i].server->key_file,
				    &server, &why),
		  ERR_OK);
	CLEANUP(tls_session_free) struct tls_session *a = tls_session_client(client, &peer);
	CLEANUP(tls_session_free) struct tls_session *b = tls_session_server(server);
	carry(a, b, 65536);
	CHECK_INT(lenient[i].label, tls_session_state(a), TLS_OPEN);
	CHECK_INT(lenient[i].label, tls_session_auth(a), lenient[i].auth);
	tls_session_free(&a);
	tls_session_free(&b);
	tls_config_free(&client);
	tls_config_free(&server);
}

/* A handshake that breaks behind a certificate of which nothing was asked: that is not why. */
static void check_broken(const char *label, const struct tls_peer *peer)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *client = NULL, *server = NULL;
	char flight[65536];

	CHECK_INT(label, tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT(label, tls_config_server(pinned.cert_file, pinned.key_file, &server, &why),
		  ERR_OK);
	struct tls_session *c = tls_session_client(client, peer);
	struct tls_session *s = tls_session_server(server);
	CHECK_INT(label, tls_session_feed(s, tls_session_output(c)), TLS_HANDSHAKE);
	struct str out = tls_session_output(s);
	memcpy(flight, out.p, out.n);
	flight[out.n - 1] ^= 1; /* of Finished */
	CHECK_INT(label, tls_session_feed(c, (struct str){ flight, out.n }), TLS_FAILED);
	CHECK_INT(label, SSL_get_verify_result(c->ssl) != X509_V_OK, 1);
	CHECK_INT(label, str_starts(tls_session_why(c), STR("certificate")), 0);
	CHECK_INT(label, tls_session_why(c).n > 0, 1);
	tls_session_free(&c);
	tls_session_free(&s);
	tls_config_free(&client);
	tls_config_free(&server);
}

/* Long, so that it is not overwritten by chance, by what uses the memory next. */
#define SECRET                                                                                     \
	"AUTH PLAIN one.two.three.four.five.six.seven.eight.nine.ten.eleven.twelve.thirteen."      \
	"the-password-of-one\r\n"

/* Whether it is anywhere in memory that malloc() gives out, or has had back. */
static bool in_heap(struct str secret)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long at = 0, end = 0;
	char line[512];

	while (fgets(line, sizeof(line), maps))
		if (strstr(line, "[heap]"))
			(void)sscanf(line, "%lx-%lx", &at, &end); /* NOLINT(cert-err34-c) */
	(void)fclose(maps);
	char *copy = mmap(NULL, end - at + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	ssize_t n = pread(memory, copy, end - at, (off_t)at);
	bool found = n > 0 && memmem(copy, (size_t)n, secret.p, secret.n);
	(void)munmap(copy, end - at + 1);
	(void)close(memory);
	return found;
}

/* What clients say to a server is overwritten, and one that says nothing takes little memory. */
static void rests(void)
{
	static char room[65536];
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *client = NULL, *server = NULL;
	struct tls_peer nobody = { .n_pin = 0 };
	struct buf got = { .p = room, .cap = sizeof(room), .max = sizeof(room) };

	CHECK_INT("client", tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT("server", tls_config_server(good.cert_file, good.key_file, &server, &why),
		  ERR_OK);
	size_t before = mallinfo2().uordblks;
	struct tls_session *c = tls_session_client(client, &nobody);
	struct tls_session *s = tls_session_server(server);
	carry(c, s, 65536);
	for (int i = 0; i < 3; i++) {
		CHECK_INT("said", tls_session_write(c, STR(SECRET)), ERR_OK);
		carry(c, s, 65536);
		CHECK_INT("it has come", tls_session_more(s), 1);
		CHECK_INT("read", tls_session_read(s, &got), TLS_OPEN);
		CHECK_INT("that was all", tls_session_more(s), 0);
		CHECK_INT("answered", tls_session_write(s, STR("235 yes\r\n")), ERR_OK);
		carry(c, s, 65536);
	}
	CHECK_INT("both ends, idle: less than 40 KiB", mallinfo2().uordblks < before + 40 * 1024,
		  1);
	CHECK_INT("what was said", got.n == 3 * (sizeof(SECRET) - 1), 1);
	CHECK_INT("is overwritten", in_heap(STR("the-password-of-one")), 0);
	tls_session_free(&c);
	tls_session_free(&s);
	tls_config_free(&client);
	tls_config_free(&server);
}

/*
 * Records that come in pieces, read after each piece: buffers are let go between records, and in
 * the midst of none.
 */
static void dribble(struct tls_session *from, struct tls_session *to, size_t step)
{
	static const size_t sizes[] = { 1, 10000, 20000 }; /* octets; the last is two records */
	CLEANUP(buf_free) struct buf want = BUF_MAX(1 << 20), got = BUF_MAX(1 << 20);
	CLEANUP(buf_free) struct buf wire = BUF_MAX(1 << 20);

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		CLEANUP(buf_free) struct buf words = BUF_MAX(20000);
		while (words.n < sizes[i])
			buf_addc(&words, (char)('a' + words.n % 23));
		buf_add(&want, buf_str(&words));
		CHECK_INT("said", tls_session_write(from, buf_str(&words)), ERR_OK);
	}
	buf_add(&wire, tls_session_output(from));
	tls_session_sent(from, wire.n);
	for (struct str left = buf_str(&wire); left.n > 0; left = str_skip(left, step)) {
		step = step < left.n ? step : left.n;
		CHECK_INT("fed", tls_session_feed(to, str_head(left, step)), TLS_OPEN);
		CHECK_INT("read", tls_session_read(to, &got), TLS_OPEN);
		CHECK_INT("nothing is left", tls_session_more(to), 0);
	}
	CHECK_INT("whole", str_eq(buf_str(&got), buf_str(&want)), 1);
}

static void dribbles(void)
{
	static const size_t steps[] = { 1, 5, 6, 1000, 16384, 65536 };
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *client = NULL, *server = NULL;
	struct tls_peer nobody = { .n_pin = 0 };

	CHECK_INT("client", tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT("server", tls_config_server(good.cert_file, good.key_file, &server, &why),
		  ERR_OK);
	struct tls_session *c = tls_session_client(client, &nobody);
	struct tls_session *s = tls_session_server(server);
	carry(c, s, 65536);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		dribble(c, s, steps[i]);
		dribble(s, c, steps[i]);
	}
	tls_session_free(&c);
	tls_session_free(&s);
	tls_config_free(&client);
	tls_config_free(&server);
}

int main(void)
{
	struct tls_peer nothing = { .sni = STR("mx.example") };
	struct tls_peer told = { .name = STR("mx.example"), .lenient = true };
	struct forge *all[] = { &ca,       &good,  &expired, &common, &pinned,
				&anchored, &stale, &wild,    &deep };

	forge_begin();
	ca = forge_make("Test CA", NULL, 30, NULL);
	good = forge_make("anything", "DNS:mx.example,IP:127.0.0.1", 30, &ca);
	expired = forge_make("anything", "DNS:mx.example", -1, &ca);
	common = forge_make("mx.example", NULL, 30, &ca);
	pinned = forge_make("anything", "DNS:mx.example", 30, NULL);
	anchored = forge_make("anything", "DNS:mx.example,DNS:base.example", 30, &ca);
	stale = forge_make("anything", "DNS:mx.example", -1, &ca);
	wild = forge_make("anything", "DNS:*.mx.example", 30, &ca);
	deep = forge_make("anything", "DNS:b.*.mx.example", 30, &ca);
	forge_write(&anchored, "anchored", &ca);
	forge_write(&stale, "stale", &ca);
	forge_write(&wild, "wild", &ca);
	forge_write(&deep, "deep", &ca);
	forge_write(&ca, "ca", NULL);
	forge_write(&good, "good", &pinned);
	forge_write(&expired, "expired", NULL);
	forge_write(&common, "common", NULL);
	forge_write(&pinned, "pinned", &good);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		run(i, 1);
		run(i, 65536);
	}
	for (size_t i = 0; i < COUNT_OF(lenient); i++)
		check_lenient(i);
	for (size_t i = 0; i < COUNT_OF(both); i++)
		check_both(i);
	check_broken("broken, nothing asked", &nothing);
	check_broken("broken, lenient", &told);
	rests();
	dribbles();
	askings();
	readings();
	refusals();
	outlived();
	for (size_t i = 0; i < COUNT_OF(all); i++)
		forge_free(all[i]);
	forge_end();
	return TEST_EXIT();
}
