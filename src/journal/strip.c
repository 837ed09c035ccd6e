/*
 * A day's records are copied line by line to a file beside them, which then takes their place.
 * Nobody writes to them any more, unless the clock was set back: their day is over, by an hour at
 * least.  Whoever reads them goes on with what was there when it began.
 */
#include "journal/strip.h"

#include "journal/beside.h"
#include "journal/pack.h"
#include "journal/record.h"
#include "journal/tail.h"
#include "os/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { FLUSH_AT = 1 << 20 };

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
	int fd;                    /* the beside's */
	struct journal_pack *pack; /* NULL: it is not compressed */
	struct buf out, room;
	bool any; /* something was left out */
};

static void copy_clear(struct copy *c)
{
	journal_pack_free(&c->pack);
	buf_free(&c->out);
	buf_free(&c->room);
}

static enum err flush(struct copy *c)
{
	enum err e = os_file_write(c->fd, buf_str(&c->out));

	if (e == ERR_OK)
		buf_clear(&c->out);
	return e;
}

static enum err copy_line(struct copy *c, struct str line)
{
	c->any |= journal_strip_line(line, &c->room, &c->out);
	if (buf_err(&c->room) != ERR_OK) /* it could not be read, and may have it yet */
		return buf_err(&c->room);
	if (buf_err(&c->out) != ERR_OK)
		return buf_err(&c->out);
	if (c->pack) {
		enum err e = journal_pack_add(c->pack, buf_str(&c->out));
		buf_clear(&c->out);
		return e;
	}
	return c->out.n > FLUSH_AT ? flush(c) : ERR_OK;
}

static enum err copy_end(struct copy *c)
{
	return c->pack ? journal_pack_end(c->pack) : flush(c);
}

/* All lines, and what a crash left without an end. */
static enum err copy_all(struct copy *c, struct journal_tail *t)
{
	struct str line;
	enum err e;

	do {
		e = journal_tail_take(t, journal_tail_line, NULL, JOURNAL_BY_FILE, &line);
		if (e == ERR_OK)
			e = line.n ? copy_line(c, line) : copy_end(c);
	} while (e == ERR_OK && line.n);
	return e;
}

static enum err rewrite(int dir, const char *name, struct journal_tail *t, bool *any)
{
	CLEANUP(journal_beside_clear) struct journal_beside b = { .fd = -1 };
	CLEANUP(copy_clear)
	struct copy c = { .out = BUF_MAX(2 * JOURNAL_TAIL_WINDOW),
			  .room = BUF_MAX(2 * JOURNAL_TAIL_WINDOW) };
	enum err e = journal_beside_open(dir, name, &b);

	c.fd = b.fd;
	if (e == ERR_OK && t->packed)
		e = journal_pack_new(b.fd, &journal_day_records, &c.pack);
	if (e == ERR_OK)
		e = copy_all(&c, t);
	if (e == ERR_OK && t->packed && journal_unpack_wrong(t->packed))
		e = ERR_SYNTAX;
	if (e == ERR_OK && c.any)
		e = journal_beside_ready(&b, t->packed ? journal_unpack_fd(t->packed) : t->fd);
	if (e == ERR_OK && c.any)
		e = journal_beside_put(&b, t->fd, t->at);
	*any |= e == ERR_OK && c.any;
	return e;
}

/* Each form by itself: were both there, the one would hold the other, or go on before it. */
static enum err strip_form(int dir, struct str date, enum journal_tail_form form, bool *any)
{
	char name[JOURNAL_NAME];
	struct journal_tail t;
	enum err e = journal_tail_open_form(dir, &journal_day_records, date, form, &t);

	if (form == JOURNAL_TAIL_PACKED)
		journal_day_packed(&journal_day_records, date, name);
	else
		journal_day_name(&journal_day_records, date, name);
	if (e == ERR_OK && !journal_tail_none(&t))
		e = rewrite(dir, name, &t, any);
	journal_tail_clear(&t);
	return e;
}

static enum err strip_day(int dir, struct str date, bool *any)
{
	*any = false;
	enum err e = strip_form(dir, date, JOURNAL_TAIL_PLAIN, any);
	return e == ERR_OK ? strip_form(dir, date, JOURNAL_TAIL_PACKED, any) : e;
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
	if (!date[0] || !journal_day_is_over(str_of(date), keep_ms, now_wall_ms)) {
		done[0] = '\0';
		return ERR_OK;
	}
	e = strip_day(dir, str_of(date), any);
	if (e == ERR_OK)
		memcpy(done, date, sizeof(date));
	return e;
}
