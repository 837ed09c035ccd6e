#include "tls/session.h"

#include "base/test.h"
#include "base/text.h"
#include "tls/forge.h"

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

static struct forge ca, good, expired, common, pinned;

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

	fill_pin(cases[i].pin, cases[i].server, pin);
	if (cases[i].usage) {
		peer.tlsa[peer.n_tlsa++] = (struct tls_tlsa){
			(uint8_t)cases[i].usage, 1, 1, { (char *)pin, sizeof(pin) }
		};
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
	struct tls_peer unusable = { .n_tlsa = 1, .tlsa = { { 9, 9, 9, STR_INIT("x") } } };
	CHECK_INT("no usable TLSA", tls_session_client(c, &unusable) == NULL, 1);
	tls_config_free(&c);
}

int main(void)
{
	struct forge *all[] = { &ca, &good, &expired, &common, &pinned };

	forge_begin();
	ca = forge_make("Test CA", NULL, 30, NULL);
	good = forge_make("anything", "DNS:mx.example,IP:127.0.0.1", 30, &ca);
	expired = forge_make("anything", "DNS:mx.example", -1, &ca);
	common = forge_make("mx.example", NULL, 30, &ca);
	pinned = forge_make("anything", "DNS:mx.example", 30, NULL);
	forge_write(&ca, "ca", NULL);
	forge_write(&good, "good", &pinned);
	forge_write(&expired, "expired", NULL);
	forge_write(&common, "common", NULL);
	forge_write(&pinned, "pinned", &good);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		run(i, 1);
		run(i, 65536);
	}
	refusals();
	for (size_t i = 0; i < COUNT_OF(all); i++)
		forge_free(all[i]);
	forge_end();
	return TEST_EXIT();
}
