/*
 * The reply to EHLO (RFC 5321 section 4.1.1.1), as we write it and as we read it.
 */
#ifndef SMTP_EHLO_H
#define SMTP_EHLO_H

#include "base/buf.h"
#include "smtp/extension.h"

/* The whole reply, lines ended by CR LF: host, then each extension that offer has. */
void smtp_ehlo_write(struct buf *out, struct str host, const struct smtp_offer *offer);

/*
 * text is that of a 250 reply to EHLO.  The first line is the server's name;
 * words that we do not know are passed over.
 */
void smtp_ehlo_read(struct str text, struct smtp_offer *offer);

#endif
