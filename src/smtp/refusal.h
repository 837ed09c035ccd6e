/*
 * Why a server refuses, in the words of SPEC section 12: for counting, and for the log.
 */
#ifndef SMTP_REFUSAL_H
#define SMTP_REFUSAL_H

#include "base/str.h"

enum smtp_refusal {
	SMTP_REFUSAL_NONE,    /* no refusal: yes, go on, or good-bye for want of time */
	SMTP_REFUSAL_RELAY,   /* who may not relay */
	SMTP_REFUSAL_AUTH,    /* who is not who it says, or does not say it */
	SMTP_REFUSAL_SIZE,    /* too large */
	SMTP_REFUSAL_LIMIT,   /* too much, too many, too often */
	SMTP_REFUSAL_SYNTAX,  /* not SMTP, or not what we can do of it */
	SMTP_REFUSAL_STORAGE, /* no disk, no memory */
	SMTP_REFUSAL_EARLY,   /* it would bounce: said before it is accepted */
	SMTP_REFUSALS,
};

/* "relay", "auth", ...; of SMTP_REFUSAL_NONE "". */
struct str smtp_refusal_text(enum smtp_refusal r);

/*
 * What a reply of ours refuses for, by its code and the enhanced code (RFC 3463) with which
 * text begins: each that the machine and its caller use has a place here.
 */
enum smtp_refusal smtp_refusal_of(int code, struct str text);

#endif
