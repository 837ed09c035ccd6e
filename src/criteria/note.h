/*
 * What is odd about a criterion that is read all the same.
 */
#ifndef CRITERIA_NOTE_H
#define CRITERIA_NOTE_H

#include "criteria/criteria.h"

enum criteria_note {
	CRITERIA_NOTE_NAME,  /* its header's is a slip of a known one: the line that was meant */
	CRITERIA_NOTE_NEVER, /* a value that no address, or field, can have: the nearest that can */
	CRITERIA_NOTE_FIELD, /* To, Cc or Bcc with SECURE: the field is matched, not recipients */
	CRITERIA_NOTE_COVERED, /* it is there twice, or another covers it: it changes nothing */
};

#define CRITERIA_NOTES 4

/*
 * Append what is to be noted of criterion i, of that kind: one line that ends in '\n', or nothing.
 *
 * Of the lines of the header that may cover it 1,000 are looked at, so that a file costs its
 * lines times a constant.
 */
void criteria_note_one(const struct criteria *c, size_t i, enum criteria_note kind,
		       struct buf *out);

/* The same of all kinds, in their order. */
void criteria_note_add(const struct criteria *c, size_t i, struct buf *out);

#endif
