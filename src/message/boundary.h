/*
 * A boundary that a text does not hold (RFC 2046 section 5.1.1), for a text that comes in pieces
 * and may have to come more than once:
 *
 *	message_boundary_begin(&b, id);
 *	do
 *		message_boundary_look(&b, piece) for each piece of the text
 *	while (!message_boundary_settle(&b));
 *
 * Digits are appended until the text does not hold it.  Each is the one that follows least often,
 * so that it leaves at most a sixteenth of the places where the boundary was: a few passes do for
 * any text, be it made to hinder.
 */
#ifndef MESSAGE_BOUNDARY_H
#define MESSAGE_BOUNDARY_H

#include "base/err.h"
#include "base/str.h"

#define MESSAGE_BOUNDARY_MAX 70

struct message_boundary {
	char octets[MESSAGE_BOUNDARY_MAX];
	size_t n;
	char last[MESSAGE_BOUNDARY_MAX]; /* of what was looked at: where it may have begun */
	size_t n_last;
	size_t follows[16]; /* how often each digit stood behind it */
	bool found;
};

/* Of letters and digits of id. */
void message_boundary_begin(struct message_boundary *b, struct str id);

/* The next piece of the text. */
void message_boundary_look(struct message_boundary *b, struct str piece);

/* The text is at its end.  True: it does not hold the boundary; false: it is to come once more. */
bool message_boundary_settle(struct message_boundary *b) MUST_USE;

struct str message_boundary_text(const struct message_boundary *b);

#endif
