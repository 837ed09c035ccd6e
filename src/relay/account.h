/*
 * What is written down of an attempt: a record for each recipient, and the counts
 * that `signpost status` shows.
 */
#ifndef RELAY_ACCOUNT_H
#define RELAY_ACCOUNT_H

#include "relay/secure.h"
#include "relay/worker.h"
#include "routing/pathfinder.h"

/* An attempt that is over. */
struct relay_account {
	struct relay_worker *worker;
	const struct relay_part *part;
	const struct routing_path *path;     /* NULL: none was found, or none was looked for */
	const struct relay_secured *secured; /* of each target; NULL: there was none */
	struct str session;
	int64_t was_secure_wall_ms; /* until when its domain was, which is not any more; else 0 */
	int64_t now_wall_ms;
};

/* Each outcome, by the target that it names.  What cannot be written is told to the log. */
void relay_account_write(const struct relay_account *a);

#endif
