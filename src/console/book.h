/*
 * The criteria file as the page wants it: its lines, each with its note, and what is wrong.  Pure.
 */
#ifndef CONSOLE_BOOK_H
#define CONSOLE_BOOK_H

#include "base/buf.h"

#include <jansson.h>

#define CONSOLE_BOOK_MAX (16u << 20) /* octets of a criteria file */
#define CONSOLE_BOOK_ETAG 48

/* The entity tag of a file's text, with its quotes; of one that is not there: that of "". */
void console_book_etag(struct str text, char etag[static CONSOLE_BOOK_ETAG]);

struct console_book {
	struct str text; /* of the file */
	const char *file;
	bool enabled;
	const json_t *report; /* as `criteria report --json`; NULL: not known */
};

/* The JSON of GET /api/criteria; ERR_NOMEM, ERR_LIMIT by out. */
enum err console_book_write(const struct console_book *b, struct buf *out) MUST_USE;

/*
 * Whether the text can be read whole.  ERR_SYNTAX: *why is what is wrong in the first bad line,
 * *line its number; ERR_NOMEM.
 */
enum err console_book_check(struct str text, unsigned *line, struct buf *why) MUST_USE;

#endif
