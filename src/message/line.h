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

/*
 * Append s for people; an octet that is not clean, so that no line ends in it, or is of a
 * character that shows nothing or turns the line (text_is_hidden()), becomes \xHH.
 */
void message_line_clean(struct buf *out, struct str s, enum message_line_charset charset);

#define MESSAGE_LINE_ADDRESS 512 /* octets of an address that are shown: it is not folded */

/* Append an address or host name so that it stays on its line; white space in it counts. */
void message_line_address(struct buf *out, struct str s, enum message_line_charset charset);

/*
 * Append UTF-8 text in ASCII, as utf-8-addr-xtext (RFC 6533 section 3): "\\x{FC}".
 * False: it is none, or holds a control character; part of it is then in out.
 */
bool message_line_xtext(struct buf *out, struct str s);

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
