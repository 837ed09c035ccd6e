/*
 * The state of the daemon and of its queue as JSON documents; src/control/README.md
 * says what is in them.  Facts in, octets out: no session, no clock, no thread.
 */
#ifndef ADMIN_STATE_H
#define ADMIN_STATE_H

#include "queue/disk.h"
#include "queue/queue.h"
#include "relay/counters.h"
#include "relay/state.h"
#include "routing/settings.h"

#define ADMIN_STATE_PIECE (1u << 19) /* octets of content in one document, at most */

/* Append a *message*. */
void admin_state_message(struct buf *out, const struct queue_message *m, int64_t now_wall_ms);

/* Append {"content":BASE64} of at most ADMIN_STATE_PIECE octets of content.  How many. */
size_t admin_state_content(struct buf *out, struct str content);

/* What a *status* is written from. */
struct admin_state_facts {
	const struct routing_settings *settings;
	const struct relay_counters *counters;
	const struct queue_counts *queue; /* NULL: it could not be read */
	int64_t oldest_wall_ms;           /* of it; 0: none */
	const struct queue_disk *disk;    /* NULL: it cannot be asked */
	const struct relay_state *worker;
	size_t n_workers;
	int64_t pid, uptime_ms;
	int64_t now_wall_ms;
};

/* "clear", "encrypted", "verified", "dane": literals. */
struct str admin_state_tls_text(enum relay_tls tls);

void admin_state_status(struct buf *out, const struct admin_state_facts *facts);

#endif
