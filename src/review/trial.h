/*
 * One criterion, tried on recorded mail: does it match a record?  Pure.
 */
#ifndef REVIEW_TRIAL_H
#define REVIEW_TRIAL_H

#include "criteria/criteria.h"
#include "journal/record.h"

struct review_trial;

enum review_match {
	REVIEW_MATCHES,
	REVIEW_DIFFERS,
	REVIEW_NOT_HELD, /* the record has no such field: keep-headers was off, or it is old */
};

/* line: as in the file.  ERR_SYNTAX: *why says what is wrong with it; ERR_NOMEM. */
enum err review_trial_new(struct str line, struct review_trial **out, struct buf *why) MUST_USE;
void review_trial_free(struct review_trial **t);

const struct criterion *review_trial_criterion(const struct review_trial *t);

/* Whether every record holds what it asks for: Envelope-From, Envelope-To, and To by recipient. */
bool review_trial_always(const struct review_trial *t);

/*
 * Against the record's sender and recipient, and the fields that it holds.  To, where the record
 * does not hold that field, is its recipient.  ERR_NOMEM.
 */
enum err review_trial_match(struct review_trial *t, const struct journal_record *r,
			    enum review_match *out) MUST_USE;

#endif
