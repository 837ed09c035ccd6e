/*
 * What a configuration file said, key by key, as it was written: for `config`, and
 * for the line of what proves wrong only later.
 */
#ifndef CONF_GIVEN_H
#define CONF_GIVEN_H

#include "base/buf.h"

#define CONF_GIVEN_SECRET "(not shown)" /* in place of what is one */

/* One key of the file, or a section. */
struct conf_given_key {
	const char *section; /* a constant: "listen"; "root" outside any */
	char *title;         /* as written; "" where it has none */
	const char *key;     /* a constant; NULL: the section itself */
	char **value;        /* as written, without quotes; of a secret other words */
	size_t n_value;      /* of a list any number, else 1 */
	unsigned line;       /* of the key, or of the section's title */
};

/* All that a file says; a value, empty where there is no file. */
struct conf_given {
	const char *file; /* borrowed; NULL: none */
	struct conf_given_key *all;
	size_t n;
};

/* The last of that key, in a section of that title (NULL: of any); NULL: the file has none. */
const struct conf_given_key *conf_given_find(const struct conf_given *given, const char *section,
					     const char *title, const char *key);

/* The last of that key in a section of given (its own entry; NULL: in none). */
const struct conf_given_key *conf_given_in(const struct conf_given *given,
					   const struct conf_given_key *section, const char *key);

/*
 * How a complaint about the value of a key begins: "FILE:LINE: ", escaped; nothing where no
 * file says it.
 */
void conf_given_where(struct buf *out, const struct conf_given *given, const char *section,
		      const char *title, const char *key);

/* The same of a path below the state directory: the line of that, where the key is not said. */
void conf_given_where_below(struct buf *out, const struct conf_given *given, const char *section,
			    const char *key);

#endif
