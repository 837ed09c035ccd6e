/*
 * The names of header fields that most criteria are about.
 */
#ifndef CRITERIA_HEADER_H
#define CRITERIA_HEADER_H

#include "base/str.h"

/*
 * The well-known name that name is one character away from; empty: it is such a name itself,
 * in any case, or near none.  A name of fewer than four letters has too many neighbours.  Of a name
 * that others have for the envelope, ours.
 */
struct str criteria_header_meant(struct str name);

/*
 * The name that was meant where it was written as two words, "Envelope To", or behind a word as of
 * other languages of rules, "Header: To": name is the first of these, *value begins with the
 * second, and is what is behind it afterwards, without "<>" around it.  Empty: that is not so.
 */
struct str criteria_header_of_two(struct str name, struct str *value);

#endif
