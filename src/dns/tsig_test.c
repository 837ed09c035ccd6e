/*
 * TSIG: T7.  The MACs of the first table were computed by dnspython 2.3.0; the
 * responses of the second are put together by dns/craft_tsig.h.
 */
#include "dns/tsig.h"

#include "base/test.h"
#include "base/text.h"
#include "dns/craft_tsig.h"

#define SECRET "MDEyMzQ1Njc4OWFiY2RlZg=="
#define NOW 1700000000

static struct craft c;

static struct dns_tsig_key key_of(const char *text)
{
	struct dns_tsig_key key = { 0 };
	struct buf why = BUF_MAX(200);

	CHECK_INT(text, dns_tsig_key_read(str_of(text), &key, &why), ERR_OK);
	buf_free(&why);
	return key;
}

/* A query for a.example. A, signed. */
static struct dns_tsig_sent send_query(const struct dns_tsig_key *key)
{
	struct dns_tsig_sent sent = { 0 };

	craft_begin(&c, 0x1234, 0x0120, "a.example.", DNS_TYPE_A);
	size_t plain = c.n;
	c.n = dns_tsig_sign(c.p, c.n, key, NOW, &sent);
	CHECK_INT("signed", c.n == plain + dns_tsig_trailer(&key[0]), 1);
	return sent;
}

static const struct {
	const char *label, *key, *query_mac, *response_mac;
} vectors[] = {
	{ "T7: sha256", "Key.example:hmac-sha256:" SECRET,
	  "42d64844aa2a94356a5b0369e90e0c1c288336a3275572ec206a0e697c74d2e3",
	  "c56441166e6bf59d2f6facd9268d5de4b3e23e651f2d5ecf04dee666525aedf7" },
	{ "T7: sha384", "key.example.:HMAC-SHA384:" SECRET,
	  "648f61d35e7cbda40277732c8e9c946a853f6d40731cfcf7d3367a1bb36632f86de338280af709c61336"
	  "b425161190ee",
	  "87600a7dcd95cf3db645865c7fb3944fea4a387cd7b7fbf6e07bccc066268d703dbaa6b1f476ca250793"
	  "a928f4d558a1" },
	{ "T7: sha512", "key.example.:hmac-sha512:" SECRET,
	  "116b4ee434e5c2b6e69a7309efd44eb77ca9b7e35d9fe71195a2b09b1f595c2b9a7070e8bcbac8426884"
	  "c763c48f177a9cb1931e37e3077b7960f8d328d75efb",
	  "b391aa5b070ea5b52378294645f9491b9f2cf695778f7d53dda83fe2c39dfffd94a17c63b29cecb4c648"
	  "798af6cc84ac9822e3d4e43a378cb8657d4b3e3af147" },
};

static void test_vectors(void)
{
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct dns_tsig_key key = key_of(vectors[i].key);
		struct dns_tsig_sent sent = send_query(&key);
		struct buf hex = BUF_MAX(256);
		struct dns_message m;
		CHECK_INT(vectors[i].label, dns_message_read(craft_str(&c), &m), ERR_OK);
		CHECK_INT(vectors[i].label, m.n_tsig, 1);
		text_hex(&hex, (struct str){ (char *)sent.mac, sent.n_mac });
		CHECK_STR(vectors[i].label, buf_str(&hex), str_of(vectors[i].query_mac));
		buf_clear(&hex);
		/* The response as dnspython signs it: ours to the octet. */
		struct craft_tsig t = { .key = &key,
					.request_mac = { (char *)sent.mac, sent.n_mac },
					.signed_s = NOW + 5 };
		uint8_t mac[64];
		craft_begin(&c, 0x1234, 0x8180, "a.example.", DNS_TYPE_A);
		for (size_t k = 0; k < key.name.len; k++)
			key.name.wire[k] = str_fold((char)key.name.wire[k]);
		unsigned n = craft_tsig_mac(&c, &t, mac);
		text_hex(&hex, (struct str){ (char *)mac, n });
		CHECK_STR(vectors[i].label, buf_str(&hex), str_of(vectors[i].response_mac));
		craft_sign(&c, &t);
		CHECK_INT(vectors[i].label, dns_message_read(craft_str(&c), &m), ERR_OK);
		CHECK_INT(vectors[i].label, dns_tsig_verify(&m, &key, &sent, NOW).verdict,
			  DNS_TSIG_GOOD);
		buf_free(&hex);
	}
}

static const struct {
	const char *label;
	struct craft_tsig t;
	enum { ONCE, NONE, TWICE, NOT_LAST, IN_ANSWER } where;
	enum dns_tsig_verdict verdict;
	const char *why;
	unsigned error;
	int64_t server_s;
} responses[] = {
	{ "T7: right", { .signed_s = NOW }, ONCE, DNS_TSIG_GOOD, "", 0, 0 },
	{ "T7: no TSIG",
	  { .signed_s = NOW },
	  NONE,
	  DNS_TSIG_MISSING,
	  "TSIG: it is not signed",
	  0,
	  0 },
	{ "T7: two TSIGs", { .signed_s = NOW }, TWICE, DNS_TSIG_BAD, "TSIG: more than one", 0, 0 },
	{ "T7: TSIG not last",
	  { .signed_s = NOW },
	  NOT_LAST,
	  DNS_TSIG_BAD,
	  "TSIG: not the last record",
	  0,
	  0 },
	{ "T7: TSIG in the answer section",
	  { .signed_s = NOW },
	  IN_ANSWER,
	  DNS_TSIG_BAD,
	  "TSIG: not the last record",
	  0,
	  0 },
	{ "T7: wrong key",
	  { .signed_s = NOW, .named = "other." },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: another key",
	  0,
	  0 },
	{ "T7: the key's name in capitals",
	  { .signed_s = NOW, .named = "KEY.example." },
	  ONCE,
	  DNS_TSIG_GOOD,
	  "",
	  0,
	  0 },
	{ "T7: wrong algorithm",
	  { .signed_s = NOW, .algorithm = "hmac-sha512." },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: another algorithm",
	  0,
	  0 },
	{ "T7: wrong MAC",
	  { .signed_s = NOW, .break_mac = true },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is wrong",
	  0,
	  0 },
	{ "T7: truncated MAC",
	  { .signed_s = NOW, .mac_octets = 16 },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is not whole",
	  0,
	  0 },
	{ "T7: truncated MAC by one octet",
	  { .signed_s = NOW, .mac_octets = 31 },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is not whole",
	  0,
	  0 },
	{ "T7: longer MAC",
	  { .signed_s = NOW, .mac_octets = 33 },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is not whole",
	  0,
	  0 },
	{ "T7: empty MAC",
	  { .signed_s = NOW, .no_mac = true },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is not whole",
	  0,
	  0 },
	{ "T7: replay, at the limit before",
	  { .signed_s = NOW - 300 },
	  ONCE,
	  DNS_TSIG_GOOD,
	  "",
	  0,
	  0 },
	{ "T7: replay, past it before",
	  { .signed_s = NOW - 301 },
	  ONCE,
	  DNS_TSIG_TIME,
	  "TSIG: it was signed at another time",
	  0,
	  0 },
	{ "T7: replay, at the limit after",
	  { .signed_s = NOW + 300 },
	  ONCE,
	  DNS_TSIG_GOOD,
	  "",
	  0,
	  0 },
	{ "T7: replay, past it after",
	  { .signed_s = NOW + 301 },
	  ONCE,
	  DNS_TSIG_TIME,
	  "TSIG: it was signed at another time",
	  0,
	  0 },
	{ "T7: replay, the server's own fudge",
	  { .signed_s = NOW - 11, .fudge_s = 10 },
	  ONCE,
	  DNS_TSIG_TIME,
	  "TSIG: it was signed at another time",
	  0,
	  0 },
	{ "T7: replay with a wrong MAC",
	  { .signed_s = NOW - 301, .break_mac = true },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is wrong",
	  0,
	  0 },
	{ "T7: of another query",
	  { .signed_s = NOW, .request_mac = STR_INIT("other") },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is wrong",
	  0,
	  0 },
	{ "T7: original ID other than ID",
	  { .signed_s = NOW, .id = 0x4321 },
	  ONCE,
	  DNS_TSIG_GOOD,
	  "",
	  0,
	  0 },
	{ "T7: original ID other than ours",
	  { .signed_s = NOW, .original_id = 0x4321 },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the original ID is not ours",
	  0,
	  0 },
	{ "T7: BADTIME, proved",
	  { .signed_s = NOW, .error = DNS_TSIG_BADTIME, .other_s = NOW + 400 },
	  ONCE,
	  DNS_TSIG_REFUSED,
	  "TSIG: the server's clock differs from ours",
	  DNS_TSIG_BADTIME,
	  NOW + 400 },
	{ "T7: BADTIME, proved, without a time",
	  { .signed_s = NOW, .error = DNS_TSIG_BADTIME },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: BADTIME without the server's time",
	  0,
	  0 },
	{ "T7: BADTIME, not proved",
	  { .signed_s = NOW, .error = DNS_TSIG_BADTIME, .other_s = NOW + 400, .break_mac = true },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is wrong",
	  0,
	  0 },
	{ "T7: BADTIME, empty MAC",
	  { .signed_s = NOW, .error = DNS_TSIG_BADTIME, .other_s = NOW + 400, .no_mac = true },
	  ONCE,
	  DNS_TSIG_BAD,
	  "TSIG: the MAC is not whole",
	  0,
	  0 },
	{ "T7: BADSIG, empty MAC",
	  { .signed_s = 0, .error = DNS_TSIG_BADSIG, .no_mac = true },
	  ONCE,
	  DNS_TSIG_REFUSED,
	  "TSIG: the server refuses our signature",
	  DNS_TSIG_BADSIG,
	  0 },
	{ "T7: BADKEY, empty MAC",
	  { .signed_s = 0, .error = DNS_TSIG_BADKEY, .no_mac = true },
	  ONCE,
	  DNS_TSIG_REFUSED,
	  "TSIG: the server does not know the key",
	  DNS_TSIG_BADKEY,
	  0 },
	{ "T7: BADSIG with a right MAC",
	  { .signed_s = NOW, .error = DNS_TSIG_BADSIG },
	  ONCE,
	  DNS_TSIG_REFUSED,
	  "TSIG: the server refuses our signature",
	  DNS_TSIG_BADSIG,
	  0 },
};

static void test_responses(void)
{
	struct dns_tsig_key key = key_of("key.example.:hmac-sha256:" SECRET);
	struct dns_tsig_sent sent = send_query(&key);

	for (size_t i = 0; i < COUNT_OF(responses); i++) {
		struct craft_tsig t = responses[i].t;
		struct dns_message m;
		t.key = &key;
		if (!t.request_mac.p)
			t.request_mac = (struct str){ (char *)sent.mac, sent.n_mac };
		craft_begin(&c, 0x1234, 0x8180, "a.example.", DNS_TYPE_A);
		craft_line(&c, DNS_SECTION_ANSWER, STR("a.example. 60 A 192.0.2.1"));
		if (responses[i].where != NONE)
			craft_sign(&c, &t);
		if (responses[i].where == TWICE)
			craft_sign(&c, &t);
		if (responses[i].where == NOT_LAST)
			craft_opt(&c, 0, -1, STR_NONE);
		if (responses[i].where == IN_ANSWER) {
			c.p[7] = 2;
			c.p[11] = 0;
		}
		CHECK_INT(responses[i].label, dns_message_read(craft_str(&c), &m), ERR_OK);
		struct dns_tsig_result r = dns_tsig_verify(&m, &key, &sent, NOW);
		CHECK_INT(responses[i].label, r.verdict, responses[i].verdict);
		CHECK_STR(responses[i].label, r.why, str_of(responses[i].why));
		CHECK_INT(responses[i].label, r.error, responses[i].error);
		CHECK_INT(responses[i].label, r.server_s, responses[i].server_s);
	}
}

/* Every octet of a signed response counts: changed, it is not good any more. */
static void test_each_octet(void)
{
	struct dns_tsig_key key = key_of("key.example.:hmac-sha256:" SECRET);
	struct dns_tsig_sent sent = send_query(&key);
	struct craft_tsig t = { .key = &key,
				.request_mac = { (char *)sent.mac, sent.n_mac },
				.signed_s = NOW };

	craft_begin(&c, 0x1234, 0x8180, "a.example.", DNS_TYPE_A);
	craft_line(&c, DNS_SECTION_ANSWER, STR("a.example. 60 A 192.0.2.1"));
	craft_sign(&c, &t);
	for (size_t i = 2; i < c.n; i++) {
		struct dns_message m;
		c.p[i] ^= 1;
		if (dns_message_read(craft_str(&c), &m) == ERR_OK)
			CHECK_INT("T7: an octet changed",
				  dns_tsig_verify(&m, &key, &sent, NOW).verdict != DNS_TSIG_GOOD,
				  1);
		c.p[i] ^= 1;
	}
}

static const struct {
	const char *text;
	enum err err;
	const char *why;
} keys[] = {
	{ "k:hmac-sha256:" SECRET, ERR_OK, "" },
	{ "k", ERR_SYNTAX, "a key is name:algorithm:secret" },
	{ "k:hmac-sha256", ERR_SYNTAX, "a key is name:algorithm:secret" },
	{ "a..b:hmac-sha256:" SECRET, ERR_SYNTAX, "the key's name is not a domain name" },
	{ "k:hmac-md5:" SECRET, ERR_SYNTAX,
	  "the algorithm is none of hmac-sha256, hmac-sha384, hmac-sha512" },
	{ "k:hmac-sha256:", ERR_SYNTAX, "the secret is not base64" },
	{ "k:hmac-sha256:!!", ERR_SYNTAX, "the secret is not base64" },
};

static void test_keys(void)
{
	struct buf text = BUF_MAX(1024), secret = BUF_MAX(512), why = BUF_MAX(200);
	struct dns_tsig_key key;

	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		buf_clear(&why);
		CHECK_INT(keys[i].text, dns_tsig_key_read(str_of(keys[i].text), &key, &why),
			  keys[i].err);
		CHECK_STR(keys[i].text, buf_str(&why), str_of(keys[i].why));
	}
	for (size_t n = 128; n <= 129; n++) {
		buf_clear(&text);
		buf_clear(&secret);
		while (secret.n < n)
			buf_addc(&secret, 'x');
		buf_add(&text, STR("k:hmac-sha512:"));
		text_base64(&text, buf_str(&secret));
		CHECK_INT("longest secret", dns_tsig_key_read(buf_str(&text), &key, &why),
			  n == 128 ? ERR_OK : ERR_LIMIT);
	}
	buf_free(&text);
	buf_free(&secret);
	buf_free(&why);
}

int main(void)
{
	test_vectors();
	test_responses();
	test_each_octet();
	test_keys();
	return TEST_EXIT();
}
