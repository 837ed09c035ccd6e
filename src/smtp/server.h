/*
 * The server side of one SMTP session: octets in, octets and questions out.
 *
 * No sockets, no clock, no log: the caller moves the octets, runs the timers
 * and decides about mail.  It feeds input, then does what is wanted:
 *
 *	want = smtp_server_feed(s, in);
 *	for (;;) switch (want) {
 *	case SMTP_WANT_VERDICT: want = smtp_server_verdict(s, code, text); now, or later
 *	case SMTP_WANT_BODY: keep smtp_server_body(s); want = smtp_server_body_kept(s);
 *	case SMTP_WANT_INPUT: send smtp_server_output(s); want = smtp_server_sent(s, n);
 *			      when nothing is left to send, wait for input
 *	case SMTP_WANT_TLS: send smtp_server_output(s), then begin TLS on what carries us;
 *			    once it stands, want = smtp_server_secured(s)
 *	case SMTP_WANT_CLOSE: send smtp_server_output(s), and close
 *	}
 *
 * A message is whole only when SMTP_ASK_MESSAGE comes: what was kept of one that
 * ended otherwise (the next SMTP_ASK_MAIL, SMTP_WANT_CLOSE) is to be thrown away.
 *
 * Memory  a session holds at most SMTP_SERVER_FEED_MAX octets of input and some
 *         16 KiB of output (and for a moment a trace of both): it reads no further while
 *         either has to wait, and the caller stops reading from the peer then.
 *
 * Follows RFC 5321 sections 3.3, 4.1 and 4.3.2 with PIPELINING (RFC 2920), SIZE
 * (RFC 1870), 8BITMIME (RFC 6152), ENHANCEDSTATUSCODES (RFC 2034), SMTPUTF8
 * (RFC 6531), DSN (RFC 3461), CHUNKING and BINARYMIME (RFC 3030), STARTTLS (RFC 3207) and AUTH
 * (RFC 4954).  Nothing that was read before a handshake is used after it, and what stands behind
 * STARTTLS ends the session.  Lines end in CR LF and nothing else: a bare CR or LF, or a NUL,
 * anywhere is refused and ends the session, so that nobody can smuggle.  Nothing behind it is
 * looked at; a caller that closes at once may lose the reply to a reset, so it should read and drop
 * what still comes: for a while, or where smtp_server_broke_off(), as long as a message would come.
 *
 * Lines of a message may be longer than the 1000 octets of RFC 5321 section
 * 4.5.3.1.6, as mail in the wild has them, and pass as they are.  A command line
 * over SMTP_SERVER_LINE_MAX is refused, and the session goes on after it.
 */
#ifndef SMTP_SERVER_H
#define SMTP_SERVER_H

#include "base/err.h"
#include "base/str.h"
#include "smtp/envelope.h"
#include "smtp/refusal.h"

#define SMTP_SERVER_FEED_MAX 65536 /* octets */

/* Octets with CR LF: RFC 5321 section 4.5.3.1.4 has 512, and each extension adds to that. */
#define SMTP_SERVER_LINE_MAX 2048

/* Recipients beyond recipients_max that are put off without being counted so: pipelined ones. */
#define SMTP_SERVER_OVERSHOOT_MAX 1000

struct smtp_server;

enum smtp_want {
	SMTP_WANT_INPUT,
	SMTP_WANT_VERDICT,
	SMTP_WANT_BODY,
	SMTP_WANT_TLS,
	SMTP_WANT_CLOSE,
};

/*
 * Who says to be whom, by AUTH: any octets, overwritten once the verdict is in.  The user is
 * empty where one would act for another (RFC 4616: an authzid of its own): to be refused as
 * any that is wrong.
 */
struct smtp_login {
	struct str user, password;
};

/* The question behind SMTP_WANT_VERDICT; strings live until the verdict. */
struct smtp_ask {
	/*
	 * MAIL, RCPT: may it be so?  DATA: may the message come now, by DATA or in chunks (250
	 * means yes: what is said then, the machine says itself)?  MESSAGE: all of it has been
	 * handed out by SMTP_WANT_BODY; 250 only once it is on stable storage.  AUTH: is it so?
	 */
	enum smtp_ask_kind {
		SMTP_ASK_MAIL,
		SMTP_ASK_RCPT,
		SMTP_ASK_DATA,
		SMTP_ASK_MESSAGE,
		SMTP_ASK_AUTH,
	} kind;
	struct smtp_mail mail;   /* SMTP_ASK_MAIL */
	struct smtp_rcpt rcpt;   /* SMTP_ASK_RCPT */
	struct smtp_login login; /* SMTP_ASK_AUTH */
};

struct smtp_server_conf {
	struct str host;         /* names us in greeting and EHLO; copied */
	uint64_t size_max;       /* octets of a message; more is 552 5.3.4 */
	unsigned recipients_max; /* more is 452 4.5.3 */
	unsigned errors_max;     /* refused commands until 421 4.7.0 and close */
	/*
	 * Commands that hand in nothing (EHLO, HELO, NOOP, RSET, VRFY, HELP), and what is
	 * put off with 4yz, until a message is accepted; one more: 421 4.7.0 and
	 * close.  0: no bound.
	 */
	unsigned junk_max;
	/* IN_TLS: the session is inside it from its start.  MUST: nothing goes before STARTTLS. */
	enum smtp_server_tls {
		SMTP_SERVER_NO_TLS,
		SMTP_SERVER_STARTTLS,
		SMTP_SERVER_MUST_STARTTLS,
		SMTP_SERVER_IN_TLS,
	} tls;
	/* Whether a client can log in, over TLS alone.  MUST: it has to before it sends mail. */
	enum smtp_server_auth { SMTP_SERVER_NO_AUTH, SMTP_SERVER_AUTH, SMTP_SERVER_MUST_AUTH } auth;
	enum smtp_server_told { SMTP_SERVER_SILENT, SMTP_SERVER_TRACED } told; /* a trace or none */
};

/* NULL when out of memory.  The greeting is already in the output. */
struct smtp_server *smtp_server_new(const struct smtp_server_conf *conf) MUST_USE;

/* Free and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void smtp_server_free(struct smtp_server **s);

/*
 * How many octets feed takes now.  SMTP_SERVER_FEED_MAX at least, when
 * SMTP_WANT_INPUT was the answer and the output is empty.
 */
size_t smtp_server_room(const struct smtp_server *s);

/*
 * in is copied, all of it; more than there is room for ends the session.  Legal
 * at any time, but what is fed while something else is wanted only waits.
 */
enum smtp_want smtp_server_feed(struct smtp_server *s, struct str in) MUST_USE;

struct smtp_ask smtp_server_ask(const struct smtp_server *s);

/*
 * Answer the question: code 2yz, 4yz or 5yz, text one line, enhanced code
 * included: "2.1.0 ok".  421 ends the session.  A refused message ends the
 * transaction; a refused recipient or DATA does not.
 */
enum smtp_want smtp_server_verdict(struct smtp_server *s, int code, struct str text) MUST_USE;

/*
 * A piece of the message, dots removed, lines ended by CR LF; until the next
 * call on s.  As large as what was fed, but for a line that begins with a dot.
 */
struct str smtp_server_body(const struct smtp_server *s);
enum smtp_want smtp_server_body_kept(struct smtp_server *s) MUST_USE;

/*
 * The handshake that SMTP_WANT_TLS asked for is through: the client is a stranger again.  What
 * is fed between that wish and this call ends the session.
 */
enum smtp_want smtp_server_secured(struct smtp_server *s) MUST_USE;

/* Who has logged in; empty: nobody. */
struct str smtp_server_user(const struct smtp_server *s);

/*
 * End the session from our side, at any time, by 421 (RFC 5321 section 3.8) and this text, one
 * line: "4.3.2 shutting down".  A question is void.
 */
enum smtp_want smtp_server_close(struct smtp_server *s, struct str text) MUST_USE;

/*
 * The name the peer gave in EHLO or HELO: printable ASCII.  And whether it said EHLO (Received:
 * with ESMTP).
 */
struct str smtp_server_peer_name(const struct smtp_server *s);
bool smtp_server_extended(const struct smtp_server *s);

/* Whether what comes now is a message: 354 was said, and its end has not come. */
bool smtp_server_receiving(const struct smtp_server *s);

/* Whether it ended amid a message: its rest may come, and its client hears nothing before. */
bool smtp_server_broke_off(const struct smtp_server *s);

/* Whether a transaction is open: for which time-out applies, and for shutting down. */
bool smtp_server_in_transaction(const struct smtp_server *s);

/* Octets to send; valid until the next call on s. */
struct str smtp_server_output(const struct smtp_server *s);

/*
 * The dialogue as it was since the last smtp_server_trace_clear(): lines, each ended by LF,
 * of what the client said ("<-- ") and what it was told ("--> "), as a client's trace has it
 * from the other side.  A message is a count of octets, and of AUTH no more is there than the
 * mechanism.  Empty with SMTP_SERVER_SILENT.  Bounded by what one call can bring, so a caller
 * that clears it after each misses nothing; what finds no room is left out.
 */
struct str smtp_server_trace(const struct smtp_server *s);
void smtp_server_trace_clear(struct smtp_server *s);

/* How many replies of the whole session refused for that reason. */
unsigned smtp_server_refused(const struct smtp_server *s, enum smtp_refusal why);

/* n octets of it are gone.  Goes on reading where that waited for room in the output. */
enum smtp_want smtp_server_sent(struct smtp_server *s, size_t n) MUST_USE;

#endif
