/*
 * The table of SPEC section 3 as one function: from a route and the service
 * that a message gets, to what becomes of it.
 */
#ifndef ROUTE_VERDICT_H
#define ROUTE_VERDICT_H

#include "base/buf.h"
#include "route/demand.h"
#include "route/need.h"
#include "route/route.h"

enum route_action { ROUTE_DELIVER, ROUTE_DEFER, ROUTE_BOUNCE };

#define ROUTE_ACTIONS 3

/* What has become of a recipient by that: "delivered", "deferred", "bounced". */
struct str route_action_text(enum route_action action);

/* The word for the weakest status of what was asked; NULL: nothing was, "none". */
struct str route_status_text(const enum dns_status *status);

/* One address to dial, in this order. */
struct route_target {
	const struct route_host *host;
	const struct route_address *address;
	bool authenticated;     /* MX and address both secure: the line is marked */
	struct route_need need; /* set by route_tls() */
};

#define ROUTE_STATUS_MAX 8

/* Its mail host as mail writes names, without the final dot; nothing if it has none.  Appended. */
void route_target_host(struct buf *out, const struct route_target *t);

struct route_verdict {
	enum route_action action;
	char status[ROUTE_STATUS_MAX];  /* "5.7.4"; DELIVER: "" */
	char expired[ROUTE_STATUS_MAX]; /* DEFER: the status when the message's life ends so */
	enum dns_status mx_status;      /* weakest of what was asked for MX */
	bool mx_asked;                  /* false: no DNS, "none" */
	enum dns_status address_status; /* of the addresses to dial; else the weakest seen */
	bool address_asked;
	/*
	 * The answer that decided against delivery, NULL where none did: its name,
	 * type and server are what the bounce tells.
	 */
	const struct dns_answer *culprit;
	struct buf text;   /* one line in plain words: what and why, without the status */
	struct buf advice; /* what can be done, in sentences, one line; BOUNCE and DEFER */
	/*
	 * Requested: why there is no mark, or by whom, who does not validate; in words.  Empty
	 * where all is well or service is off.
	 */
	struct buf note;
	/* Set by route_tls(): why a host is not used in this attempt, a whole line each. */
	struct buf skipped;
	struct route_target *target; /* NULL: none was ever to be */
	size_t n_target;
	/*
	 * DELIVER: there are mail hosts, or addresses of theirs, of which nothing is known, or
	 * there may be: what all targets lack is not what all hosts lack.  Those that were left out
	 * for what is known of them do not count.
	 */
	bool partial;
};

/*
 * Judge.  route must be done.  The targets point into facts.  With ROUTE_OFF no
 * text holds the word DNSSEC (SPEC section 8).  ERR_NOMEM.
 *
 * For ROUTE_REQUIRED every answer must have been asked with RESOLVE_AD, RESOLVE_PROBED
 * and RESOLVE_PROVED, else what is not secure is deferred; for ROUTE_REQUESTED with
 * the first two.
 */
enum err route_verdict(const struct route_facts *facts, enum route_service service,
		       enum route_untrusted untrusted, struct route_verdict *out) MUST_USE;

void route_verdict_clear(struct route_verdict *v);

#endif
