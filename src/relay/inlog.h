/*
 * The block of one session of a client for smtp-in-DATE.log (SPEC section 8): who it is, the
 * dialogue, each message's ID, and how it ended.  Its lines are as those of smtp-out: "--> " is
 * what we say, "<-- " what the other side says.
 *
 * A session lasts for as long as its client likes, so its block has a bound (journal.h): that of
 * a client who may relay is written in parts, each a block that begins as the first did; what a
 * stranger says beyond a bound is counted.
 */
#ifndef RELAY_INLOG_H
#define RELAY_INLOG_H

#include "base/ip.h"
#include "conf/conf.h"
#include "journal/journal.h"
#include "queue/message.h"
#include "relay/clients.h"
#include "smtp/refusal.h"

/*
 * Octets of a part: once it is longer it ends with a transaction, where it is of mail for the most
 * part; and anywhere where it has grown by what is notable alone.
 */
#define RELAY_INLOG_PART (16u << 10)
#define RELAY_INLOG_MOST (48u << 10)

struct relay_inlog {
	enum conf_log_in which;
	struct journal_block block;
	struct buf client; /* the first line of each part */
	bool in_parts;
	unsigned accepted; /* messages: its owner counts them; */
	unsigned before;   /* before this part */
};

/* Who comes to which listener. */
struct relay_inlog_client {
	const struct ip *peer; /* family 0: local */
	struct str listener;   /* as the configuration calls it */
	enum relay_client who;
};

/* With CONF_LOG_IN_NONE nothing is kept, here and below. */
void relay_inlog_begin(struct relay_inlog *l, enum conf_log_in which, struct str session);
void relay_inlog_clear(struct relay_inlog *l);

void relay_inlog_client(struct relay_inlog *l, int64_t wall_ms,
			const struct relay_inlog_client *client);

/*
 * It is as long as a part may be, in a transaction or between two: then relay_inlog_end(), and
 * relay_inlog_next().
 */
bool relay_inlog_is_long(const struct relay_inlog *l, bool in_transaction);

/* Another part of a session that goes on; the one before is forgotten. */
void relay_inlog_next(struct relay_inlog *l, int64_t wall_ms);

/* Nothing more is told of it. */
void relay_inlog_silence(struct relay_inlog *l);

/* From here on it is inside TLS; or that failed. */
void relay_inlog_tls(struct relay_inlog *l, int64_t wall_ms, struct str version, struct str cipher);
void relay_inlog_failed(struct relay_inlog *l, int64_t wall_ms, struct str why);

/* Who has logged in. */
void relay_inlog_user(struct relay_inlog *l, int64_t wall_ms, struct str user);

/* The dialogue, as smtp_server_trace() gives it. */
void relay_inlog_trace(struct relay_inlog *l, int64_t wall_ms, struct str trace);

/* A message is whole and goes to the store; what the store says is a reply of the dialogue. */
void relay_inlog_message(struct relay_inlog *l, int64_t wall_ms, const struct queue_message *m);

/*
 * The last line: how it ended, and what was refused, by reason.  True: the block is to be
 * written.
 */
bool relay_inlog_end(struct relay_inlog *l, int64_t wall_ms, struct str how,
		     const unsigned refused[SMTP_REFUSALS]);

#endif
