#include "review/review.h"

#include "base/text.h"
#include "base/time.h"
#include "journal/records.h"
#include "review/tally.h"
#include "review/trial.h"

#include <stdlib.h>

enum { NOTES_MAX = 65536 };

struct review {
	struct review_trial *trial; /* NULL: a report */
	bool dane;                  /* the trial asks for it */
	struct review_tally tally;
	unsigned *line_no; /* of the first rows of criteria */
	size_t n_line;
	int64_t since_wall_ms;
	struct review_looked looked;
	struct buf notes;
};

static struct review *new_review(size_t n_line)
{
	struct review *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->notes = BUF_MAX(NOTES_MAX);
	enum err e = review_tally_init(&r->tally);
	r->line_no = calloc(n_line + 1, sizeof(*r->line_no));
	if (e != ERR_OK || !r->line_no)
		review_free(&r);
	return r;
}

/* The row of a line that is there, be it matched or not; of two equal ones the first decides. */
static enum err add_line(struct review *r, const struct criterion *k)
{
	if (!review_tally_row(&r->tally, REVIEW_BY_CRITERION, k->line))
		return ERR_NOMEM;
	if (r->tally.rows[REVIEW_BY_CRITERION].n > r->n_line)
		r->line_no[r->n_line++] = k->line_no;
	return ERR_OK;
}

enum err review_new(const struct criteria *criteria, struct review **out)
{
	size_t n = criteria ? criteria_count(criteria) : 0;
	struct review *r = new_review(n);
	enum err e = r ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; e == ERR_OK && i < n; i++)
		e = add_line(r, criteria_at(criteria, i));
	if (e == ERR_OK)
		*out = r;
	else
		review_free(&r);
	return e;
}

enum err review_new_trial(struct review_trial *trial, struct review **out)
{
	const struct criterion *k = review_trial_criterion(trial);
	struct review *r = new_review(0);

	if (!r || !review_tally_row(&r->tally, REVIEW_BY_CRITERION, k->line)) {
		review_trial_free(&trial);
		review_free(&r);
		return ERR_NOMEM;
	}
	r->trial = trial;
	r->dane = k->modifier->dane;
	*out = r;
	return ERR_OK;
}

void review_free(struct review **rp)
{
	struct review *r = *rp;

	*rp = NULL;
	if (!r)
		return;
	review_trial_free(&r->trial);
	review_tally_clear(&r->tally);
	free(r->line_no);
	buf_free(&r->notes);
	free(r);
}

/* A record that does not hold the field is one of which nothing is known. */
static enum err try(struct review *r, const struct journal_record *record)
{
	struct str line = review_trial_criterion(r->trial)->line;
	enum review_match match;
	enum err e = review_trial_match(r->trial, record, &match);

	if (e != ERR_OK)
		return e;
	r->looked.held += match != REVIEW_NOT_HELD;
	if (match != REVIEW_MATCHES)
		return ERR_OK;
	return review_tally_add(&r->tally, line, record, review_fate(record, r->dane));
}

/* By the line that decided, and by the one that was tried beside it. */
static enum err report(struct review *r, const struct journal_record *record)
{
	enum review_fate fate = review_fate(record, false);
	enum err e = review_tally_add(&r->tally, record->criterion, record, fate);

	if (e != ERR_OK || record->observed.n == 0)
		return e;
	return review_tally_also(&r->tally, record->observed, record, fate);
}

enum err review_add(struct review *r, const struct journal_record *record)
{
	r->looked.records++;
	if (r->trial)
		return try(r, record);
	return record->criterion.n ? report(r, record) : ERR_OK;
}

enum err review_settle(struct review *r)
{
	return review_tally_settle(&r->tally);
}

enum err review_read(struct review *r, const char *dir, int64_t since_wall_ms)
{
	CLEANUP(journal_records_close) struct journal_records *records = NULL;
	const struct journal_record_filter filter = { .since_wall_ms = since_wall_ms };
	struct journal_record record;
	struct str line;
	enum err e = journal_records_open(dir, &filter, &records);

	r->since_wall_ms = since_wall_ms;
	while (e == ERR_OK) {
		e = journal_records_next(records, &line, &record);
		if (e == ERR_OK && line.n == 0) {
			buf_add(&r->notes, journal_records_notes(records));
			return review_settle(r);
		}
		if (e != ERR_OK)
			return e;
		e = review_add(r, &record);
	}
	return e;
}

struct str review_notes(const struct review *r)
{
	return buf_str(&r->notes);
}

struct str review_header(const struct review *r)
{
	if (!r->trial || review_trial_always(r->trial))
		return STR_NONE;
	return review_trial_criterion(r->trial)->header;
}

struct review_looked review_looked(const struct review *r)
{
	return r->looked;
}

static const struct review_rows *rows(const struct review *r, enum review_by by)
{
	return &r->tally.rows[by];
}

static void json_counts(const struct review *r, struct jsonw *j, const struct review_row *row)
{
	jsonw_int(j, "messages", (int64_t)row->messages);
	jsonw_int(j, "delivered", (int64_t)row->delivered);
	jsonw_int(j, "deferred", (int64_t)row->deferred);
	jsonw_int(j, "bounced", (int64_t)row->bounced);
	jsonw_int(j, "would_bounce", (int64_t)row->would_bounce);
	if (r->trial)
		jsonw_int(j, "not_known", (int64_t)row->not_known);
}

/* Where a criterion stands in the file; 0: it does not, any more. */
static unsigned line_of(const struct review *r, const struct review_row *row)
{
	return row->index < r->n_line ? r->line_no[row->index] : 0;
}

void review_json(struct review *r, struct jsonw *j)
{
	char text[TIME_TEXT_MAX];

	review_tally_sort(&r->tally);
	jsonw_object(j, NULL);
	if (r->since_wall_ms)
		jsonw_str(j, "since", time_rfc3339(r->since_wall_ms, text));
	else
		jsonw_null(j, "since");
	jsonw_array(j, "criteria");
	for (size_t i = 0; i < rows(r, REVIEW_BY_CRITERION)->n; i++) {
		jsonw_object(j, NULL);
		jsonw_int(j, "line", line_of(r, rows(r, REVIEW_BY_CRITERION)->row[i]));
		jsonw_str(j, "text", rows(r, REVIEW_BY_CRITERION)->row[i]->word);
		json_counts(r, j, rows(r, REVIEW_BY_CRITERION)->row[i]);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_array(j, "domains");
	for (size_t i = 0; i < rows(r, REVIEW_BY_DOMAIN)->n; i++) {
		jsonw_object(j, NULL);
		jsonw_str(j, "domain", rows(r, REVIEW_BY_DOMAIN)->row[i]->word);
		json_counts(r, j, rows(r, REVIEW_BY_DOMAIN)->row[i]);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
	jsonw_object_end(j);
}

static void text_head(const struct review *r, const char *of, struct buf *out)
{
	buf_addf(out, "%9s %9s %9s %9s %12s", "messages", "delivered", "deferred", "bounced",
		 "would bounce");
	if (r->trial)
		buf_addf(out, " %9s", "not known");
	buf_addf(out, "  %s\n", of);
}

static void text_counts(const struct review *r, const struct review_row *row, struct buf *out)
{
	buf_addf(out, "%9llu %9llu %9llu %9llu %12llu", (unsigned long long)row->messages,
		 (unsigned long long)row->delivered, (unsigned long long)row->deferred,
		 (unsigned long long)row->bounced, (unsigned long long)row->would_bounce);
	if (r->trial)
		buf_addf(out, " %9llu", (unsigned long long)row->not_known);
	buf_add(out, STR("  "));
}

void review_text(struct review *r, struct str file, struct buf *out)
{
	review_tally_sort(&r->tally);
	text_head(r, "criterion", out);
	for (size_t i = 0; i < rows(r, REVIEW_BY_CRITERION)->n; i++) {
		const struct review_row *row = rows(r, REVIEW_BY_CRITERION)->row[i];
		text_counts(r, row, out);
		if (line_of(r, row)) {
			text_escape(out, file);
			buf_addf(out, ":%u  ", line_of(r, row));
		}
		text_escape_own(out, row->word);
		buf_add(out,
			line_of(r, row) || r->trial ? STR("\n") : STR("  (not in the file now)\n"));
	}
	buf_addc(out, '\n');
	text_head(r, "domain", out);
	for (size_t i = 0; i < rows(r, REVIEW_BY_DOMAIN)->n; i++) {
		text_counts(r, rows(r, REVIEW_BY_DOMAIN)->row[i], out);
		text_escape(out, rows(r, REVIEW_BY_DOMAIN)->row[i]->word);
		buf_addc(out, '\n');
	}
}

void review_sort(struct review *r)
{
	review_tally_sort(&r->tally);
}

struct review_shown review_shown(const struct review *r, enum review_by by, size_t i)
{
	struct review_shown s = { 0 };

	if (i < rows(r, by)->n)
		s.row = rows(r, by)->row[i];
	if (s.row && by == REVIEW_BY_CRITERION)
		s.line = line_of(r, s.row);
	return s;
}
