/* Which sessions are resumed, and on whose word. */
#include "tls/target.h"

#include "base/test.h"
#include "tls/forge.h"
#include "tls/session_priv.h"

#include <time.h>

static struct forge ca, good, lone;

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

/* What one session came to. */
struct came {
	enum tls_state state;
	enum tls_auth auth;
	bool offered, resumed;
};

static struct came run(struct tls_target *t, const struct tls_config *server)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(65536);
	struct tls_session *s = tls_session_server(server);
	struct tls_session *c = tls_target_session(t);

	carry(c, s);
	if (tls_session_state(s) == TLS_OPEN) {
		CHECK_INT("write", tls_session_write(s, STR("hello")), ERR_OK);
		carry(c, s);
		(void)!tls_session_read(c, &got);
	}
	struct came came = { tls_session_state(c), tls_session_auth(c), tls_session_offered(c),
			     tls_session_resumed(c) };
	if (came.state == TLS_OPEN)
		CHECK_STR("application", buf_str(&got), STR("hello"));
	tls_session_free(&c);
	tls_session_free(&s);
	return came;
}

static struct tls_target *target(const char *name, const struct forge *pinned)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_peer peer = { .name = str_of(name) };
	struct tls_target *t = NULL;

	if (pinned)
		forge_pin(pinned, peer.pin[peer.n_pin++]);
	CHECK_INT(name, tls_target_new(ca.cert_file, &peer, STR("dot"), &t, &why), ERR_OK);
	return t;
}

static struct tls_config *server_of(const struct forge *id)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct tls_config *c = NULL;

	CHECK_INT("server", tls_config_server(id->cert_file, id->key_file, &c, &why), ERR_OK);
	return c;
}

static const struct {
	const char *label;
	struct forge *server;
	const char *name;
	struct forge *pinned;
	enum tls_auth auth;
} ways[] = {
	{ "T6: resumed by name", &good, "mx.example", NULL, TLS_BY_NAME },
	{ "T6: resumed by pin", &lone, "", &lone, TLS_BY_PIN },
	{ "T6: resumed by name and pin", &good, "mx.example", &ca, TLS_BY_PIN },
	{ "T6: not authenticated, not resumed", &good, "", NULL, TLS_NOT_AUTHENTICATED },
};

static void test_ways(void)
{
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct tls_target *t = target(ways[i].name, ways[i].pinned);
		struct tls_config *server = server_of(ways[i].server);
		bool wanted = ways[i].auth != TLS_NOT_AUTHENTICATED;
		for (int again = 0; again < 3; again++) {
			struct came came = run(t, server);
			CHECK_INT(ways[i].label, came.state, TLS_OPEN);
			CHECK_INT(ways[i].label, came.auth, ways[i].auth);
			CHECK_INT(ways[i].label, came.offered, wanted && again > 0);
			CHECK_INT(ways[i].label, came.resumed, wanted && again > 0);
		}
		tls_target_free(&t);
		tls_config_free(&server);
	}
}

/* The certificate has ended since the ticket came: it is not offered, nor does a handshake help. */
static void test_expired(void)
{
	struct tls_target *t = target("mx.example", NULL);
	struct tls_config *server = server_of(&good);
	struct tls_session *s = tls_target_session(t);
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(s->config->ctx);

	tls_session_free(&s);
	CHECK_INT("T6: today", run(t, server).state, TLS_OPEN);
	CHECK_INT("T6: today, again", run(t, server).resumed, 1);
	X509_VERIFY_PARAM_set_time(param, time(NULL) + 31 * 86400L);
	struct came came = run(t, server);
	CHECK_INT("T6: expired since, its ticket is not offered", came.offered, 0);
	CHECK_INT("T6: expired since", came.state, TLS_FAILED);
	tls_target_free(&t);
	tls_config_free(&server);
}

/* A ticket is good with the server that gave it, for another target, and once. */
static void test_whose(void)
{
	struct tls_target *t = target("mx.example", NULL), *other = target("mx.example", &ca);
	struct tls_config *server = server_of(&good), *stranger = server_of(&lone);

	CHECK_INT("T6: first", run(t, server).state, TLS_OPEN);
	struct came came = run(other, server);
	CHECK_INT("T6: another target has no ticket", came.offered, 0);
	came = run(t, stranger);
	CHECK_INT("T6: another server", came.offered, 1);
	CHECK_INT("T6: another server proves nothing by it", came.state, TLS_FAILED);
	came = run(t, server);
	CHECK_INT("T6: a ticket serves once", came.offered, 0);
	CHECK_INT("T6: and the handshake is full again", came.state, TLS_OPEN);
	tls_target_free(&t);
	tls_target_free(&other);
	tls_config_free(&server);
	tls_config_free(&stranger);
}

static void test_old_version(void)
{
	struct tls_target *t = target("mx.example", NULL);
	struct tls_config *server = server_of(&good);

	(void)SSL_CTX_set_max_proto_version(server->ctx, TLS1_2_VERSION);
	for (int i = 0; i < 2; i++) {
		struct came came = run(t, server);
		CHECK_INT("T6: TLS 1.2", came.state, TLS_OPEN);
		CHECK_INT("T6: TLS 1.2 is not resumed", came.offered, 0);
	}
	tls_target_free(&t);
	tls_config_free(&server);
}

static void test_refusals(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	char name[300];
	struct tls_peer peer = { .name = { name, 255 } };
	struct tls_target *t = NULL;

	memset(name, 'a', sizeof(name));
	CHECK_INT("a name that fits", tls_target_new(ca.cert_file, &peer, STR(""), &t, &why),
		  ERR_OK);
	tls_target_free(&t);
	peer.name.n = 256;
	CHECK_INT("one octet more", tls_target_new(ca.cert_file, &peer, STR(""), &t, &why),
		  ERR_SYNTAX);
	CHECK_STR("why", buf_str(&why), STR("the server's name is too long"));
	buf_clear(&why);
	CHECK_INT("T6: no CA file", tls_target_new("/nonexistent", &peer, STR(""), &t, &why),
		  ERR_IO);
	CHECK_STR("T6: why", buf_str(&why), STR("/nonexistent: No such file or directory"));
}

int main(void)
{
	struct forge *all[] = { &ca, &good, &lone };

	forge_begin();
	ca = forge_make("Test CA", NULL, 60, NULL);
	good = forge_make("anything", "DNS:mx.example", 30, &ca);
	lone = forge_make("anything", "DNS:mx.example", 30, NULL);
	forge_write(&ca, "ca", NULL);
	forge_write(&good, "good", NULL);
	forge_write(&lone, "lone", NULL);
	test_ways();
	test_expired();
	test_whose();
	test_old_version();
	test_refusals();
	for (size_t i = 0; i < COUNT_OF(all); i++)
		forge_free(all[i]);
	forge_end();
	return TEST_EXIT();
}
