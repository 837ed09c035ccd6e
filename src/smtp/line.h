/*
 * A command line (RFC 5321 section 2.3.8).  It ends in CR LF and nothing else.
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

#endif
