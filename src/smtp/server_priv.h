/*
 * What the server machine is made of, for its two files: server.c moves octets
 * and holds the states together, command.c knows the commands.
 *
 * One enum says where a session stands, one function changes it.  What is true
 * in each state:
 *
 *	HELLO	greeting queued, the peer has not named itself
 *	READY	the peer has named itself, no transaction
 *	MAIL	sender accepted, no recipient accepted
 *	RCPT	sender and at least one recipient accepted
 *	DATA	354 queued; input belongs to the message until the lone dot
 *	PIECE	as DATA; a piece of it lies in .in, and waits to be kept
 *	ASKED	a verdict is awaited; input is kept and not read
 *	CLOSED	last reply queued, input is ignored
 *
 *	HELLO -> READY -> MAIL -> RCPT -> DATA <-> PIECE
 *	           ^ RSET, EHLO  |     |    |
 *	           +-------------+-----+----+
 *	each of these arrows but RSET and EHLO by way of ASKED
 *	any -> CLOSED on QUIT, a bare CR or LF, a NUL, too many errors
 */
#ifndef SMTP_SERVER_PRIV_H
#define SMTP_SERVER_PRIV_H

#include "base/buf.h"
#include "smtp/dots.h"
#include "smtp/server.h"

#define SMTP_SERVER_HOST_MAX 255 /* octets of a name */

enum state { HELLO, READY, MAIL, RCPT, DATA, PIECE, ASKED, CLOSED };

struct smtp_server {
	enum state state;
	enum state on_yes;     /* ASKED: where a 2yz verdict leads */
	enum state on_no;      /* ASKED: where any other leads */
	struct smtp_ask ask;   /* ASKED: the question; its strings point into .line and .orcpt */
	struct smtp_mail mail; /* MAIL and on: its strings are gone, the rest holds */
	unsigned recipients;   /* MAIL and on: accepted */
	struct smtp_dots dots; /* DATA: where in the message we stand */
	uint64_t message_n;    /* DATA: octets of the message so far */
	bool too_big;          /* DATA: size_max was passed, the rest is dropped */
	bool long_line;        /* before DATA: the line being read is dropped */
	bool extended;         /* EHLO was said, not HELO */
	unsigned errors;       /* 5yz replies since a message was accepted */
	unsigned junk;         /* commands that hand in nothing, since then; 4yz replies, too */
	unsigned overshoot;    /* recipients that were too many, since then */
	size_t piece_at;       /* PIECE: where in .in it begins, and how long it is */
	size_t piece_n;
	struct buf in; /* octets received; those before .at are read */
	size_t at;
	struct buf line;  /* the arguments of the command that is asked about */
	struct buf orcpt; /* of the RCPT that is asked about */
	struct buf out;   /* octets not yet sent */
	struct buf trace; /* lines since it was last cleared */
	unsigned refused[SMTP_REFUSALS];
	struct buf host, peer;        /* our name and what the peer calls itself */
	struct smtp_server_conf conf; /* .host points into the buf */
};

/* The only one to change .state. */
void smtp_server_enter(struct smtp_server *s, enum state to);

void smtp_server_reply(struct smtp_server *s, int code, struct str text);

/* Lines that were added to the output from that octet on: they are traced, and not yet sent. */
void smtp_server_told(struct smtp_server *s, size_t from);

/* What the client said, one line without its end; only as far as it is one. */
void smtp_server_heard(struct smtp_server *s, struct str line);

/* Reply, and end the session. */
void smtp_server_last_reply(struct smtp_server *s, int code, struct str text);

/* Another command that handed in nothing.  False: it was one too many, and the session ends. */
bool smtp_server_bears_junk(struct smtp_server *s);

/* Refuse a command; which counts as an error (5yz), or as one that hands in nothing. */
void smtp_server_refuse(struct smtp_server *s, int code, struct str text);

/* Wait for a verdict; .ask is filled in but for its kind. */
void smtp_server_wait(struct smtp_server *s, enum smtp_ask_kind kind, enum state yes,
		      enum state no);

/* Run one command line, given without its end; .state is one of HELLO to RCPT. */
void smtp_server_command(struct smtp_server *s, struct str line);

#endif
