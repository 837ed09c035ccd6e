/*
 * What a session asks of the daemon that is answered later, and perhaps to nobody
 * any more.  On the daemon's thread.
 */
#ifndef ADMIN_ERRAND_H
#define ADMIN_ERRAND_H

#include "admin/session.h"
#include "admin/state.h"
#include "relay/handle.h"

/* IDs of messages. */
struct admin_errand_ids {
	const queue_id *id;
	size_t n;
};

/* Tell the session that there is no such message. */
void admin_errand_no_message(struct admin_session *s, struct str id);

/* Have the store do that with a message, 0: with all; the session is told how many it touched. */
void admin_errand_store(const struct relay_handle *daemon, struct admin_sessions *sessions,
			struct admin_session *s, enum queue_job_kind kind, queue_id id);

/*
 * The same with each of n messages; the session is told how many it touched, and how many
 * refused it and why the first.  Those that are gone meanwhile count for neither.
 */
void admin_errand_store_each(const struct relay_handle *daemon, struct admin_sessions *sessions,
			     struct admin_session *s, enum queue_job_kind kind,
			     const struct admin_errand_ids *which);

/* How the state is written: as a status, or as metrics. */
typedef void admin_errand_write(struct buf *out, const struct admin_state_facts *facts);

/* Write the state for it; oldest: of the queue, NULL: it could not be read. */
void admin_errand_state(const struct relay_handle *daemon, struct admin_sessions *sessions,
			struct admin_session *s, const int64_t *oldest_wall_ms,
			admin_errand_write *write);

#endif
