/* Old days compressed, from each state that a crash or a clock may leave. */
#include "journal/shrink.h"

#include "base/test.h"
#include "base/time.h"
#include "journal/beside.h"
#include "journal/journal.h"
#include "journal/reader.h"
#include "journal/testing_priv.h"
#include "journal/unreadable_priv.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_MS INT64_C(86400000)
#define DATE "2026-11-24"
#define PLAIN "smtp-out-" DATE ".log"
#define PACKED PLAIN JOURNAL_DAY_PACKED
#define NEW PACKED JOURNAL_BESIDE

enum { MANY = 600 }; /* sessions: more than the least that is compressed */

static char dir[64];

static const char *path(const char *name)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static void put(const char *name, struct str s)
{
	CLEANUP(os_fd_close) int fd = open(path(name), O_RDWR | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		abort();
	testing_write(fd, s);
}

static void put_sessions(const char *name, size_t from, size_t n)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(16 << 20);

	testing_sessions(&b, from, n);
	put(name, buf_str(&b));
}

static bool exists(const char *name)
{
	return access(path(name), F_OK) == 0;
}

/* All that a reader gives of the directory. */
static void read_all(struct buf *out)
{
	CLEANUP(journal_reader_close) struct journal_reader *r = NULL;
	struct str block;

	CHECK_INT("open", journal_reader_open(dir, &(struct journal_filter){ 0 }, &r), ERR_OK);
	do {
		CHECK_INT("next", journal_reader_next(r, &block), ERR_OK);
		buf_add(out, block);
	} while (block.n);
}

/* The sessions from..from+n, and then at..at+more, come out, each once. */
static void check_reads(const char *label, size_t n, size_t at, size_t more)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(32 << 20), want = BUF_MAX(32 << 20);

	testing_sessions(&want, 0, n);
	testing_sessions(&want, at, more);
	read_all(&got);
	CHECK_INT(label, (long long)got.n, (long long)want.n);
	CHECK_INT(label, str_eq(buf_str(&got), buf_str(&want)), true);
}

static int64_t now(void)
{
	int64_t ms = 0;

	CHECK_INT("time", time_read(STR("2026-11-28T12:00:00Z"), &ms), ERR_OK);
	return ms;
}

static enum err shrink(int days)
{
	static const atomic_bool stop;
	struct journal_shrunk s = { .name = "" };
	enum err e, first = ERR_OK;

	do {
		e = journal_shrink(dir, days * DAY_MS, now(), &stop, &s);
		first = first == ERR_OK ? e : first;
	} while (s.name[0]);
	return first;
}

/* What is there before, and is read; what is done. */
enum before {
	NOTHING,
	BOTH,    /* a crash before the original went */
	GROWN,   /* the clock was set back, and more was written */
	HALF,    /* a crash in the middle */
	DAMAGED, /* what is compressed, and more was written */
};

static const struct {
	const char *label;
	enum before before;
	size_t n; /* sessions */
	int days; /* of log-compress */
	enum err err;
	bool plain, packed; /* are there afterwards */
} cases[] = {
	{ "old and large", NOTHING, MANY, 2, ERR_OK, false, true },
	{ "just old enough", NOTHING, MANY, 3, ERR_OK, false, true },
	{ "not old enough", NOTHING, MANY, 4, ERR_OK, true, false },
	{ "small", NOTHING, 10, 2, ERR_OK, true, false },
	{ "nothing in it", NOTHING, 0, 2, ERR_OK, true, false },
	{ "both", BOTH, MANY, 2, ERR_OK, false, true },
	{ "both, of yesterday", BOTH, MANY, 4, ERR_OK, true, true },
	{ "gone on", GROWN, MANY, 2, ERR_OK, false, true },
	{ "half written", HALF, MANY, 2, ERR_OK, false, true },
	{ "damaged", DAMAGED, MANY, 2, ERR_SYNTAX, true, true },
};

static void damage(void)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(16 << 20);

	CHECK_INT("read", os_file_read(path(PACKED), &b), ERR_OK);
	b.p[b.n / 2] ^= 1;
	put(PACKED, buf_str(&b));
}

static void prepare(enum before before, size_t n)
{
	put_sessions(PLAIN, 0, n);
	if (before == NOTHING)
		return;
	if (before == HALF) {
		put(NEW, STR("half of it"));
		return;
	}
	CHECK_INT("prepare", shrink(1), ERR_OK);
	put(NEW, STR("of another time"));
	if (before == BOTH)
		put_sessions(PLAIN, 0, n);
	else
		put_sessions(PLAIN, n, 5);
	if (before == DAMAGED)
		damage();
}

static void check_case(size_t i)
{
	const size_t more = cases[i].before == GROWN ? 5 : 0;

	prepare(cases[i].before, cases[i].n);
	if (cases[i].before != DAMAGED)
		check_reads(cases[i].label, cases[i].n, cases[i].n, more);
	CHECK_INT(cases[i].label, shrink(cases[i].days), cases[i].err);
	CHECK_INT(cases[i].label, exists(PLAIN), cases[i].plain);
	CHECK_INT(cases[i].label, exists(PACKED), cases[i].packed);
	if (cases[i].days < 4)
		CHECK_INT(cases[i].label, exists(NEW), false);
	if (cases[i].before != DAMAGED)
		check_reads(cases[i].label, cases[i].n, cases[i].n, more);
	CHECK_INT(cases[i].label, shrink(cases[i].days), cases[i].err);
}

/* Mode and time are those of the original: retention goes by them. */
static void check_like_it(void)
{
	struct stat st = { 0 };
	const struct timespec times[2] = { { .tv_sec = 1000 }, { .tv_sec = 2000 } };

	put_sessions(PLAIN, 0, MANY);
	if (utimensat(AT_FDCWD, path(PLAIN), times, 0) < 0 || chmod(path(PLAIN), 0604) < 0)
		abort();
	CHECK_INT("shrink", shrink(1), ERR_OK);
	CHECK_INT("stat", stat(path(PACKED), &st), 0);
	CHECK_INT("mode", st.st_mode & 07777, 0604);
	CHECK_INT("time", st.st_mtime, 2000);
}

/* All kinds, and many days. */
static void check_kinds(void)
{
	static const char *const names[] = { "smtp-in-2026-11-01.log", "smtp-out-2026-11-02.log",
					     "deliveries-2026-11-01.jsonl" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		put_sessions(names[i], 0, MANY);
	put_sessions("other-2026-11-01.log", 0, MANY);
	CHECK_INT("shrink", shrink(1), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char packed[JOURNAL_NAME];
		(void)snprintf(packed, sizeof(packed), "%s" JOURNAL_DAY_PACKED, names[i]);
		CHECK_INT(names[i], exists(packed) && !exists(names[i]), true);
	}
	CHECK_INT("other", exists("other-2026-11-01.log"), true);
}

/* Whoever is told to stop leaves all as it was. */
static void check_stop(void)
{
	static const atomic_bool stop = true;
	struct journal_shrunk s = { .name = "" };

	put_sessions(PLAIN, 0, MANY);
	CHECK_INT("stopped", journal_shrink(dir, DAY_MS, now(), &stop, &s), ERR_IO);
	CHECK_INT("says so", errno, ECANCELED);
	CHECK_INT("all is there", exists(PLAIN) && !exists(PACKED) && !exists(NEW), true);
	CHECK_INT("no directory", journal_shrink("/nonexistent", DAY_MS, now(), &stop, &s), ERR_IO);
}

static void write_one(struct journal *j, int64_t wall_ms)
{
	struct journal_block b;

	journal_block_init(&b, JOURNAL_OUT, STR("S9999"));
	journal_line(&b, wall_ms, JOURNAL_PLAIN, STR("outcome: delivered"));
	CHECK_INT("write", journal_write(j, wall_ms, &b), ERR_OK);
	journal_block_clear(&b);
}

/* The clock is days ahead while a file is compressed, and set back: who has it open writes on. */
static void check_set_back(void)
{
	CLEANUP(journal_close) struct journal *j = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000), got = BUF_MAX(32 << 20);
	int64_t then = now() - 4 * DAY_MS;

	put_sessions(PLAIN, 0, MANY);
	CHECK_INT("open", journal_open(dir, &j, &why), ERR_OK);
	write_one(j, then);
	CHECK_INT("shrink", shrink(1), ERR_OK);
	CHECK_INT("it went", exists(PLAIN), false);
	write_one(j, then + 1000);
	read_all(&got);
	size_t n = 0;
	for (struct str rest = buf_str(&got), line; str_line(&rest, &line);)
		n += memmem(line.p, line.n, "[S9999] ", 8) != NULL;
	CHECK_INT("both are there", (long long)n, 2);
}

/* The directory goes between two files: that is told, and there is no next one. */
static void check_gone(void)
{
	static const atomic_bool stop;
	struct journal_shrunk s = { .name = "" };

	put_sessions(PLAIN, 0, MANY);
	unreadable = true;
	CHECK_INT("a disk that fails", journal_shrink(dir, DAY_MS, now(), &stop, &s), ERR_IO);
	CHECK_INT("says so", errno, EIO);
	unreadable = false;
	CHECK_INT("the first", journal_shrink(dir, DAY_MS, now(), &stop, &s), ERR_OK);
	CHECK_STR("the first", str_of(s.name), STR(PLAIN));
	CHECK_INT("unlink", unlink(path(PACKED)), 0);
	CHECK_INT("rmdir", rmdir(dir), 0);
	CHECK_INT("gone", journal_shrink(dir, DAY_MS, now(), &stop, &s), ERR_IO);
	CHECK_INT("says so", errno, ENOENT);
	CHECK_STR("no other", str_of(s.name), STR(""));
}

/* Each in a directory of its own. */
static void run(void (*check)(void), size_t i)
{
	char command[128];

	memcpy(dir, "/tmp/shrink-XXXXXX", 19);
	if (!mkdtemp(dir))
		abort();
	if (check)
		check();
	else
		check_case(i);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	if (system(command) != 0)
		test_failures++;
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		run(NULL, i);
	run(check_like_it, 0);
	run(check_kinds, 0);
	run(check_stop, 0);
	run(check_gone, 0);
	run(check_set_back, 0);
	return TEST_EXIT();
}
