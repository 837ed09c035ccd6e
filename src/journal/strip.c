/*
 * A day's records are copied line by line to a file beside them, which then takes their place.
 * Nobody writes to them any more: their day is over, by an hour at least.  Whoever reads them
 * goes on with what was there when it began.
 */
#include "journal/strip.h"

#include "base/time.h"
#include "journal/day.h"
#include "journal/record.h"
#include "journal/tail.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW ".new"

#define DAY_MS INT64_C(86400000)

enum { HOUR_MS = 3600000, FLUSH_AT = 1 << 20 };

/* What journal_delivery() writes before them. */
static const struct str before = STR_INIT(",\"headers\":");

/* Where in the line the member begins, its comma first; line.n: it has none. */
static size_t begins(struct str line, const struct journal_record *r)
{
	size_t at = r->headers.n ? (size_t)(r->headers.p - line.p) : 0;

	return str_ends(str_head(line, at), before) ? at - before.n : line.n;
}

bool journal_strip_line(struct str line, struct buf *room, struct buf *out)
{
	struct journal_record r = { 0 };
	size_t at = line.n;

	if (memmem(line.p, line.n, before.p, before.n) &&
	    journal_record_read(line, room, &r) == ERR_OK)
		at = begins(line, &r);
	buf_add(out, str_head(line, at));
	if (at < line.n)
		buf_add(out, str_skip(line, at + before.n + r.headers.n));
	return at < line.n;
}

/* What is written in the place of a file. */
struct copy {
	int fd;
	struct buf out, room;
	bool any; /* something was left out */
};

static void copy_clear(struct copy *c)
{
	os_fd_close(&c->fd);
	buf_free(&c->out);
	buf_free(&c->room);
}

static enum err flush(struct copy *c)
{
	struct str s = buf_str(&c->out);

	while (s.n) {
		ssize_t n = write(c->fd, s.p, s.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		s = str_skip(s, (size_t)n);
	}
	buf_clear(&c->out);
	return ERR_OK;
}

static enum err copy_line(struct copy *c, struct str line)
{
	c->any |= journal_strip_line(line, &c->room, &c->out);
	if (buf_err(&c->out) != ERR_OK)
		return buf_err(&c->out);
	return c->out.n > FLUSH_AT ? flush(c) : ERR_OK;
}

/* All lines, and what a crash left without an end. */
static enum err copy_all(struct copy *c, struct journal_tail *t)
{
	size_t got = 1;
	enum err e = ERR_OK;

	while (e == ERR_OK && got > 0) {
		struct str s = str_skip(buf_str(&t->window), t->used);
		const char *end = s.n ? memchr(s.p, '\n', s.n) : NULL;
		bool whole = end || s.n > JOURNAL_TAIL_WINDOW - JOURNAL_TAIL_CHUNK;
		size_t n = end ? (size_t)(end - s.p) + 1 : s.n;
		if (whole) {
			e = copy_line(c, str_head(s, n));
			t->used += n;
			continue;
		}
		e = journal_tail_fill(t, &got);
	}
	if (e == ERR_OK)
		e = copy_line(c, str_skip(buf_str(&t->window), t->used));
	return e == ERR_OK ? flush(c) : e;
}

/* Mode and owner are those of the file whose place it takes. */
static enum err as_it_was(int from, int to)
{
	struct stat st;

	if (fstat(from, &st) < 0 || fchmod(to, st.st_mode & 07777) < 0)
		return ERR_IO;
	if ((st.st_uid != geteuid() || st.st_gid != getegid()) &&
	    fchown(to, st.st_uid, st.st_gid) < 0)
		return ERR_IO;
	return fsync(to) < 0 ? ERR_IO : ERR_OK;
}

static enum err rewrite(int dir, const char *name, struct journal_tail *t, bool *any)
{
	char new_name[JOURNAL_NAME + sizeof(NEW)];
	CLEANUP(copy_clear)
	struct copy c = { .out = BUF_MAX(2 * JOURNAL_TAIL_WINDOW),
			  .room = BUF_MAX(2 * JOURNAL_TAIL_WINDOW) };

	(void)snprintf(new_name, sizeof(new_name), "%s" NEW, name);
	c.fd = openat(dir, new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (c.fd < 0)
		return ERR_IO;
	enum err e = copy_all(&c, t);
	if (e == ERR_OK && c.any)
		e = as_it_was(t->fd, c.fd);
	if (e == ERR_OK && c.any && renameat(dir, new_name, dir, name) < 0)
		e = ERR_IO;
	*any = e == ERR_OK && c.any;
	if (!*any) {
		int saved = errno;
		(void)unlinkat(dir, new_name, 0);
		errno = saved;
	}
	return e;
}

static enum err strip_day(int dir, struct str date, bool *any)
{
	char name[JOURNAL_NAME];
	struct journal_tail t;
	enum err e = journal_tail_open(dir, &journal_day_records, date, &t);

	*any = false;
	journal_day_name(&journal_day_records, date, name);
	if (e == ERR_OK && t.fd >= 0)
		e = rewrite(dir, name, &t, any);
	journal_tail_clear(&t);
	return e;
}

/* Whether the day ended so long ago. */
static bool is_due(struct str date, int64_t keep_ms, int64_t now_wall_ms)
{
	int64_t begin;

	if (keep_ms < HOUR_MS)
		keep_ms = HOUR_MS;
	return time_read(date, &begin) == ERR_OK && now_wall_ms - keep_ms >= begin + DAY_MS;
}

enum err journal_strip(const char *path, int64_t keep_ms, int64_t now_wall_ms,
		       char done[static JOURNAL_DATE + 1], bool *any)
{
	CLEANUP(os_fd_close) int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char date[JOURNAL_DATE + 1];

	if (dir < 0)
		return ERR_IO;
	enum err e =
		journal_day_find(dir, &journal_day_records, str_of(done), JOURNAL_DAY_AFTER, date);
	if (e != ERR_OK)
		return e;
	if (!date[0] || !is_due(str_of(date), keep_ms, now_wall_ms)) {
		done[0] = '\0';
		return ERR_OK;
	}
	e = strip_day(dir, str_of(date), any);
	if (e == ERR_OK)
		memcpy(done, date, sizeof(date));
	return e;
}
