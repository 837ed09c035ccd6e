#include "journal/tail.h"

#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void journal_tail_init(struct journal_tail *t)
{
	*t = (struct journal_tail){ .fd = -1, .window = BUF_MAX(JOURNAL_TAIL_WINDOW) };
}

void journal_tail_clear(struct journal_tail *t)
{
	os_fd_close(&t->fd);
	buf_free(&t->window);
	journal_tail_init(t);
}

enum err journal_tail_open(int dir, const struct journal_day_kind *kind, struct str date,
			   struct journal_tail *out)
{
	char name[JOURNAL_NAME];
	struct stat st;

	journal_tail_init(out);
	journal_day_name(kind, date, name);
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (fstat(fd, &st) < 0) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	out->fd = fd;
	out->inode = st.st_ino;
	memcpy(out->date, date.p, JOURNAL_DATE);
	return ERR_OK;
}

enum err journal_tail_fill(struct journal_tail *t, size_t *got)
{
	buf_drop(&t->window, t->used);
	t->at += (off_t)t->used;
	t->used = 0;
	if (!buf_room(&t->window, JOURNAL_TAIL_CHUNK))
		return buf_err(&t->window) == ERR_LIMIT ? ERR_IO : ERR_NOMEM;
	ssize_t n = pread(t->fd, t->window.p + t->window.n, JOURNAL_TAIL_CHUNK,
			  t->at + (off_t)t->window.n);
	if (n < 0)
		return ERR_IO;
	t->window.n += (size_t)n;
	*got = (size_t)n;
	return ERR_OK;
}

void journal_tail_again(struct journal_tail *t)
{
	t->at += (off_t)t->used;
	t->used = t->window.n = 0;
}

bool journal_tail_replaced(const struct journal_tail *t, int dir,
			   const struct journal_day_kind *kind)
{
	char name[JOURNAL_NAME];
	struct stat st;

	if (t->fd < 0)
		return false;
	journal_day_name(kind, str_of(t->date), name);
	return fstatat(dir, name, &st, 0) == 0 && (st.st_ino != t->inode || st.st_size < t->at);
}
