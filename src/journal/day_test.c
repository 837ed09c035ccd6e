#include "journal/day.h"

#include "base/test.h"
#include "journal/unreadable_priv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *label;
	const struct journal_day_kind *kind;
	struct str name, date;
} names[] = {
	{ "out", &journal_day_out, STR_INIT("smtp-out-2026-11-24.log"), STR_INIT("2026-11-24") },
	{ "in", &journal_day_in, STR_INIT("smtp-in-2026-11-24.log"), STR_INIT("2026-11-24") },
	{ "records", &journal_day_records, STR_INIT("deliveries-2026-11-24.jsonl"),
	  STR_INIT("2026-11-24") },
	{ "another kind", &journal_day_out, STR_INIT("smtp-in-2026-11-24.log"), STR_INIT("") },
	{ "another end", &journal_day_out, STR_INIT("smtp-out-2026-11-24.jsonl"), STR_INIT("") },
	{ "more at the end", &journal_day_out, STR_INIT("smtp-out-2026-11-24.log~"), STR_INIT("") },
	{ "no date", &journal_day_out, STR_INIT("smtp-out-2026-11-2x.log"), STR_INIT("") },
	{ "half a date", &journal_day_out, STR_INIT("smtp-out-2026-11"), STR_INIT("") },
	{ "no dash", &journal_day_out, STR_INIT("smtp-out-2026011-24.log"), STR_INIT("") },
	{ "nothing", &journal_day_out, STR_INIT(""), STR_INIT("") },
};

static const struct {
	const char *label;
	struct str date;
	enum journal_day_bound bound;
	struct str found;
} finds[] = {
	{ "of all", STR_INIT(""), JOURNAL_DAY_FROM, STR_INIT("2026-11-22") },
	{ "from it on", STR_INIT("2026-11-22"), JOURNAL_DAY_FROM, STR_INIT("2026-11-22") },
	{ "after it", STR_INIT("2026-11-22"), JOURNAL_DAY_AFTER, STR_INIT("2026-12-01") },
	{ "a day that is not there", STR_INIT("2026-11-30"), JOURNAL_DAY_FROM,
	  STR_INIT("2026-12-01") },
	{ "no folder of the name", STR_INIT("2026-12-01"), JOURNAL_DAY_AFTER, STR_INIT("") },
};

static void touch(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		abort();
	(void)close(fd);
}

static void test_find(void)
{
	char path[] = "/tmp/day-XXXXXX", found[JOURNAL_DATE + 1];
	static const char *const files[] = { "deliveries-2026-12-01.jsonl",
					     "deliveries-2026-11-22.jsonl",
					     "smtp-out-2026-11-23.log" };

	if (!mkdtemp(path))
		abort();
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		touch(dir, files[i]);
	if (mkdirat(dir, "deliveries-2026-12-02.jsonl", 0700) < 0)
		abort();
	for (size_t i = 0; i < COUNT_OF(finds); i++) {
		CHECK_INT(finds[i].label,
			  journal_day_find(dir, &journal_day_records, finds[i].date, finds[i].bound,
					   found),
			  ERR_OK);
		CHECK_STR(finds[i].label, str_of(found), finds[i].found);
	}
	unreadable = true;
	CHECK_INT("a disk that fails",
		  journal_day_find(dir, &journal_day_records, STR(""), JOURNAL_DAY_FROM, found),
		  ERR_IO);
	CHECK_INT("says so", errno, EIO);
	unreadable = false;
	for (size_t i = 0; i < COUNT_OF(files); i++)
		(void)unlinkat(dir, files[i], 0);
	(void)unlinkat(dir, "deliveries-2026-12-02.jsonl", AT_REMOVEDIR);
	(void)close(dir);
	(void)rmdir(path);
}

int main(void)
{
	char name[JOURNAL_NAME], found[JOURNAL_DATE + 1];

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct str date = journal_day_of(names[i].kind, names[i].name);
		CHECK_STR(names[i].label, date, names[i].date);
		if (date.n) {
			journal_day_name(names[i].kind, date, name);
			CHECK_STR(names[i].label, str_of(name), names[i].name);
		}
	}
	test_find();
	CHECK_INT("no directory",
		  journal_day_find(-1, &journal_day_out, STR(""), JOURNAL_DAY_FROM, found), ERR_IO);
	return TEST_EXIT();
}
