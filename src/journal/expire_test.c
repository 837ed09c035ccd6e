#include "journal/expire.h"

#include "base/test.h"
#include "journal/unreadable_priv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)
#define T0 INT64_C(1795489445678) /* 2026-11-24T03:04:05.678Z */

static const struct {
	struct str name, day;
} names[] = {
	{ STR_INIT("smtp-out-2026-11-23.log"), STR_INIT("2026-11-23") },
	{ STR_INIT("smtp-in-2026-11-23.log"), STR_INIT("2026-11-23") },
	{ STR_INIT("deliveries-2026-11-23.jsonl"), STR_INIT("2026-11-23") },
	{ STR_INIT("smtp-in-1999-12-31.log"), STR_INIT("1999-12-31") },
	{ STR_INIT("smtp-in-2026-11-24.log"), STR_INIT("2026-11-24") },
	{ STR_INIT("smtp-in-2026-12-01.log"), STR_INIT("2026-12-01") },
	{ STR_INIT("smtp-in-2027-01-01.log"), STR_INIT("2027-01-01") },
	{ STR_INIT("smtp-in-2026-11-23.log.gz"), STR_INIT("") },
	{ STR_INIT("smtp-in-2026-11-23.jsonl"), STR_INIT("") },
	{ STR_INIT("my-smtp-in-2026-11-23.log"), STR_INIT("") },
	{ STR_INIT("smtp-in-2026-11-2x.log"), STR_INIT("") },
	{ STR_INIT("smtp-in-2026x11-23.log"), STR_INIT("") },
	{ STR_INIT("smtp-in-.log"), STR_INIT("") },
	{ STR_INIT("smtp-in-"), STR_INIT("") },
	{ STR_INIT(".."), STR_INIT("") },
	{ STR_INIT(""), STR_INIT("") },
};

static char dir[] = "/tmp/expire-XXXXXX";

static const char *path(const char *name)
{
	static char text[256];

	(void)snprintf(text, sizeof(text), "%s/%s", dir, name);
	return text;
}

static void make(const char *name)
{
	int fd = open(path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		abort();
	(void)close(fd);
}

static void written(const char *name, int64_t wall_ms)
{
	const struct timespec at = { .tv_sec = wall_ms / 1000 }, both[] = { at, at };

	if (utimensat(AT_FDCWD, path(name), both, 0) < 0)
		abort();
}

/* Ninety days: of the 24th of November the 26th of August is the first that stays. */
static void check_directory(void)
{
	size_t n = 7;

	make("smtp-in-2026-08-25.log");
	make("smtp-in-2026-08-26.log");
	make("smtp-out-2026-01-01.log");
	make("deliveries-2025-01-01.jsonl");
	make("notes-2025-01-01.log");
	written("smtp-in-2026-08-26.log", T0);
	if (mkdir(path("smtp-in-2026-08-24.log"), 0700) < 0)
		abort();
	CHECK_INT("one is a directory", journal_expire(dir, 90 * DAY_MS, T0, &n), ERR_IO);
	CHECK_INT("others", (long long)n, 3);
	(void)rmdir(path("smtp-in-2026-08-24.log"));
	CHECK_INT("again", journal_expire(dir, 90 * DAY_MS, T0, &n), ERR_OK);
	CHECK_INT("none", (long long)n, 0);
	CHECK_INT("no directory", journal_expire(path("gone"), DAY_MS, T0, &n), ERR_IO);
	unreadable = true;
	CHECK_INT("a disk that fails", journal_expire(dir, 90 * DAY_MS, T0, &n), ERR_IO);
	CHECK_INT("says so", errno, EIO);
	unreadable = false;
	CHECK_INT("a clock at its start", journal_expire(dir, 90 * DAY_MS, 0, &n), ERR_OK);
	CHECK_INT("none", (long long)n, 0);
	CHECK_INT("stays", unlink(path("smtp-in-2026-08-26.log")), 0);
	CHECK_INT("not ours", unlink(path("notes-2025-01-01.log")), 0);
	CHECK_INT("nothing else", rmdir(dir), 0);
}

/* When something was written last, and how many files have a clock that is there or years ahead. */
static const struct {
	const char *label;
	int64_t file, directory, now;
	long long gone;
} clocks[] = {
	{ "as it should be", T0 - 4 * DAY_MS, T0, T0, 1 },
	{ "it was just written, whatever it is called", T0, 0, T0, 1 },
	{ "years ahead", T0 - 90 * DAY_MS, T0 - 10 * DAY_MS, 9 * T0 / 8, 0 },
	{ "nothing was written for a long time", T0 - 90 * DAY_MS, T0 - 90 * DAY_MS, T0, 0 },
	{ "written by a clock that was ahead", 9 * T0 / 8, 9 * T0 / 8, T0, 1 },
	{ "that is behind", T0 - 4 * DAY_MS, T0, DAY_MS, 0 },
};

static void check_clock(size_t i)
{
	size_t n = 7;

	make("smtp-in-2026-08-20.log");
	written("smtp-in-2026-08-20.log", clocks[i].file);
	written(".", clocks[i].directory);
	CHECK_INT(clocks[i].label, journal_expire(dir, 90 * DAY_MS, clocks[i].now, &n), ERR_OK);
	CHECK_INT(clocks[i].label, (long long)n, clocks[i].gone);
	(void)unlink(path("smtp-in-2026-08-20.log"));
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		CHECK_STR(names[i].name.p, journal_expire_day(names[i].name), names[i].day);
	if (!mkdtemp(dir))
		abort();
	for (size_t i = 0; i < COUNT_OF(clocks); i++)
		check_clock(i);
	check_directory();
	return TEST_EXIT();
}
