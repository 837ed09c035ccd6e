#include "journal/index.h"

#include "base/test.h"

#include <string.h>

/* Two frames: 7 and 9 in the first, 7 in the second, which has the service, and is of later. */
static void make(struct buf *out)
{
	struct journal_index_making m = { 0 };

	journal_index_making_clear(&m);
	journal_index_key(&m, 9);
	journal_index_key(&m, 7);
	journal_index_key(&m, 7);
	journal_index_key(&m, 9);
	journal_index_time(&m, 1000);
	journal_index_time(&m, 500);
	journal_index_frame(&m);
	journal_index_key(&m, 7);
	journal_index_time(&m, 2000);
	m.dnssec = true;
	journal_index_frame(&m);
	CHECK_INT("keys, each once a frame", (long long)m.n, 3);
	CHECK_INT("write", journal_index_write(&m, out), ERR_OK);
	CHECK_INT("begun anew", (long long)(m.n + m.n_frame), 0);
	journal_index_making_clear(&m);
}

static const struct {
	const char *label;
	struct journal_index_want want;
	bool first, second, third;
} wants[] = {
	{ "nothing", { .n_key = 0 }, true, true, true },
	{ "a key of both", { .key = { 7 }, .n_key = 1 }, true, true, true },
	{ "a key of one", { .key = { 9 }, .n_key = 1 }, true, false, true },
	{ "a key of none", { .key = { 8 }, .n_key = 1 }, false, false, true },
	{ "two keys", { .key = { 9, 7 }, .n_key = 2 }, true, false, true },
	{ "since", { .since_ms = 1000 }, true, true, true },
	{ "since later", { .since_ms = 1001 }, false, true, true },
	{ "service", { .dnssec = true }, false, true, true },
	{ "service, and a key", { .key = { 9 }, .n_key = 1, .dnssec = true }, false, false, true },
};

static void check_wants(struct str octets)
{
	struct journal_index ix;

	CHECK_INT("read", journal_index_read(octets, &ix), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(wants); i++) {
		CHECK_INT(wants[i].label, journal_index_has(&ix, 0, &wants[i].want),
			  wants[i].first);
		CHECK_INT(wants[i].label, journal_index_has(&ix, 1, &wants[i].want),
			  wants[i].second);
		CHECK_INT("a frame of which it says nothing",
			  journal_index_has(&ix, 2, &wants[i].want), wants[i].third);
	}
}

/* Octets that are changed, and what is said then.  Its keys are at 44: (7,0) (7,1) (9,0). */
static const struct {
	const char *label;
	size_t at;
	char to;
	enum err err;
} changes[] = {
	{ "nothing changed", 0, 'S', ERR_OK },
	{ "magic", 3, 'Y', ERR_SYNTAX },
	{ "version", 4, 2, ERR_SYNTAX },
	{ "the key that is always the same", 8, 0, ERR_SYNTAX },
	{ "frames", 12, 3, ERR_SYNTAX },
	{ "keys", 16, 4, ERR_SYNTAX },
	{ "more keys than octets", 19, 127, ERR_SYNTAX },
	{ "a time", 20, 9, ERR_OK },
	{ "out of order", 44, 10, ERR_SYNTAX },
	{ "twice the same", 56, 0, ERR_SYNTAX },
	{ "no such frame", 64, 2, ERR_SYNTAX },
	{ "the last frame", 64, 1, ERR_OK },
};

int main(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(4096);
	struct journal_index ix;

	make(&b);
	check_wants(buf_str(&b));
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		CLEANUP(buf_free) struct buf other = BUF_MAX(4096);
		buf_add(&other, buf_str(&b));
		other.p[changes[i].at] = changes[i].to;
		CHECK_INT(changes[i].label, journal_index_read(buf_str(&other), &ix),
			  changes[i].err);
	}
	for (size_t n = 0; n < b.n; n++)
		CHECK_INT("cut short", journal_index_read(str_head(buf_str(&b), n), &ix),
			  ERR_SYNTAX);
	CHECK_INT("kinds are apart",
		  journal_index_hash(1, STR("a")) == journal_index_hash(2, STR("a")), false);
	CHECK_INT("case is not", journal_index_hash(1, STR("a")) == journal_index_hash(1, STR("A")),
		  true);
	return TEST_EXIT();
}
