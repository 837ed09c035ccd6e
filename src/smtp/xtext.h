/*
 * xtext (RFC 3461 section 4) and its UTF-8 sisters (RFC 6533 section 3): how
 * the parameters of DSN carry text that has spaces and signs.  They travel
 * through Signpost as they came, so all that is asked is whether they are sound.
 */
#ifndef SMTP_XTEXT_H
#define SMTP_XTEXT_H

#include "base/str.h"

/*
 * xtext that stands for printable ASCII and spaces, as ENVID and ORCPT demand:
 * what it stands for ends up in the header of a report.
 */
bool smtp_xtext_ok(struct str s);

/* utf-8-addr-xtext or utf-8-addr-unitext: "\x{F6}", no control characters. */
bool smtp_xtext_utf8_ok(struct str s);

#endif
