#include "queue/sqlite/disk_priv.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RESERVE_MAX ((uint64_t)32 << 20) /* the log at its longest, to be checkpointed */
#define KEPT_MAX ((uint64_t)1 << 60)     /* so that no sum overflows */
#define NAME_SIZE 256
#define PATH_SIZE 4096
#define OURS ": its directory must be there, and ours to write"

static enum err failed(struct buf *why, const char *path, const char *suffix, const char *remedy)
{
	int saved = errno;

	buf_add(why, str_of(path));
	buf_add(why, str_of(suffix));
	buf_add(why, STR(": "));
	buf_add(why, str_of(strerror(saved)));
	buf_add(why, str_of(remedy));
	errno = saved;
	return ERR_IO;
}

/* The directory of path, and the last part of path in *name. */
static int open_dir(const char *path, const char **name)
{
	char dir[PATH_SIZE] = ".";
	const char *slash = strrchr(path, '/');

	*name = slash ? slash + 1 : path;
	if (slash) {
		size_t n = slash == path ? 1 : (size_t)(slash - path);
		if (n >= sizeof(dir)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(dir, path, n);
		dir[n] = '\0';
	}
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_beside(const struct queue_sqlite_disk *d, const char *name, const char *suffix)
{
	char whole[NAME_SIZE];

	if (snprintf(whole, sizeof(whole), "%s%s", name, suffix) >= (int)sizeof(whole)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return openat(d->dir, whole, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Whose it is, for the message; the file says so as long as it is locked. */
static enum err locked(struct queue_sqlite_disk *d, const char *path, struct buf *why)
{
	char pid[16];
	ssize_t n = pread(d->lock, pid, sizeof(pid), 0);

	buf_add(why, str_of(path));
	buf_add(why, STR(": in use by "));
	buf_add(why, n > 0 ? STR("process ") : STR("another process"));
	buf_add(why, str_trim((struct str){ pid, n > 0 ? (size_t)n : 0 }));
	buf_add(why, STR(": stop that one first, or name another file"));
	errno = EWOULDBLOCK;
	return ERR_IO;
}

static enum err take_lock(struct queue_sqlite_disk *d, const char *path, const char *name,
			  struct buf *why)
{
	char pid[16];

	d->lock = open_beside(d, name, "-lock");
	if (d->lock < 0)
		return failed(why, path, "-lock", OURS);
	if (flock(d->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? locked(d, path, why) : failed(why, path, "-lock", "");
	/* For people only: on a full disk it stays empty. */
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	ssize_t done = ftruncate(d->lock, 0) == 0 ? pwrite(d->lock, pid, (size_t)n, 0) : 0;
	(void)done;
	return ERR_OK;
}

static enum err make_database(struct queue_sqlite_disk *d, const char *path, const char *name,
			      struct buf *why)
{
	/* Nobody has it open yet: closing it cannot drop SQLite's locks. */
	CLEANUP(os_fd_close)
	int fd = openat(d->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? ERR_OK : failed(why, path, "", "");
	if (fsync(d->dir) < 0)
		return failed(why, path, "", " (syncing its directory)");
	return ERR_OK;
}

enum err queue_sqlite_disk_open(struct queue_sqlite_disk *d, const char *path, uint64_t kept,
				struct buf *why)
{
	const char *name;

	*d = (struct queue_sqlite_disk){ .dir = -1, .lock = -1, .reserve = -1, .kept = kept };
	if (kept > KEPT_MAX)
		d->kept = KEPT_MAX;
	d->wanted = kept < RESERVE_MAX ? kept : RESERVE_MAX;
	d->dir = open_dir(path, &name);
	if (d->dir < 0)
		return failed(why, path, "", OURS);
	enum err e = take_lock(d, path, name, why);
	if (e == ERR_OK && d->wanted) {
		d->reserve = open_beside(d, name, "-reserve");
		if (d->reserve < 0)
			e = failed(why, path, "-reserve", "");
	}
	/* What opening needs of disk, it shall have. */
	if (e == ERR_OK && queue_sqlite_disk_free(d) < d->wanted)
		(void)queue_sqlite_disk_give(d);
	if (e == ERR_OK)
		e = make_database(d, path, name, why);
	if (e != ERR_OK)
		queue_sqlite_disk_close(d);
	return e;
}

void queue_sqlite_disk_close(struct queue_sqlite_disk *d)
{
	os_fd_close(&d->reserve);
	os_fd_close(&d->lock);
	os_fd_close(&d->dir);
}

uint64_t queue_sqlite_disk_free(const struct queue_sqlite_disk *d)
{
	struct statvfs st;

	if (fstatvfs(d->dir, &st) < 0)
		return UINT64_MAX;
	return (uint64_t)st.f_bavail * st.f_frsize;
}

void queue_sqlite_disk_keep(struct queue_sqlite_disk *d)
{
	if (d->reserve < 0 || d->whole || queue_sqlite_disk_free(d) < d->kept + d->wanted)
		return;
	d->whole = posix_fallocate(d->reserve, 0, (off_t)d->wanted) == 0;
}

bool queue_sqlite_disk_give(struct queue_sqlite_disk *d)
{
	struct stat st;

	if (d->reserve < 0 || fstat(d->reserve, &st) < 0 || st.st_size == 0)
		return false;
	d->whole = false;
	/* Freed blocks can be used again once that is on disk. */
	return ftruncate(d->reserve, 0) == 0 && fsync(d->reserve) == 0;
}
