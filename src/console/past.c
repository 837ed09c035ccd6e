/*
 * Each file is read backwards, piece by piece; what stands before the first line end of a piece
 * belongs to the line that the piece before it ends with.  Where records before a time are asked
 * for, that place is found by halving: a file's lines are in the order of time.  Of a compressed
 * file the pieces are its frames, and its index says which of them to read.
 */
#include "console/past.h"

#include "journal/keys.h"
#include "journal/seek.h"
#include "journal/tail.h"
#include "log/log.h"
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
		if (os_file_read_at(fd, (uint64_t)end - n, to, n) != ERR_OK)
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

	if (!to || os_file_read_at(fd, (uint64_t)at, to, n) != ERR_OK)
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

/* Whether the first record of frame i, or of the next with any, is of that time or later. */
static enum err frame_is_after(struct past *p, struct journal_unpack *u, size_t i, bool *after)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(JOURNAL_FRAME_MAX);
	struct journal_record r;
	struct str rest, line;
	enum err e = ERR_OK;

	*after = true;
	for (; e != ERR_NOMEM && i < journal_unpack_frames(u); i++) {
		buf_clear(&text);
		e = journal_unpack_frame(u, i, &text);
		for (rest = buf_str(&text); e == ERR_OK && str_line(&rest, &line);) {
			if (journal_record_read(line, &p->room, &r) != ERR_OK)
				continue;
			*after = str_cmp(r.time, str_of(p->f->before)) >= 0;
			return ERR_OK;
		}
	}
	return e == ERR_NOMEM ? e : ERR_OK;
}

/* How many frames have what is before f->before; the last may have more. */
static enum err find_frame(struct past *p, struct journal_unpack *u, size_t *n)
{
	size_t low = 0, high = journal_unpack_frames(u);
	enum err e = ERR_OK;

	while (e == ERR_OK && p->f->before[0] && low < high) {
		size_t middle = low + (high - low) / 2;
		bool after;
		e = frame_is_after(p, u, middle, &after);
		if (after)
			high = middle;
		else
			low = middle + 1;
	}
	*n = high;
	return e;
}

/* What is compressed, frame by frame, as far as its index says that it may have it. */
static enum err read_packed(struct past *p, struct journal_unpack *u)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(JOURNAL_FRAME_MAX);
	struct journal_index_want want = { .dnssec = p->f->record.dnssec };
	size_t n;

	journal_keys_want(&want, p->f->record.message, p->f->record.to);
	enum err e = journal_unpack_narrow(u, &want);
	if (e == ERR_OK)
		e = find_frame(p, u, &n);
	while (e == ERR_OK && n > 0 && !p->over) {
		buf_clear(&text);
		if (!journal_unpack_wants(u, --n))
			continue;
		e = journal_unpack_frame(u, n, &text);
		struct str rest = look_back(p, buf_str(&text));
		if (rest.n && !p->over)
			look(p, rest);
		if (e == ERR_SYNTAX) /* what is damaged is left out */
			e = ERR_OK;
	}
	return e;
}

static void tell(const char *name, const struct journal_unpack *u)
{
	const char *wrong = journal_unpack_frames(u)
				    ? journal_unpack_wrong(u)
				    : "has no table of its parts: it is passed over";
	if (wrong)
		log_event(LOG_WARNING, "sessions", "%s %s", name, wrong);
}

/* A file that goes on where the compressed one ends is the newer one. */
static enum err read_tail(struct past *p, struct journal_tail *t)
{
	struct stat st;
	enum err e = ERR_OK;

	if (t->fd >= 0)
		e = fstat(t->fd, &st) < 0 ? ERR_IO
					  : read_file(p, t->fd, find_end(p, t->fd, st.st_size));
	if (e == ERR_OK && t->packed && !p->over)
		e = read_packed(p, t->packed);
	return e;
}

static enum err read_day(struct past *p, int dir, const char *name)
{
	struct str day = journal_day_of_any(&journal_day_records, str_of(name));
	struct journal_tail t;
	enum err e = journal_tail_open(dir, &journal_day_records, day, &t);

	if (e == ERR_OK)
		e = read_tail(p, &t);
	if (e == ERR_OK && t.packed)
		tell(name, t.packed);
	journal_tail_clear(&t);
	return e;
}

static int is_records(const struct dirent *e)
{
	return journal_day_of_any(&journal_day_records, str_of(e->d_name)).n > 0;
}

/* The day of a file lies wholly before since, or begins after before. */
static bool passed_over(const struct console_filter *f, const char *name)
{
	struct str day = journal_day_of_any(&journal_day_records, str_of(name));

	return (f->since[0] && str_cmp(day, str_head(str_of(f->since), day.n)) < 0) ||
	       (f->before[0] && str_cmp(day, str_head(str_of(f->before), day.n)) > 0);
}

/* Whether both names are of one day: it is read once. */
static bool same_day(const char *a, const char *b)
{
	return str_eq(journal_day_of_any(&journal_day_records, str_of(a)),
		      journal_day_of_any(&journal_day_records, str_of(b)));
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
		bool again = i < n - 1 && same_day(all[i]->d_name, all[i + 1]->d_name);
		if (e == ERR_OK && !p.over && !again && !passed_over(f, all[i]->d_name))
			e = read_day(&p, dir, all[i]->d_name);
	}
	for (int i = 0; i < n; i++)
		free(all[i]);
	free(all);
	buf_free(&p.room);
	if (!p.more)
		until[0] = '\0';
	return e == ERR_OK ? buf_err(out) : e;
}
