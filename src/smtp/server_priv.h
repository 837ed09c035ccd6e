/*
 * What the server machine is made of, for its files: server.c moves octets and holds
 * the states together, command.c knows the commands, bdat.c the chunks, login.c AUTH,
 * trace.c what is told.
 *
 * One enum says where a session stands, one function changes it.  What is true
 * in each state:
 *
 *	HELLO	greeting queued, the peer has not named itself
 *	READY	the peer has named itself, no transaction
 *	MAIL	sender accepted, no recipient accepted
 *	RCPT	sender and at least one recipient accepted
 *	DATA	354 queued; input belongs to the message until the lone dot
 *	CHUNKS	part of the message has come by BDAT, and no chunk is open
 *	CHUNK	BDAT was heard; the next .chunk_left octets of input belong to it
 *	PIECE	as .piece_of, DATA or CHUNK; a piece of it lies in .in, and waits to be kept
 *	TURNING	220 to STARTTLS queued; nothing may come before the handshake
 *	LOGIN	334 queued; the next line is AUTH's
 *	ASKED	a verdict is awaited; input is kept and not read
 *	CLOSED	last reply queued, input is ignored
 *
 *	HELLO -> READY -> MAIL -> RCPT -> DATA <-> PIECE
 *	           ^ RSET, EHLO  |     |    |
 *	           +-------------+-----+----+
 *	each of these arrows but RSET and EHLO by way of ASKED
 *	RCPT -> CHUNK <-> PIECE, CHUNK <-> CHUNKS, CHUNK -> READY; the first and last by ASKED
 *	HELLO, READY, MAIL <-> CHUNK, where it is dropped
 *	HELLO, READY -> TURNING -> HELLO;  READY -> LOGIN -> READY, mostly by way of ASKED
 *	any -> CLOSED on QUIT, a bare CR or LF, a NUL, too many errors
 */
#ifndef SMTP_SERVER_PRIV_H
#define SMTP_SERVER_PRIV_H

#include "base/buf.h"
#include "smtp/chunk.h"
#include "smtp/dots.h"
#include "smtp/server.h"

#define SMTP_SERVER_HOST_MAX 255 /* octets of a name */

enum state { HELLO, READY, MAIL, RCPT, CHUNKS, DATA, CHUNK, PIECE, TURNING, LOGIN, ASKED, CLOSED };

/* LOGIN: what the line is. */
enum smtp_login_step { LOGIN_PLAIN, LOGIN_USER, LOGIN_PASSWORD };

/*
 * What becomes of a chunk: it is taken, or dropped as its message is refused, or as it came
 * where none may.
 */
enum chunk_fate { CHUNK_TAKEN, CHUNK_REFUSED, CHUNK_OUT_OF_ORDER };

struct smtp_server {
	enum state state;
	enum state on_yes;   /* ASKED: where a 2yz verdict leads */
	enum state on_no;    /* ASKED: where any other leads; CHUNK, out of order: whence it came */
	struct smtp_ask ask; /* ASKED: the question; its strings point into .line and .orcpt */
	struct smtp_mail mail;   /* MAIL and on: its strings are gone, the rest holds */
	unsigned recipients;     /* MAIL and on: accepted */
	struct smtp_dots dots;   /* DATA: where in the message we stand */
	uint64_t message_n;      /* DATA, CHUNK and on: octets of the message so far */
	bool too_big;            /* DATA: size_max was passed, the rest is dropped */
	struct smtp_chunk chunk; /* of the last BDAT */
	uint64_t chunk_left;     /* CHUNK: octets of it that have not been read */
	enum chunk_fate fate;    /* CHUNK */
	int refusal;             /* CHUNK, dropped: the code; its text is in .line */
	bool after_cr;           /* CHUNK and on: the message so far ends in CR */
	bool void_chunks; /* a chunk was refused: those behind it in the pipeline are no errors */
	bool long_line;   /* before DATA: the line being read is dropped */
	bool extended;    /* EHLO was said, not HELO */
	bool secure;      /* inside TLS */
	bool auth_said;   /* then a line that is no command may be a secret */
	bool stained;     /* one that is lies in .in, read or dropped */
	bool broke_off;   /* CLOSED: it was amid a message */
	enum smtp_login_step login_step; /* LOGIN */
	size_t user_n;                   /* LOGIN_PASSWORD: so much of .secret is the name */
	struct buf secret;               /* LOGIN, ASKED: what AUTH has brought */
	struct buf user;                 /* who has logged in */
	unsigned errors;                 /* 5yz replies since a message was accepted */
	unsigned junk;      /* commands that hand in nothing, since then; 4yz replies, too */
	unsigned overshoot; /* recipients that were too many, since then */
	size_t piece_at;    /* PIECE: where in .in it begins, and how long it is */
	size_t piece_n;
	enum state piece_of;
	struct buf in; /* octets received; those before .at are read */
	size_t at;
	struct buf line;  /* the arguments of the command that is asked about, or a refusal */
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

/* Whether it is AUTH; *open: as far as it may be shown. */
bool smtp_server_is_auth(struct str line, struct str *open);

/* What this session offers. */
struct smtp_offer smtp_server_offer(const struct smtp_server *s);

/* What the client said, one line without its end, or what is told in its place. */
void smtp_server_heard(struct smtp_server *s, struct str line);

/* The same of a line in which there may be a secret: as much as may be shown. */
void smtp_server_heard_secret(struct smtp_server *s, struct str line);

/* Reply, and end the session. */
void smtp_server_last_reply(struct smtp_server *s, int code, struct str text);

/*
 * What waits for TLS where that must be (RFC 3207 section 4), and then for a login where that
 * must be (RFC 4954 section 6).
 */
enum smtp_server_gate { OPEN, AFTER_TLS, AFTER_LOGIN };

/* What such a command is refused with; code 0: it is not. */
struct smtp_fault smtp_server_held_back(const struct smtp_server *s, enum smtp_server_gate gate);

/* Another command that handed in nothing.  False: it was one too many, and the session ends. */
bool smtp_server_bears_junk(struct smtp_server *s);

/* Refuse a command; which counts as an error (5yz), or as one that hands in nothing. */
void smtp_server_refuse(struct smtp_server *s, int code, struct str text);

/* Refuse a message, and end its transaction: that is said even where it is an error too many. */
void smtp_server_refuse_message(struct smtp_server *s, int code, struct str text);

/* A bare line end or a NUL is in the message: the session ends. */
void smtp_server_refuse_bare(struct smtp_server *s);

/* So many octets of a message were heard. */
void smtp_server_heard_data(struct smtp_server *s, uint64_t octets);

/* PIECE is entered: a piece of the message, which points into .in. */
void smtp_server_take_piece(struct smtp_server *s, struct str piece);

/* Wait for a verdict; .ask is filled in but for its kind. */
void smtp_server_wait(struct smtp_server *s, enum smtp_ask_kind kind, enum state yes,
		      enum state no);

/* BDAT, in any of HELLO to CHUNKS. */
void smtp_server_bdat(struct smtp_server *s, struct str args);

/* The message that was asked about by BDAT may come, or may not. */
void smtp_server_chunks_begin(struct smtp_server *s);
void smtp_server_chunks_refused(struct smtp_server *s, int code, struct str text);

/* CHUNK: read some of in; false when more input is needed. */
bool smtp_server_chunk(struct smtp_server *s, struct str in);

/* Whether it begins with a command that there is. */
bool smtp_server_is_command(struct str line);

/* AUTH with its arguments, where it may be; and a line in LOGIN, which belongs to it. */
void smtp_server_login(struct smtp_server *s, struct str args);
void smtp_server_login_line(struct smtp_server *s, struct str line);

/* Run one command line, given without its end; .state is one of HELLO to CHUNKS. */
void smtp_server_command(struct smtp_server *s, struct str line);

#endif
