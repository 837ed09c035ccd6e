#include "journal/expire.h"

#include "base/time.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { DATE = 10 }; /* characters of "2026-11-24" */

static const struct {
	struct str prefix, suffix;
} files[] = {
	{ STR_INIT("smtp-out-"), STR_INIT(".log") },
	{ STR_INIT("smtp-in-"), STR_INIT(".log") },
	{ STR_INIT("deliveries-"), STR_INIT(".jsonl") },
};

static bool is_date(struct str s)
{
	for (size_t i = 0; i < DATE; i++) {
		bool dash = i == 4 || i == 7;
		if (dash ? s.p[i] != '-' : s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return true;
}

bool journal_expire_is_due(struct str name, struct str date)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct str day = str_skip(name, files[i].prefix.n);
		if (!str_starts(name, files[i].prefix) || day.n != DATE + files[i].suffix.n ||
		    !str_ends(day, files[i].suffix) || !is_date(day))
			continue;
		return str_cmp(str_head(day, DATE), date) < 0;
	}
	return false;
}

enum err journal_expire(const char *dir, int64_t keep_ms, int64_t now_wall_ms, size_t *n)
{
	char text[TIME_TEXT_MAX];
	struct str date = time_date(now_wall_ms > keep_ms ? now_wall_ms - keep_ms : 0, text);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	*n = 0;
	if (!d) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (!journal_expire_is_due(str_of(e->d_name), date))
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			++*n;
		else
			failed = errno;
	}
	(void)closedir(d);
	errno = failed;
	return failed ? ERR_IO : ERR_OK;
}
