/* A walk over the messages of the daemon's queue, however many answers it takes. */
#ifndef CLI_WALK_H
#define CLI_WALK_H

#include "cli/client.h"
#include "queue/id.h"

/* Zero-initialised but for the first two. */
struct cli_walk {
	struct cli_client *client;
	const struct cli_filter *filter;
	bool asked;              /* an answer is being read */
	char last[QUEUE_ID_MAX]; /* the message given last */
};

/* The next *message*, until the next call; NULL: no more, or client->status says why not. */
json_t *cli_walk_next(struct cli_walk *w);

#endif
