/*
 * The command line, read by a table of options.
 *
 *	--name VALUE, --name=VALUE, -l VALUE, -lVALUE; options and words in any
 *	order; after "--" all are words; "-" is a word.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/buf.h"

struct cli_option {
	const char *name; /* without dashes; NULL ends a table */
	char letter;      /* '\0': none */
	/* What its value is called in the help; NULL: it has none; a FILE has a name. */
	const char *value;
	const char *help;
};

struct cli_given {
	const struct cli_option *option;
	const char *value; /* NULL: it has none */
};

struct cli_options {
	struct cli_given *given;
	size_t n_given;
	const char **word;
	size_t n_word;
	size_t n_free; /* of the words, those with no "--" before: a sign may mean something */
	size_t used;   /* arguments read: all, or with CLI_FIRST_WORD those before the first word */
};

enum cli_until { CLI_ALL, CLI_FIRST_WORD };

/* What a command takes; b may be NULL. */
struct cli_tables {
	const struct cli_option *a, *b;
};

struct cli_argv {
	int n;
	char **v;
};

/*
 * Read args by the options of both tables; what is returned points into them.
 * ERR_SYNTAX: *why says what is wrong.  ERR_NOMEM.
 */
enum err cli_options_read(struct cli_tables tables, struct cli_argv args, enum cli_until until,
			  struct cli_options *out, struct buf *why) MUST_USE;
void cli_options_clear(struct cli_options *o);

bool cli_options_has(const struct cli_options *o, const char *name);

/* The value of the last one given; NULL: none was. */
const char *cli_options_value(const struct cli_options *o, const char *name);

/* It was given with no text, as where the variable of a script is not set. */
bool cli_options_blank(const struct cli_options *o, const char *name);

/* Word i is from now on the value of that option: as dig takes "@ADDR" for a server. */
void cli_options_turn(struct cli_options *o, size_t i, const struct cli_option *option,
		      const char *value);

/* All values of an option that may be repeated: begin with *i = 0; NULL at the end. */
const char *cli_options_next(const struct cli_options *o, const char *name, size_t *i);

#endif
