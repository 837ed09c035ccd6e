/*
 * Handing mail to the daemon over SMTP, as any client of it does.  It blocks: a command
 * has nothing else to do.
 */
#ifndef CLI_SUBMIT_H
#define CLI_SUBMIT_H

#include "cli/command.h"
#include "smtp/client.h"

/* Whether the configuration has a listener that takes it; else *why says what to add. */
bool cli_submit_possible(const struct conf *conf, struct buf *why);

/*
 * A connection to the first listener of the configuration that is there and takes mail in
 * clear, those of unix sockets first, as whoever may connect there may relay.  -1: none;
 * *why says in one line whether nobody is there, or this user may not, and what to do.
 */
int cli_submit_connect(const struct conf *conf, struct buf *why);

/*
 * One transaction over fd, to its end, good-bye included.  show: the dialogue goes to
 * standard output.  ERR_NOMEM.
 */
enum cli_submit_show { CLI_SUBMIT_QUIET, CLI_SUBMIT_SHOW };
enum err cli_submit_send(int fd, struct str host, const struct smtp_transaction *tx,
			 enum cli_submit_show show, struct smtp_client **out) MUST_USE;

/* What became of recipient i of it; its text lives as long as c. */
struct smtp_result cli_submit_result(const struct smtp_client *c, size_t i);

/* Octets from standard input to fd, and from there to standard output, until either ends. */
enum err cli_submit_pass(int fd) MUST_USE;

#endif
