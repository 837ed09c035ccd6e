/*
 * The client side of one SMTP session: replies in, commands and results out.
 *
 * No sockets and no clock.  The caller connects, then:
 *
 *	want = smtp_client_feed(c, octets);
 *	SMTP_CLIENT_INPUT   send smtp_client_output(c); wait, no longer than
 *	                    smtp_client_patience(c) says
 *	SMTP_CLIENT_SECURE  the server waits for a TLS handshake: once it is through,
 *	                    smtp_client_secured(c); where it fails, smtp_client_unsecured().
 *	                    Nothing that comes before that is to be fed
 *	SMTP_CLIENT_READY   greeted: smtp_client_send(c, &tx), or smtp_client_quit(c)
 *	SMTP_CLIENT_DONE    results of the transaction are in; then as READY
 *	SMTP_CLIENT_CLOSE   over: smtp_client_failure(c) says why
 *
 * Uses PIPELINING (RFC 2920), SIZE (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8
 * (RFC 6531), DSN (RFC 3461) and, for binary mail, CHUNKING and BINARYMIME (RFC 3030) where they
 * are offered; says HELO where EHLO is not understood.  STARTTLS (RFC 3207) as smtp_client_tls()
 * was told: what was learnt in clear is forgotten then, and octets that stand behind the 220 in
 * clear end the session.
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
#include "smtp/results.h"

struct smtp_client;

enum smtp_client_want {
	SMTP_CLIENT_INPUT,
	SMTP_CLIENT_SECURE,
	SMTP_CLIENT_READY,
	SMTP_CLIENT_DONE,
	SMTP_CLIENT_CLOSE
};

/* host names us in EHLO; copied.  NULL when out of memory. */
struct smtp_client *smtp_client_new(struct str host) MUST_USE;
void smtp_client_free(struct smtp_client **c);

/* Whether STARTTLS is asked for. */
enum smtp_client_tls {
	SMTP_CLIENT_TLS_NEVER, /* not asked for, or begun before the greeting */
	/*
	 * Where it is offered.  Where it is refused, which is no failed handshake, on in clear on
	 * the same connection (RFC 3207 section 4).
	 */
	SMTP_CLIENT_TLS_MAY,
	SMTP_CLIENT_TLS_OFFERED, /* a must where it is offered: refused, the session ends, 4.7.5 */
	SMTP_CLIENT_TLS_MUST,    /* else the session ends, 4.7.5 */
};

/* Before the first octet is fed; never, where it is not called. */
void smtp_client_tls(struct smtp_client *c, enum smtp_client_tls tls);

/* Who logs in (RFC 4954), and whether all goes through TLS from the start. */
struct smtp_credentials {
	struct str user, password;
	enum { SMTP_LOGIN_IN_CLEAR, SMTP_LOGIN_IN_TLS } channel;
};

/*
 * Before the first octet is fed: log in before the first transaction, by PLAIN or LOGIN, over
 * TLS alone; else, and where it is refused or not offered, the session ends, 4.7.8.  Copied, and
 * overwritten once it was taken.  ERR_NOMEM.
 */
enum err smtp_client_login(struct smtp_client *c, const struct smtp_credentials *login) MUST_USE;

enum smtp_client_want smtp_client_feed(struct smtp_client *c, struct str in) MUST_USE;

/* SECURE: all that is fed from now on came through TLS. */
enum smtp_client_want smtp_client_secured(struct smtp_client *c) MUST_USE;

/*
 * SECURE, or TLS was to be there before the greeting: there will be none.  The session is over:
 * 4.7.5, in the words of why; copied.
 */
enum smtp_client_want smtp_client_unsecured(struct smtp_client *c, struct str why) MUST_USE;

/* Begin a transaction.  Only when READY or DONE. */
enum smtp_client_want smtp_client_send(struct smtp_client *c, const struct smtp_transaction *tx)
	MUST_USE;

/*
 * READY or DONE, and nothing is to be sent for a while: what only large replies and mail need is
 * given back.
 */
void smtp_client_rest(struct smtp_client *c);

/* End politely.  Only when READY or DONE. */
enum smtp_client_want smtp_client_quit(struct smtp_client *c) MUST_USE;

/*
 * The connection takes no more of what is written.  From now on no reply says that the message was
 * taken: what is fed came before that, and is fed for what it refuses.
 */
void smtp_client_cut(struct smtp_client *c);

/*
 * The connection ended or a time-out passed: open recipients become temporary
 * (4.4.2), unless the message had been acknowledged.  What was received is to be
 * fed before: a reply may be in it.  why is shown in texts; copied.
 */
enum smtp_client_want smtp_client_lost(struct smtp_client *c, struct str why) MUST_USE;

/* Result of recipient i of the last transaction; after DONE or CLOSE, until c is changed. */
struct smtp_result smtp_client_result(const struct smtp_client *c, size_t i);

/* Whether recipient i of the transaction has its result, while others may not: for who ends it. */
bool smtp_client_settled(const struct smtp_client *c, size_t i);

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

/* A reply has begun, and not yet ended. */
bool smtp_client_halfway(const struct smtp_client *c);

/* How many replies have come whole: patience is for each of them, not for its octets. */
uint64_t smtp_client_heard(const struct smtp_client *c);

/*
 * Octets to send, at most 64 KiB at a time; valid until the next call on c.  Ask
 * again once they are sent, until there are none.
 */
struct str smtp_client_output(struct smtp_client *c);
void smtp_client_sent(struct smtp_client *c, size_t n);

/*
 * Of a message that is elsewhere (envelope.h) the octets from *at on are wanted next: give some,
 * as many as you like, or say why there are none, which ends the session (4.3.0).  What was given
 * is borrowed until more is wanted, or the transaction is over.  While this is so, output may lack.
 */
bool smtp_client_hungry(const struct smtp_client *c, uint64_t *at);
void smtp_client_give(struct smtp_client *c, struct str piece);
enum smtp_client_want smtp_client_starved(struct smtp_client *c, struct str why) MUST_USE;

/*
 * The dialogue since the last call, for the session log: a line each, "--> "
 * or "<-- " and the text as it was, each ended by '\n'; message data is a count.  One
 * line of our own says it where STARTTLS was refused and the session goes on without.
 * Cleared by smtp_client_trace_clear(); what goes beyond 256 KiB uncleared is dropped.
 */
struct str smtp_client_trace(const struct smtp_client *c);
void smtp_client_trace_clear(struct smtp_client *c);

#endif
