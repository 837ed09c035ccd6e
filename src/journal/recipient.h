/*
 * Whether an address is the recipient that somebody asks for: `log --to`, and records.
 */
#ifndef JOURNAL_RECIPIENT_H
#define JOURNAL_RECIPIENT_H

#include "base/str.h"

/*
 * wanted: a whole address, or "@domain" for any of that domain.  Case does not count, nor does
 * the form of a domain, A-labels or U-labels.
 */
bool journal_recipient_is(struct str address, struct str wanted);

#endif
