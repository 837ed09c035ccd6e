/*
 * A message in transit: from the moment it is stored, or taken from the store
 * because it is due, until what became of it is recorded.
 *
 * It has one home, a worker.  There its recipients are parted by destination
 * domain and service; each part goes to the worker that owns the destination
 * and comes back with outcomes.  Each part's outcomes are recorded at once, and
 * with the last of them the report to the sender, if there is anything to say.
 *
 * While parts are out, the message itself is only read, by any of them.
 */
#ifndef RELAY_TRANSIT_H
#define RELAY_TRANSIT_H

#include "relay/worker.h"
#include "smtp/client.h"

#define RELAY_STATUS_MAX 12

/* What an attempt made of one recipient. */
struct relay_outcome {
	size_t rcpt; /* index in the message */
	enum route_action action;
	char status[RELAY_STATUS_MAX];
	struct str text;    /* one line; the part's, by malloc */
	struct str remote;  /* mail host that said it; empty: we did */
	bool secure_failed; /* BOUNCE, of mail for which DNSSEC is required */
	bool dsn;           /* delivered to a host that takes over RFC 3461 notification */
	bool untried;       /* DEFER: no attempt was made, we are stopping */
	char expired[RELAY_STATUS_MAX]; /* DEFER: the status, should its life end with this */
};

struct relay_transit {
	struct relay_letter letter;
	struct queue_message *message;
	struct routing_settings *settings; /* held */
	struct relay_worker *home;
	size_t parts;        /* still out */
	size_t records;      /* jobs at the store */
	int64_t due_wall_ms; /* ENDED: when it is to be tried again; INT64_MAX: never */
	struct list back;    /* parts that came back: outcomes live in them */
	bool concluded;      /* all parts are back, and the last record was handed over */
};

/* A message's recipients for one destination. */
struct relay_part {
	struct relay_letter letter;
	struct relay_transit *transit; /* home's; read message and settings alone */
	struct str domain;             /* in the message's own memory, or "" */
	enum route_service service;
	const struct criterion *criterion; /* settings'; NULL: off */
	const struct criterion *observed;  /* settings'; OBSERVE that matches, or NULL */
	size_t n;
	struct relay_outcome rcpt[];
};

/* On the home's thread: part the message and send the parts out.  Takes it. */
void relay_transit_start(struct relay_transit *t);

/* On the home's thread: too much is in memory; it goes back to the store, due at once.  Takes it. */
void relay_transit_postpone(struct relay_transit *t);

/* A transit for a message, which becomes its own; counted.  NULL: out of memory, message stays. */
struct relay_transit *relay_transit_new(struct relay_worker *home, struct queue_message *message)
	MUST_USE;

/* On any thread, at the end. */
void relay_transit_free(struct relay_transit **t);

/* A part came back. */
void relay_transit_result(struct relay_part *part);

/* A record came back. */
void relay_transit_recorded(struct relay_job *job);

/* Set outcome text (copied) and remote; an outcome without memory keeps an empty text. */
void relay_transit_say(struct relay_outcome *o, struct str text, struct str remote);

#endif
