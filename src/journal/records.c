/*
 * Delivery records of many days.
 *
 * A record is a line, and a line is whole once its end is there.
 *
 * What reads all records of a day looks at each line anyway, to count each message once; a line
 * that is too old is told by its first octets, and not taken apart.
 */
#include "journal/records.h"

#include "base/time.h"
#include "journal/days.h"
#include "journal/keys.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 65536u

/* As journal_delivery() begins each line. */
static const struct str opening = STR_INIT("{\"time\":\"");

enum { STAMP = 24 }; /* characters of the time that follows */

struct journal_records {
	struct journal_days days;
	char since[TIME_TEXT_MAX]; /* "": all */
	struct buf message, to, outcome;
	struct journal_record_filter filter; /* its strings lie in these */
	struct buf room;
};

static struct str copied(struct buf *to, struct str s)
{
	*to = BUF_MAX(WORDS_MAX);
	buf_add(to, s);
	return buf_str(to);
}

static struct journal_records *records_new(const struct journal_record_filter *filter)
{
	struct journal_records *r = calloc(1, sizeof(*r));
	char text[TIME_TEXT_MAX];

	if (!r)
		return NULL;
	journal_days_init(&r->days);
	r->room = BUF_MAX(2 * JOURNAL_TAIL_WINDOW);
	r->filter = *filter;
	r->filter.message = copied(&r->message, filter->message);
	r->filter.to = copied(&r->to, filter->to);
	r->filter.outcome = copied(&r->outcome, filter->outcome);
	if (filter->since_wall_ms)
		(void)str_copy(r->since, sizeof(r->since),
			       time_rfc3339(filter->since_wall_ms, text));
	if (buf_err(&r->message) != ERR_OK || buf_err(&r->to) != ERR_OK ||
	    buf_err(&r->outcome) != ERR_OK)
		journal_records_close(&r);
	return r;
}

enum err journal_records_open(const char *dir, const struct journal_record_filter *filter,
			      struct journal_records **out)
{
	struct journal_records *r = records_new(filter);

	if (!r)
		return ERR_NOMEM;
	enum err e = journal_days_open(&r->days, dir, &journal_day_records,
				       str_head(str_of(r->since), JOURNAL_DATE));
	if (e != ERR_OK) {
		journal_records_close(&r);
		return e;
	}
	r->days.want.dnssec = filter->dnssec;
	r->days.want.since_ms = filter->since_wall_ms > 0 ? (uint64_t)filter->since_wall_ms : 0;
	journal_keys_want(&r->days.want, filter->message, filter->to);
	*out = r;
	return ERR_OK;
}

void journal_records_close(struct journal_records **rp)
{
	struct journal_records *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	journal_days_clear(&r->days);
	buf_free(&r->message);
	buf_free(&r->to);
	buf_free(&r->outcome);
	buf_free(&r->room);
	free(r);
}

/* A line without its end may get it yet, whatever file comes next. */
static size_t line_size(const void *arg, struct str *s, bool at_end, enum journal_ending ending)
{
	(void)ending;
	return journal_tail_line(arg, s, at_end, JOURNAL_BY_OUTCOME);
}

/* Whether a line of ours is of an earlier time: then it need not be taken apart. */
static bool too_old(const struct journal_records *r, struct str line)
{
	return r->since[0] && str_starts(line, opening) &&
	       str_cmp(str_head(str_skip(line, opening.n), STAMP), str_of(r->since)) < 0;
}

enum err journal_records_next(struct journal_records *r, struct str *line,
			      struct journal_record *record)
{
	for (;;) {
		enum err e = journal_days_next(&r->days, line_size, NULL, line);
		if (e != ERR_OK || line->n == 0)
			return e;
		if (too_old(r, *line))
			continue;
		e = journal_record_read(*line, &r->room, record);
		if (e == ERR_NOMEM)
			return e;
		if (e == ERR_OK && journal_record_passes(record, &r->filter) &&
		    (!r->since[0] || str_cmp(record->time, str_of(r->since)) >= 0))
			return ERR_OK;
	}
}

struct str journal_records_notes(struct journal_records *r)
{
	return journal_days_notes(&r->days);
}
