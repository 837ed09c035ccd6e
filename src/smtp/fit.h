/*
 * Whether a transaction can go to a server that offers this much.
 */
#ifndef SMTP_FIT_H
#define SMTP_FIT_H

#include "smtp/client.h"

/* False: it cannot, and *misfit is the result of all its recipients (see client.h). */
bool smtp_fit(const struct smtp_transaction *tx, const struct smtp_offer *offer,
	      struct smtp_result *misfit) MUST_USE;

#endif
