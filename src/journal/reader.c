/*
 * Session logs, read back.
 *
 * A file is read from the front through a window.  A block ends where a line
 * of another session begins.  The last block has no such end: it counts as
 * whole once its outcome is there, or once a later file has begun.  Until then
 * nothing of it is kept: the writer may yet cut off what it could not write
 * whole, so that the window is read again at the next call.
 *
 * At midnight one thread may open the new file while another still writes to
 * the old one; therefore the old one is looked at for as long as the new one is
 * read.
 */
#include "journal/reader.h"

#include "base/text.h"
#include "base/time.h"
#include "journal/recipient.h"
#include "journal/session.h"
#include "journal/tail.h"
#include "os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 65536 };

struct journal_reader {
	int dir;
	enum journal_way way;
	const struct journal_day_kind *kind;
	struct journal_tail now, before;
	char since_date[JOURNAL_DATE + 1]; /* "": all */
	char since[JOURNAL_STAMP + 1];
	struct buf message, to; /* escaped as they are in the log */
	bool dnssec;
};

static struct journal_reader *reader_new(const struct journal_filter *filter)
{
	struct journal_reader *r = calloc(1, sizeof(*r));
	char text[TIME_TEXT_MAX];

	if (!r)
		return NULL;
	r->dir = -1;
	journal_tail_init(&r->now);
	journal_tail_init(&r->before);
	r->message = r->to = BUF_MAX(WORDS_MAX);
	text_escape(&r->message, filter->message);
	text_escape(&r->to, filter->to);
	r->dnssec = filter->dnssec;
	r->way = filter->way;
	r->kind = filter->way == JOURNAL_IN ? &journal_day_in : &journal_day_out;
	if (filter->since_wall_ms) {
		memcpy(r->since, time_rfc3339(filter->since_wall_ms, text).p, JOURNAL_STAMP);
		memcpy(r->since_date, r->since, JOURNAL_DATE);
	}
	if (buf_err(&r->message) != ERR_OK || buf_err(&r->to) != ERR_OK)
		journal_reader_close(&r);
	return r;
}

enum err journal_reader_open(const char *dir, const struct journal_filter *filter,
			     struct journal_reader **out)
{
	struct journal_reader *r = reader_new(filter);

	if (!r)
		return ERR_NOMEM;
	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0) {
		journal_reader_close(&r);
		return ERR_IO;
	}
	*out = r;
	return ERR_OK;
}

void journal_reader_close(struct journal_reader **r)
{
	if (!*r)
		return;
	os_fd_close(&(*r)->dir);
	journal_tail_clear(&(*r)->now);
	journal_tail_clear(&(*r)->before);
	buf_free(&(*r)->message);
	buf_free(&(*r)->to);
	free(*r);
	*r = NULL;
}

/* Begin to read the file of a date, after the one that is read now. */
static enum err advance(struct journal_reader *r, const char *date)
{
	struct journal_tail next;
	enum err e = journal_tail_open(r->dir, r->kind, str_of(date), &next);

	if (e != ERR_OK || next.fd < 0)
		return e;
	journal_tail_clear(&r->before);
	r->before = r->now;
	r->now = next;
	return ERR_OK;
}

/* The next block of one file; empty when there is none for now. */
static enum err tail_next(struct journal_tail *t, enum journal_ending ending, struct str *block)
{
	bool at_end = false;

	*block = STR_NONE;
	if (t->fd < 0)
		return ERR_OK;
	for (;;) {
		struct str s = str_skip(buf_str(&t->window), t->used);
		size_t n = journal_session_block(s, at_end, ending), got;
		if (n) {
			t->used += n;
			*block = str_head(s, n);
			return ERR_OK;
		}
		if (at_end)
			break;
		enum err e = journal_tail_fill(t, &got);
		if (e != ERR_OK)
			return e;
		at_end = got == 0;
	}
	journal_tail_again(t);
	return ERR_OK;
}

static bool has_message(enum journal_way way, struct str text, struct str id)
{
	(void)way;
	return journal_session_has(text, id);
}

static bool has_recipient(enum journal_way way, struct str text, struct str to)
{
	return journal_recipient_is(journal_session_recipient(way, text), to);
}

static bool any_line(enum journal_way way, struct str block,
		     bool (*has)(enum journal_way way, struct str text, struct str what),
		     struct str what)
{
	struct str line;

	while (str_line(&block, &line))
		if (has(way, journal_session_text(line), what))
			return true;
	return false;
}

static bool passes(const struct journal_reader *r, struct str block)
{
	struct str rest = block, first = STR_NONE;

	if (r->dnssec && (!str_line(&rest, &first) ||
			  !str_starts(journal_session_text(first), STR("DNSSEC service "))))
		return false;
	if (r->message.n && !any_line(r->way, block, has_message, buf_str(&r->message)))
		return false;
	if (r->to.n && !any_line(r->way, block, has_recipient, buf_str(&r->to)))
		return false;
	return !r->since[0] || str_cmp(journal_session_end(block), str_of(r->since)) >= 0;
}

/* The file after the one that is read now; "" in date when there is none yet. */
static enum err successor(const struct journal_reader *r, char date[static JOURNAL_DATE + 1])
{
	if (r->now.fd < 0)
		return journal_day_find(r->dir, r->kind, str_of(r->since_date), JOURNAL_DAY_FROM,
					date);
	if (journal_tail_replaced(&r->now, r->dir, r->kind)) {
		memcpy(date, r->now.date, JOURNAL_DATE + 1);
		return ERR_OK;
	}
	return journal_day_find(r->dir, r->kind, str_of(r->now.date), JOURNAL_DAY_AFTER, date);
}

/* The next block of any file. */
static enum err next_block(struct journal_reader *r, struct str *block)
{
	char date[JOURNAL_DATE + 1];

	for (;;) {
		enum err e = tail_next(&r->before, JOURNAL_BY_OUTCOME, block);
		if (e != ERR_OK || block->n)
			return e;
		e = tail_next(&r->now, JOURNAL_BY_OUTCOME, block);
		if (e != ERR_OK || block->n)
			return e;
		e = successor(r, date);
		if (e != ERR_OK || !date[0])
			return e;
		/* What came in between, and then what is left. */
		e = tail_next(&r->now, JOURNAL_BY_OUTCOME, block);
		if (e == ERR_OK && !block->n)
			e = tail_next(&r->now, JOURNAL_BY_FILE, block);
		if (e != ERR_OK || block->n)
			return e;
		e = advance(r, date);
		if (e != ERR_OK)
			return e;
	}
}

enum err journal_reader_next(struct journal_reader *r, struct str *block)
{
	struct str one;
	enum err e;

	do {
		e = next_block(r, &one);
	} while (e == ERR_OK && one.n && !passes(r, one));
	if (e == ERR_OK)
		*block = one;
	return e;
}
