#include "journal/expire.h"

#include "base/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)
#define T0 INT64_C(1795489445678) /* 2026-11-24T03:04:05.678Z */

static const struct {
	struct str name;
	bool due;
} names[] = {
	{ STR_INIT("smtp-out-2026-11-23.log"), true },
	{ STR_INIT("smtp-in-2026-11-23.log"), true },
	{ STR_INIT("deliveries-2026-11-23.jsonl"), true },
	{ STR_INIT("smtp-in-1999-12-31.log"), true },
	{ STR_INIT("smtp-in-2026-11-24.log"), false },
	{ STR_INIT("smtp-in-2026-12-01.log"), false },
	{ STR_INIT("smtp-in-2027-01-01.log"), false },
	{ STR_INIT("smtp-in-2026-11-23.log.gz"), false },
	{ STR_INIT("smtp-in-2026-11-23.jsonl"), false },
	{ STR_INIT("my-smtp-in-2026-11-23.log"), false },
	{ STR_INIT("smtp-in-2026-11-2x.log"), false },
	{ STR_INIT("smtp-in-2026x11-23.log"), false },
	{ STR_INIT("smtp-in-.log"), false },
	{ STR_INIT("smtp-in-"), false },
	{ STR_INIT(".."), false },
	{ STR_INIT(""), false },
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

/* Ninety days: of the 24th of November the 26th of August is the first that stays. */
static void check_directory(void)
{
	size_t n = 7;

	make("smtp-in-2026-08-25.log");
	make("smtp-in-2026-08-26.log");
	make("smtp-out-2026-01-01.log");
	make("deliveries-2025-01-01.jsonl");
	make("notes-2025-01-01.log");
	if (mkdir(path("smtp-in-2026-08-24.log"), 0700) < 0)
		abort();
	CHECK_INT("one is a directory", journal_expire(dir, 90 * DAY_MS, T0, &n), ERR_IO);
	CHECK_INT("others", (long long)n, 3);
	(void)rmdir(path("smtp-in-2026-08-24.log"));
	CHECK_INT("again", journal_expire(dir, 90 * DAY_MS, T0, &n), ERR_OK);
	CHECK_INT("none", (long long)n, 0);
	CHECK_INT("no directory", journal_expire(path("gone"), DAY_MS, T0, &n), ERR_IO);
	CHECK_INT("a clock at its start", journal_expire(dir, 90 * DAY_MS, 0, &n), ERR_OK);
	CHECK_INT("none", (long long)n, 0);
	CHECK_INT("stays", unlink(path("smtp-in-2026-08-26.log")), 0);
	CHECK_INT("not ours", unlink(path("notes-2025-01-01.log")), 0);
	CHECK_INT("nothing else", rmdir(dir), 0);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		CHECK_INT(names[i].name.p, journal_expire_is_due(names[i].name, STR("2026-11-24")),
			  names[i].due);
	if (!mkdtemp(dir))
		abort();
	check_directory();
	return TEST_EXIT();
}
