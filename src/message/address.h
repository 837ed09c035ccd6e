/*
 * The addresses in a field body (RFC 5322 section 3.4): mailboxes, groups,
 * comments, quoted strings, obsolete forms.
 */
#ifndef MESSAGE_ADDRESS_H
#define MESSAGE_ADDRESS_H

#include "base/buf.h"

/* Items that are no address, nor the name of a group, and were passed over. */
struct message_addresses_unread {
	size_t n;
	struct str first; /* as it stands in the body */
};

/*
 * Walks over an address list, leniently: what cannot be read as an address is
 * passed over up to the next comma, and counted.  Reads folded bodies as they stand.
 *
 * The body must not have been decoded (message_head_decode()): an encoded word
 * may hold commas and brackets that are no structure.
 */
struct message_addresses {
	struct str rest;
	struct str
		own; /* the domain of an address that has none; empty: such a one is passed over */
	bool bare;   /* the last address had no domain, and has .own */
	struct str after; /* what follows its local part, if so */
	struct message_addresses_unread unread;
	bool plain_quote; /* a quote without an end was met: quotes are plain text from here */
	bool plain_paren; /* the same of a comment */
};

struct message_addresses message_addresses_of(struct str body);

/*
 * The next address as local@domain, appended to *addr after clearing it: comments,
 * routes and white space gone, a quoted local part kept quoted where it must be,
 * letters in the case they came in.  It is UTF-8 without control characters.
 * Longer than *addr may become, or than 512 octets on either side: passed over.
 * False at the end, and when out of memory, which *addr tells.
 */
bool message_addresses_next(struct message_addresses *a, struct buf *addr);

/* Whether a field of that name holds addresses: From, Sender, Reply-To, To, Cc, Bcc, Resent-*. */
bool message_addresses_field(struct str name);

#endif
