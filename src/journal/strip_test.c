#include "journal/strip.h"

#include "base/test.h"
#include "base/time.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT(more) "{\"time\":\"t\",\"user\":\"u\",\"headers\":[\"Subject: \\\"x\\\"\"]" more "}\n"
#define BARE(more) "{\"time\":\"t\",\"user\":\"u\"" more "}\n"

static const struct {
	const char *label;
	struct str line, want;
} lines[] = {
	{ "kept", STR_INIT(KEPT("")), STR_INIT(BARE("")) },
	{ "kept, and more behind", STR_INIT(KEPT(",\"new\":1")), STR_INIT(BARE(",\"new\":1")) },
	{ "nothing kept", STR_INIT(BARE("")), STR_INIT(BARE("")) },
	{ "only said by somebody",
	  STR_INIT("{\"time\":\"t\",\"reply\":\"\\\",\\\"headers\\\":[1]\"}\n"),
	  STR_INIT("{\"time\":\"t\",\"reply\":\"\\\",\\\"headers\\\":[1]\"}\n") },
	{ "no record", STR_INIT("{\"time\":\"t\",\"headers\":[\"a\" (cut short)\n"),
	  STR_INIT("{\"time\":\"t\",\"headers\":[\"a\" (cut short)\n") },
	{ "no end", STR_INIT("{\"time\":\"t\",\"headers\":[]}"), STR_INIT("{\"time\":\"t\"}") },
};

static char dir[] = "/tmp/strip-XXXXXX";

static const char *path_of(const char *date)
{
	static char text[128];

	(void)snprintf(text, sizeof(text), "%s/deliveries-%s.jsonl", dir, date);
	return text;
}

static void put(const char *date, struct str s)
{
	CLEANUP(os_fd_close)
	int fd = open(path_of(date), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	if (fd < 0 || write(fd, s.p, s.n) != (ssize_t)s.n)
		abort();
}

static void check(const char *label, const char *date, struct str want)
{
	CLEANUP(buf_free) struct buf got = BUF_MAX(1 << 24);

	CHECK_INT(label, os_file_read(path_of(date), &got), ERR_OK);
	CHECK_INT(label, str_eq(buf_str(&got), want), 1);
}

static int64_t at(const char *time)
{
	int64_t ms = 0;

	CHECK_INT(time, time_read(str_of(time), &ms), ERR_OK);
	return ms;
}

/* How many files were rewritten; the last day that was looked at. */
static size_t strip_all(struct str done, int days, int64_t now, char last[static JOURNAL_DATE + 1])
{
	char day[JOURNAL_DATE + 1];
	bool any = false;
	size_t n = 0;

	(void)str_copy(day, sizeof(day), done);
	for (;;) {
		CHECK_INT("strip", journal_strip(dir, days * INT64_C(86400000), now, day, &any),
			  ERR_OK);
		if (!day[0])
			return n;
		memcpy(last, day, sizeof(day));
		n += any;
	}
}

/* Days are looked at from the one after done on, and until one is not old enough. */
static void test_days(void)
{
	static const struct {
		const char *label, *now;
		int days;
		struct str done, last;
		size_t n;
	} cases[] = {
		{ "none is over", "2026-11-20T23:59:59Z", 0, STR_INIT(""), STR_INIT(""), 0 },
		{ "within the hour", "2026-11-21T00:59:59Z", 0, STR_INIT(""), STR_INIT(""), 0 },
		{ "an hour past", "2026-11-21T01:00:00Z", 0, STR_INIT(""), STR_INIT("2026-11-20"),
		  1 },
		{ "kept for two days", "2026-11-22T23:59:59Z", 2, STR_INIT(""), STR_INIT(""), 0 },
		{ "and no longer", "2026-11-23T00:00:00Z", 2, STR_INIT(""), STR_INIT("2026-11-20"),
		  1 },
		{ "all", "2026-12-23T00:00:00Z", 2, STR_INIT(""), STR_INIT("2026-11-22"), 2 },
		{ "done before", "2026-12-23T00:00:00Z", 2, STR_INIT("2026-11-20"),
		  STR_INIT("2026-11-22"), 1 },
		{ "all done", "2026-12-23T00:00:00Z", 2, STR_INIT("2026-11-22"), STR_INIT(""), 0 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char last[JOURNAL_DATE + 1] = "";
		put("2026-11-20", STR(KEPT("") BARE("") KEPT("")));
		put("2026-11-21", STR(BARE("")));
		put("2026-11-22", STR(KEPT("")));
		size_t n = strip_all(cases[i].done, cases[i].days, at(cases[i].now), last);
		CHECK_STR(cases[i].label, str_of(last), cases[i].last);
		CHECK_INT(cases[i].label, (long long)n, (long long)cases[i].n);
		check(cases[i].label, "2026-11-21", STR(BARE("")));
		if (cases[i].n == 2) {
			check(cases[i].label, "2026-11-20", STR(BARE("") BARE("") BARE("")));
			check(cases[i].label, "2026-11-22", STR(BARE("")));
		}
	}
}

/* More than is read at once; its mode stays. */
static void test_large(void)
{
	CLEANUP(buf_free) struct buf kept = BUF_MAX(1 << 24), bare = BUF_MAX(1 << 24);
	char last[JOURNAL_DATE + 1];
	struct stat before, after;

	for (int i = 0; i < 50000; i++) {
		buf_add(&kept, STR(KEPT("")));
		buf_add(&bare, STR(BARE("")));
	}
	put("2026-11-22", buf_str(&kept));
	CHECK_INT("stat", stat(path_of("2026-11-22"), &before), 0);
	CHECK_INT("large", (long long)strip_all(STR("2026-11-21"), 0, at("2027-01-01"), last), 1);
	check("large", "2026-11-22", buf_str(&bare));
	CHECK_INT("stat", stat(path_of("2026-11-22"), &after), 0);
	CHECK_INT("mode", after.st_mode, before.st_mode);
}

int main(void)
{
	CLEANUP(buf_free) struct buf room = BUF_MAX(4096), out = BUF_MAX(4096);
	static const char *const dates[] = { "2026-11-20", "2026-11-21", "2026-11-22" };
	char last[JOURNAL_DATE + 1] = "";
	bool any;

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		buf_clear(&out);
		CHECK_INT(lines[i].label, journal_strip_line(lines[i].line, &room, &out),
			  !str_eq(lines[i].line, lines[i].want));
		CHECK_STR(lines[i].label, buf_str(&out), lines[i].want);
	}
	if (!mkdtemp(dir))
		abort();
	test_days();
	test_large();
	for (size_t i = 0; i < COUNT_OF(dates); i++)
		(void)unlink(path_of(dates[i]));
	CHECK_INT("nothing is left", rmdir(dir), 0);
	CHECK_INT("no directory", journal_strip(dir, 0, 0, last, &any), ERR_IO);
	return TEST_EXIT();
}
