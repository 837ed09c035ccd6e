/*
 * What a transaction needs, and whether it can go to a server that offers this much.
 *
 * What it needs is read from its own octets, as senders declare more than there
 * is, and less: SMTPUTF8 is needed for an address or a header field that is not
 * ASCII (RFC 6531 section 3.4), and is no must where nobody declared it; 8BITMIME for an octet
 * above 127 in the body.  BINARYMIME is needed where it was declared, and no conversion has been
 * made.
 */
#ifndef SMTP_FIT_H
#define SMTP_FIT_H

#include "smtp/envelope.h"
#include "smtp/results.h"

/* Octets of the message, wherever it is. */
uint64_t smtp_fit_size(const struct smtp_transaction *tx);

/*
 * The flags of what it needs: those of tx->mail.flags that are borne out, and
 * SMTP_MAIL_EIGHT_BIT where it is so, declared or not, but for binary mail.  Octets above 127 in a
 * header whose sender did not say SMTPUTF8 are 8-bit mail: it goes, to whom it may, as it came.
 */
unsigned smtp_fit_flags(const struct smtp_transaction *tx);

/*
 * The flags to say in MAIL to a server that offers so much: flags, which are those of
 * smtp_fit_flags(), and SMTP_MAIL_UTF8 also where nobody had said that the header is in
 * UTF-8, but it is.
 */
unsigned smtp_fit_says(const struct smtp_transaction *tx, unsigned flags,
		       const struct smtp_offer *offer);

/*
 * Whether the message has to be made 7-bit (message/sevenbit.h) before it can go to a server that
 * offers so much, and nobody has tried to yet.
 */
bool smtp_fit_converts(const struct smtp_transaction *tx, const struct smtp_offer *offer);

/*
 * flags are those of smtp_fit_flags().  False: it cannot, and *misfit is the result
 * of all its recipients (see client.h).
 */
bool smtp_fit(const struct smtp_transaction *tx, unsigned flags, const struct smtp_offer *offer,
	      struct smtp_result *misfit) MUST_USE;

#endif
