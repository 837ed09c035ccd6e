/*
 * A message made to fit the hosts that it goes to: 8-bit and binary mail becomes 7-bit
 * (message/sevenbit.h) for one that takes nothing else, once for all of them.
 */
#ifndef RELAY_CONVERT_H
#define RELAY_CONVERT_H

#include "message/sevenbit.h"
#include "relay/memory.h"
#include "smtp/fit.h"

struct relay_convert {
	struct relay_memory *memory;
	enum smtp_body body; /* what came of it; SMTP_BODY_AS_IT_CAME: nobody needed it yet */
	struct buf text;     /* SMTP_BODY_CONVERTED: the message */
	struct schedule_charge charge; /* for text */
};

/* Nothing is converted yet; memory outlives it. */
void relay_convert_init(struct relay_convert *c, struct relay_memory *memory);

/* Frees the text and gives back what it was charged: as after relay_convert_init(). */
void relay_convert_clear(struct relay_convert *c);

/*
 * tx is about to go to a host that offers so much: where it has to be converted for that, and can
 * be, its message is c's from now on.  Always of one message.  ERR_NOMEM, ERR_LIMIT: there is no
 * memory for it, or no room in the account; tx is as it was.
 */
enum err relay_convert(struct relay_convert *c, const struct smtp_offer *offer,
		       struct smtp_transaction *tx) MUST_USE;

/* What SMTP has to know of that. */
enum smtp_body relay_convert_body(enum message_sevenbit result);

#endif
