/*
 * What the client machine is made of, for its files: client.c holds the
 * session together, starttls.c begins TLS, transaction.c knows the way from MAIL to the reply
 * to the message.
 *
 * What is true in each state:
 *
 *	GREETING  nothing is written, the greeting is awaited
 *	EHLO      EHLO is written, its reply awaited
 *	HELO      EHLO was not understood; HELO is written, its reply awaited
 *	STARTTLS  STARTTLS is written, its reply awaited
 *	SECURING  STARTTLS was answered by 220: nothing more is read in clear
 *	LOGIN     AUTH or a part of it is written, its reply awaited
 *	READY     no command is without its reply, no transaction has been begun
 *	DONE      as READY, and each recipient of the last transaction is settled
 *	ENVELOPE  of the commands of the transaction .answered have their reply,
 *	          .sent are sent and .written are written: each <= the next
 *	BODY      DATA was answered by 354, or BDAT is written; of the message .given octets are
 *	          known, and .left of these not yet written
 *	END       the whole message is written, and the lone dot where DATA was said; the reply
 *	          to the message is awaited
 *	QUIT      QUIT is written, its reply awaited
 *	CLOSED    each recipient is settled, nothing is awaited
 *
 *	GREETING -> EHLO (-> HELO) -> READY -> ENVELOPE -> BODY -> END -> DONE
 *	            EHLO -> STARTTLS -> SECURING -> EHLO; STARTTLS -> READY
 *	            what leads to READY goes by way of LOGIN where there is a login (auth.c)
 *	                              ENVELOPE -> DONE, END; DONE -> ENVELOPE
 *	READY, DONE -> QUIT -> CLOSED; any -> CLOSED
 *
 * A reply counts only for a command that has been sent as a whole.
 */
#ifndef SMTP_CLIENT_PRIV_H
#define SMTP_CLIENT_PRIV_H

#include "smtp/client.h"
#include "smtp/dots.h"
#include "smtp/envelope.h"
#include "smtp/results.h"

#define SMTP_CLIENT_WINDOW 65536 /* octets written and not yet sent */

enum state {
	GREETING,
	EHLO,
	HELO,
	STARTTLS,
	SECURING,
	LOGIN,
	READY,
	DONE,
	ENVELOPE,
	BODY,
	END,
	QUIT,
	CLOSED
};

struct smtp_client {
	enum state state;
	enum smtp_client_tls tls;       /* what is asked for, once */
	struct smtp_transaction tx;     /* ENVELOPE to END; its strings are the caller's */
	struct smtp_results results;    /* of the last transaction */
	size_t written, sent, answered; /* ENVELOPE: commands */
	bool resets;                    /* ENVELOPE: the first command is RSET */
	bool mail_ok;                   /* ENVELOPE: MAIL was answered by 2yz */
	bool stray;                     /* ENVELOPE: a RCPT was, though MAIL was not */
	bool open;                      /* the server may believe a transaction open: RSET first */
	struct str left;                /* BODY: of what is given, not yet written */
	uint64_t given;                 /* BODY: octets of the message, from its start */
	struct smtp_dots dots;          /* BODY */
	struct smtp_offer offer;        /* READY and on */
	struct smtp_result failure;     /* CLOSED; its text is .why */
	struct buf why;
	struct buf host;
	bool in_tls;       /* what is written goes through TLS */
	bool cut;          /* what was written last may not have gone */
	bool secret;       /* a password was in .out or .login: overwritten at the end */
	struct buf login;  /* until it was taken: "\0user\0password" */
	size_t login_user; /* octets of the user */
	enum { SMTP_LOGIN_USER, SMTP_LOGIN_PASSWORD, SMTP_LOGIN_WHOLE, SMTP_LOGIN_OVER } login_next;
	uint64_t heard;     /* whole replies, of all the session */
	struct buf in;      /* octets of a reply that is not whole */
	struct buf scratch; /* the text of the reply being looked at */
	struct buf out;     /* written, not yet sent */
	struct buf trace;
};

/* The only one to change .state. */
void smtp_client_enter(struct smtp_client *c, enum state to);

/* The end of the session: what is not settled yet gets this result. */
void smtp_client_shut(struct smtp_client *c, struct smtp_result result);

/* The same for a reason of our own, which is temporary. */
void smtp_client_shut_ours(struct smtp_client *c, const char *enhanced, struct str text);

/* The same where what came is not SMTP as we know it: nothing that was said can be relied on. */
void smtp_client_shut_junk(struct smtp_client *c, struct str what, struct str octets);

/* A line of the dialogue, for the session log. */
void smtp_client_note(struct smtp_client *c, struct str arrow, struct str line);

/* Write a command: word and arg, one after the other. */
void smtp_client_write(struct smtp_client *c, struct str word, struct str arg);

/* What is wanted now; _checked() where memory may have run out. */
enum smtp_client_want smtp_client_wants(const struct smtp_client *c);
enum smtp_client_want smtp_client_checked(struct smtp_client *c);

/* EHLO was answered for the last time: log in where that is wanted, or READY. */
void smtp_auth_begin(struct smtp_client *c);

/* LOGIN: the reply. */
void smtp_auth_answered(struct smtp_client *c, const struct smtp_reply *reply);

/* The server has told what it offers: STARTTLS, READY, or the end. */
void smtp_starttls_offered(struct smtp_client *c);

/* STARTTLS: its reply. */
void smtp_starttls_answered(struct smtp_client *c, const struct smtp_reply *reply);

/* Of the input, what begins at is not read yet.  In SECURING there must be nothing. */
void smtp_starttls_injected(struct smtp_client *c, size_t at);

/* The connection is gone: where TLS is no must and the host was silent in it, back to SECURING. */
void smtp_starttls_lost(struct smtp_client *c);

/* Begin with the transaction .tx; ENVELOPE is entered. */
void smtp_transaction_begin(struct smtp_client *c);

/* ENVELOPE and BODY: fill the window of output with what may be written now. */
void smtp_transaction_write(struct smtp_client *c);

/* ENVELOPE: octets of the output are sent. */
void smtp_transaction_sent(struct smtp_client *c, struct str octets);

/* ENVELOPE and END: a reply that is due. */
void smtp_transaction_answered(struct smtp_client *c, const struct smtp_reply *reply);

/* ENVELOPE: where we are. */
enum smtp_stage smtp_transaction_stage(const struct smtp_client *c);

/* BODY, END: tell in the trace how much of the message is written. */
void smtp_transaction_note_data(struct smtp_client *c);

#endif
