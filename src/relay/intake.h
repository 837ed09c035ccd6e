/*
 * One mail transaction as it comes in: the envelope and the content, until they
 * are a message for the store; and what is said to each step of it.
 */
#ifndef RELAY_INTAKE_H
#define RELAY_INTAKE_H

#include "message/received.h"
#include "queue/queue.h"
#include "relay/memory.h"
#include "routing/settings.h"
#include "smtp/server.h"

struct relay_intake {
	const struct routing_settings *settings; /* the session's */
	struct relay_memory *memory;
	queue_id id; /* of the message, once DATA was said */
	struct buf from, envid;
	struct buf user; /* who has logged in */
	unsigned smtp;   /* SMTP_MAIL_* of it */
	struct relay_intake_rcpt {
		char *to, *orcpt;
		unsigned notify;
	} * rcpt;
	size_t n_rcpt, cap_rcpt;
	struct buf content;
	size_t own; /* octets of ours in content: the trace field, and what mends its opening */
	struct schedule_charge charge; /* for content and recipients */
	bool no_room; /* too much was in memory: the rest is thrown away, then 452 */
};

/* What is answered: a code and one line, enhanced code included. */
struct relay_answer {
	int code;
	struct str text;
};

void relay_intake_init(struct relay_intake *i, const struct routing_settings *settings,
		       struct relay_memory *memory);

/* Forget the transaction; ready for the next. */
void relay_intake_clear(struct relay_intake *i);

/* Forget all. */
void relay_intake_free(struct relay_intake *i);

struct relay_answer relay_intake_mail(struct relay_intake *i, const struct smtp_mail *mail);
struct relay_answer relay_intake_rcpt(struct relay_intake *i, const struct smtp_rcpt *rcpt);

/* DATA: the message gets its ID, and our trace field, which says so much of r as is given. */
struct relay_answer relay_intake_data(struct relay_intake *i, queue_id id,
				      struct message_received r);

/* A piece of the message. */
void relay_intake_body(struct relay_intake *i, struct str piece);

/*
 * The end of the message: it is made, and is the caller's; content and *charge, for what
 * is in memory of it, are no longer here.  NULL: *why it is refused.
 */
struct queue_message *relay_intake_message(struct relay_intake *i, struct schedule_charge *charge,
					   struct relay_answer *why);

#endif
