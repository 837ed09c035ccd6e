#include "resolve/cache.h"

#include "base/test.h"
#include "dns/build.h"
#include "dns/craft.h"

static struct resolve_key key_of(const struct dns_name *name, uint16_t type, unsigned bits)
{
	static const uint64_t seed[2] = { 1, 2 };
	struct resolve_key key = { name, type, bits, 0 };

	key.hash = resolve_key_hash(seed, &key);
	return key;
}

static struct resolve_entry *entry(struct resolve_cache *c, const char *name,
				   enum dns_outcome outcome, uint32_t ttl_s, unsigned bits)
{
	struct dns_name n = craft_name_of(name);
	struct dns_asked asked = { .name = &n, .type = DNS_TYPE_A };
	struct dns_answer *a = NULL;

	CHECK_INT(name, dns_build_none(&asked, outcome, STR(""), &a), ERR_OK);
	a->ttl_s = ttl_s;
	struct resolve_key key = key_of(a->name, a->type, bits);
	struct resolve_entry *e = resolve_entry_new(c, a, &key);
	CHECK_INT(name, e != NULL, 1);
	return e;
}

static bool has(struct resolve_cache *c, const char *name, uint16_t type, unsigned bits,
		int64_t now)
{
	struct dns_name n = craft_name_of(name);
	struct resolve_key key = key_of(&n, type, bits);

	return resolve_cache_find(c, &key, now) != NULL;
}

static void test_key(void)
{
	struct resolve_cache c;

	CHECK_INT("init", resolve_cache_init(&c, 1 << 20), ERR_OK);
	resolve_cache_put(&c, entry(&c, "a.example.", DNS_DATA, 60, RESOLVE_KEY_AD), 1000);
	CHECK_INT("same", has(&c, "a.example.", DNS_TYPE_A, RESOLVE_KEY_AD, 1000), 1);
	CHECK_INT("case", has(&c, "A.Example.", DNS_TYPE_A, RESOLVE_KEY_AD, 1000), 1);
	CHECK_INT("name", has(&c, "b.example.", DNS_TYPE_A, RESOLVE_KEY_AD, 1000), 0);
	CHECK_INT("type", has(&c, "a.example.", DNS_TYPE_MX, RESOLVE_KEY_AD, 1000), 0);
	CHECK_INT("no AD", has(&c, "a.example.", DNS_TYPE_A, 0, 1000), 0);
	CHECK_INT("DO", has(&c, "a.example.", DNS_TYPE_A, RESOLVE_KEY_AD | RESOLVE_KEY_DO, 1000),
		  0);
	CHECK_INT("tier",
		  has(&c, "a.example.", DNS_TYPE_A, RESOLVE_KEY_AD | RESOLVE_KEY_TRUSTED, 1000), 0);
	CHECK_INT("last millisecond", has(&c, "a.example.", DNS_TYPE_A, RESOLVE_KEY_AD, 60999), 1);
	CHECK_INT("over", has(&c, "a.example.", DNS_TYPE_A, RESOLVE_KEY_AD, 61000), 0);
	CHECK_INT("gone", (long long)c.n, 0);
	CHECK_INT("gone", (long long)c.octets, 0);
	resolve_cache_clear(&c);
}

static const struct {
	const char *label;
	enum dns_outcome outcome;
	uint32_t ttl_s;
	int64_t lives_s;
} lives[] = {
	{ "data", DNS_DATA, 300, 300 },       { "data, zero", DNS_DATA, 0, 0 },
	{ "nodata", DNS_NODATA, 20, 20 },     { "nodata, no soa", DNS_NODATA, 0, 0 },
	{ "no name", DNS_NO_NAME, 20, 20 },   { "failed", DNS_FAILED, 0, 1 },
	{ "no answer", DNS_NO_ANSWER, 0, 1 }, { "loop", DNS_LOOP, 300, 1 },
};

static void test_lives(void)
{
	for (size_t i = 0; i < COUNT_OF(lives); i++) {
		struct resolve_cache c;
		CHECK_INT("init", resolve_cache_init(&c, 1 << 20), ERR_OK);
		resolve_cache_put(&c, entry(&c, "a.", lives[i].outcome, lives[i].ttl_s, 0), 0);
		int64_t end = lives[i].lives_s * 1000;
		CHECK_INT(lives[i].label, has(&c, "a.", DNS_TYPE_A, 0, end - 1), end > 0);
		CHECK_INT(lives[i].label, has(&c, "a.", DNS_TYPE_A, 0, end), 0);
		resolve_cache_clear(&c);
	}
}

/* RFC 9520: longer while it lasts, and from the beginning after a success. */
static void test_failing(void)
{
	static const int64_t seconds[] = { 1, 2, 4, 5, 5 };
	struct resolve_cache c;
	int64_t now = 0;

	CHECK_INT("init", resolve_cache_init(&c, 1 << 20), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(seconds); i++) {
		resolve_cache_put(&c, entry(&c, "a.", DNS_FAILED, 0, 0), now);
		CHECK_INT("held", has(&c, "a.", DNS_TYPE_A, 0, now + seconds[i] * 1000 - 1), 1);
		now += seconds[i] * 1000;
		CHECK_INT("over", has(&c, "a.", DNS_TYPE_A, 0, now), 0);
	}
	resolve_cache_put(&c, entry(&c, "a.", DNS_DATA, 1, 0), now);
	now += 1000;
	resolve_cache_put(&c, entry(&c, "a.", DNS_FAILED, 0, 0), now);
	CHECK_INT("anew", has(&c, "a.", DNS_TYPE_A, 0, now + 999), 1);
	CHECK_INT("anew", has(&c, "a.", DNS_TYPE_A, 0, now + 1000), 0);
	resolve_cache_clear(&c);
}

/* Not in place of an answer that lasts; an answer takes the place of anything. */
static void test_failure_later(void)
{
	struct dns_name name = craft_name_of("a.");
	struct resolve_key key = key_of(&name, DNS_TYPE_A, 0);
	struct resolve_cache c;

	CHECK_INT("init", resolve_cache_init(&c, 1 << 20), ERR_OK);
	resolve_cache_put(&c, entry(&c, "a.", DNS_NODATA, 10, 0), 0);
	resolve_cache_put(&c, entry(&c, "a.", DNS_FAILED, 0, 0), 9999);
	const struct resolve_entry *e = resolve_cache_find(&c, &key, 9999);
	CHECK_INT("it lasts", e && e->answer->outcome == DNS_NODATA, 1);
	CHECK_INT("to its end", has(&c, "a.", DNS_TYPE_A, 0, 10000), 0);
	resolve_cache_put(&c, entry(&c, "a.", DNS_NODATA, 10, 0), 0);
	resolve_cache_put(&c, entry(&c, "a.", DNS_FAILED, 0, 0), 10000);
	e = resolve_cache_find(&c, &key, 10000);
	CHECK_INT("it has ended", e && e->answer->outcome == DNS_FAILED, 1);
	resolve_cache_put(&c, entry(&c, "a.", DNS_NO_ANSWER, 0, 0), 10500);
	e = resolve_cache_find(&c, &key, 10500);
	CHECK_INT("a failure for a failure", e && e->failures == 2, 1);
	resolve_cache_put(&c, entry(&c, "a.", DNS_DATA, 10, 0), 10500);
	e = resolve_cache_find(&c, &key, 10500);
	CHECK_INT("an answer for a failure", e && e->answer->outcome == DNS_DATA, 1);
	CHECK_INT("one", (long long)c.n, 1);
	resolve_cache_clear(&c);
}

static const struct {
	const char *label;
	enum dns_outcome outcome;
	uint32_t ttl_s;
	unsigned hits; /* before */
	int64_t at;
	bool due;
} dues[] = {
	{ "in the last tenth", DNS_DATA, 60, 2, 54000, true },
	{ "before it", DNS_DATA, 60, 2, 53999, false },
	{ "last millisecond", DNS_DATA, 60, 2, 59999, true },
	{ "hit once", DNS_DATA, 60, 1, 54000, false },
	{ "hit often", DNS_DATA, 60, 9, 54000, true },
	{ "no data", DNS_NODATA, 60, 2, 54000, true },
	{ "no name", DNS_NO_NAME, 60, 2, 54000, true },
	{ "shortest life", DNS_DATA, 10, 2, 9000, true },
	{ "too short a life", DNS_DATA, 9, 2, 8999, false },
	{ "failure", DNS_FAILED, 60, 2, 999, false },
	{ "loop", DNS_LOOP, 60, 2, 999, false },
};

static void test_due(void)
{
	struct dns_name name = craft_name_of("a.");
	struct resolve_key key = key_of(&name, DNS_TYPE_A, 0);

	for (size_t i = 0; i < COUNT_OF(dues); i++) {
		const char *label = dues[i].label;
		struct resolve_entry *e;
		struct resolve_cache c;
		CHECK_INT("init", resolve_cache_init(&c, 1 << 20), ERR_OK);
		resolve_cache_put(&c, entry(&c, "a.", dues[i].outcome, dues[i].ttl_s, 0), 0);
		for (unsigned hit = 0; hit < dues[i].hits; hit++)
			CHECK_INT(label, has(&c, "a.", DNS_TYPE_A, 0, 0), 1);
		e = resolve_cache_find(&c, &key, dues[i].at);
		CHECK_INT(label, e != NULL, 1);
		CHECK_INT(label, e && resolve_cache_due(e, dues[i].at), dues[i].due);
		e = resolve_cache_find(&c, &key, dues[i].at);
		CHECK_INT("once", e && dues[i].due && resolve_cache_due(e, dues[i].at), 0);
		resolve_cache_clear(&c);
	}
}

/* Room for four: the one unused longest goes. */
static void test_bound(void)
{
	struct resolve_cache c;

	CHECK_INT("init", resolve_cache_init(&c, 0), ERR_OK);
	struct resolve_entry *first = entry(&c, "a.", DNS_DATA, 60, 0);
	size_t one = sizeof(*first) + first->answer->octets;
	c.max = 4 * one;
	resolve_cache_put(&c, first, 0);
	resolve_cache_put(&c, entry(&c, "b.", DNS_DATA, 60, 0), 0);
	resolve_cache_put(&c, entry(&c, "c.", DNS_DATA, 60, 0), 0);
	resolve_cache_put(&c, entry(&c, "d.", DNS_DATA, 60, 0), 0);
	CHECK_INT("full", (long long)c.octets, (long long)(4 * one));
	CHECK_INT("used", has(&c, "a.", DNS_TYPE_A, 0, 0), 1);
	resolve_cache_put(&c, entry(&c, "e.", DNS_DATA, 60, 0), 0);
	CHECK_INT("bound", (long long)c.octets, (long long)(4 * one));
	CHECK_INT("used", has(&c, "a.", DNS_TYPE_A, 0, 0), 1);
	CHECK_INT("unused", has(&c, "b.", DNS_TYPE_A, 0, 0), 0);
	CHECK_INT("dropped, not freed", list_empty(&c.dropped), 0);
	resolve_cache_sweep(&c);
	CHECK_INT("freed", list_empty(&c.dropped), 1);
	resolve_cache_put(&c, entry(&c, "a.", DNS_DATA, 60, 0), 0);
	CHECK_INT("replaced", (long long)c.n, 4);
	resolve_cache_clear(&c);

	CHECK_INT("init", resolve_cache_init(&c, one - 1), ERR_OK);
	resolve_cache_put(&c, entry(&c, "a.", DNS_DATA, 60, 0), 0);
	CHECK_INT("larger than all", (long long)c.n, 0);
	resolve_cache_clear(&c);
}

static void test_flush(void)
{
	struct dns_name a = craft_name_of("A.");
	struct resolve_cache c;

	CHECK_INT("init", resolve_cache_init(&c, 1 << 20), ERR_OK);
	resolve_cache_put(&c, entry(&c, "a.", DNS_DATA, 60, 0), 0);
	resolve_cache_put(&c, entry(&c, "a.", DNS_DATA, 60, RESOLVE_KEY_AD), 0);
	resolve_cache_put(&c, entry(&c, "b.", DNS_DATA, 60, 0), 0);
	resolve_cache_flush(&c, &a);
	CHECK_INT("one", (long long)c.n, 1);
	CHECK_INT("one", has(&c, "b.", DNS_TYPE_A, 0, 0), 1);
	resolve_cache_flush(&c, NULL);
	CHECK_INT("all", (long long)c.n, 0);
	resolve_cache_clear(&c);
}

int main(void)
{
	test_key();
	test_lives();
	test_failing();
	test_failure_later();
	test_due();
	test_bound();
	test_flush();
	return TEST_EXIT();
}
