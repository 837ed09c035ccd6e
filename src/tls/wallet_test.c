/* Which sessions are resumed: by key, by what is asked, by what certificates prove today. */
#include "tls/wallet.h"

#include "base/test.h"
#include "tls/forge.h"
#include "tls/session_priv.h"

#include <time.h>

static struct forge ca, good, lone, anchored;
static struct tls_config *client;

/* Carry octets both ways until neither side has any. */
static void carry(struct tls_session *a, struct tls_session *b)
{
	for (bool moved = true; moved;) {
		moved = false;
		for (int i = 0; i < 2; i++) {
			struct tls_session *from = i ? b : a, *to = i ? a : b;
			struct str out = tls_session_output(from);
			char copy[65536];
			if (out.n == 0)
				continue;
			memcpy(copy, out.p, out.n);
			tls_session_sent(from, out.n);
			(void)!tls_session_feed(to, (struct str){ copy, out.n });
			moved = true;
		}
	}
}

/* What is asked of a server, and how it has authenticated itself. */
enum asking { NOTHING, LENIENT, NAME, WRONG_LENIENT, EE, TA, BOTH };

static const struct {
	const char *label;
	struct forge *server;
	enum tls_auth auth;
	bool resumed; /* the second time */
} ways[] = {
	[NOTHING] = { "nothing", &lone, TLS_NOT_AUTHENTICATED, true },
	[LENIENT] = { "a name, leniently", &good, TLS_BY_NAME, true },
	[NAME] = { "a name", &good, TLS_BY_NAME, true },
	[WRONG_LENIENT] = { "another name, leniently", &good, TLS_NOT_AUTHENTICATED, false },
	[EE] = { "DANE-EE", &lone, TLS_BY_DANE_EE, true },
	[TA] = { "DANE-TA", &anchored, TLS_BY_DANE_TA, true },
	[BOTH] = { "a record and a chain", &good, TLS_BY_DANE_EE, true },
};

static void ask(enum asking how, struct tls_peer *peer, uint8_t pin[static TLS_PIN_OCTETS])
{
	bool dane = how == EE || how == TA || how == BOTH;

	*peer = (struct tls_peer){ .sni = STR("mx.example") };
	if (how != NOTHING)
		peer->name = how == WRONG_LENIENT ? STR("my.example") : STR("mx.example");
	peer->lenient = how == LENIENT || how == WRONG_LENIENT;
	if (how == BOTH)
		peer->chain = STR("mx.example");
	forge_pin(how == TA ? &ca : ways[how].server, pin);
	if (dane) {
		static struct tls_tlsa record;
		record = (struct tls_tlsa){
			how == TA ? 2 : 3, 1, 1, { (char *)pin, TLS_PIN_OCTETS }
		};
		peer->tlsa = &record;
		peer->n_tlsa = 1;
	}
}

struct came {
	enum tls_state state;
	enum tls_auth auth;
	bool offered, resumed;
	char tlsa[12];
};

static struct came meet(struct tls_wallet *w, const struct tls_peer *peer, const char *key,
			const struct tls_config *server)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(65536);
	struct tls_session *s = tls_session_server(server);
	struct tls_session *c = tls_wallet_session(w, client, peer, str_of(key));

	carry(c, s);
	if (tls_session_state(s) == TLS_OPEN) {
		CHECK_INT(key, tls_session_write(s, STR("hello")), ERR_OK);
		carry(c, s);
		(void)!tls_session_read(c, &got);
	}
	struct came came = { tls_session_state(c), tls_session_auth(c), tls_session_offered(c),
			     tls_session_resumed(c), "" };
	(void)str_copy(came.tlsa, sizeof(came.tlsa), tls_session_tlsa(c));
	tls_session_free(&c);
	tls_session_free(&s);
	return came;
}

static struct tls_config *server_of(const struct forge *id)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *c = NULL;

	CHECK_INT("server", tls_config_server(id->cert_file, id->key_file, &c, &why), ERR_OK);
	return c;
}

static void test_ways(void)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct tls_wallet *w = tls_wallet_new();
		struct tls_config *server = server_of(ways[i].server);
		struct tls_peer peer;
		uint8_t pin[TLS_PIN_OCTETS];
		ask((enum asking)i, &peer, pin);
		struct came first = meet(w, &peer, "k", server);
		for (int again = 0; again < 3; again++) {
			struct came came = meet(w, &peer, "k", server);
			CHECK_INT(ways[i].label, came.state, TLS_OPEN);
			CHECK_INT(ways[i].label, came.auth, ways[i].auth);
			CHECK_INT(ways[i].label, came.offered, ways[i].resumed);
			CHECK_INT(ways[i].label, came.resumed, ways[i].resumed);
			CHECK_STR(ways[i].label, str_of(came.tlsa), str_of(first.tlsa));
		}
		CHECK_INT(ways[i].label, first.auth, ways[i].auth);
		CHECK_INT(ways[i].label, first.offered, 0);
		CHECK_INT("another key", meet(w, &peer, "l", server).offered, 0);
		tls_wallet_free(&w);
		tls_config_free(&server);
	}
}

/*
 * Whoever gives a ticket of one key to another demand after all, gets what the certificates are
 * worth under that demand today: nothing is resumed that a full handshake would not have.
 */
static const struct {
	enum asking earned, asked;
	bool offered;
} changes[] = {
	{ NOTHING, NAME, false }, /* a certificate of nobody's */
	{ NOTHING, TA, false },   /* not of that CA */
	{ NOTHING, EE, false },   /* nobody had proved anything in that session */
	{ NAME, LENIENT, true },       { NAME, WRONG_LENIENT, false },
	{ NAME, EE, false },           { EE, NAME, false },
	{ EE, BOTH, false },           { TA, NAME, true },
	{ WRONG_LENIENT, NAME, true },
};

static void test_changes(void)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		enum asking earned = changes[i].earned, asked = changes[i].asked;
		struct tls_wallet *w = tls_wallet_new();
		struct tls_config *server = server_of(ways[earned].server);
		struct tls_peer peer;
		uint8_t pin[TLS_PIN_OCTETS];
		ask(earned, &peer, pin);
		(void)meet(w, &peer, "k", server);
		ask(asked, &peer, pin);
		struct came came = meet(w, &peer, "k", server);
		CHECK_INT(ways[asked].label, came.offered, changes[i].offered);
		CHECK_INT(ways[asked].label, came.resumed, changes[i].offered);
		if (came.state == TLS_OPEN)
			CHECK_INT(ways[asked].label, came.auth, ways[asked].auth);
		tls_wallet_free(&w);
		tls_config_free(&server);
	}
}

/* The record was rolled over, and the certificate has ended, since the ticket came. */
static void test_today(void)
{
	struct tls_wallet *w = tls_wallet_new();
	struct tls_config *server = server_of(&good);
	struct tls_peer peer;
	uint8_t pin[TLS_PIN_OCTETS];

	ask(EE, &peer, pin);
	forge_pin(&good, pin);
	CHECK_INT("the record of today", meet(w, &peer, "k", server).state, TLS_OPEN);
	pin[0] ^= 1;
	struct came came = meet(w, &peer, "k", server);
	CHECK_INT("another record", came.offered, 0);
	CHECK_INT("another record", came.state, TLS_FAILED);

	ask(NAME, &peer, pin);
	CHECK_INT("today", meet(w, &peer, "k", server).auth, TLS_BY_NAME);
	X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(client->ctx), time(NULL) + 31 * 86400L);
	came = meet(w, &peer, "k", server);
	CHECK_INT("expired since", came.offered, 0);
	CHECK_INT("expired since", came.state, TLS_FAILED);
	ask(BOTH, &peer, pin);
	CHECK_INT("expired since, and a record", meet(w, &peer, "k", server).state, TLS_FAILED);
	X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(client->ctx), time(NULL));
	tls_wallet_free(&w);
	tls_config_free(&server);
}

/* A server that has no key for it: the handshake is a full one, and says who that is. */
static void test_stranger(void)
{
	struct tls_wallet *w = tls_wallet_new();
	struct tls_config *server = server_of(&good), *stranger = server_of(&lone);
	struct tls_peer peer;
	uint8_t pin[TLS_PIN_OCTETS];

	ask(NAME, &peer, pin);
	CHECK_INT("first", meet(w, &peer, "k", server).state, TLS_OPEN);
	struct came came = meet(w, &peer, "k", stranger);
	CHECK_INT("a stranger is offered it", came.offered, 1);
	CHECK_INT("and proves nothing by it", came.state, TLS_FAILED);
	(void)SSL_CTX_set_max_proto_version(server->ctx, TLS1_2_VERSION);
	for (int i = 0; i < 2; i++) {
		came = meet(w, &peer, "old", server);
		CHECK_INT("TLS 1.2 is spoken", came.state, TLS_OPEN);
		CHECK_INT("TLS 1.2 is not resumed", came.offered, 0);
	}
	tls_wallet_free(&w);
	tls_config_free(&server);
	tls_config_free(&stranger);
}

static void test_room(void)
{
	struct tls_wallet *w = tls_wallet_new();
	struct tls_config *server = server_of(&good);
	struct tls_session *c[TLS_WALLET_TICKETS];
	struct tls_peer peer;
	uint8_t pin[TLS_PIN_OCTETS];
	char key[20];

	ask(NOTHING, &peer, pin);
	for (int i = 0; i <= TLS_WALLET_KEYS; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		(void)meet(w, &peer, key, server);
		(void)meet(w, &peer, "k0", server); /* in use all the time */
	}
	CHECK_INT("used just now", tls_wallet_count(w, STR("k0")) > 0, 1);
	CHECK_INT("longest ago", (long long)tls_wallet_count(w, STR("k1")), 0);
	CHECK_INT("after that", tls_wallet_count(w, STR("k2")) > 0, 1);
	/* Side by side, so that none takes what another has brought. */
	for (int round = 0; round < 2; round++) {
		struct tls_session *s[TLS_WALLET_TICKETS];
		for (int i = 0; i < TLS_WALLET_TICKETS; i++) {
			c[i] = tls_wallet_session(w, client, &peer, STR("many"));
			s[i] = tls_session_server(server);
		}
		for (int i = 0; i < TLS_WALLET_TICKETS; i++) {
			CLEANUP(buf_free) struct buf got = BUF_MAX(65536);
			CHECK_INT("each its own", tls_session_offered(c[i]), round);
			carry(c[i], s[i]);
			CHECK_INT("bring one", tls_session_write(s[i], STR("hello")), ERR_OK);
			carry(c[i], s[i]);
			(void)!tls_session_read(c[i], &got);
			tls_session_free(&c[i]);
			tls_session_free(&s[i]);
		}
		CHECK_INT("no more are kept", (long long)tls_wallet_count(w, STR("many")),
			  TLS_WALLET_TICKETS);
	}
	tls_wallet_free(&w);
	tls_config_free(&server);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct forge *all[] = { &ca, &good, &lone, &anchored };

	forge_begin();
	ca = forge_make("Test CA", NULL, 60, NULL);
	good = forge_make("anything", "DNS:mx.example", 30, &ca);
	lone = forge_make("anything", "DNS:mx.example", 30, NULL);
	anchored = forge_make("anything", "DNS:mx.example", 30, &ca);
	forge_write(&ca, "ca", NULL);
	forge_write(&good, "good", NULL);
	forge_write(&lone, "lone", NULL);
	forge_write(&anchored, "anchored", &ca);
	CHECK_INT("client", tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	tls_wallet_use(client);
	test_ways();
	test_changes();
	test_today();
	test_stranger();
	test_room();
	tls_config_free(&client);
	for (size_t i = 0; i < COUNT_OF(all); i++)
		forge_free(all[i]);
	forge_end();
	return TEST_EXIT();
}
