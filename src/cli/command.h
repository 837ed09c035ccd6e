/*
 * What every command is, and what all of them use: the configuration, output,
 * errors, exit statuses (SPEC section 5).
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"
#include "conf/read.h"
#include "term/table.h"
#include "term/tree.h"

enum cli_exit {
	CLI_DONE = 0,
	CLI_NO = 1,     /* the answer is no */
	CLI_USAGE = 2,  /* usage or configuration */
	CLI_ABSENT = 3, /* the daemon is not there */
};

struct cli;

struct cli_command {
	const char *name;
	const char *usage;   /* what follows the name: "NAME [TYPE...]" */
	const char *summary; /* one line */
	const char *details; /* more lines for --help; NULL: none */
	const struct cli_option *options;
	int (*run)(struct cli *cli); /* the exit status */
	/* In place of run and options: it reads its words itself; called is the program's name. */
	int (*raw)(struct cli *cli, const char *called, struct cli_argv args);
	int usage_exit, conf_exit; /* 0: CLI_USAGE */
	/* How it reads the configuration; NULL: conf_read().  For paths a broken one will do. */
	enum err (*read)(const char *file, struct conf **out, struct buf *why);
};

/* One run of one command. */
struct cli {
	const struct cli_command *command;
	struct cli_options options;
	int64_t patience_ms;     /* in which the daemon must answer; 0: as usual (cli/client.h) */
	const char *conf_file;   /* -c; NULL: where it usually is */
	struct conf *conf;       /* once cli_conf() was called */
	bool no_memory;          /* and it was for want of memory that it read none */
	struct buf out;          /* standard output, until cli_flush() */
	bool unwritten;          /* it could not be written, and that was said */
	struct term_text text;   /* what is for people: behind .out, laid out by cli_flush() */
	struct term_style style; /* of standard output */
};

/* The program: its commands, the last NULL; argv as main() has it. */
int cli_command_main(const struct cli_command *const *commands, int argc, char **argv);

/* A row of the options of each command that shows statuses or outcomes. */
#define CLI_COLOR_OPTION                                                                           \
	{                                                                                          \
		"color", '\0', "WHEN",                                                             \
			"auto, always, never: auto is on a terminal, without NO_COLOR"             \
	}

extern const struct cli_option cli_show_options[];   /* --json, --color */
extern const struct cli_option cli_common_options[]; /* of every command */
extern const struct cli_option cli_global_options[]; /* where none is named */

/* Run another command in place of this one, with these words. */
int cli_command_instead(struct cli *cli, const struct cli_command *other, struct cli_argv args);

/* The help of the command, into cli->text. */
void cli_help(struct cli *cli);

/* The configuration, read once; NULL: it was said on standard error why not. */
const struct conf *cli_conf(struct cli *cli);

/* The exit status where cli_conf() gave NULL. */
int cli_conf_exit(const struct cli *cli);

/* Say on standard error, in one line, what is wrong; what is not printable is escaped.  status. */
int cli_fail(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for bad usage, with the way to the command's help.  The status for it. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Say that word is none of those of the command, which are known as "list, show, retry", and which
 * of them is near; NULL: that one is missing.  The status for bad usage.
 */
int cli_unknown_word(const struct cli *cli, const char *word, const char *known);

/*
 * Say what is wrong with a configuration or criteria file: lines joined by '\n', in which what
 * is not printable has been escaped already; those that do not begin with "FILE:LINE: " are said
 * behind "signpost: ".  status.
 */
int cli_fail_lines(int status, struct str lines);

/* The same for a file as a whole, which has no line; e and errno of reading it.  status. */
int cli_fail_file(int status, const char *file, enum err e);

/* Say a note about --to or --from, where the option has one (whom.h). */
void cli_note_whom(const struct cli *cli, const char *option);

/* Out of memory.  The status for it. */
int cli_nomem(void);

/* Write cli->out and cli->text to standard output, empty them.  status; CLI_NO where that fails. */
int cli_flush(struct cli *cli, int status);

/* Whether what is shown is laid out for a terminal; else it comes as it is written. */
bool cli_wide(const struct cli *cli);

/* Behind what is in cli->text, which is not to be written to before that. */
void cli_show_tree(struct cli *cli, struct term_tree *tree, size_t indent);
void cli_show_table(struct cli *cli, struct term_table *table);

/* Whether --json was given. */
bool cli_json(const struct cli *cli);

/* CLI_DONE where word i is not there or can name a file; else the status: it was told as empty. */
int cli_file_word(const struct cli *cli, size_t i);

/* Word i of the command line after the command; NULL: there are not so many. */
const char *cli_word(const struct cli *cli, size_t i);

/* All of a file, or of standard input where path is NULL or "-".  ERR_IO, ERR_LIMIT, ERR_NOMEM. */
enum err cli_read_input(const char *path, struct buf *out) MUST_USE;

#endif
