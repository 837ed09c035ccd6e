/*
 * A message's recipients for one destination, and what an attempt made of each.
 * Values: who has the part has all of it, and hands it on whole.
 *
 * Recipients of one domain and one demand go together (SPEC section 7).  How a message
 * falls apart:
 *
 *	struct schedule_choice c[n];          one for each recipient that waits
 *	schedule_choice_sort(c, n);
 *	while (n) {
 *		size_t k = schedule_choice_together(c, n);
 *		the first k are one part; go on behind them
 *	}
 */
#ifndef SCHEDULE_PART_H
#define SCHEDULE_PART_H

#include "base/err.h"
#include "route/verdict.h"
#include "schedule/rcpt.h"
#include "schedule/retry.h"

#define SCHEDULE_STATUS_MAX 12   /* octets of an enhanced code and its zero */
#define SCHEDULE_TEXT_MAX 4096   /* octets of what is said of a recipient */
#define SCHEDULE_NOBODY SIZE_MAX /* as a target: none */

/*
 * So begins what is said of mail whose life has ended: "given up after 5d: mx.example: 450 no",
 * "given up after 5d, by order of an administrator: mx.example: 450 no".
 */
#define SCHEDULE_GIVEN_UP "given up after "

/* What an attempt made of one recipient. */
struct schedule_outcome {
	size_t rcpt; /* index in the message */
	enum route_action action;
	char status[SCHEDULE_STATUS_MAX];
	/* DEFER: the status, should its life end with this; "": 5.4.7. */
	char expired[SCHEDULE_STATUS_MAX];
	struct str text;    /* one line; the outcome's own memory */
	struct str remote;  /* the mail host that said it, in the same memory; empty: we did */
	size_t target;      /* index in the verdict of the one that said it, or SCHEDULE_NOBODY */
	bool secure_failed; /* BOUNCE, of mail for which DNSSEC is required */
	bool dsn;           /* delivered to a host that takes over notification (RFC 3461) */
	bool tried;         /* an attempt was made */
	bool cut;           /* DEFER: ended by us, not by a host: it is as due as before */
	bool unasked;       /* but none was dialled, as a moment ago none could be reached */
	/* OBSERVE: what SECURE would have done, in the words of the record, or "". */
	char observe[SCHEDULE_STATUS_MAX + 12];
	int64_t not_before_wall_ms; /* DEFER: its destination is closed until then; 0: it is not */
};

struct schedule_part {
	struct str domain; /* unicode_domain_name(); its message's transit keeps it */
	struct route_demand demand;
	const struct schedule_retry *retry; /* its destination's; NULL: the message's */
	size_t n;
	struct schedule_outcome rcpt[];
};

/* A part for n recipients, told by .rcpt[].rcpt; all deferred and not tried.  NULL: no memory. */
struct schedule_part *schedule_part_new(struct str domain, const struct route_demand *demand,
					size_t n) MUST_USE;

/* Free and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void schedule_part_free(struct schedule_part **p);

/* Set what was said (copied), and by whom; an outcome without memory keeps an empty text. */
void schedule_outcome_say(struct schedule_outcome *o, struct str text, struct str remote);

/* A final or a passing result.  status is copied. */
void schedule_outcome_settle(struct schedule_outcome *o, enum route_action action,
			     struct str status);

/* No attempt was made for any, and none is to be made before then; 0: at any time. */
void schedule_part_skip(struct schedule_part *p, int64_t not_before_wall_ms);

/* The same as they are called back (recall.h): each is as due as before, whatever others are. */
void schedule_part_recall(struct schedule_part *p);

/* Those that were put off are not to be tried before then, as their destination is closed. */
void schedule_part_close(struct schedule_part *p, int64_t not_before_wall_ms);

/*
 * All share what was just found out for another part of the same destination: that nobody
 * there can be reached.
 */
void schedule_part_share(struct schedule_part *p, const struct schedule_outcome *like);

/*
 * No attempt is made, as an administrator gives them up: what is put off is what was last
 * said of each.  rcpt: the message's.
 */
void schedule_part_order(struct schedule_part *p, const struct schedule_rcpt *rcpt);

/* How old a message is at the end of an attempt. */
struct schedule_life {
	const struct schedule_retry *retry;
	int64_t arrived_wall_ms;
	int64_t now_wall_ms;
	unsigned attempts; /* this one not counted */
	bool ordered;      /* an administrator ends its life now, whatever its age */
};

/*
 * The last word on each: at the end of a message's life what would be put off is
 * given up, but not what was cut, of which no host had the last word.  To be called once, when an
 * attempt is over.
 */
void schedule_part_end(struct schedule_part *p, const struct schedule_life *life);

/* What has been decided of one recipient that is to be tried. */
struct schedule_choice {
	size_t rcpt;       /* index in the message */
	struct str domain; /* unicode_domain_name() of its address's */
	bool utf8;         /* its address needs SMTPUTF8: those that do not go without it */
	struct route_demand demand;
};

/* Those of one domain (in any case) and demand become neighbours, in the order of the message. */
void schedule_choice_sort(struct schedule_choice *c, size_t n);

/* How many of the n, at least one of which there is, go together with the first. */
size_t schedule_choice_together(const struct schedule_choice *c, size_t n);

#endif
