/*
 * The order in which things come to disk: the blocks of a file, the file and its name (synced), the
 * row of the message; and then the row is deleted, and the file after that.  README.md says what a
 * crash leaves between any two.
 */
#include "queue/spool.h"

#include "base/hash.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct queue_spool {
	int dir; /* -1: it is not there, and who reads finds nothing */
	char *path;
	uint64_t reserve;
	atomic_bool lent; /* half of it, to one file */
};

struct queue_spool_file {
	struct queue_spool *spool;
	queue_id id;
	enum queue_spool_use use;
	bool borrows; /* it has what is lent of the reserve */
	int fd;
	enum err err; /* the first failure */
	struct buf sums;
	uint64_t written; /* octets on disk: whole blocks, but for the last */
	size_t n;         /* octets in the block */
	bool handed_on;   /* the message has it now */
	char block[QUEUE_SPOOL_BLOCK];
};

struct queue_spool_reader {
	const struct queue_spool *spool;
	const struct queue_spooled *spooled;
	uint64_t octets;
	int fd;
	uint64_t at; /* the block's place */
	size_t n;    /* its octets; 0: none was read */
	char block[QUEUE_SPOOL_BLOCK];
};

struct queue_spooled *queue_spooled_new(queue_id id, size_t n)
{
	struct queue_spooled *s = calloc(1, sizeof(*s) + n * sizeof(s->sum[0]));

	if (s) {
		s->id = id;
		s->n = n;
	}
	return s;
}

void queue_spooled_free(struct queue_spooled **s)
{
	if (*s && (*s)->unstored)
		queue_spool_remove((*s)->unstored, (*s)->id);
	free(*s);
	*s = NULL;
}

size_t queue_spool_blocks(uint64_t octets)
{
	return (size_t)(octets / QUEUE_SPOOL_BLOCK + (octets % QUEUE_SPOOL_BLOCK != 0));
}

/* A block of another message, or from another place, does not pass for it. */
static uint64_t sum_of(queue_id id, uint64_t block, struct str octets)
{
	const uint64_t seed[2] = { id, block };

	return hash_octets(seed, octets);
}

struct name {
	char text[QUEUE_ID_MAX + 1];
};

static struct name name_of(queue_id id)
{
	char text[QUEUE_ID_MAX];
	struct name name;

	(void)str_copy(name.text, sizeof(name.text), queue_id_text(id, text));
	return name;
}

static enum err failed(const char *path, struct buf *why)
{
	int saved = errno;

	buf_addf(why, "%s: %s", path, strerror(saved));
	errno = saved;
	return ERR_IO;
}

static int open_dir(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

enum err queue_spool_open(const char *path, uint64_t reserve, enum queue_spool_access access,
			  struct queue_spool **out, struct buf *why)
{
	if (access == QUEUE_SPOOL_WRITE && os_file_mkdir(path, 0700) != ERR_OK)
		return failed(path, why);
	int dir = open_dir(path);
	if (dir < 0 && (access == QUEUE_SPOOL_WRITE || errno != ENOENT))
		return failed(path, why);
	struct queue_spool *s = calloc(1, sizeof(*s));
	if (s)
		s->path = strdup(path);
	if (!s || !s->path) {
		free(s);
		os_fd_close(&dir);
		return ERR_NOMEM;
	}
	s->dir = dir;
	s->reserve = reserve;
	*out = s;
	return ERR_OK;
}

void queue_spool_close(struct queue_spool **s)
{
	if (*s) {
		os_fd_close(&(*s)->dir);
		free((*s)->path);
	}
	free(*s);
	*s = NULL;
}

/*
 * The directory may have been removed and made anew: the one of that name is ours from then on, for
 * all threads at once.  False: errno is as it was, or no better.
 */
static bool look_again(const struct queue_spool *s)
{
	int dir = errno == ENOENT && s->dir >= 0 ? open_dir(s->path) : -1;
	bool is_there = dir >= 0 && dup3(dir, s->dir, O_CLOEXEC) >= 0;

	os_fd_close(&dir);
	return is_there;
}

void queue_spool_remove(struct queue_spool *s, queue_id id)
{
	struct name name = name_of(id);

	(void)unlinkat(s->dir, name.text, 0); /* one that stays is removed at the next start */
}

enum err queue_spool_sweep(struct queue_spool *s, bool (*keeps)(void *arg, queue_id id), void *arg)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	queue_id id;

	if (!dir) {
		os_fd_close(&fd);
		return errno == ENOMEM ? ERR_NOMEM : ERR_IO;
	}
	for (struct dirent *e; (e = os_file_entry(dir, &error)) != NULL;)
		if (queue_id_read(str_of(e->d_name), &id) &&
		    strcmp(name_of(id).text, e->d_name) == 0 && !keeps(arg, id))
			queue_spool_remove(s, id);
	(void)closedir(dir);
	errno = error;
	return error ? ERR_IO : ERR_OK;
}

bool queue_spool_has(const struct queue_spool *s, queue_id id, uint64_t octets)
{
	struct name name = name_of(id);
	struct stat st;

	return fstatat(s->dir, name.text, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (uint64_t)st.st_size == octets;
}

struct queue_spool_file *queue_spool_file_new(struct queue_spool *s, queue_id id,
					      enum queue_spool_use use)
{
	struct queue_spool_file *f = malloc(sizeof(*f));

	if (!f)
		return NULL;
	f->spool = s;
	f->id = id;
	f->use = use;
	f->borrows = false;
	f->fd = -1;
	f->err = ERR_OK;
	f->sums = BUF_MAX(SIZE_MAX);
	f->written = 0;
	f->n = 0;
	f->handed_on = false;
	return f;
}

void queue_spool_file_free(struct queue_spool_file **fp)
{
	struct queue_spool_file *f = *fp;

	*fp = NULL;
	if (!f)
		return;
	if (f->fd >= 0 && !f->handed_on)
		queue_spool_remove(f->spool, f->id);
	if (f->borrows)
		atomic_store(&f->spool->lent, false);
	os_fd_close(&f->fd);
	buf_free(&f->sums);
	free(f);
}

size_t queue_spool_file_add(struct queue_spool_file *f, struct str octets)
{
	struct str some = str_head(octets, QUEUE_SPOOL_BLOCK - f->n);

	if (some.n > 0)
		memcpy(f->block + f->n, some.p, some.n);
	f->n += some.n;
	return some.n;
}

bool queue_spool_file_full(const struct queue_spool_file *f)
{
	return f->n == QUEUE_SPOOL_BLOCK;
}

uint64_t queue_spool_file_size(const struct queue_spool_file *f)
{
	return f->written + f->n;
}

static enum err errno_err(void)
{
	return errno == ENOSPC || errno == EDQUOT ? ERR_LIMIT : ERR_IO;
}

/* Another block would leave less than that free.  Where nobody can tell there is room. */
static bool would_leave_less(const struct queue_spool *s, uint64_t octets)
{
	struct statvfs st;

	return octets > 0 && fstatvfs(s->dir, &st) == 0 &&
	       (uint64_t)st.f_bavail * st.f_frsize < octets + QUEUE_SPOOL_BLOCK;
}

/*
 * Mail that is to leave may be what fills the disk: it must not wait for room that only comes once
 * it has left.  One file at a time, or each would have a little of it, and none enough.
 */
static bool has_room(struct queue_spool_file *f)
{
	struct queue_spool *s = f->spool;

	if (!would_leave_less(s, s->reserve))
		return true;
	if (f->use == QUEUE_SPOOL_COMES || would_leave_less(s, s->reserve / 2))
		return false;
	f->borrows = f->borrows || !atomic_exchange(&s->lent, true);
	return f->borrows;
}

static enum err put(const struct queue_spool_file *f, struct str block)
{
	return os_file_write_at(f->fd, f->written, block) == ERR_OK ? ERR_OK : errno_err();
}

/* Of an earlier attempt that was never added there may be a file. */
static enum err make(struct queue_spool_file *f)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
	struct name name = name_of(f->id);

	f->fd = openat(f->spool->dir, name.text, flags, 0600);
	if (f->fd < 0 && look_again(f->spool))
		f->fd = openat(f->spool->dir, name.text, flags, 0600);
	return f->fd < 0 ? errno_err() : ERR_OK;
}

enum err queue_spool_file_write(struct queue_spool_file *f)
{
	struct str block = { f->block, f->n };

	if (f->err == ERR_OK && !has_room(f))
		f->err = ERR_LIMIT;
	if (f->err == ERR_OK && f->fd < 0)
		f->err = make(f);
	if (f->err == ERR_OK)
		f->err = put(f, block);
	if (f->err != ERR_OK)
		return f->err;
	uint64_t sum = sum_of(f->id, f->sums.n / sizeof(sum), block);
	buf_add(&f->sums, (struct str){ (const char *)&sum, sizeof(sum) });
	f->written += f->n;
	f->n = 0;
	return f->err = buf_err(&f->sums);
}

static enum err flush(struct queue_spool_file *f)
{
	return f->n > 0 || f->fd < 0 ? queue_spool_file_write(f) : f->err;
}

/* Synced, it is no use where it has no name any more: its directory was removed meanwhile. */
static enum err sync_file(const struct queue_spool_file *f)
{
	struct stat st;

	if (fdatasync(f->fd) < 0 || fsync(f->spool->dir) < 0 || fstat(f->fd, &st) < 0)
		return errno_err();
	errno = ENOENT;
	return st.st_nlink > 0 ? ERR_OK : ERR_IO;
}

/* All of it is where it is to be: what is kept of it. */
static enum err hand_on(struct queue_spool_file *f, struct queue_spooled **out)
{
	struct queue_spooled *s = queue_spooled_new(f->id, f->sums.n / sizeof(s->sum[0]));

	if (!s)
		return f->err = ERR_NOMEM;
	memcpy(s->sum, f->sums.p, f->sums.n);
	s->unstored = f->spool;
	f->handed_on = true;
	*out = s;
	return ERR_OK;
}

enum err queue_spool_file_finish(struct queue_spool_file *f, struct queue_spooled **out)
{
	enum err e = flush(f);

	if (e == ERR_OK)
		e = f->err = sync_file(f);
	return e == ERR_OK ? hand_on(f, out) : e;
}

enum err queue_spool_file_end(struct queue_spool_file *f, struct queue_spooled **out)
{
	enum err e = flush(f);

	return e == ERR_OK ? hand_on(f, out) : e;
}

struct queue_spool_reader *queue_spool_reader_new(const struct queue_spool *s,
						  const struct queue_spooled *spooled,
						  uint64_t octets)
{
	struct queue_spool_reader *r = malloc(sizeof(*r));

	if (!r)
		return NULL;
	r->spool = s;
	r->spooled = spooled;
	r->octets = octets;
	r->fd = -1;
	r->at = 0;
	r->n = 0;
	return r;
}

void queue_spool_reader_free(struct queue_spool_reader **r)
{
	if (*r)
		os_fd_close(&(*r)->fd);
	free(*r);
	*r = NULL;
}

static enum err open_file(struct queue_spool_reader *r)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW;
	struct name name = name_of(r->spooled->id);

	if (r->fd >= 0)
		return ERR_OK;
	r->fd = openat(r->spool->dir, name.text, flags);
	if (r->fd < 0 && look_again(r->spool))
		r->fd = openat(r->spool->dir, name.text, flags);
	if (r->fd < 0)
		return errno == ENOENT ? ERR_SYNTAX : ERR_IO;
	(void)posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return ERR_OK;
}

/* The block of that number, held against its sum. */
static enum err read_block(struct queue_spool_reader *r, uint64_t block)
{
	uint64_t at = block * QUEUE_SPOOL_BLOCK, left = r->octets - at;
	size_t n = left < QUEUE_SPOOL_BLOCK ? (size_t)left : QUEUE_SPOOL_BLOCK;

	r->n = 0;
	enum err e = open_file(r);
	if (e == ERR_OK)
		e = os_file_read_at(r->fd, at, r->block, n);
	if (e != ERR_OK)
		return e;
	if (sum_of(r->spooled->id, block, (struct str){ r->block, n }) != r->spooled->sum[block])
		return ERR_SYNTAX;
	r->at = at;
	r->n = n;
	return ERR_OK;
}

enum err queue_spool_reader_read(struct queue_spool_reader *r, uint64_t at, struct str *out)
{
	uint64_t block = at / QUEUE_SPOOL_BLOCK;

	if (at >= r->octets || block >= r->spooled->n)
		return ERR_SYNTAX;
	if (r->n == 0 || r->at != block * QUEUE_SPOOL_BLOCK) {
		enum err e = read_block(r, block);
		if (e != ERR_OK)
			return e;
	}
	*out = str_skip((struct str){ r->block, r->n }, (size_t)(at - r->at));
	return ERR_OK;
}
