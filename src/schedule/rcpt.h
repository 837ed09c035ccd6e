/*
 * What is known of a recipient, as the store keeps it, and what an attempt
 * changes of that.  Values alone.
 */
#ifndef SCHEDULE_RCPT_H
#define SCHEDULE_RCPT_H

#include "base/str.h"

enum schedule_rcpt_state {
	SCHEDULE_WAITING,   /* to be tried */
	SCHEDULE_DELIVERED, /* done */
	SCHEDULE_FAILED,    /* given up, sender not yet told */
	SCHEDULE_TOLD,      /* given up, and told, or nobody to tell */
};

/* "waiting", "delivered", "failed", for whoever looks at a queue. */
struct str schedule_rcpt_state_text(enum schedule_rcpt_state state);

struct schedule_rcpt {
	struct str to;
	struct str orcpt; /* RFC 3461, as given */
	unsigned notify;  /* RFC 3461, SMTP_NOTIFY_* bits; 0: not given */
	enum schedule_rcpt_state state;
	unsigned attempts;
	struct str status;  /* enhanced code of the last attempt: "4.4.3"; empty before the first */
	struct str text;    /* what was said at it: one line */
	struct str remote;  /* the mail host that said it; empty: we did */
	bool secure_failed; /* failed, and DNSSEC was required, whatever the reason */
};

/* The domain of an address, without '@'; empty where there is none. */
struct str schedule_domain(struct str address);

/* What an attempt changed of one. */
struct schedule_change {
	size_t rcpt; /* index in the message */
	enum schedule_rcpt_state state;
	struct str status, text, remote; /* borrowed by whoever has the change */
	bool secure_failed;
	bool tried; /* count an attempt.  false and no status: what was last said is kept */
};

/*
 * An attempt that another made for n recipients counts for those who wait, and what was said of
 * them stands.  change has room for n; how many there are, which borrow from rcpt.
 */
size_t schedule_rcpt_tried(const struct schedule_rcpt *rcpt, size_t n,
			   struct schedule_change *change);

#endif
