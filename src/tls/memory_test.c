/*
 * OpenSSL has no memory at each point of a client's session in turn: it fails, or goes on, and is
 * open only where what was asked of the peer has been proved.
 */
#include "tls/session_priv.h"

#include "base/test.h"
#include "tls/forge.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static long countdown; /* to the allocation that fails; 0: none does */
static bool serving;   /* the server's do not count */

static bool fails(void)
{
	return !serving && countdown > 0 && --countdown == 0;
}

static void *some(size_t n, const char *file, int line)
{
	(void)file, (void)line;
	return fails() ? NULL : malloc(n);
}

static void *more(void *p, size_t n, const char *file, int line)
{
	(void)file, (void)line;
	if (n == 0) {
		free(p);
		return NULL;
	}
	return fails() ? NULL : realloc(p, n);
}

static void give(void *p, const char *file, int line)
{
	(void)file, (void)line;
	free(p);
}

static bool kept(struct tls_session *s, SSL_SESSION *ticket)
{
	(void)s, (void)ticket;
	return false;
}

static bool move(struct tls_session *from, struct tls_session *to)
{
	char copy[65536];
	struct str out = str_head(tls_session_output(from), sizeof(copy));

	if (out.n == 0)
		return false;
	memcpy(copy, out.p, out.n);
	tls_session_sent(from, out.n);
	(void)!tls_session_feed(to, (struct str){ copy, out.n });
	return true;
}

static const struct {
	const char *label, *name;
	bool anchor; /* by a TLSA record with usage 2 of the CA's key */
	bool lenient;
	enum tls_state state;
	enum tls_auth auth;
} cases[] = {
	{ "other name", "my.example", false, false, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "other name, lenient", "my.example", false, true, TLS_OPEN, TLS_NOT_AUTHENTICATED },
	{ "other address", "127.0.0.2", false, false, TLS_FAILED, TLS_NOT_AUTHENTICATED },
	{ "DANE-TA, other name", "my.example", true, false, TLS_FAILED, TLS_NOT_AUTHENTICATED },
};

static struct tls_config *client, *server;
static uint8_t anchor[TLS_PIN_OCTETS];

/* What the client comes to, where the n-th allocation fails; false: none is the n-th. */
static bool converse(size_t i, long n, enum tls_state *state, enum tls_auth *auth)
{
	CLEANUP(buf_free) struct buf plain = BUF_MAX(65536);
	const struct tls_tlsa record = { 2, 1, 1, { (char *)anchor, sizeof(anchor) } };
	struct tls_peer peer = { .name = str_of(cases[i].name),
				 .lenient = cases[i].lenient,
				 .tlsa = &record,
				 .n_tlsa = cases[i].anchor };
	struct tls_session *s = tls_session_server(server);

	countdown = n;
	struct tls_session *c = tls_session_client(client, &peer);
	if (c)
		c->keep = kept;
	for (bool moved = true; c && moved;) {
		serving = true;
		moved = move(c, s);
		serving = false;
		moved |= move(s, c);
	}
	if (c) /* tickets come behind the handshake */
		(void)!tls_session_read(c, &plain);
	bool failed = countdown == 0;
	countdown = 0;
	*state = c ? tls_session_state(c) : TLS_FAILED;
	*auth = c ? tls_session_auth(c) : TLS_NOT_AUTHENTICATED;
	tls_session_free(&c);
	tls_session_free(&s);
	return failed;
}

static void run(size_t i)
{
	enum tls_state state;
	enum tls_auth auth;
	long n = 1;

	(void)converse(i, 0, &state, &auth);
	CHECK_INT(cases[i].label, state, cases[i].state);
	CHECK_INT(cases[i].label, auth, cases[i].auth);
	for (; converse(i, n, &state, &auth); n++) {
		if (state == TLS_OPEN)
			CHECK_INT(cases[i].label, state, cases[i].state);
		if (state == TLS_OPEN && auth != TLS_NOT_AUTHENTICATED)
			CHECK_INT(cases[i].label, auth, cases[i].auth);
	}
	CHECK_INT("many points", n > 100, true);
}

/* A record is not held to be unusable, and so its host to need no proof, for want of memory. */
static void run_readable(const struct forge *f)
{
	unsigned char *cert = NULL, *key = NULL;
	int n_cert = i2d_X509(f->cert, &cert);
	int n_key = i2d_PUBKEY(X509_get0_pubkey(f->cert), &key);
	const struct str data[] = { { (const char *)cert, (size_t)n_cert },
				    { (const char *)key, (size_t)n_key } };

	for (uint8_t selector = 0; selector < 2; selector++) {
		long n = 1;
		do {
			countdown = n++;
			CHECK_INT("readable", tls_config_readable(selector, data[selector]), 1);
		} while (countdown == 0);
		countdown = 0;
		CHECK_INT("tried", n > 10, 1);
	}
	OPENSSL_free(cert);
	OPENSSL_free(key);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);

	CHECK_INT("ours", CRYPTO_set_mem_functions(some, more, give), 1);
	forge_begin();
	struct forge ca = forge_make("Test CA", NULL, 30, NULL);
	struct forge good = forge_make("anything", "DNS:mx.example,IP:127.0.0.1", 30, &ca);
	forge_write(&ca, "ca", NULL);
	forge_write(&good, "good", &ca);
	forge_pin(&ca, anchor);
	CHECK_INT("client", tls_config_client(ca.cert_file, &client, &why), ERR_OK);
	CHECK_INT("server", tls_config_server(good.cert_file, good.key_file, &server, &why),
		  ERR_OK);
	tls_session_tickets(client);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run(i);
	run_readable(&good);
	tls_config_free(&client);
	tls_config_free(&server);
	forge_free(&ca);
	forge_free(&good);
	forge_end();
	return TEST_EXIT();
}
