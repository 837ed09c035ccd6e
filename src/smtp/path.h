/*
 * Mailboxes and paths of the envelope (RFC 5321 section 4.1.2, RFC 6531).
 */
#ifndef SMTP_PATH_H
#define SMTP_PATH_H

#include "base/buf.h"
#include "base/ip.h"

/*
 * Octets of a path, brackets and route included (RFC 5321 section 4.5.3.1.3).
 * Local parts have no limit of their own: bounce addresses that carry another
 * address are longer than the 64 octets of section 4.5.3.1.1, which is what one
 * must take, not what one may.
 */
#define SMTP_PATH_MAX 256

/* Where a mailbox points. */
enum smtp_domain { SMTP_DOMAIN_NAME, SMTP_DOMAIN_LITERAL, SMTP_DOMAIN_NONE };

/* A mailbox taken apart; local and domain point into what was read. */
struct smtp_mailbox {
	struct str local;  /* as written, quotes included */
	struct str domain; /* "example.net", "[192.0.2.1]"; empty for NONE ("postmaster") */
	enum smtp_domain kind;
	struct ip literal; /* SMTP_DOMAIN_LITERAL */
	bool utf8;         /* needs SMTPUTF8 */
};

/*
 * A mailbox without brackets: local@domain, "quoted local"@domain, local@[literal],
 * or Postmaster alone.  Names may have underscores, as the DNS does; other
 * characters above 127 must be UTF-8.
 *
 * ERR_SYNTAX  anything else, a literal that is neither IPv4 nor IPv6 too
 * ERR_LIMIT   longer than SMTP_PATH_MAX with its brackets, a label over 63 octets
 */
enum err smtp_path_mailbox(struct str s, struct smtp_mailbox *out) MUST_USE;

/*
 * A path as it stands after FROM: or TO: at the start of *s, cut off *s:
 * "<a@b>", "<@x,@y:a@b>" (the route is dropped), "<>".  *address is the mailbox
 * without brackets, which smtp_path_mailbox() accepts, or empty for the null path.
 * ERR_SYNTAX, ERR_LIMIT.
 */
enum err smtp_path_read(struct str *s, struct str *address) MUST_USE;

#endif
