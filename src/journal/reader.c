/*
 * Session logs, read back.
 *
 * A file is read from the front through a window.  A block ends where a line
 * of another session begins.  The last block has no such end: it counts as
 * whole once its outcome is there, or once a later file has begun.  Until then
 * nothing of it is kept: the writer may yet cut off what it could not write
 * whole, so that the window is read again at the next call.
 */
#include "journal/reader.h"

#include "base/text.h"
#include "base/time.h"
#include "journal/days.h"
#include "journal/keys.h"
#include "journal/recipient.h"
#include "journal/session.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 65536 };

struct journal_reader {
	struct journal_days days;
	enum journal_way way;
	char since[JOURNAL_STAMP + 1];
	struct buf message, to;       /* escaped as they are in the log */
	struct journal_needle needle; /* the message */
	bool dnssec;
};

static struct journal_reader *reader_new(const struct journal_filter *filter)
{
	struct journal_reader *r = calloc(1, sizeof(*r));
	char text[TIME_TEXT_MAX];

	if (!r)
		return NULL;
	journal_days_init(&r->days);
	r->message = r->to = BUF_MAX(WORDS_MAX);
	text_escape(&r->message, filter->message);
	text_escape(&r->to, filter->to);
	r->dnssec = filter->dnssec;
	r->way = filter->way;
	if (filter->since_wall_ms)
		memcpy(r->since, time_rfc3339(filter->since_wall_ms, text).p, JOURNAL_STAMP);
	journal_needle_init(&r->needle, buf_str(&r->message));
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
	enum err e = journal_days_open(
		&r->days, dir, filter->way == JOURNAL_IN ? &journal_day_in : &journal_day_out,
		str_head(str_of(r->since), JOURNAL_DATE));
	if (e != ERR_OK) {
		journal_reader_close(&r);
		return e;
	}
	r->days.want.dnssec = r->dnssec;
	r->days.want.since_ms = filter->since_wall_ms > 0 ? (uint64_t)filter->since_wall_ms : 0;
	journal_keys_want(&r->days.want, buf_str(&r->message), buf_str(&r->to));
	*out = r;
	return ERR_OK;
}

void journal_reader_close(struct journal_reader **r)
{
	if (!*r)
		return;
	journal_days_clear(&(*r)->days);
	buf_free(&(*r)->message);
	buf_free(&(*r)->to);
	free(*r);
	*r = NULL;
}

/* Blocks that cannot have the message are not looked at one by one. */
static size_t block_size(const void *arg, struct str *s, bool at_end, enum journal_ending ending)
{
	const struct journal_reader *r = arg;

	if (r->message.n) {
		size_t at = journal_needle_find(&r->needle, *s, 0);
		*s = str_skip(*s, journal_session_last(str_head(*s, at)));
	}
	return journal_session_block(*s, at_end, ending);
}

static bool names_message(const struct journal_reader *r, struct str block)
{
	struct str line;

	if (journal_needle_find(&r->needle, block, 0) == block.n)
		return false;
	while (str_line(&block, &line))
		if (journal_session_has(journal_session_text(line), &r->needle))
			return true;
	return false;
}

static bool names_recipient(const struct journal_reader *r, struct str block)
{
	struct str line;

	while (str_line(&block, &line)) {
		struct str to = journal_session_recipient(r->way, journal_session_text(line));
		if (journal_recipient_is(to, buf_str(&r->to)))
			return true;
	}
	return false;
}

static bool passes(const struct journal_reader *r, struct str block)
{
	struct str rest = block, first = STR_NONE;

	if (r->dnssec && (!str_line(&rest, &first) ||
			  !str_starts(journal_session_text(first), STR("DNSSEC service "))))
		return false;
	if (r->message.n && !names_message(r, block))
		return false;
	if (r->to.n && !names_recipient(r, block))
		return false;
	return !r->since[0] || str_cmp(journal_session_end(block), str_of(r->since)) >= 0;
}

enum err journal_reader_next(struct journal_reader *r, struct str *block)
{
	struct str one;
	enum err e;

	do {
		e = journal_days_next(&r->days, block_size, r, &one);
	} while (e == ERR_OK && one.n && !passes(r, one));
	if (e == ERR_OK)
		*block = one;
	return e;
}

struct str journal_reader_notes(struct journal_reader *r)
{
	return journal_days_notes(&r->days);
}
