/*
 * The text of a configuration file, made ready for libConfuse.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include "base/buf.h"

#define CONF_SOURCE_MAX (1u << 20) /* octets of a file */

struct conf_source {
	char *text;        /* comments blanked; a C string */
	unsigned *section; /* the line on which each section begins, in order */
	size_t n_sections;
};

/*
 * ERR_SYNTAX: *line and *what say where and what.  ERR_LIMIT: longer than
 * CONF_SOURCE_MAX.  ERR_NOMEM.
 */
enum err conf_source_read(struct str file, struct conf_source *out, unsigned *line,
			  struct buf *what) MUST_USE;
void conf_source_clear(struct conf_source *s);

#endif
