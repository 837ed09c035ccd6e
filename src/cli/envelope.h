/*
 * A message to be looked at, with the envelope that the command line gives it:
 * for `explain` and `criteria test`.
 */
#ifndef CLI_ENVELOPE_H
#define CLI_ENVELOPE_H

#include "cli/command.h"

struct cli_envelope {
	struct buf message;
	struct buf text; /* from and rcpts point into it */
	struct str from; /* empty: the null sender */
	struct str *rcpt;
	size_t n_rcpt;
};

/*
 * Read the message of file (NULL: standard input), --from and --to.  Without
 * --from the sender is the first address of From; without --to the recipients are the
 * addresses of To, Cc and Bcc.  The exit status: CLI_DONE; usage_exit of the
 * command; EX_DATAERR: not a message; EX_NOINPUT: no such file.  It was said
 * what is wrong.
 */
int cli_envelope_read(struct cli *cli, const char *file, struct cli_envelope *out);
void cli_envelope_clear(struct cli_envelope *e); /* also the CLEANUP() handler */

#endif
