#include "journal/day.h"

#include "base/buf.h"
#include "base/time.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

const struct journal_day_kind journal_day_out = { STR_INIT("smtp-out-"), STR_INIT(".log") };
const struct journal_day_kind journal_day_in = { STR_INIT("smtp-in-"), STR_INIT(".log") };
const struct journal_day_kind journal_day_records = { STR_INIT("deliveries-"), STR_INIT(".jsonl") };

static bool is_date(struct str s)
{
	for (size_t i = 0; i < JOURNAL_DATE; i++) {
		bool dash = i == 4 || i == 7;
		if (dash ? s.p[i] != '-' : s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return true;
}

struct str journal_day_of(const struct journal_day_kind *kind, struct str name)
{
	struct str date = str_head(str_skip(name, kind->prefix.n), JOURNAL_DATE);

	if (!str_starts(name, kind->prefix) || date.n != JOURNAL_DATE || !is_date(date) ||
	    !str_eq(str_skip(name, kind->prefix.n + JOURNAL_DATE), kind->suffix))
		return STR_NONE;
	return date;
}

void journal_day_name(const struct journal_day_kind *kind, struct str date,
		      char name[static JOURNAL_NAME])
{
	struct buf b = { .p = name, .cap = JOURNAL_NAME, .max = JOURNAL_NAME };

	buf_add(&b, kind->prefix);
	buf_add(&b, date);
	buf_add(&b, kind->suffix);
	buf_addc(&b, '\0');
}

struct str journal_day_of_any(const struct journal_day_kind *kind, struct str name)
{
	static const struct str packed = STR_INIT(JOURNAL_DAY_PACKED);

	return journal_day_of(kind,
			      str_ends(name, packed) ? str_head(name, name.n - packed.n) : name);
}

void journal_day_packed(const struct journal_day_kind *kind, struct str date,
			char name[static JOURNAL_NAME])
{
	journal_day_name(kind, date, name);
	size_t n = strlen(name);
	(void)str_copy(name + n, JOURNAL_NAME - n, STR(JOURNAL_DAY_PACKED));
}

bool journal_day_is_over(struct str date, int64_t since_ms, int64_t now_wall_ms)
{
	int64_t begin;

	if (since_ms < HOUR_MS)
		since_ms = HOUR_MS;
	return time_read(date, &begin) == ERR_OK && now_wall_ms - since_ms >= begin + DAY_MS;
}

static bool is_file(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

enum err journal_day_find(int dir, const struct journal_day_kind *kind, struct str date,
			  enum journal_day_bound bound, char found[static JOURNAL_DATE + 1])
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	char best[JOURNAL_DATE + 1] = "";
	int failed;
	for (struct dirent *e; (e = os_file_entry(d, &failed)) != NULL;) {
		struct str one = journal_day_of_any(kind, str_of(e->d_name));
		int order = str_cmp(one, date);
		if (one.n == 0 || order < 0 || (order == 0 && bound == JOURNAL_DAY_AFTER))
			continue;
		if ((best[0] && str_cmp(one, str_of(best)) >= 0) || !is_file(fd, e->d_name))
			continue;
		memcpy(best, one.p, JOURNAL_DATE);
	}
	(void)closedir(d);
	memcpy(found, best, sizeof(best));
	errno = failed;
	return failed ? ERR_IO : ERR_OK;
}
