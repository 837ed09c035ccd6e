/*
 * One attempt of one part: verdict and results in; the next target, or outcomes,
 * out.  It knows no connection: the caller dials, sends, and tells what came of
 * it, and each time hears what is next.
 *
 *	want = schedule_attempt_start(a, &verdict);
 *	SCHEDULE_DIAL  a connection to target schedule_attempt_target(a); a new one where
 *	               schedule_attempt_fresh(a).  There is one: _connected(); then it was greeted:
 *	               _greeted(), or the host would not have us: _refused().  There is none:
 *	               _unreachable(); it was not dialled: _closed(), or _hindered()
 *	SCHEDULE_WAIT  one of those that were dialled before: others may be dialled beside them, as
 *	               schedule_attempt_race(a) says, and each is told of as the first
 *	SCHEDULE_SEND  a transaction on it for schedule_attempt_batch(a).  Results are in:
 *	               _result() for each of the batch, then _sent(); where the connection was
 *	               lost, first _lost(), and those whose result is not told are sent anew
 *	SCHEDULE_DONE  every recipient of the part has its outcome
 *
 * Before DIAL, and before DONE, the connection that was used is let go: it may serve others
 * unless schedule_attempt_spent(a).
 *
 * What is true: a recipient is either settled, by the words of the target that its outcome
 * names, or open.  Of several replies about one recipient the last is kept
 * (SPEC section 12); what was said of one is never told of another.  Only what
 * concerns nobody in particular, a host that could not be reached or would not
 * talk, is shared by those of whom nothing was said.
 *
 * It ends: each step either settles a recipient, or moves on to the next target, of
 * which there are finitely many, or tries the same target once more on a new connection,
 * which it does at most once until it was greeted there again and somebody had his word.
 */
#ifndef SCHEDULE_ATTEMPT_H
#define SCHEDULE_ATTEMPT_H

#include "schedule/part.h"
#include "schedule/race.h"
#include "schedule/window.h"
#include "smtp/client.h"

/* Hosts that talked to us and put recipients off, before the rest is left for later. */
#define SCHEDULE_HOSTS_MAX 3

struct schedule_attempt;

enum schedule_want { SCHEDULE_DIAL, SCHEDULE_WAIT, SCHEDULE_SEND, SCHEDULE_DONE };

/*
 * part is borrowed and its outcomes are written.  recipients_max: of one transaction, at
 * least 1.  NULL: out of memory.
 */
struct schedule_attempt *schedule_attempt_new(struct schedule_part *part, size_t recipients_max)
	MUST_USE;
void schedule_attempt_free(struct schedule_attempt **a);

/* What DNS says; borrowed, as its targets are what outcomes name. */
enum schedule_want schedule_attempt_start(struct schedule_attempt *a,
					  const struct route_verdict *verdict) MUST_USE;

/* No verdict could be had (memory): all is put off with these words. */
enum schedule_want schedule_attempt_abandon(struct schedule_attempt *a, struct str status,
					    struct str text) MUST_USE;

/* The daemon ends: whoever a host has not spoken of is put off, and as due as before. */
enum schedule_want schedule_attempt_cut(struct schedule_attempt *a) MUST_USE;

/*
 * DIAL, WAIT: who is dialled beside the target (race.h): whoever dials asks it for rivals, and
 * tells it when they were.  What became of them is told here.
 */
struct schedule_race *schedule_attempt_race(struct schedule_attempt *a);

/* DIAL, WAIT: the first connection is there, to target, which is the one that is tried then. */
void schedule_attempt_connected(struct schedule_attempt *a, size_t target);

/* What a connection has been used for before. */
enum schedule_use { SCHEDULE_UNUSED, SCHEDULE_USED };

/* A connection is there and ready; that it is need not have been told. */
enum schedule_want schedule_attempt_greeted(struct schedule_attempt *a, enum schedule_use use)
	MUST_USE;

/* DIAL, WAIT: target was dialled, and not there: why in words. */
enum schedule_want schedule_attempt_unreachable(struct schedule_attempt *a, size_t target,
						struct str why) MUST_USE;

/* The same: it was not dialled, as that host is closed (backoff.h) for wait_ms more, 1 at least. */
enum schedule_want schedule_attempt_closed(struct schedule_attempt *a, size_t target,
					   struct str why, int64_t wait_ms) MUST_USE;

/* The same: it was not, for want of something of ours, which says nothing of the host. */
enum schedule_want schedule_attempt_hindered(struct schedule_attempt *a, size_t target,
					     struct str why) MUST_USE;

/*
 * A host answered, and would not have us.  Its 5yz to greeting or EHLO is about
 * itself and not about our mail: another host may take it, and later it may itself.  It
 * counts as reached: 421 is what a host says to one connection too many while it takes
 * mail on the others, and must not close its destination.
 */
enum schedule_want schedule_attempt_refused(struct schedule_attempt *a, const struct smtp_result *r)
	MUST_USE;

/* The same; r, a misfit, says what it is known to lack that the message needs: it is not asked. */
enum schedule_want schedule_attempt_unfit(struct schedule_attempt *a, const struct smtp_result *r)
	MUST_USE;

/*
 * SEND: the connection ended at that stage, before the results are told.  Where nothing was
 * acknowledged and it had been used before, that says nothing about the host: what it refused a
 * recipient for good is kept (RFC 5321 section 4.2.1), all else counts for nothing, and those of
 * whom it was said are tried there once more, anew.
 */
void schedule_attempt_lost(struct schedule_attempt *a, enum smtp_stage stage);

/* SEND: what became of recipient i of the batch.  dsn: the host offers it. */
void schedule_attempt_result(struct schedule_attempt *a, size_t i, const struct smtp_result *r,
			     bool dsn);

/* What is left of the connection once results are in. */
enum schedule_line {
	SCHEDULE_LINE_OPEN,  /* it takes another transaction */
	SCHEDULE_LINE_SPENT, /* it would, but has carried as many as it may */
	SCHEDULE_LINE_LOST,  /* it broke */
};

/* SEND: all results were told. */
enum schedule_want schedule_attempt_sent(struct schedule_attempt *a, enum schedule_line line)
	MUST_USE;

/* "250 2.0.0 ok": one line, as the reply had it, or our own words.  Appended. */
void schedule_attempt_words(struct buf *out, const struct smtp_result *r);

/*
 * A verdict in words, appended; to the sender of required mail they also say who wanted that, and
 * what can be done.
 */
void schedule_attempt_verdict(struct buf *out, const struct route_demand *d,
			      const struct route_verdict *v);

/* Indices into part->rcpt of those that are to be in the transaction, at least one. */
const size_t *schedule_attempt_batch(const struct schedule_attempt *a, size_t *n);

/* The target that is being tried, of several the one that was told of last; or SCHEDULE_NOBODY. */
size_t schedule_attempt_target(const struct schedule_attempt *a);

/* DIAL: an open connection will not do. */
bool schedule_attempt_fresh(const struct schedule_attempt *a);

/*
 * The connection that was used serves no other message: end it (QUIT).  True until the next one is
 * greeted.
 */
bool schedule_attempt_spent(const struct schedule_attempt *a);

/* What was found out about the destination as a whole, each more than those before. */
enum schedule_reach {
	SCHEDULE_REACH_UNKNOWN, /* nothing */
	SCHEDULE_REACH_CLOSED,  /* its hosts were closed, and none was dialled */
	SCHEDULE_REACH_NOBODY,  /* none that was dialled was there */
	SCHEDULE_REACH_SOMEBODY /* a host answered, be it that it would not have us */
};

enum schedule_reach schedule_attempt_reach(const struct schedule_attempt *a);

/* What it says of how many deliveries the destination bears, by the host that had the last word. */
enum schedule_echo schedule_attempt_echo(const struct schedule_attempt *a);

/* CLOSED: for how long the first of the hosts still is, in milliseconds. */
int64_t schedule_attempt_closed_ms(const struct schedule_attempt *a);

#endif
