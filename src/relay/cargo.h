/*
 * The message of a delivery as it goes: from memory, or block by block from where it is spooled;
 * made to fit the host (convert.h); and of a report that was refused, what goes instead.
 */
#ifndef RELAY_CARGO_H
#define RELAY_CARGO_H

#include "queue/queue.h"
#include "relay/conversion.h"
#include "relay/convert.h"
#include "relay/worker.h"

struct relay_cargo {
	struct relay_worker *worker;
	const struct queue_message *message; /* the part's */
	struct relay_convert convert;
	struct buf shorter;                /* of a report that was refused: what is sent instead */
	struct buf global;                 /* of a report: its form for this host, if it has one */
	struct queue_spool_reader *reader; /* once something of what is spooled was asked for */
	void (*converted)(void *arg);
	void *arg;
	struct relay_conversion *conversion; /* of what is spooled, once it was needed */
	enum err failed;                     /* that it could not be */
	struct queue_spool_reader *seven;    /* of what became of it */
	bool sends_seven;
};

/* converted(arg): what relay_cargo_converts() has begun is over. */
void relay_cargo_init(struct relay_cargo *c, struct relay_worker *w, const struct queue_message *m,
		      void (*converted)(void *arg), void *arg);
void relay_cargo_clear(struct relay_cargo *c);

/* r is what became of a report: it goes once more, shorter, at once. */
bool relay_cargo_shorten(struct relay_cargo *c, const struct smtp_result *r) MUST_USE;

/*
 * Whether the message, for tx to a host that offers so much, has to be converted first, and it
 * takes time: it has begun, and converted() comes.  Begun at most once for a message.
 */
bool relay_cargo_converts(struct relay_cargo *c, const struct smtp_offer *offer,
			  struct smtp_transaction tx) MUST_USE;

/*
 * The message of tx, which is about to go to a host that offers so much, is this one, converted
 * where it has to be for that, and can be; a report is for every host, or goes with the header
 * alone of what it returns.  Borrowed until the next call.  Only where nothing of it has to be
 * converted first, or that is over.  ERR_NOMEM, ERR_LIMIT: there is no room for that, in memory or
 * on disk; ERR_IO, ERR_SYNTAX: it cannot be read.
 */
enum err relay_cargo_load(struct relay_cargo *c, const struct smtp_offer *offer,
			  struct smtp_transaction *tx) MUST_USE;

/* Why relay_cargo_load() has converted it. */
struct str relay_cargo_converted(const struct relay_cargo *c);

/* What relay_cargo_load() has failed of. */
struct str relay_cargo_words(enum err e);

/*
 * Some of it, where it is elsewhere, from octet at on, until the next call.  Where it is damaged
 * that is logged, and the message is held once it is back.
 */
enum err relay_cargo_piece(struct relay_cargo *c, uint64_t at, struct str *out) MUST_USE;

#endif
