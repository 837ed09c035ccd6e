#include "journal/days.h"

#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NOTES_MAX = 65536 };

void journal_days_init(struct journal_days *d)
{
	*d = (struct journal_days){ .dir = -1, .notes = BUF_MAX(NOTES_MAX) };
	journal_tail_init(&d->now);
	journal_tail_init(&d->before);
}

enum err journal_days_open(struct journal_days *d, const char *path,
			   const struct journal_day_kind *kind, struct str from)
{
	journal_days_init(d);
	d->kind = kind;
	(void)str_copy(d->from, sizeof(d->from), from);
	d->path = str_z(str_of(path));
	if (!d->path)
		return ERR_NOMEM;
	d->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->dir < 0 ? ERR_IO : ERR_OK;
}

void journal_days_clear(struct journal_days *d)
{
	os_fd_close(&d->dir);
	free(d->path);
	d->path = NULL;
	journal_tail_clear(&d->now);
	journal_tail_clear(&d->before);
	buf_free(&d->notes);
}

/* What is wrong with the file that is read now, where that was not said. */
static void note(struct journal_days *d)
{
	const char *wrong = d->now.packed ? journal_unpack_wrong(d->now.packed) : NULL;
	char name[JOURNAL_NAME];

	if (!wrong || wrong == d->noted)
		return;
	d->noted = wrong;
	journal_day_packed(d->kind, str_of(d->now.date), name);
	buf_addf(&d->notes, "%s %s\n", name, wrong);
}

struct str journal_days_notes(struct journal_days *d)
{
	note(d);
	struct str notes = buf_str(&d->notes);
	d->notes.n = 0;
	return notes;
}

/* Begin to read the file of a date, after the one that is read now. */
static enum err advance(struct journal_days *d, const char *date)
{
	struct journal_tail next;
	enum err e = journal_tail_open(d->dir, d->kind, str_of(date), &next);

	if (e == ERR_OK && next.packed)
		e = journal_unpack_narrow(next.packed, &d->want);
	if (e != ERR_OK || journal_tail_none(&next)) {
		journal_tail_clear(&next);
		return e;
	}
	note(d);
	d->noted = NULL;
	journal_tail_clear(&d->before);
	d->before = d->now;
	d->now = next;
	return ERR_OK;
}

/* What path names now, where that is another directory. */
static void look_anew(struct journal_days *d)
{
	struct stat here, there;

	if (fstat(d->dir, &here) < 0 || stat(d->path, &there) < 0 || os_file_same(&here, &there))
		return;
	int dir = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	os_fd_close(&d->dir);
	d->dir = dir;
}

/* The file after the one that is read now; "" in date when there is none yet. */
static enum err successor(struct journal_days *d, char date[static JOURNAL_DATE + 1])
{
	look_anew(d);
	if (journal_tail_none(&d->now))
		return journal_day_find(d->dir, d->kind, str_of(d->from), JOURNAL_DAY_FROM, date);
	if (journal_tail_replaced(&d->now, d->dir, d->kind)) {
		memcpy(date, d->now.date, JOURNAL_DATE + 1);
		return ERR_OK;
	}
	return journal_day_find(d->dir, d->kind, str_of(d->now.date), JOURNAL_DAY_AFTER, date);
}

enum err journal_days_next(struct journal_days *d, journal_tail_size *size, const void *arg,
			   struct str *piece)
{
	char date[JOURNAL_DATE + 1];

	for (;;) {
		enum err e = journal_tail_take(&d->before, size, arg, JOURNAL_BY_OUTCOME, piece);
		if (e == ERR_OK && !piece->n)
			e = journal_tail_take(&d->now, size, arg, JOURNAL_BY_OUTCOME, piece);
		if (e != ERR_OK || piece->n)
			return e;
		e = successor(d, date);
		if (e != ERR_OK || !date[0])
			return e;
		/* What came in between, and then what is left. */
		e = journal_tail_take(&d->now, size, arg, JOURNAL_BY_OUTCOME, piece);
		if (e == ERR_OK && !piece->n)
			e = journal_tail_take(&d->now, size, arg, JOURNAL_BY_FILE, piece);
		if (e != ERR_OK || piece->n)
			return e;
		e = advance(d, date);
		if (e != ERR_OK)
			return e;
	}
}
