/*
 * The text of a configuration file, made ready for libConfuse.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include "base/buf.h"

#define CONF_SOURCE_MAX (1u << 20) /* octets of a file */

/* KEY = {} */
struct conf_source_empty {
	struct str key; /* in the text */
	size_t section; /* how many have begun before it, its own not counted */
	unsigned line;
};

struct conf_source {
	char *text;        /* comments blanked; a C string */
	unsigned *section; /* the line on which each section begins, in order */
	size_t n_sections;
	struct conf_source_empty *empty; /* the lists in sections that have no value, in order */
	size_t n_empty;
};

/*
 * ERR_SYNTAX: *line and *what say where and what.  ERR_LIMIT: longer than
 * CONF_SOURCE_MAX.  ERR_NOMEM.
 */
enum err conf_source_read(struct str file, struct conf_source *out, unsigned *line,
			  struct buf *what) MUST_USE;
void conf_source_clear(struct conf_source *s);

#endif
