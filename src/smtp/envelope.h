/*
 * The arguments of MAIL and RCPT with their parameters (RFC 5321 sections
 * 4.1.1.2 and 4.1.1.3), as they are read from a client and written to a server.
 *
 * SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), and RET, ENVID, NOTIFY
 * and ORCPT (RFC 3461) are known.
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
