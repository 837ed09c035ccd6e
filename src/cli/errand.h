/* `signpost queue retry` and its like: what is done to one message, or to many. */
#ifndef CLI_ERRAND_H
#define CLI_ERRAND_H

#include "cli/client.h"

struct cli_errand {
	const char *verb, *command, *done;
	bool all; /* the daemon does it to all by itself */
	bool ask; /* of more than one, it must be confirmed: it cannot be undone */
};

/* NULL where verb is no errand. */
const struct cli_errand *cli_errand_find(const char *verb);

/* On one message. */
int cli_errand_one(struct cli *cli, struct cli_client *c, const struct cli_errand *e,
		   const char *id);

/* On all that the filter finds; NULL: all. */
int cli_errand_many(struct cli *cli, struct cli_client *c, const struct cli_errand *e,
		    const struct cli_filter *filter);

#endif
