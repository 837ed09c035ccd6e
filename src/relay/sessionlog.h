/*
 * The lines of a session (SPEC section 8): what they say.  How they are marked
 * and escaped is the journal's.
 *
 * With the service off no line written here has the word DNSSEC in it.
 */
#ifndef RELAY_SESSIONLOG_H
#define RELAY_SESSIONLOG_H

#include "journal/journal.h"
#include "relay/post.h"
#include "routing/pathfinder.h"
#include "tls/session.h"

/*
 * The service, if on; then the message, its sender, its size, the recipients, and in which
 * charsets criteria could not read its head.
 */
void relay_sessionlog_begin(struct journal_block *b, int64_t wall_ms,
			    const struct relay_part *part);

/*
 * Each lookup, each record, each address that is ignored; and why there is no mark, where that
 * wants saying.
 */
void relay_sessionlog_path(struct journal_block *b, int64_t wall_ms, const struct relay_part *part,
			   const struct routing_path *path);

/* CLOSED: it could not be reached a moment ago, and is not dialled. */
enum relay_dialling { RELAY_DIAL_NEW, RELAY_DIAL_REUSED, RELAY_DIAL_CLOSED };
void relay_sessionlog_target(struct journal_block *b, int64_t wall_ms,
			     const struct route_target *target, enum relay_dialling how);

/* Version, cipher, and how the host was authenticated, or why it was not. */
void relay_sessionlog_tls(struct journal_block *b, int64_t wall_ms, const struct tls_session *tls,
			  const struct route_need *need);

/* "failed: connection refused"; why may be a peer's. */
void relay_sessionlog_note(struct journal_block *b, int64_t wall_ms, const char *what,
			   struct str why);

/* The SMTP dialogue, as smtp_client_trace() gives it. */
void relay_sessionlog_trace(struct journal_block *b, int64_t wall_ms, struct str trace);

/* The last line: what became of all recipients. */
void relay_sessionlog_outcome(struct journal_block *b, int64_t wall_ms,
			      const struct relay_part *part);

#endif
