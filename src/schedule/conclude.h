/*
 * What becomes of a message after an attempt: what is recorded, what is reported
 * to its sender, whether and when it is tried again.
 *
 *	struct schedule_round *round = schedule_round_new(rcpt, n);
 *	each part that comes back:  n = schedule_round_add(round, part, change), to be recorded
 *	when all are back:          schedule_round_conclude(round, &facts, &c), the last record
 *
 * What is true: a recipient gets at most one outcome in a round, and only one that
 * waited gets any; rcpt[] always says what would be on record, were all that was
 * handed out recorded.
 */
#ifndef SCHEDULE_CONCLUDE_H
#define SCHEDULE_CONCLUDE_H

#include "schedule/part.h"
#include "schedule/rcpt.h"

struct schedule_round;

/*
 * rcpt: of the whole message; its states are kept up to date here, and its texts point into the
 * parts from then on.  NULL: out of memory.
 */
struct schedule_round *schedule_round_new(struct schedule_rcpt *rcpt, size_t n) MUST_USE;
void schedule_round_free(struct schedule_round **r);

/*
 * A part is back; its retry outlives the round.  change has room for part->n; texts in it are the
 * part's, which lives until they are recorded.  How many there are: fewer where a recipient is told
 * of twice.
 */
size_t schedule_round_add(struct schedule_round *r, const struct schedule_part *part,
			  struct schedule_change *change);

/* What the sender is told of a recipient (RFC 3461, RFC 3464). */
enum schedule_notice {
	SCHEDULE_SILENT,
	SCHEDULE_NOTICE_FAILED,
	SCHEDULE_NOTICE_DELAYED,
	SCHEDULE_NOTICE_RELAYED, /* delivered to a host that does not notify; the sender asked */
};

/* The notice, or silence where NOTIFY of the recipient does not ask for it. */
enum schedule_notice schedule_notice_for(const struct schedule_rcpt *r, enum schedule_notice n);

/* What is known of the message when all parts are back. */
struct schedule_facts {
	const struct schedule_retry *retry; /* of those whose part has none of its own */
	int64_t arrived_wall_ms;
	int64_t now_wall_ms;
	unsigned attempts; /* before this round */
	uint32_t noise;    /* random */
	bool mended;       /* our resolver became well since the round began */
	bool warned;       /* the sender was told of the delay before */
	bool null_sender;  /* nobody is ever told */
};

struct schedule_conclusion {
	bool report;   /* something is to be told: schedule_round_notice() of each */
	bool warned;   /* from now on the sender counts as told of the delay */
	bool kept;     /* some have failed and there is nobody to tell: kept as failed */
	bool resolver; /* some wait for nothing but our own resolver (4.3.5) */
	bool waits;    /* some recipient is to be tried again, at next_wall_ms */
	int64_t next_wall_ms;
};

/*
 * All parts are back: whoever waits and is in none could not be sent for want of memory, and
 * is due when there may be some.  Nothing is changed by it: told() is next, once the report is made
 * or none is wanted.
 */
void schedule_round_conclude(struct schedule_round *r, const struct schedule_facts *facts,
			     struct schedule_conclusion *out);

/* What is told of each recipient, after conclude; as many as there are recipients. */
const enum schedule_notice *schedule_round_notices(const struct schedule_round *r);

/*
 * The notices of those who were relayed alone, which nothing on record says later, where there is a
 * sender to tell; legal before conclude, too.  out has room for as many as there are recipients.
 * How many those are.
 */
size_t schedule_round_relayed(const struct schedule_round *r, enum schedule_notice *out);

/* They are told by a report of their own: the notices are those of all others. */
void schedule_round_relayed_told(struct schedule_round *r);

/*
 * The failed are told by the report that is recorded with these changes, or want no word.
 * change has room for one each.  Nothing where there is nobody to tell.
 */
size_t schedule_round_told(struct schedule_round *r, struct schedule_change *change);

#endif
