/*
 * The files: one write() a block, a new file each day.
 *
 * Each thread has descriptors of its own, so nothing is shared but the files.
 * Appending is still done under one lock of the process: where the disk fills
 * up in the middle of a block, what was written of it is cut off again, and no
 * other block may have come after it by then.  So a file holds whole blocks,
 * with one exception: a crash between octets.  Whoever opens a file next ends
 * such a line, with words that keep it from being taken for a whole one.
 */
#include "journal/journal.h"

#include "base/jsonw.h"
#include "base/time.h"
#include "journal/day.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

enum { RECORD_MAX = 256 * 1024, AMISS_ROOM = 4096 + 256 };

/* Held while a file of any journal is appended to. */
static pthread_mutex_t appending = PTHREAD_MUTEX_INITIALIZER;

/* Under it: how often journal_hold() was called.  What was opened before may have lost its name. */
static unsigned holds;

struct file {
	const struct journal_day_kind *kind;
	int fd;         /* -1: not open */
	int64_t day;    /* since 1970, that fd is of */
	unsigned holds; /* when it was opened */
	bool stale;     /* to be opened anew, whatever the day */
	bool torn;      /* a line may be without its end */
};

static const struct journal_day_kind *const kinds[JOURNAL_KINDS] = {
	[JOURNAL_KIND_OUT] = &journal_day_out,
	[JOURNAL_KIND_IN] = &journal_day_in,
	[JOURNAL_KIND_RECORDS] = &journal_day_records,
};

struct journal {
	char *path;
	int dir; /* where path led when it was opened */
	struct file files[JOURNAL_KINDS];
	bool stale; /* dir is to be opened anew */
	char amiss[AMISS_ROOM];
	struct buf record;
};

static enum err make_path(const char *dir)
{
	CLEANUP(buf_free)
	struct buf path = BUF_MAX(4096);

	buf_add(&path, str_of(dir));
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	buf_addc(&path, '\0');
	if (buf_err(&path) != ERR_OK) {
		errno = buf_err(&path) == ERR_LIMIT ? ENAMETOOLONG : ENOMEM;
		return ERR_IO;
	}
	for (char *at = path.p + 1; *at && (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		if (mkdir(path.p, 0755) < 0 && errno != EEXIST)
			return ERR_IO;
		*at = '/';
	}
	return mkdir(path.p, 0750) < 0 && errno != EEXIST ? ERR_IO : ERR_OK;
}

/* The directory dir, made where missing, where we may make files; -1 and errno. */
static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && make_path(dir) == ERR_OK)
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		os_fd_close(&fd);
	return fd;
}

enum err journal_open(const char *dir, struct journal **out, struct buf *why)
{
	struct journal *j = calloc(1, sizeof(*j));

	if (!j) {
		buf_add(why, STR("out of memory"));
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		j->files[i] = (struct file){ .kind = kinds[i], .fd = -1 };
	j->record = BUF_MAX(RECORD_MAX);
	j->path = str_z(str_of(dir));
	j->dir = j->path ? open_dir(dir) : -1;
	if (j->dir < 0) {
		int saved = errno;
		buf_addf(why, "log directory %s: %s: let it be a directory of the daemon's user",
			 dir, strerror(saved));
		journal_close(&j);
		errno = saved;
		return ERR_IO;
	}
	*out = j;
	return ERR_OK;
}

void journal_close(struct journal **j)
{
	if (!*j)
		return;
	os_fd_close(&(*j)->dir);
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		os_fd_close(&(*j)->files[i].fd);
	buf_free(&(*j)->record);
	free((*j)->path);
	free(*j);
	*j = NULL;
}

void journal_hold(void)
{
	(void)pthread_mutex_lock(&appending);
	holds++;
}

void journal_release(void)
{
	(void)pthread_mutex_unlock(&appending);
}

/* End the line that a crash left without an end. */
static enum err mend(int fd)
{
	static const char end[] = " (cut short)\n";
	struct stat st;
	char last;

	if (fstat(fd, &st) < 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return ERR_OK;
	if (pread(fd, &last, 1, st.st_size - 1) != 1)
		return ERR_IO;
	if (last == '\n' || write(fd, end, sizeof(end) - 1) == (ssize_t)sizeof(end) - 1)
		return ERR_OK;
	return ERR_IO;
}

/* What could not be opened, by errno; of several the first. */
static void note_amiss(struct journal *j, const char *what, const char *name)
{
	int saved = errno;

	if (!j->amiss[0])
		(void)snprintf(j->amiss, sizeof(j->amiss), "log %s %s%s%s: %s", what, j->path,
			       name[0] ? "/" : "", name, strerror(saved));
	errno = saved;
}

/* The file of that day, its last line ended; -1 and errno. */
static int open_new(struct journal *j, const struct file *f, int64_t wall_ms)
{
	char name[JOURNAL_NAME], date[TIME_TEXT_MAX];

	journal_day_name(f->kind, time_date(wall_ms, date), name);
	int fd = openat(j->dir, name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd >= 0 && mend(fd) != ERR_OK)
		os_fd_close(&fd);
	if (fd < 0)
		note_amiss(j, "file", name);
	return fd;
}

/* Whether the file that is open has a name yet. */
static bool has_name(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0;
}

/* No new file can be had: the one before is better than none, where it can be found yet. */
static enum err keep(struct file *f)
{
	int saved = errno;

	if (f->fd >= 0 && has_name(f->fd) && (!f->torn || mend(f->fd) == ERR_OK)) {
		f->torn = false;
		return ERR_OK;
	}
	errno = saved;
	return ERR_IO;
}

static void make_stale(struct journal *j)
{
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		j->files[i].stale = true;
}

/* Its files, too.  Where there is no directory now, the one that is open goes on to be used. */
static void renew_dir(struct journal *j)
{
	int dir = open_dir(j->path);

	j->stale = dir < 0;
	if (dir < 0) {
		note_amiss(j, "directory", "");
		return;
	}
	os_fd_close(&j->dir);
	j->dir = dir;
	make_stale(j);
}

/*
 * See that f is the file of the day of wall_ms: the new one is opened before the old one is
 * closed, which stays where that cannot be had, and is tried anew with the next write.
 */
static enum err open_day(struct journal *j, struct file *f, int64_t wall_ms)
{
	int64_t day = wall_ms / DAY_MS;

	if (j->stale)
		renew_dir(j);
	if (f->fd >= 0 && f->day == day && f->holds == holds && !f->stale)
		return ERR_OK;
	int fd = open_new(j, f, wall_ms);
	if (fd < 0) {
		f->stale = true;
		return keep(f);
	}
	os_fd_close(&f->fd);
	*f = (struct file){ .kind = f->kind, .fd = fd, .day = day, .holds = holds };
	return ERR_OK;
}

enum err journal_reopen(struct journal *j, int64_t now_wall_ms)
{
	j->amiss[0] = '\0';
	if (pthread_mutex_lock(&appending) != 0)
		return ERR_IO;
	make_stale(j);
	renew_dir(j);
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		if (j->files[i].fd >= 0)
			(void)open_day(j, &j->files[i],
				       now_wall_ms); /* where it failed that was noted */
	(void)pthread_mutex_unlock(&appending);
	return j->amiss[0] ? ERR_IO : ERR_OK;
}

bool journal_is_stale(const struct journal *j, enum journal_kind kind)
{
	return j->stale || (j->files[kind].fd >= 0 && j->files[kind].stale);
}

const char *journal_amiss(const struct journal *j)
{
	return j->amiss;
}

/* The whole of s at the end of fd, or nothing of it. */
static enum err append(int fd, struct str s)
{
	size_t done = 0;

	while (done < s.n) {
		ssize_t n = write(fd, s.p + done, s.n - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			break;
	}
	if (done == s.n)
		return ERR_OK;

	int saved = errno;
	off_t end = done ? lseek(fd, 0, SEEK_CUR) : 0;
	/* Where it cannot be cut off, mend() ends the line when the file is opened next. */
	if (end > 0)
		(void)!ftruncate(fd, end - (off_t)done);
	errno = saved;
	return ERR_IO;
}

static enum err write_day(struct journal *j, struct file *f, int64_t wall_ms, struct str s)
{
	j->amiss[0] = '\0';
	if (pthread_mutex_lock(&appending) != 0)
		return ERR_IO;
	enum err e = open_day(j, f, wall_ms);
	if (e == ERR_OK)
		e = append(f->fd, s);
	if (e != ERR_OK) /* whatever became of it, a file opened anew is as good as any */
		f->stale = f->torn = true;
	(void)pthread_mutex_unlock(&appending);
	return e;
}

/* The lines of s that have an end. */
static struct str whole_lines(struct str s)
{
	while (s.n && s.p[s.n - 1] != '\n')
		s.n--;
	return s;
}

enum err journal_write(struct journal *j, int64_t now_wall_ms, struct journal_block *b)
{
	enum err built = buf_err(&b->lines);
	struct str lines = whole_lines(buf_str(&b->lines));

	if (lines.n == 0)
		return built;
	enum err e = write_day(j, &j->files[b->way], now_wall_ms, lines);
	return e != ERR_OK ? e : built;
}

enum err journal_delivery(struct journal *j, const struct journal_delivery *d)
{
	char time[TIME_TEXT_MAX];
	struct jsonw w = jsonw_to(&j->record);

	buf_clear(&j->record);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "time", time_rfc3339(d->wall_ms, time));
	jsonw_str(&w, "session", d->session);
	jsonw_str(&w, "message", d->message);
	jsonw_str(&w, "from", d->from);
	jsonw_str(&w, "to", d->to);
	jsonw_str(&w, "domain", d->domain);
	jsonw_str(&w, "service", d->service);
	jsonw_str(&w, "criterion", d->criterion);
	jsonw_str(&w, "mx_status", d->mx_status);
	jsonw_str(&w, "address_status", d->address_status);
	jsonw_str(&w, "host", d->host);
	jsonw_str(&w, "address", d->address);
	jsonw_str(&w, "tls", d->tls);
	jsonw_str(&w, "dane", d->dane);
	jsonw_str(&w, "outcome", d->outcome);
	jsonw_str(&w, "status", d->status);
	jsonw_str(&w, "reply", d->reply);
	jsonw_int(&w, "delay_ms", d->delay_ms);
	jsonw_int(&w, "dns_ms", d->dns_ms);
	jsonw_str(&w, "observe", d->observe);
	jsonw_str(&w, "exempt", d->exempt);
	jsonw_str(&w, "was_secure", d->was_secure);
	jsonw_str(&w, "user", d->user);
	if (d->headers.n)
		jsonw_raw(&w, "headers", d->headers);
	if (d->observed.n)
		jsonw_str(&w, "observed", d->observed);
	jsonw_object_end(&w);
	buf_addc(&j->record, '\n');
	if (buf_err(&j->record) != ERR_OK)
		return buf_err(&j->record);
	return write_day(j, &j->files[JOURNAL_KIND_RECORDS], d->wall_ms, buf_str(&j->record));
}
