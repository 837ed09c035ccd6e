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
 * Uses PIPELINING, SIZE, 8BITMIME, SMTPUTF8 and DSN where they are offered.
 */
#ifndef SMTP_CLIENT_H
#define SMTP_CLIENT_H

#include "base/buf.h"
#include "smtp/reply.h"
#include "smtp/server.h"

struct smtp_client;

enum smtp_client_want { SMTP_CLIENT_INPUT, SMTP_CLIENT_READY, SMTP_CLIENT_DONE, SMTP_CLIENT_CLOSE };

/* Extensions that the server offered in its reply to EHLO. */
struct smtp_offer {
	bool pipelining, eight_bit, utf8, dsn, enhanced, starttls, chunking;
	bool size;         /* SIZE was offered */
	uint64_t size_max; /* 0: no limit told */
};

/* A transaction.  All strings belong to the caller until DONE or CLOSE. */
struct smtp_transaction {
	struct smtp_mail mail;
	const struct smtp_rcpt *rcpt;
	size_t n_rcpt;
	struct str message; /* lines ended by CR LF, dots not doubled */
	bool eight_bit;     /* message has octets above 127 */
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

/*
 * What became of one recipient.  code is the reply's; 0 when we decided without
 * one: the connection ended, or an extension is missing (5.6.7 SMTPUTF8, 5.3.4
 * SIZE, 5.6.3 8BITMIME is converted to nothing: sent as it is).
 */
struct smtp_result {
	enum smtp_fate { SMTP_DELIVERED, SMTP_TEMPORARY, SMTP_PERMANENT } fate;
	enum smtp_stage stage;
	int code;
	char enhanced[12]; /* from the reply, or made up by its class: "4.0.0" */
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
 * (4.4.2), unless the message had been acknowledged.  why is shown in texts; copied.
 */
enum smtp_client_want smtp_client_lost(struct smtp_client *c, struct str why) MUST_USE;

/* Result of recipient i of the last transaction; after DONE or CLOSE, until the next send. */
struct smtp_result smtp_client_result(const struct smtp_client *c, size_t i);

/*
 * After CLOSE without a transaction: why the host would not have us (greeting
 * or EHLO refused, not SMTP, connection ended).  fate is DELIVERED after a good QUIT.
 */
struct smtp_result smtp_client_failure(const struct smtp_client *c);

const struct smtp_offer *smtp_client_offer(const struct smtp_client *c);
enum smtp_stage smtp_client_stage(const struct smtp_client *c);

/* How long to wait for what is awaited now, as RFC 5321 section 4.5.3.2 has it; milliseconds. */
int64_t smtp_client_patience(const struct smtp_client *c);

/* Octets to send, at most some 64 KiB at a time; valid until the next call on c. */
struct str smtp_client_output(struct smtp_client *c);
void smtp_client_sent(struct smtp_client *c, size_t n);

/*
 * The dialogue since the last call, for the session log: a line each, "--> "
 * or "<-- " and the text as it was, each ended by '\n'; message data is a count.
 * Cleared by smtp_client_trace_clear().
 */
struct str smtp_client_trace(const struct smtp_client *c);
void smtp_client_trace_clear(struct smtp_client *c);

#endif
