/*
 * The arguments of MAIL and RCPT with their parameters (RFC 5321 sections
 * 4.1.1.2 and 4.1.1.3), as they are read from a client and written to a server.
 *
 * SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), AUTH (RFC 4954; read, and
 * no more), and RET, ENVID, NOTIFY and ORCPT (RFC 3461) are known.
 */
#ifndef SMTP_ENVELOPE_H
#define SMTP_ENVELOPE_H

#include "base/buf.h"
#include "smtp/extension.h"

#define SMTP_ENVID_MAX 100 /* RFC 3461 section 4.4 */
#define SMTP_ORCPT_MAX 500 /* RFC 3461 section 4.2 */

/* RFC 3461 section 4.1; 0: not given. */
#define SMTP_NOTIFY_NEVER 1u
#define SMTP_NOTIFY_SUCCESS 2u
#define SMTP_NOTIFY_FAILURE 4u
#define SMTP_NOTIFY_DELAY 8u

/* MAIL: who sends, with the parameters given. */
struct smtp_mail {
	struct str from;  /* without brackets; empty for the null reverse-path */
	uint64_t size;    /* SIZE=; 0: not given */
	unsigned flags;   /* SMTP_MAIL_* */
	struct str envid; /* xtext, as given */
};

/* RCPT: to whom. */
struct smtp_rcpt {
	struct str to;
	unsigned notify;
	struct str orcpt; /* "rfc822;xtext", as given; empty: none */
};

/*
 * A transaction.  Strings and recipients belong to the caller until DONE or CLOSE.
 *
 * What it needs is read from it (fit.h); without the extension for that, nothing
 * is sent and all recipients fail for good, as a misfit: an address or header field
 * that is not ASCII, of mail that said SMTP_MAIL_UTF8, without SMTPUTF8 (5.6.7); a
 * message larger than the SIZE that was told (5.3.4); octets above 127 in its body, declared
 * or not, without 8BITMIME, and mail declared as BINARYMIME (SMTP_MAIL_BINARY) without that
 * (5.6.3): such mail is to be converted first, see smtp_fit_converts().  Octets above 127 in
 * a header alone go out as they came.
 * Of mail with SMTP_MAIL_REQUIRETLS a server that does not offer REQUIRETLS within TLS gets
 * nothing (5.7.30), nor, for now, one that is not authenticated (4.7.5, no misfit).
 * What would break the protocol is not sent either: a bare CR or LF or a NUL in
 * a message that is not BINARYMIME (5.6.0), a control character in an address or
 * parameter (5.1.3).
 */
struct smtp_transaction {
	struct smtp_mail mail; /* mail.size is not read: it is that of message */
	const struct smtp_rcpt *rcpt;
	size_t n_rcpt;
	/* Lines ended by CR LF (the last may lack it), dots not doubled; or binary. */
	struct str message;
	/*
	 * Of a message that is not in memory: its octets, and what it has (SMTP_TEXT_*, text.h).
	 * It is asked for piece by piece (smtp_client_hungry()), and .message is not read.
	 * octets 0: it is.
	 */
	struct smtp_elsewhere {
		uint64_t octets;
		unsigned has;
	} elsewhere;
	/* How it goes.  AUTHENTICATED: TLS, and the server has proven who it is. */
	enum smtp_channel {
		SMTP_CHANNEL_CLEAR,
		SMTP_CHANNEL_ENCRYPTED,
		SMTP_CHANNEL_AUTHENTICATED
	} channel;
	/* Its body became 7-bit, or could not: something is signed, or its form is broken. */
	enum smtp_body {
		SMTP_BODY_AS_IT_CAME,
		SMTP_BODY_CONVERTED,
		SMTP_BODY_SEALED,
		SMTP_BODY_BROKEN
	} body;
};

/*
 * What is wrong with a command: the reply that it gets.  code 0: nothing.
 * text is a literal, enhanced code included; the name of the parameter that is
 * refused, where it is one, belongs behind it: the peer's octets, as they came.
 */
struct smtp_fault {
	int code;
	struct str text;
	struct str param;
};

/*
 * args is what follows "MAIL ": "FROM:<a@b> SIZE=10"; parameters of what ours does
 * not offer are refused.  *out points into args, and is set without fault only.
 */
struct smtp_fault smtp_envelope_read_mail(struct str args, const struct smtp_offer *ours,
					  struct smtp_mail *out) MUST_USE;

/*
 * The same for "TO:<a@b> NOTIFY=NEVER", in the transaction that mail began.  An
 * ORCPT that is kept lies in room, which is cleared first and holds
 * SMTP_ORCPT_ROOM octets; no ORCPT is a fault.
 */
struct smtp_fault smtp_envelope_read_rcpt(struct str args, const struct smtp_offer *ours,
					  const struct smtp_mail *mail, struct buf *room,
					  struct smtp_rcpt *out) MUST_USE;

/* The longest that an ORCPT can become in ASCII: "\x{FF}" for an octet. */
#define SMTP_ORCPT_ROOM (8 * SMTP_ORCPT_MAX)

/*
 * Append "MAIL FROM:<a@b> SIZE=10" without line end, with the parameters that
 * are in offer; mail->size is the SIZE to tell.
 */
void smtp_envelope_write_mail(struct buf *out, const struct smtp_mail *mail,
			      const struct smtp_offer *offer);
void smtp_envelope_write_rcpt(struct buf *out, const struct smtp_rcpt *rcpt,
			      const struct smtp_offer *offer);

#endif
