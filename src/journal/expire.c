#include "journal/expire.h"

#include "base/time.h"
#include "journal/beside.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct journal_day_kind *const kinds[] = { &journal_day_out, &journal_day_in,
							&journal_day_records };

struct str journal_expire_day(struct str name)
{
	static const struct str beside = STR_INIT(JOURNAL_BESIDE);

	if (str_ends(name, beside)) /* a crash left it */
		name = str_head(name, name.n - beside.n);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct str day = journal_day_of_any(kinds[i], name);
		if (day.n)
			return day;
	}
	return STR_NONE;
}

/* When something was written there last, or now, whichever is earlier.  *failed: 0, or errno. */
static int64_t last_written(int fd, DIR *d, int64_t now_wall_ms, int *failed)
{
	struct stat st;
	int64_t last = fstat(fd, &st) == 0 ? st.st_mtime : 0;

	for (struct dirent *e; (e = os_file_entry(d, failed)) != NULL;)
		if (journal_expire_day(str_of(e->d_name)).n &&
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime > last)
			last = st.st_mtime;
	rewinddir(d);
	return last < now_wall_ms / 1000 ? last * 1000 : now_wall_ms;
}

enum err journal_expire(const char *dir, int64_t keep_ms, int64_t now_wall_ms, size_t *n)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), failed = 0, unread;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char text[TIME_TEXT_MAX];

	*n = 0;
	if (!d) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	int64_t from = last_written(fd, d, now_wall_ms, &unread);
	struct str date = time_date(from > keep_ms ? from - keep_ms : 0, text);
	for (struct dirent *e; !unread && (e = os_file_entry(d, &unread)) != NULL;) {
		struct str day = journal_expire_day(str_of(e->d_name));
		if (day.n == 0 || str_cmp(day, date) >= 0)
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			++*n;
		else
			failed = errno;
	}
	(void)closedir(d);
	errno = failed ? failed : unread;
	return failed || unread ? ERR_IO : ERR_OK;
}
