/*
 * What delivery records say of criteria: by criterion and by domain, messages, outcomes, and what
 * SECURE would have bounced (`criteria report`, SPEC sections 5 and 12); of a line that is not in
 * the file, what it would have matched.
 *
 *	review_new(&conf, &r);  review_read(r, dir, since);  review_json(r, &j);  review_free(&r);
 *
 * A million records take it half a second to a second, most of it their reading; it keeps 16 to 32
 * octets a message and nothing of a record.
 */
#ifndef REVIEW_REVIEW_H
#define REVIEW_REVIEW_H

#include "base/jsonw.h"
#include "criteria/criteria.h"
#include "journal/record.h"
#include "review/tally.h"

struct review;
struct review_trial;

/* Of criteria that are in the file: each has a row, be there a record of it or not. */
enum err review_new(const struct criteria *criteria, struct review **out) MUST_USE;

/* Of a line that is tried.  trial is the review's from now on.  ERR_NOMEM: it is freed, too. */
enum err review_new_trial(struct review_trial *trial, struct review **out) MUST_USE;

void review_free(struct review **r);

/* Count a record; and, before anything is told, what is not counted yet.  ERR_NOMEM. */
enum err review_add(struct review *r, const struct journal_record *record) MUST_USE;
enum err review_settle(struct review *r) MUST_USE;

/* Count all records in dir of since or later; 0: all.  ERR_IO: errno; ERR_NOMEM. */
enum err review_read(struct review *r, const char *dir, int64_t since_wall_ms) MUST_USE;

/* What was wrong with files that were read, a line each: records are missing. */
struct str review_notes(const struct review *r);

/* The field that a trial asks for, where not every record holds it; else empty. */
struct str review_header(const struct review *r);

/* How many records were looked at; of a trial, how many held its field. */
struct review_looked {
	uint64_t records, held;
};
struct review_looked review_looked(const struct review *r);

/* {"since","criteria":[...],"domains":[...]}, as SPEC section 12 has it. */
void review_json(struct review *r, struct jsonw *j);

/* For people: two tables.  file: how they call the criteria file. */
void review_text(struct review *r, struct str file, struct buf *out);

/* The same row by row, for who lays it out: after review_sort(), until row is NULL. */
struct review_shown {
	const struct review_row *row;
	unsigned line; /* of a criterion: in the file; 0: it is not there now, or is tried */
};
void review_sort(struct review *r);
struct review_shown review_shown(const struct review *r, enum review_by by, size_t i);

#endif
