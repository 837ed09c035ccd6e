#include "dns/signed.h"

#include "base/test.h"
#include "base/text.h"

/* dskey.example.com. of RFC 4034 section 5.4, and its DS with SHA-256 of RFC 4509 section 2.3. */
static const char key_text[] =
	"AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/"
	"2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAph"
	"XdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
static const char sha1_text[] = "2BB183AF5F22588179A53B0A98631FAD1A292118";
static const char sha256_text[] =
	"D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A";

static struct dns_name name_of(const char *text)
{
	struct dns_name name = { .len = 0 };

	CHECK_INT(text, dns_name_from_text(str_of(text), &name), ERR_OK);
	return name;
}

static void add_ds(struct buf *out, uint8_t type, const char *digest)
{
	buf_add(out, STR("\xec\x45\x05"));
	buf_addc(out, (char)type);
	CHECK_INT("digest", text_unhex(out, str_of(digest)), ERR_OK);
}

static void check_fits(const struct dns_key *key)
{
	const struct dns_name owner = name_of("DSKEY.example.com."),
			      other = name_of("example.com.");
	static const struct {
		uint8_t type;
		const char *digest;
		bool fits;
	} rows[] = {
		{ 1, sha1_text, true },  { 2, sha256_text, true },  { 1, sha256_text, false },
		{ 2, sha1_text, false }, { 3, sha256_text, false }, { 4, sha256_text, false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(buf_free) struct buf rdata = BUF_MAX(200);
		struct dns_ds ds = { .tag = 0 };
		add_ds(&rdata, rows[i].type, rows[i].digest);
		CHECK_INT("ds", dns_signed_ds(buf_str(&rdata), &ds), ERR_OK);
		CHECK_INT("tag", ds.tag, 60485);
		CHECK_INT(rows[i].digest, dns_signed_fits(&ds, &owner, key), rows[i].fits);
		CHECK_INT("another owner", dns_signed_fits(&ds, &other, key), false);
		ds.tag++;
		CHECK_INT("another tag", dns_signed_fits(&ds, &owner, key), false);
		ds.tag--;
		ds.algorithm++;
		CHECK_INT("another algorithm", dns_signed_fits(&ds, &owner, key), false);
	}
}

static void check_keys(void)
{
	CLEANUP(buf_free) struct buf rdata = BUF_MAX(400);
	struct dns_key key = { .tag = 0 };

	buf_add(&rdata, STR("\1\0\3\5"));
	CHECK_INT("no key", dns_signed_key(buf_str(&rdata), &key), ERR_SYNTAX);
	CHECK_INT("key", text_unbase64(&rdata, str_of(key_text)), ERR_OK);
	CHECK_INT("key", dns_signed_key(buf_str(&rdata), &key), ERR_OK);
	CHECK_INT("tag", key.tag, 60485);
	CHECK_INT("flags", key.flags, 256);
	CHECK_INT("protocol", key.protocol, 3);
	CHECK_INT("algorithm", key.algorithm, 5);
	check_fits(&key);
}

static void check_sigs(void)
{
	static const struct str rdata =
		STR_INIT("\0\1\5\3\0\1\x51\x80\x3e\x7b\x0b\x37\x3e\x53\x7e\x37"
			 "\x0a\x52\7example\3com\0sig");
	struct dns_sig sig = { .tag = 0 };
	const struct dns_name signer = name_of("example.com.");

	CHECK_INT("sig", dns_signed_sig(rdata, &sig), ERR_OK);
	CHECK_INT("covered", sig.covered, 1);
	CHECK_INT("algorithm", sig.algorithm, 5);
	CHECK_INT("labels", sig.labels, 3);
	CHECK_INT("ttl", sig.ttl_s, 86400);
	CHECK_INT("expires", sig.expires_s, 0x3e7b0b37);
	CHECK_INT("begins", sig.begins_s, 0x3e537e37);
	CHECK_INT("tag", sig.tag, 2642);
	CHECK_INT("signer", dns_name_eq(&sig.signer, &signer), true);
	for (size_t n = 0; n <= rdata.n - 3; n++)
		CHECK_INT("cut", dns_signed_sig(str_head(rdata, n), &sig), ERR_SYNTAX);
	struct dns_ds ds;
	CHECK_INT("no digest", dns_signed_ds(STR("\0\1\5\2"), &ds), ERR_SYNTAX);
	CHECK_INT("cut", dns_signed_ds(STR("\0\1\5"), &ds), ERR_SYNTAX);
}

static void check_known(void)
{
	static const uint8_t known[] = { 5, 7, 8, 10, 13, 14, 15, 16 };
	size_t n = 0, digests = 0;

	for (unsigned a = 0; a < 256; a++) {
		n += dns_signed_algorithm_known((uint8_t)a);
		digests += dns_signed_digest_known((uint8_t)a);
	}
	for (size_t i = 0; i < COUNT_OF(known); i++)
		CHECK_INT("known", dns_signed_algorithm_known(known[i]), true);
	CHECK_INT("no others", (long long)n, COUNT_OF(known));
	CHECK_INT("digests", (long long)digests, 3);
}

static void check_times(void)
{
	const int64_t now = INT64_C(0x1ffffffff); /* 2242: they have wrapped once */

	CHECK_INT("now", dns_signed_time(0xffffffff, now), now);
	CHECK_INT("later", dns_signed_time(4, now), now + 5);
	CHECK_INT("before", dns_signed_time(0xfffffffa, now), now - 5);
}

int main(void)
{
	check_keys();
	check_sigs();
	check_known();
	check_times();
	return TEST_EXIT();
}
