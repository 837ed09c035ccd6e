/*
 * Records counted by a word of them: by criterion, by domain.  Pure.
 *
 * Units   messages are counted once, however many recipients and attempts they have; delivered,
 *         deferred and bounced are recipients and attempts, a record each; would_bounce and
 *         not_known are recipients of a message, once, however often they were put off.
 */
#ifndef REVIEW_TALLY_H
#define REVIEW_TALLY_H

#include "base/hash.h"
#include "review/fate.h"

enum review_by { REVIEW_BY_CRITERION, REVIEW_BY_DOMAIN };

#define REVIEW_BYS 2

struct review_row {
	struct hash_node node;
	struct str word; /* a copy */
	uint32_t index;  /* in the order in which they came */
	uint64_t messages, delivered, deferred, bounced, would_bounce, not_known;
};

struct review_rows {
	struct hash words;
	struct review_row **row; /* by index, until they are sorted */
	size_t n, room;
};

/* A set of numbers. */
struct review_set {
	uint64_t *slot; /* 0: free */
	size_t mask, n;
};

/* Where a message was counted first: the indices of those rows. */
struct review_message {
	uint64_t id; /* 0: free */
	uint32_t index[REVIEW_BYS];
};

#define REVIEW_LATE 32

struct review_tally {
	struct review_rows rows[REVIEW_BYS];
	struct review_message *message; /* a table by id */
	size_t mask, n_message;
	struct review_set elsewhere; /* messages in other rows than those */
	struct review_set put_off;   /* recipients that were counted, and come again */
	/* Messages yet to be counted: their places are far off in memory, so many come at once. */
	struct {
		uint64_t id;
		struct review_row *row[REVIEW_BYS]; /* NULL: it is counted by the other alone */
	} late[REVIEW_LATE];
	size_t n_late;
};

/* ERR_NOMEM; clear it all the same. */
enum err review_tally_init(struct review_tally *t) MUST_USE;
void review_tally_clear(struct review_tally *t);

/* The row of a word, made where there is none.  NULL: out of memory. */
struct review_row *review_tally_row(struct review_tally *t, enum review_by by, struct str word);

/*
 * Count a record in the rows of a criterion and of its domain; one that was counted so, in the row
 * of another criterion, too.  Before counts are looked at, settle.  ERR_NOMEM.
 */
enum err review_tally_add(struct review_tally *t, struct str criterion,
			  const struct journal_record *r, enum review_fate fate) MUST_USE;
enum err review_tally_also(struct review_tally *t, struct str criterion,
			   const struct journal_record *r, enum review_fate fate) MUST_USE;
enum err review_tally_settle(struct review_tally *t) MUST_USE;

/* The rows by domain in order of messages, the most first; then by word.  After all is counted. */
void review_tally_sort(struct review_tally *t);

#endif
