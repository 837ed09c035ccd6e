/*
 * xtext (RFC 3461 section 4) and its UTF-8 sisters (RFC 6533 section 3): how
 * the parameters of DSN carry text that has spaces and signs.  They travel
 * through Signpost as they came, so all that is asked is whether they are sound;
 * but what is not ASCII in an ORCPT is written in ASCII, which every host takes.
 */
#ifndef SMTP_XTEXT_H
#define SMTP_XTEXT_H

#include "base/buf.h"

/*
 * xtext that stands for printable ASCII and spaces, as ENVID and ORCPT demand:
 * what it stands for ends up in the header of a report.
 */
bool smtp_xtext_ok(struct str s);

/* utf-8-addr-xtext or utf-8-addr-unitext: "\x{F6}", no control characters. */
bool smtp_xtext_utf8_ok(struct str s);

/*
 * Append the value of an ORCPT as it can be used, in ASCII: as it is, where it is
 * sound; "utf-8;" with utf-8-addr-xtext where it is one of UTF-8, or of the type
 * rfc822 with octets that are UTF-8, as servers write it that know nothing of
 * RFC 6533 ("rfc822;+C3+BC@x").  False, and out as it was: it cannot be used.
 */
bool smtp_xtext_orcpt(struct buf *out, struct str value);

#endif
