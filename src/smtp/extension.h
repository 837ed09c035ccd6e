/*
 * The extensions of SMTP: one table says all that is particular to each of them.
 *
 * From it come the reply to EHLO in both directions, the parameters of MAIL that
 * are a flag, what a message needs of a host, and what is told where a host lacks
 * it.  A new extension is a name and perhaps a flag here, and a row in
 * extension.c; what it makes the machines do is theirs.
 */
#ifndef SMTP_EXTENSION_H
#define SMTP_EXTENSION_H

#include "base/str.h"

/*
 * What MAIL says of a message: a set of flags, which whoever stores a message
 * stores as they are, in a field of their own.  The bits stand in queues on disk, so none
 * ever changes its meaning.
 */
#define SMTP_MAIL_EIGHT_BIT 1u   /* BODY=8BITMIME, RFC 6152 */
#define SMTP_MAIL_UTF8 2u        /* SMTPUTF8, RFC 6531 */
#define SMTP_MAIL_RET_FULL 4u    /* RET=FULL, RFC 3461 section 4.3 */
#define SMTP_MAIL_RET_HDRS 8u    /* RET=HDRS */
#define SMTP_MAIL_BINARY 16u     /* BODY=BINARYMIME, RFC 3030 section 3 */
#define SMTP_MAIL_REQUIRETLS 32u /* REQUIRETLS, RFC 8689 */
#define SMTP_MAIL_LIKES_TLS 64u  /* REQUIRETLS is said where it may be, and is no must: a report */

/* In the order in which we offer them. */
enum smtp_extension {
	SMTP_EXT_PIPELINING,          /* RFC 2920 */
	SMTP_EXT_SIZE,                /* RFC 1870 */
	SMTP_EXT_8BITMIME,            /* RFC 6152 */
	SMTP_EXT_SMTPUTF8,            /* RFC 6531 */
	SMTP_EXT_DSN,                 /* RFC 3461 */
	SMTP_EXT_STARTTLS,            /* RFC 3207 */
	SMTP_EXT_AUTH,                /* RFC 4954 */
	SMTP_EXT_REQUIRETLS,          /* RFC 8689 */
	SMTP_EXT_CHUNKING,            /* RFC 3030 */
	SMTP_EXT_BINARYMIME,          /* RFC 3030 */
	SMTP_EXT_ENHANCEDSTATUSCODES, /* RFC 2034 */
};

#define SMTP_EXTENSIONS (SMTP_EXT_ENHANCEDSTATUSCODES + 1)

/* What one side of a session offers. */
#define SMTP_OFFER_PLAIN 1u
#define SMTP_OFFER_LOGIN 2u

struct smtp_offer {
	unsigned has;      /* 1u << SMTP_EXT_... of each */
	uint64_t size_max; /* octets of a message; 0: no limit told */
	unsigned auth;     /* SMTP_OFFER_... of AUTH */
};

static inline bool smtp_offer_has(const struct smtp_offer *offer, enum smtp_extension x)
{
	return offer->has & 1u << x;
}

/* A value that a parameter of MAIL may have, and the flag that it stands for; 0: none. */
struct smtp_extension_value {
	struct str text; /* "8BITMIME"; empty where the parameter has no value: "SMTPUTF8" */
	unsigned flag;
};

#define SMTP_EXTENSION_VALUES 2

struct smtp_extension_row {
	struct str keyword;  /* in the reply to EHLO */
	struct str argument; /* what stands behind it there, where we offer it so, always */
	/* Whether our server offers it always; or where the session allows it, or not (yet). */
	enum { SMTP_EXTENSION_OFFERED, SMTP_EXTENSION_THEIRS } ours;
	struct str param; /* of MAIL, where its value is a flag; else empty */
	struct smtp_extension_value value[SMTP_EXTENSION_VALUES]; /* unused ones: neither */
	unsigned needed_by; /* flags of mail that goes to no host without it */
	const char *lack;   /* enhanced code for that mail there */
	struct str missing; /* and the words for it */
};

/* The row of an extension. */
const struct smtp_extension_row *smtp_extension(enum smtp_extension x);

/* What our server always offers; size_max is 0. */
struct smtp_offer smtp_extension_ours(void);

#endif
