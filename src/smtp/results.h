/*
 * What became of the recipients of one transaction, one result each.
 *
 * A recipient is open, then accepted or settled; accepted, then settled.  What
 * is settled stays: the first word on a recipient is the last.
 */
#ifndef SMTP_RESULTS_H
#define SMTP_RESULTS_H

#include "base/buf.h"
#include "smtp/client.h"

struct smtp_results_one;

struct smtp_results {
	struct smtp_results_one *rcpt;
	size_t n;
	size_t unsettled;
	size_t accepted; /* of those: accepted */
	struct buf text; /* the texts of all results */
};

/* Begin anew with n open recipients.  ERR_NOMEM: then there are none. */
enum err smtp_results_begin(struct smtp_results *r, size_t n) MUST_USE;

/* Free all; r may begin again. */
void smtp_results_clear(struct smtp_results *r);

/* Recipient i, which is open, is accepted by the server. */
void smtp_results_accept(struct smtp_results *r, size_t i);

/* Settle recipient i.  The text is copied, up to SMTP_RESULT_TEXT_MAX of it. */
void smtp_results_settle(struct smtp_results *r, size_t i, const struct smtp_result *result);

/* Settle all that are not. */
void smtp_results_settle_all(struct smtp_results *r, const struct smtp_result *result);

/*
 * The result of recipient i < r->n; temporary, and without a code, as long as it
 * is not settled.  Its text lives until r changes.
 */
struct smtp_result smtp_results_get(const struct smtp_results *r, size_t i);

/* What a reply means for the recipients that it is about.  Its text is the reply's. */
struct smtp_result smtp_results_of(const struct smtp_reply *reply, enum smtp_stage stage);

#endif
