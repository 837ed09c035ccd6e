/* Files that are compressed and read back: whole, by their index, and damaged. */
#include "journal/pack.h"

#include "base/test.h"
#include "journal/held.h"
#include "journal/keys.h"
#include "journal/session.h"
#include "journal/testing_priv.h"
#include "os/file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

enum { SESSIONS = 1500 }; /* some 2 MiB, five frames */

static struct buf text = { .max = 16 << 20 }, packed = { .max = 16 << 20 };

static int file_of(struct str s)
{
	int fd = memfd_create("packed", MFD_CLOEXEC);

	if (fd < 0)
		abort();
	testing_write(fd, s);
	return fd;
}

static void pack(struct str s, struct buf *out)
{
	CLEANUP(journal_pack_free) struct journal_pack *p = NULL;
	CLEANUP(os_fd_close) int fd = file_of(STR(""));

	CHECK_INT("new", journal_pack_new(fd, &journal_day_out, &p), ERR_OK);
	while (s.n) {
		size_t n = journal_session_block(s, true, JOURNAL_BY_FILE);
		CHECK_INT("add", journal_pack_add(p, str_head(s, n)), ERR_OK);
		s = str_skip(s, n);
	}
	CHECK_INT("end", journal_pack_end(p), ERR_OK);
	off_t size = lseek(fd, 0, SEEK_END);
	char *to = buf_room(out, (size_t)size);
	if (!to || pread(fd, to, (size_t)size, 0) != size)
		abort();
	out->n += (size_t)size;
}

static struct journal_unpack *unpack_of(struct str file)
{
	struct journal_unpack *u = NULL;

	CHECK_INT("open", journal_unpack_new(file_of(file), &u), ERR_OK);
	return u;
}

/* All that comes out.  *ends: how often it said that what came before ends there. */
static void drain(struct journal_unpack *u, struct buf *out, size_t *ends)
{
	size_t got;

	*ends = 0;
	do {
		CHECK_INT("read", journal_unpack_read(u, out, &got), ERR_OK);
		*ends += got == 0;
	} while (!journal_unpack_over(u));
}

static void check_whole(void)
{
	CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&packed));
	CLEANUP(buf_free) struct buf out = BUF_MAX(16 << 20);
	size_t ends;

	drain(u, &out, &ends);
	CHECK_INT("the same", str_eq(buf_str(&out), buf_str(&text)), true);
	CHECK_INT("frames", journal_unpack_frames(u) > 4, true);
	CHECK_INT("smaller", packed.n < text.n / 5, true);
	CHECK_INT("nothing wrong", journal_unpack_wrong(u) == NULL, true);
	CHECK_INT("its text", (long long)journal_unpack_text(u), (long long)text.n);
}

static const struct {
	const char *label;
	struct str message, to;
	uint64_t since_ms;
	bool dnssec;
	struct str must; /* something that comes out; empty: nothing does */
	size_t most;     /* frames that come out */
} wants[] = {
	{ .label = "nothing asked", .must = STR_INIT("[S0]"), .most = 9 },
	{ .label = "the first",
	  .message = STR_INIT("1T000000000"),
	  .must = STR_INIT("message 1T000000000 "),
	  .most = 1 },
	{ .label = "in the middle, small letters",
	  .message = STR_INIT("1t000000700"),
	  .must = STR_INIT("message 1T000000700 "),
	  .most = 1 },
	{ .label = "the last",
	  .message = STR_INIT("1T000001499"),
	  .must = STR_INIT("message 1T000001499 "),
	  .most = 1 },
	{ .label = "not there", .message = STR_INIT("1T000009999") },
	{ .label = "no ID: all is looked at",
	  .message = STR_INIT("message"),
	  .must = STR_INIT("[S0]"),
	  .most = 9 },
	{ .label = "recipient",
	  .to = STR_INIT("USER1200@d1.example"),
	  .must = STR_INIT("<user1200@"),
	  .most = 1 },
	{ .label = "domain",
	  .to = STR_INIT("@D1.example"),
	  .must = STR_INIT("<user1499@"),
	  .most = 3 },
	{ .label = "recipient of no such domain", .to = STR_INIT("user1200@d0.example") },
	{ .label = "both", .message = STR_INIT("1T000000700"), .to = STR_INIT("user0@d0.example") },
	{ .label = "since",
	  .since_ms = 1795564745678, /* 23:59:05.678 */
	  .must = STR_INIT("[S1439]"),
	  .most = 1 },
	{ .label = "since just after", .since_ms = 1795564745679 },
	{ .label = "dnssec", .dnssec = true, .must = STR_INIT("[S1000]"), .most = 2 },
};

static void check_wanted(void)
{
	for (size_t i = 0; i < COUNT_OF(wants); i++) {
		CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&packed));
		CLEANUP(buf_free) struct buf out = BUF_MAX(16 << 20);
		struct journal_index_want w = { .since_ms = wants[i].since_ms,
						.dnssec = wants[i].dnssec };
		size_t ends, frames = 0;

		journal_keys_want(&w, wants[i].message, wants[i].to);
		CHECK_INT(wants[i].label, journal_unpack_narrow(u, &w), ERR_OK);
		for (size_t k = 0; k < journal_unpack_frames(u); k++)
			frames += journal_unpack_size(u, k) && journal_unpack_wants(u, k);
		drain(u, &out, &ends);
		const struct str must = wants[i].must;
		CHECK_INT(wants[i].label,
			  must.n ? memmem(out.p, out.n, must.p, must.n) != NULL : out.n == 0, true);
		CHECK_INT(wants[i].label, frames <= wants[i].most, true);
	}
}

/* Whether out is text with whole blocks left out; a stream may end anywhere. */
static bool is_part(struct str out, struct str of, bool stream)
{
	while (out.n) {
		size_t n = journal_session_block(out, true, JOURNAL_BY_FILE);
		const char *at = memmem(of.p, of.n, out.p, n);
		if (!at)
			return stream && out.n < of.n && str_starts(of, out);
		of = str_skip(of, (size_t)(at - of.p) + n);
		out = str_skip(out, n);
	}
	return true;
}

static void check_damaged_at(size_t at)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(32 << 20), file = BUF_MAX(16 << 20);
	size_t ends;

	buf_add(&file, buf_str(&packed));
	file.p[at] = (char)(file.p[at] ^ 0x41);
	CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&file));
	struct journal_index_want w = { .n_key = 0 };
	journal_keys_want(&w, STR("1T000000700"), STR_NONE);
	if (at % 2)
		CHECK_INT("narrow", journal_unpack_narrow(u, &w), ERR_OK);
	drain(u, &out, &ends);
	CHECK_INT("a part", is_part(buf_str(&out), buf_str(&text), !journal_unpack_frames(u)),
		  true);
	if (at % 2 == 0 && out.n != text.n)
		CHECK_INT("told", journal_unpack_wrong(u) != NULL, true);
}

static void check_damaged(void)
{
	for (size_t at = 0; at < packed.n; at += at < 64 || at + 128 > packed.n ? 1 : 2999)
		check_damaged_at(at);
}

static void check_cut(void)
{
	for (size_t n = 0; n < packed.n; n += n < 64 || n + 64 > packed.n ? 1 : 4999) {
		struct str file = str_head(buf_str(&packed), n);
		CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(file);
		CLEANUP(buf_free) struct buf out = BUF_MAX(32 << 20);
		size_t ends;

		drain(u, &out, &ends);
		CHECK_INT("from the front", str_starts(buf_str(&text), buf_str(&out)), true);
		CHECK_INT("told", journal_unpack_wrong(u) != NULL, n > 0);
	}
}

/* In the middle of the file a frame is damaged: those behind it are there. */
static void check_goes_on(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(16 << 20), file = BUF_MAX(16 << 20);
	size_t ends;

	buf_add(&file, buf_str(&packed));
	file.p[packed.n / 3] ^= 1;
	CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&file));
	drain(u, &out, &ends);
	CHECK_INT("ends there", (long long)ends, 2);
	CHECK_INT("one is missing", out.n < text.n && out.n > text.n / 2, true);
	CHECK_INT("the end is there",
		  str_ends(buf_str(&text), str_skip(buf_str(&out), out.n - 1000)), true);
}

/* Who reads frames one by one is told of the one that is missing. */
static void check_a_frame(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(16 << 20), file = BUF_MAX(16 << 20);
	size_t damaged = 0;

	buf_add(&file, buf_str(&packed));
	file.p[packed.n / 3] ^= 1;
	CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&file));
	CHECK_INT("nothing yet", journal_unpack_wrong(u) == NULL, true);
	for (size_t i = 0; i < journal_unpack_frames(u); i++)
		damaged += journal_unpack_frame(u, i, &out) == ERR_SYNTAX;
	CHECK_INT("one is damaged", (long long)damaged, 1);
	CHECK_STR("told", str_of(journal_unpack_wrong(u) ? journal_unpack_wrong(u) : ""),
		  STR("is damaged: a part of it is missing here"));
}

static void check_held(void)
{
	static const struct {
		const char *label;
		size_t from, n;
		int flip; /* an octet from the end; 0: none */
		bool want;
	} cases[] = {
		{ "all", 0, SESSIONS, 0, true },
		{ "the last", SESSIONS - 1, 1, 0, true },
		{ "the last half", 700, 800, 0, true },
		{ "nothing", 0, 0, 0, true },
		{ "the first", 0, 1, 0, false },
		{ "one more", 0, SESSIONS + 1, 0, false },
		{ "not the same", 0, SESSIONS, 9, false },
		{ "not the same far away", 0, SESSIONS, 2000000, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&packed));
		CLEANUP(buf_free) struct buf plain = BUF_MAX(16 << 20);
		bool held = !cases[i].want;

		testing_sessions(&plain, cases[i].from, cases[i].n);
		if (cases[i].flip)
			plain.p[plain.n - (size_t)cases[i].flip] ^= 1;
		CLEANUP(os_fd_close) int fd = file_of(buf_str(&plain));
		CHECK_INT(cases[i].label, journal_held(u, fd, &held), ERR_OK);
		CHECK_INT(cases[i].label, held, cases[i].want);
	}
}

static void check_begins(void)
{
	static const struct {
		const char *label;
		size_t from, n;
		size_t flip; /* an octet of it; 0: none */
		bool want;
	} cases[] = {
		{ "all", 0, SESSIONS, 0, true },          { "the first", 0, 1, 0, true },
		{ "the first half", 0, 700, 0, true },    { "nothing", 0, 0, 0, true },
		{ "the last half", 700, 800, 0, false },  { "one more", 0, SESSIONS + 1, 0, false },
		{ "not the same", 0, 700, 70000, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(journal_unpack_free) struct journal_unpack *u = unpack_of(buf_str(&packed));
		CLEANUP(buf_free) struct buf plain = BUF_MAX(16 << 20), file = BUF_MAX(16 << 20);
		bool does = !cases[i].want;

		testing_sessions(&plain, cases[i].from, cases[i].n);
		if (cases[i].flip)
			plain.p[cases[i].flip] ^= 1;
		pack(buf_str(&plain), &file);
		CLEANUP(journal_unpack_free)
		struct journal_unpack *first = unpack_of(buf_str(&file));
		CHECK_INT(cases[i].label, journal_begins(u, first, &does), ERR_OK);
		CHECK_INT(cases[i].label, does, cases[i].want);
	}
}

int main(void)
{
	testing_sessions(&text, 0, SESSIONS);
	pack(buf_str(&text), &packed);
	check_whole();
	check_wanted();
	check_damaged();
	check_cut();
	check_goes_on();
	check_a_frame();
	check_held();
	check_begins();
	buf_free(&text);
	buf_free(&packed);
	return TEST_EXIT();
}
