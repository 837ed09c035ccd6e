/*
 * The addresses in a field body (RFC 5322 section 3.4): mailboxes, groups,
 * comments, quoted strings, obsolete forms.
 */
#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include "base/buf.h"

/*
 * Walks over an address list, leniently: what cannot be read as an address is
 * passed over up to the next comma.
 */
struct message_addresses {
	struct str rest;
};

struct message_addresses message_addresses_of(struct str body);

/*
 * The next address as local@domain, appended to *addr after clearing it: comments and white space
 * gone, a quoted local part kept quoted where it must be.  False at the end.
 */
bool message_addresses_next(struct message_addresses *a, struct buf *addr);

/* Whether a field of that name holds addresses: From, Sender, Reply-To, To, Cc, Bcc, Resent-*. */
bool message_addresses_field(struct str name);

#endif
