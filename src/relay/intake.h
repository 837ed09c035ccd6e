/*
 * One mail transaction as it comes in: the envelope and the content, until they
 * are a message for the store; and what is said to each step of it.
 */
#ifndef RELAY_INTAKE_H
#define RELAY_INTAKE_H

#include "message/received.h"
#include "queue/queue.h"
#include "relay/memory.h"
#include "relay/spooling.h"
#include "routing/settings.h"
#include "smtp/server.h"

/* What is answered: a code and one line, enhanced code included. */
struct relay_answer {
	int code;
	struct str text;
};

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
	uint64_t told;      /* SIZE= */
	struct buf content; /* all of it, or, once it is spooled, its head */
	size_t own;  /* octets of ours in content: the trace field, and what mends its opening */
	size_t look; /* octets of content at which the end of its head is looked for */
	struct queue_spool *spool;
	struct relay_spooling spooling;
	struct schedule_charge charge; /* for what is held, and recipients */
	struct relay_answer
		fault; /* code 0: none; else the rest is thrown away, and then it is said */
};

/* No transaction.  All are borrowed as long as it is there; spool NULL: nothing is spooled. */
void relay_intake_init(struct relay_intake *i, const struct routing_settings *settings,
		       struct relay_memory *memory, struct queue_spool *spool);

/* Forget the transaction; ready for the next. */
void relay_intake_clear(struct relay_intake *i);

/* Forget all. */
void relay_intake_free(struct relay_intake *i);

/* MAIL and RCPT (RFC 5321 section 3.3): what is said to each.  What they have is copied. */
struct relay_answer relay_intake_mail(struct relay_intake *i, const struct smtp_mail *mail);
struct relay_answer relay_intake_rcpt(struct relay_intake *i, const struct smtp_rcpt *rcpt);

/* DATA: the message gets its ID, and our trace field, which says so much of r as is given. */
struct relay_answer relay_intake_data(struct relay_intake *i, queue_id id,
				      struct message_received r);

/*
 * A piece of the message.  RELAY_INTAKE_WRITE: before there may be more, the file that
 * relay_spooling_take() gives is to be written.
 */
enum relay_intake_then { RELAY_INTAKE_GO_ON, RELAY_INTAKE_WRITE };
enum relay_intake_then relay_intake_body(struct relay_intake *i, struct str piece);

/*
 * The message has come: whether a file is to be finished before it is made.  If so,
 * relay_spooling_take() gives it.
 */
bool relay_intake_finishes(const struct relay_intake *i);

/*
 * The file is back, written as far as e says; whole: to its end, where this is what the message
 * keeps of it.  Both are its own.
 */
enum relay_intake_then relay_intake_written(struct relay_intake *i, struct queue_spool_file *file,
					    struct queue_spooled *whole, enum err e);

/* What is said where there is none. */
extern const struct relay_answer relay_intake_no_memory;

/* What the store has said, and what the client is told of that; text is room for it. */
struct relay_answer relay_intake_stored(enum err e, queue_id id, char text[static 64]);

/*
 * The end of the message: it is made, and is the caller's; content and *charge, for what
 * is in memory of it, are no longer here.  NULL: *why it is refused.
 */
struct queue_message *relay_intake_message(struct relay_intake *i, struct schedule_charge *charge,
					   struct relay_answer *why);

#endif
