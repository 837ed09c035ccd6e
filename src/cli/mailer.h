/*
 * The command line of sendmail, as programs use it: what Sendmail, Postfix and Exim have
 * in common.  Pure.
 */
#ifndef CLI_MAILER_H
#define CLI_MAILER_H

#include "cli/options.h"

/* What it is called for. */
enum cli_mailer_what {
	CLI_MAILER_SEND,    /* a message on standard input */
	CLI_MAILER_SMTP,    /* -bs: SMTP on standard input and output */
	CLI_MAILER_LIST,    /* -bp, mailq */
	CLI_MAILER_FLUSH,   /* -q: try all that waits */
	CLI_MAILER_ALIASES, /* -bi, newaliases: there are none */
	CLI_MAILER_HELP     /* --help */
};

struct cli_mailer {
	enum cli_mailer_what what;
	const char *conf;  /* -c, -C; NULL: the usual one */
	const char *from;  /* -f, -r; NULL: not given */
	const char *name;  /* -F; NULL: not given */
	bool extract;      /* -t: recipients are those of the header, too */
	bool dots;         /* -i, -oi: a dot alone ends nothing */
	bool verbose;      /* -v: show the dialogue */
	unsigned notify;   /* -N: SMTP_NOTIFY_*; 0: not given */
	unsigned flags;    /* -R: SMTP_MAIL_RET_* */
	const char *envid; /* -V; NULL: not given */
	const char **word; /* recipients, each perhaps a list */
	size_t n_word;
};

/*
 * Read args, those behind the name of the program; what is returned points into them.
 * called is that name: "mailq" and "newaliases" mean what they say.  Options that do not
 * concern a relay (-om, -G, -odb and the like) are taken, and do nothing.
 * ERR_SYNTAX: *why says what is wrong; ERR_NOMEM.
 */
enum err cli_mailer_read(const char *called, struct cli_argv args, struct cli_mailer *out,
			 struct buf *why) MUST_USE;
void cli_mailer_clear(struct cli_mailer *m); /* also the CLEANUP() handler */

#endif
