/*
 * What became of the recipients of one transaction, one result each.
 *
 * A recipient is open, then accepted or settled; accepted, then settled.  What
 * is settled stays: the first word on a recipient is the last.
 */
#ifndef SMTP_RESULTS_H
#define SMTP_RESULTS_H

#include "smtp/reply.h"

/* Where in the session something was decided. */
enum smtp_stage {
	SMTP_STAGE_GREETING,
	SMTP_STAGE_EHLO,
	SMTP_STAGE_TLS,
	SMTP_STAGE_MAIL,
	SMTP_STAGE_RCPT,
	SMTP_STAGE_DATA,
	SMTP_STAGE_MESSAGE,
	SMTP_STAGE_QUIT,
};

/* "RCPT TO", "end of data"; for texts. */
struct str smtp_stage_text(enum smtp_stage stage);

#define SMTP_RESULT_TEXT_MAX 1024 /* octets; a longer text is cut */

/*
 * What became of one recipient.  code is the reply's; 0 when we decided without
 * one: the connection ended, or an extension is missing.  A 2yz enhanced code in
 * a 5yz reply and the like count for nothing.  552 to RCPT without an enhanced
 * code, or with 5.5.3, is temporary, as RFC 5321 section 4.5.3.1.10 has it.
 */
struct smtp_result {
	enum smtp_fate { SMTP_DELIVERED, SMTP_TEMPORARY, SMTP_PERMANENT } fate;
	enum smtp_stage stage;
	int code;
	char enhanced[12]; /* from the reply, or made up by its class: "4.0.0" */
	char said[12];     /* the enhanced code that the reply had; "": none */
	bool misfit;       /* no reply: the server lacks what the mail needs; another may have it */
	bool own;          /* no reply: it is we who could not go on, whoever the server is */
	struct str text;   /* the reply's, lines joined by '\n'; a peer's: escape it */
};

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
bool smtp_results_settled(const struct smtp_results *r, size_t i);

/*
 * Whether a refusal for good is about the message itself, its size, its form or what is
 * in it, so that less of it might be taken: what was answered once all of it was there; a
 * size that is too large (552; 5.3.4, 5.2.3 of RFC 3463) and media (5.6.x) at any
 * stage; 8BITMIME or SIZE that do not suffice.  SMTPUTF8 is about addresses.
 */
bool smtp_results_blames_message(const struct smtp_result *r);

/* What a reply means for the recipients that it is about.  Its text is the reply's. */
struct smtp_result smtp_results_of(const struct smtp_reply *reply, enum smtp_stage stage);

#endif
