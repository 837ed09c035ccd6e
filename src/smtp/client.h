/*
 * The client side of one SMTP session: replies in, commands and results out.
 *
 * No sockets and no clock.  The caller connects, then:
 *
 *	want = smtp_client_feed(c, octets);
 *	SMTP_CLIENT_INPUT   send smtp_client_output(c); wait, no longer than
 *	                    smtp_client_patience(c) says
 *	SMTP_CLIENT_READY   greeted: smtp_client_send(c, &tx), or smtp_client_quit(c)
 *	SMTP_CLIENT_DONE    results of the transaction are in; then as READY
 *	SMTP_CLIENT_CLOSE   over: smtp_client_failure(c) says why
 *
 * Uses PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8
 * (RFC 6531) and DSN (RFC 3461) where they are offered; says HELO where EHLO is
 * not understood.
 *
 * Octets that were sent are reported with smtp_client_sent() before octets that
 * came after them are fed: a reply to what has not been sent is no reply, and
 * ends the session, so that nothing can be taken for an acknowledgement that
 * was said before the message was whole.
 *
 * Everything that is not understood is temporary: junk, replies with codes out
 * of range, more replies than commands (4.5.0), the end of the connection (4.4.2).
 * Whatever came of it is shown.  421 at any time ends the session.
 *
 * Memory  the message is not copied as a whole: at most 64 KiB of output, 32 KiB
 *         of input and SMTP_RESULT_TEXT_MAX octets of text a recipient are held.
 */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "base/buf.h"
#include "smtp/envelope.h"
#include "smtp/reply.h"

struct smtp_client;

enum smtp_client_want { SMTP_CLIENT_INPUT, SMTP_CLIENT_READY, SMTP_CLIENT_DONE, SMTP_CLIENT_CLOSE };

/*
 * A transaction.  Strings and recipients belong to the caller until DONE or CLOSE.
 *
 * What it needs is read from it (fit.h); without the extension for that, nothing
 * is sent and all recipients fail for good, as a misfit: an address or header field
 * that is not ASCII, of mail that said SMTP_MAIL_UTF8, without SMTPUTF8 (5.6.7); a
 * message larger than the SIZE that was told (5.3.4); octets above 127 in a message
 * that its sender declared as 8BITMIME (SMTP_MAIL_EIGHT_BIT) without 8BITMIME (5.6.3,
 * RFC 6152 section 3: it would have to be converted).  Undeclared ones go out as
 * they are, as they came.
 * What would break the protocol is not sent either: a bare CR or LF or a NUL in
 * the message (5.6.0), a control character in an address or parameter (5.1.3).
 */
struct smtp_transaction {
	struct smtp_mail mail; /* mail.size is not read: it is that of message */
	const struct smtp_rcpt *rcpt;
	size_t n_rcpt;
	struct str message; /* lines ended by CR LF (the last may lack it), dots not doubled */
};

/* Where in the session something was decided. */
enum smtp_stage {
	SMTP_STAGE_GREETING,
	SMTP_STAGE_EHLO,
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
 * code is temporary, as RFC 5321 section 4.5.3.1.10 has it.
 */
struct smtp_result {
	enum smtp_fate { SMTP_DELIVERED, SMTP_TEMPORARY, SMTP_PERMANENT } fate;
	enum smtp_stage stage;
	int code;
	char enhanced[12]; /* from the reply, or made up by its class: "4.0.0" */
	char said[12];     /* the enhanced code that the reply had; "": none */
	bool misfit;       /* no reply: the server lacks what the mail needs; another may have it */
	struct str text;   /* the reply's, lines joined by '\n'; a peer's: escape it */
};

/* host names us in EHLO; copied.  NULL when out of memory. */
struct smtp_client *smtp_client_new(struct str host) MUST_USE;
void smtp_client_free(struct smtp_client **c);

enum smtp_client_want smtp_client_feed(struct smtp_client *c, struct str in) MUST_USE;

/* Begin a transaction.  Only when READY or DONE. */
enum smtp_client_want smtp_client_send(struct smtp_client *c, const struct smtp_transaction *tx)
	MUST_USE;

/* End politely.  Only when READY or DONE. */
enum smtp_client_want smtp_client_quit(struct smtp_client *c) MUST_USE;

/*
 * The connection ended or a time-out passed: open recipients become temporary
 * (4.4.2), unless the message had been acknowledged.  What was received is to be
 * fed before: a reply may be in it.  why is shown in texts; copied.
 */
enum smtp_client_want smtp_client_lost(struct smtp_client *c, struct str why) MUST_USE;

/* Result of recipient i of the last transaction; after DONE or CLOSE, until the next call that changes c. */
struct smtp_result smtp_client_result(const struct smtp_client *c, size_t i);

/*
 * After CLOSE without a transaction: why the host would not have us (greeting
 * or EHLO refused, not SMTP, connection ended).  fate is DELIVERED after a good QUIT.
 */
struct smtp_result smtp_client_failure(const struct smtp_client *c);

/* What the server offered in its reply to EHLO. */
const struct smtp_offer *smtp_client_offer(const struct smtp_client *c);
enum smtp_stage smtp_client_stage(const struct smtp_client *c);

/*
 * How long to wait for what is awaited now, as RFC 5321 section 4.5.3.2 has it;
 * milliseconds.  While data is sent, for the next of it to go.  0: nothing is awaited.
 */
int64_t smtp_client_patience(const struct smtp_client *c);

/* How many replies have come whole: patience is for each of them, not for its octets. */
uint64_t smtp_client_heard(const struct smtp_client *c);

/*
 * Octets to send, at most 64 KiB at a time; valid until the next call on c.  Ask
 * again once they are sent, until there are none.
 */
struct str smtp_client_output(struct smtp_client *c);
void smtp_client_sent(struct smtp_client *c, size_t n);

/*
 * The dialogue since the last call, for the session log: a line each, "--> "
 * or "<-- " and the text as it was, each ended by '\n'; message data is a count.
 * Cleared by smtp_client_trace_clear(); what goes beyond 256 KiB uncleared is dropped.
 */
struct str smtp_client_trace(const struct smtp_client *c);
void smtp_client_trace_clear(struct smtp_client *c);

#endif
