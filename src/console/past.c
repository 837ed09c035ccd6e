/*
 * Each file is read backwards, piece by piece; what stands before the first line end of a piece
 * belongs to the line that the piece before it ends with.  Where records before a time are asked
 * for, that place is found by halving: a file's lines are in the order of time.
 */
#include "console/past.h"

#include "journal/day.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 18, RECORD_MAX = 1 << 19, FILES_MAX = 4096 };

struct past {
	const struct console_filter *f;
	struct buf *out;
	char *until;
	uint32_t n;
	size_t looked; /* octets */
	bool over;     /* enough, or all that can pass were seen */
	bool more;     /* there may be others */
	struct buf room;
};

/* One line, going back. */
static void look(struct past *p, struct str line)
{
	struct journal_record r;

	p->looked += line.n + 1;
	if (journal_record_read(line, &p->room, &r) != ERR_OK)
		return;
	if (console_filter_over(p->f, &r)) {
		p->over = true;
		return;
	}
	if (p->n == p->f->limit || p->looked > CONSOLE_PAST_OCTETS) {
		p->over = p->more = true; /* .until is that of the one before */
		return;
	}
	(void)str_copy(p->until, 32, r.time);
	if (!console_filter_passes(p->f, &r))
		return;
	buf_add(p->out, p->n++ ? STR(",\n") : STR(""));
	buf_add(p->out, line);
}

/* The lines that are whole in text, the last first; what is left at its start is returned. */
static struct str look_back(struct past *p, struct str text)
{
	while (!p->over && text.n > 0) {
		size_t at = text.n;
		while (at > 0 && text.p[at - 1] != '\n')
			at--;
		if (at == 0)
			return text;
		struct str line = str_skip(text, at);
		text.n = at - 1;
		if (line.n)
			look(p, line);
	}
	return text;
}

static bool read_at(int fd, char *to, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t got = pread(fd, to, n, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		at += got;
		n -= (size_t)got;
	}
	return true;
}

/* All of a file before end. */
static enum err read_file(struct past *p, int fd, off_t end)
{
	CLEANUP(buf_free) struct buf tail = BUF_MAX(RECORD_MAX), text = BUF_MAX(PIECE + RECORD_MAX);

	while (end > 0 && !p->over) {
		size_t n = end < PIECE ? (size_t)end : PIECE;
		buf_clear(&text);
		char *to = buf_room(&text, n);
		if (!to)
			return ERR_NOMEM;
		if (!read_at(fd, to, n, end - (off_t)n))
			return ERR_IO;
		text.n += n;
		buf_add(&text, buf_str(&tail));
		end -= (off_t)n;
		struct str rest = look_back(p, buf_str(&text));
		buf_clear(&tail);
		if (rest.n <= RECORD_MAX) /* else no record is so long */
			buf_add(&tail, rest);
		if (buf_err(&text) != ERR_OK || buf_err(&tail) != ERR_OK)
			return ERR_NOMEM;
	}
	if (end == 0 && !p->over && tail.n)
		look(p, buf_str(&tail));
	return ERR_OK;
}

/* Whether the first record that begins after `at` is of that time or later; true at the end. */
static bool is_after(struct past *p, int fd, off_t at, off_t end, struct str time)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(RECORD_MAX);
	size_t n = end - at < RECORD_MAX ? (size_t)(end - at) : RECORD_MAX;
	struct journal_record r;
	char *to = buf_room(&text, n);
	struct str rest, line;

	if (!to || !read_at(fd, to, n, at))
		return true;
	text.n += n;
	rest = buf_str(&text);
	if (at > 0)
		(void)str_line(&rest, &line);
	while (str_line(&rest, &line))
		if (journal_record_read(line, &p->room, &r) == ERR_OK)
			return str_cmp(r.time, time) >= 0;
	return true;
}

/* Past all records before f->before, and not much further. */
static off_t find_end(struct past *p, int fd, off_t end)
{
	off_t low = 0, high = end;

	if (!p->f->before[0])
		return end;
	while (high - low > PIECE) {
		off_t middle = low + (high - low) / 2;
		if (is_after(p, fd, middle, end, str_of(p->f->before)))
			high = middle;
		else
			low = middle;
	}
	/* The line in the middle of which high may stand, too. */
	return high + RECORD_MAX < end ? high + RECORD_MAX : end;
}

static enum err read_day(struct past *p, int dir, const char *name)
{
	CLEANUP(os_fd_close) int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (fstat(fd, &st) < 0)
		return ERR_IO;
	if (!S_ISREG(st.st_mode))
		return ERR_OK;
	return read_file(p, fd, find_end(p, fd, st.st_size));
}

static int is_records(const struct dirent *e)
{
	return journal_day_of(&journal_day_records, str_of(e->d_name)).n > 0;
}

/* The day of a file lies wholly before since, or begins after before. */
static bool passed_over(const struct console_filter *f, const char *name)
{
	struct str day = journal_day_of(&journal_day_records, str_of(name));

	return (f->since[0] && str_cmp(day, str_head(str_of(f->since), day.n)) < 0) ||
	       (f->before[0] && str_cmp(day, str_head(str_of(f->before), day.n)) > 0);
}

enum err console_past_read(const char *path, const struct console_filter *f, struct buf *out,
			   char until[static 32])
{
	struct past p = { .f = f, .out = out, .until = until, .room = BUF_MAX(RECORD_MAX) };
	CLEANUP(os_fd_close) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **all = NULL;
	enum err e = ERR_OK;

	until[0] = '\0';
	if (dir < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	int n = scandirat(dir, ".", &all, is_records, alphasort);
	if (n < 0)
		return ERR_IO;
	for (int i = n - 1; i >= 0; i--) {
		if (e == ERR_OK && !p.over && !passed_over(f, all[i]->d_name))
			e = read_day(&p, dir, all[i]->d_name);
		free(all[i]);
	}
	free(all);
	buf_free(&p.room);
	if (!p.more)
		until[0] = '\0';
	return e == ERR_OK ? buf_err(out) : e;
}
