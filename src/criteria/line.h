/*
 * One line of the criteria file, taken apart.
 */
#ifndef CRITERIA_LINE_H
#define CRITERIA_LINE_H

#include "base/buf.h"
#include "criteria/modifier.h"

/* A line that says something.  The strings point into .octets. */
struct criteria_line {
	struct str header;  /* without colon */
	struct str pattern; /* as in struct criterion */
	struct str glob;    /* the same as in struct criteria_glob, but not folded */
	struct str text;    /* the line as written, white space single */
	const struct criteria_modifier *modifier;
	bool exact; /* white space of the value stands in quotes or is escaped: it counts */
	struct buf octets;
};

/*
 * Read a line, without its end, that is neither blank nor a comment.
 * ERR_SYNTAX: *why says what is wrong, and what to write instead where there is something to say.
 * On ERR_OK *out is to be cleared.
 */
enum err criteria_line_read(struct str line, struct criteria_line *out, struct buf *why) MUST_USE;
void criteria_line_clear(struct criteria_line *line);

/* Whether the line is blank or a comment. */
bool criteria_line_idle(struct str line);

#endif
