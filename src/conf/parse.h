/*
 * A configuration out of text: conf_read() without the file.
 */
#ifndef CONF_PARSE_H
#define CONF_PARSE_H

#include "conf/conf.h"
#include "conf/reader.h"

/*
 * file is how messages call the text; relative paths begin in its directory.
 * ERR_SYNTAX: *why holds "FILE:LINE: ..." in one line.  ERR_NOMEM.
 *
 * One thread at a time in the whole process: libConfuse's scanner has its state
 * in global variables.
 */
enum err conf_parse(const char *file, struct str text, struct conf **out, struct buf *why) MUST_USE;

/* The same for that reader: a file that he need not read, and may not, is passed over. */
enum err conf_parse_for(enum conf_reader who, const char *file, struct str text, struct conf **out,
			struct buf *why) MUST_USE;

/* What no file says: the defaults for whoever runs the program.  ERR_NOMEM. */
enum err conf_parse_defaults(struct conf **out, struct buf *why) MUST_USE;

/*
 * The defaults, but for the paths of state, logs and control socket, which are taken from
 * a text that conf_parse() refuses, as well as they can be found.  ERR_SYNTAX: they
 * will not do; ERR_NOMEM.
 */
enum err conf_parse_paths(const char *file, struct str text, struct conf **out) MUST_USE;

#endif
