/*
 * What is odd about a criterion that is read all the same.
 */
#ifndef CRITERIA_NOTE_H
#define CRITERIA_NOTE_H

#include "criteria/criteria.h"

/*
 * Append what is to be noted of criterion i, each in one line that ends in '\n':
 *
 *	a header's name that is a slip of a well-known one, with the line that was meant
 *	a value of an address field that no address can have, with the nearest that one can
 *	a value with white space at an end, which no field has
 *	To, Cc or Bcc with SECURE: it is the field that is matched, not the recipients
 *	a line that is there twice, or that another covers, so that it changes nothing
 *
 * Of the lines of the header that may cover it 1,000 are looked at, so that a file costs its
 * lines times a constant.
 */
void criteria_note_add(const struct criteria *c, size_t i, struct buf *out);

#endif
