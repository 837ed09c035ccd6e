#include "journal/tail.h"

#include "journal/held.h"
#include "journal/seek.h"
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
	journal_unpack_free(&t->packed);
	buf_free(&t->window);
	journal_tail_init(t);
}

/* The file of a name; -1 in *fd where there is none.  A pipe holds nobody up. */
static enum err open_name(int dir, const char *name, int *fd)
{
	struct stat st;

	*fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (fstat(*fd, &st) == 0 && !S_ISREG(st.st_mode))
		os_fd_close(fd);
	return ERR_OK;
}

static enum err open_packed(int dir, const struct journal_day_kind *kind, struct str date,
			    struct journal_tail *t)
{
	char name[JOURNAL_NAME];
	int fd;

	journal_day_packed(kind, date, name);
	enum err e = open_name(dir, name, &fd);
	if (e != ERR_OK || fd < 0)
		return e;
	t->window.max += JOURNAL_FRAME_MAX;
	return journal_unpack_new(fd, &t->packed);
}

static enum err open_plain(int dir, const struct journal_day_kind *kind, struct str date,
			   struct journal_tail *t)
{
	char name[JOURNAL_NAME];

	journal_day_name(kind, date, name);
	return open_name(dir, name, &t->fd);
}

/* Left behind by a crash between the two steps that put the one in the other's place. */
static enum err drop_held(struct journal_tail *t)
{
	bool held = false;
	enum err e = journal_held(t->packed, t->fd, &held);

	if (held)
		os_fd_close(&t->fd);
	return e;
}

/* It is open, or not. */
static enum err opened(struct journal_tail *t, struct str date, enum err e)
{
	if (e != ERR_OK)
		journal_tail_clear(t);
	else
		memcpy(t->date, date.p, JOURNAL_DATE);
	return e;
}

enum err journal_tail_open_form(int dir, const struct journal_day_kind *kind, struct str date,
				enum journal_tail_form form, struct journal_tail *out)
{
	journal_tail_init(out);
	return opened(out, date,
		      form == JOURNAL_TAIL_PACKED ? open_packed(dir, kind, date, out)
						  : open_plain(dir, kind, date, out));
}

enum err journal_tail_open(int dir, const struct journal_day_kind *kind, struct str date,
			   struct journal_tail *out)
{
	journal_tail_init(out);
	enum err e = open_plain(dir, kind, date, out);
	if (e == ERR_OK)
		e = open_packed(dir, kind, date, out);
	if (e == ERR_OK && out->packed && out->fd >= 0)
		e = drop_held(out);
	return opened(out, date, e);
}

bool journal_tail_none(const struct journal_tail *t)
{
	return t->fd < 0 && !t->packed;
}

/* What is compressed is over for good: where it ends, all before is whole. */
static enum err fill_packed(struct journal_tail *t, size_t *got)
{
	enum err e = journal_unpack_read(t->packed, &t->window, got);

	t->ends = e == ERR_OK && *got == 0;
	t->passed = t->ends && journal_unpack_over(t->packed);
	if (t->passed)
		t->at = -(off_t)t->window.n; /* then the other file is read from its start */
	return e == ERR_LIMIT ? ERR_IO : e;
}

static enum err fill_plain(struct journal_tail *t, size_t *got)
{
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

/* More of the file into the window.  *got: octets, 0 at its end or .ends.  ERR_IO, ERR_NOMEM. */
static enum err fill(struct journal_tail *t, size_t *got)
{
	buf_drop(&t->window, t->used);
	t->at += (off_t)t->used;
	t->used = *got = 0;
	t->ends = false;
	if (t->packed && !t->passed)
		return fill_packed(t, got);
	return t->fd < 0 ? ERR_OK : fill_plain(t, got);
}

/* Nothing of the window is kept: the writer may yet take back what has not been given out. */
static void read_again(struct journal_tail *t)
{
	t->at += (off_t)t->used;
	t->used = t->window.n = 0;
}

bool journal_tail_replaced(const struct journal_tail *t, int dir,
			   const struct journal_day_kind *kind)
{
	char name[JOURNAL_NAME];
	struct stat here, there;

	if (t->fd < 0)
		return false;
	journal_day_name(kind, str_of(t->date), name);
	return fstatat(dir, name, &there, 0) == 0 && fstat(t->fd, &here) == 0 &&
	       (!os_file_same(&here, &there) || there.st_size < t->at);
}

size_t journal_tail_line(const void *arg, struct str *s, bool at_end, enum journal_ending ending)
{
	const char *end = s->n ? memchr(s->p, '\n', s->n) : NULL;

	(void)arg;
	if (end)
		return (size_t)(end - s->p) + 1;
	if (s->n > JOURNAL_TAIL_WINDOW - JOURNAL_TAIL_CHUNK)
		return s->n; /* no line of ours */
	return at_end && ending == JOURNAL_BY_FILE ? s->n : 0;
}

enum err journal_tail_take(struct journal_tail *t, journal_tail_size *size, const void *arg,
			   enum journal_ending ending, struct str *piece)
{
	bool at_end = t->ends;

	*piece = STR_NONE;
	if (journal_tail_none(t))
		return ERR_OK;
	for (;;) {
		struct str all = str_skip(buf_str(&t->window), t->used), s = all;
		size_t n = size(arg, &s, at_end, t->ends ? JOURNAL_BY_FILE : ending), got;
		t->used += all.n - s.n + n;
		*piece = str_head(s, n);
		if (n || (at_end && !t->ends))
			break;
		enum err e = fill(t, &got);
		if (e != ERR_OK)
			return e;
		at_end = got == 0;
	}
	if (piece->n == 0)
		read_again(t);
	return ERR_OK;
}
