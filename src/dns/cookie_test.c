/* Cookies, the state of one server: T8, step by step. */
#include "dns/cookie.h"

#include "base/test.h"
#include "dns/craft.h"

#define MINE "\1\2\3\4\5\6\7\10"
#define OLD "\0\0\0\0\0\0\0\11"
#define S8 "SSSSSSSS"
#define S32 "0123456789abcdef0123456789abcdef"

static struct craft c;

/* An answer with that cookie; NULL: with none. */
static enum dns_cookie_verdict judge(struct dns_cookie *k, const char *cookie, size_t n,
				     unsigned rcode, int64_t now)
{
	struct dns_message m;

	craft_begin(&c, 1, 0x8180 | (rcode & 15), "a.", DNS_TYPE_A);
	craft_opt(&c, (uint32_t)(rcode >> 4) << 24, cookie ? 10 : -1, (struct str){ cookie, n });
	CHECK_INT("read", dns_message_read(craft_str(&c), &m), ERR_OK);
	return dns_cookie_judge(k, &m, (const uint8_t *)MINE, now);
}

static struct dns_cookie fresh(void)
{
	struct dns_cookie k = { 0 };

	CHECK_INT("T8: wanted", dns_cookie_wanted(&k, 0), 1);
	CHECK_INT("T8: to be made", dns_cookie_stale(&k, 0), 1);
	dns_cookie_renew(&k, (const uint8_t *)MINE, 0);
	return k;
}

static void check_out(const char *label, const struct dns_cookie *k, struct str want)
{
	uint8_t out[DNS_COOKIE_MAX];

	CHECK_STR(label, dns_cookie_write(k, out), want);
}

static void test_lengths(void)
{
	static const struct {
		const char *label;
		size_t n;
		enum dns_cookie_verdict want;
	} rows[] = {
		{ "T8: BadLen 0", 0, DNS_COOKIE_MALFORMED },
		{ "T8: BadLen 7", 7, DNS_COOKIE_MALFORMED },
		{ "T8: 8", 8, DNS_COOKIE_FINE },
		{ "T8: BadLen 9", 9, DNS_COOKIE_MALFORMED },
		{ "T8: BadLen 15", 15, DNS_COOKIE_MALFORMED },
		{ "T8: 16", 16, DNS_COOKIE_FINE },
		{ "T8: 40", 40, DNS_COOKIE_FINE },
		{ "T8: BadLen 41", 41, DNS_COOKIE_MALFORMED },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct dns_cookie k = fresh();
		CHECK_INT(rows[i].label, judge(&k, MINE S32 "x", rows[i].n, 0, 1), rows[i].want);
		CHECK_INT(rows[i].label, k.state == DNS_COOKIE_GOOD,
			  rows[i].want == DNS_COOKIE_FINE);
	}
}

static void test_life(void)
{
	struct dns_cookie k = fresh();

	check_out("T8: Single, first", &k, STR(MINE));
	CHECK_INT("T8: Single", judge(&k, MINE S8, 16, 0, 1), DNS_COOKIE_FINE);
	check_out("T8: Single, then", &k, STR(MINE S8));
	CHECK_INT("T8: Spoof", judge(&k, OLD S32, 16, 0, 1), DNS_COOKIE_FORGED);
	check_out("T8: Spoof teaches nothing", &k, STR(MINE S8));
	CHECK_INT("T8: ServerRotate", judge(&k, MINE S32, 40, DNS_BADCOOKIE, 1), DNS_COOKIE_AGAIN);
	check_out("T8: ServerRotate", &k, STR(MINE S32));
	CHECK_INT("T8: ours alone", judge(&k, MINE, 8, 0, 1), DNS_COOKIE_FINE);
	check_out("T8: the server's stays", &k, STR(MINE S32));
	CHECK_INT("T8: a day but one", dns_cookie_stale(&k, DNS_COOKIE_DAY_MS - 1), 0);
	CHECK_INT("T8: a day", dns_cookie_stale(&k, DNS_COOKIE_DAY_MS), 1);
	dns_cookie_renew(&k, (const uint8_t *)OLD, DNS_COOKIE_DAY_MS);
	check_out("T8: renewed", &k, STR(OLD));
	CHECK_INT("T8: late, to the old one", judge(&k, MINE S8, 16, 0, 1), DNS_COOKIE_FINE);
	check_out("T8: which teaches nothing", &k, STR(OLD));
}

static void test_missing(void)
{
	struct dns_cookie k = fresh();

	CHECK_INT("T8: none known", judge(&k, NULL, 0, 0, 1), DNS_COOKIE_FINE);
	CHECK_INT("T8: not sent", dns_cookie_wanted(&k, DNS_COOKIE_WITHOUT_MS), 0);
	CHECK_INT("T8: sent again", dns_cookie_wanted(&k, DNS_COOKIE_WITHOUT_MS + 1), 1);
	k = fresh();
	CHECK_INT("T8: good", judge(&k, MINE S8, 16, 0, 1), DNS_COOKIE_FINE);
	CHECK_INT("T8: MissingAfterGood", judge(&k, NULL, 0, 0, 10), DNS_COOKIE_MISSING);
	CHECK_INT("T8: good", judge(&k, MINE S8, 16, 0, 20), DNS_COOKIE_FINE);
	CHECK_INT("T8: MissingAfterGood", judge(&k, NULL, 0, 0, 1000), DNS_COOKIE_MISSING);
	CHECK_INT("T8: MissingAfterGood, not yet two minutes",
		  judge(&k, NULL, 0, 0, 1000 + DNS_COOKIE_REGRESSION_MS - 1), DNS_COOKIE_MISSING);
	CHECK_INT("T8: MissingAfterGood, two minutes",
		  judge(&k, NULL, 0, 0, 1000 + DNS_COOKIE_REGRESSION_MS), DNS_COOKIE_FINE);
	CHECK_INT("T8: without", k.state, DNS_COOKIE_WITHOUT);
}

static void test_moved(void)
{
	struct dns_cookie k = fresh();
	static const uint8_t here[16] = { 127, 0, 0, 1 }, there[16] = { 192, 0, 2, 1 };

	CHECK_INT("T8: first address", dns_cookie_moved(&k, here), 0);
	CHECK_INT("T8: good", judge(&k, MINE S8, 16, 0, 1), DNS_COOKIE_FINE);
	CHECK_INT("T8: same address", dns_cookie_moved(&k, here), 0);
	CHECK_INT("T8: another address", dns_cookie_moved(&k, there), 1);
	CHECK_INT("T8: another address, to be made", dns_cookie_stale(&k, 1), 1);
	check_out("T8: another address", &k, STR(MINE));
}

int main(void)
{
	test_lengths();
	test_life();
	test_missing();
	test_moved();
	return TEST_EXIT();
}
