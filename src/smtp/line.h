/*
 * A line (RFC 5321 section 2.3.8).  It ends in CR LF and nothing else.
 * And numbers in one that is a command.
 */
#ifndef SMTP_LINE_H
#define SMTP_LINE_H

#include "base/str.h"

enum smtp_line_got {
	SMTP_LINE_WHOLE,
	SMTP_LINE_PART, /* its end has not come; *line is what there is, but for a CR at the end */
	SMTP_LINE_BAD,  /* a bare CR, a bare LF or a NUL is in it */
};

/* The line at the start of in, without its CR LF. */
enum smtp_line_got smtp_line_read(struct str in, struct str *line);

/*
 * How many octets from the start of s, before which no CR stands, are in lines: all of them, or
 * those up to a bare CR, a bare LF or a NUL, or to a CR that ends s.
 */
size_t smtp_line_run(struct str s);

/*
 * A count of octets, 1*20DIGIT (RFC 1870 section 4, RFC 3030 section 2).  What does not
 * fit 64 bits fits no limit either: it is the greatest there is.  False: it is none.
 */
bool smtp_line_size(struct str word, uint64_t *size);

#endif
