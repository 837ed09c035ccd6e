/*
 * Writing foreign text where it can do no harm: into the lines of a head or a
 * report that we write ourselves.
 */
#ifndef MESSAGE_LINE_H
#define MESSAGE_LINE_H

#include "base/buf.h"

enum message_line_charset { MESSAGE_LINE_ASCII, MESSAGE_LINE_UTF8 };

/* Whether s is printable ASCII, or UTF-8 without controls and line separators, and no more. */
bool message_line_is_clean(struct str s, enum message_line_charset charset);

/* Append s; an octet that is not clean becomes \xHH, so that no line ends in it. */
void message_line_clean(struct buf *out, struct str s, enum message_line_charset charset);

/*
 * Append "name: value" CR LF, folded before column 78 where there is white
 * space.  White space in value, which has to be clean, comes out single.  No line is longer
 * than RFC 5322 section 2.1.1 allows.
 */
void message_line_field(struct buf *out, struct str name, struct str value);

/*
 * Append text for people: each of its lines, cleaned (MESSAGE_LINE_UTF8), behind indent; a
 * line that is longer than 76 columns is wrapped at its white space, its words unchanged.
 */
void message_line_wrap(struct buf *out, struct str text, struct str indent);

#endif
