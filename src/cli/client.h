/*
 * Asking the daemon over its control socket: src/control/README.md says what.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/jsonw.h"
#include "cli/command.h"

#include <jansson.h>

/*
 * One conversation.  What goes wrong is said on standard error here, once;
 * .status is then the exit status, and every later call does nothing.
 */
struct cli_client {
	int fd;           /* -1: none */
	struct buf in;    /* octets received, not yet read */
	struct buf asked; /* what was asked last */
	json_t *frame;    /* the one that cli_client_next() gave last */
	int status;       /* CLI_DONE while all is well */
	bool rests;       /* no answer has begun that has not come to its end */
	const struct cli *cli;
	const struct conf *conf;
	int64_t patience_ms; /* of what was asked last */
};

/* For what is short: to connect, status, probe.  A daemon that is stopped says nothing for ever. */
#define CLI_CLIENT_SOON_MS 20000

/*
 * A socket at path on which no call waits for longer than that; -1: errno (EAGAIN: it did), and
 * nothing is said of it.
 */
int cli_client_connect_to(const char *path, int64_t patience_ms);

/* The same to the daemon of that configuration, and soon. */
int cli_client_connect(const struct conf *conf);

/* Connect to the daemon of the configuration. */
struct cli_client cli_client_open(struct cli *cli);
void cli_client_close(struct cli_client *c); /* also the CLEANUP() handler */

/* Which messages, as src/control/README.md has it; NULL, 0: any. */
struct cli_filter {
	const char *from, *to, *state, *status;
	int64_t older_ms;
};

/* Send a request: {"command":command} with what the others say, where they are not NULL. */
struct cli_request {
	const char *command;
	const char *id;    /* "all" in its place: {"all":true} */
	const char *after; /* an ID */
	bool all;
	bool content;
	bool soon; /* it is answered at once: no longer than CLI_CLIENT_SOON_MS is waited */
	const struct cli_filter *filter;
	const char *const *ids; /* many messages */
	size_t n_ids;
};
void cli_client_ask(struct cli_client *c, const struct cli_request *request);

/*
 * The next frame of the answer, an object; it lives until the next call.  The last one
 * is given too (cli_client_last()), unless it tells of an error.  NULL: that, or the end.
 */
json_t *cli_client_next(struct cli_client *c);

/*
 * Say what the last frame refuses: words, and the command that would do where there is one, about
 * the configuration that this command is about.  status.
 */
int cli_client_refused(const struct cli *cli, int status, const char *words, const char *remedy);

/* Whether a frame is the last of its answer. */
bool cli_client_last(const json_t *frame);

/* A member of an object as text, number or truth; "" , 0 and false where it is not there. */
const char *cli_client_text(const json_t *object, const char *key);
int64_t cli_client_number(const json_t *object, const char *key);
bool cli_client_true(const json_t *object, const char *key);

/* Write what the daemon said as it is, in one line. */
void cli_client_json(struct jsonw *j, const char *key, const json_t *value);

#endif
