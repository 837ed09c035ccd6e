/*
 * A place is counted once the octet behind it is there.  The last octets of what came, as many as
 * the boundary has, are kept: a place that they are part of, or are the whole of, shows when the
 * next piece comes.
 */
#include "message/boundary.h"

#include <string.h>

#define ID_OCTETS 32

static const char digits[] = "0123456789abcdef";

void message_boundary_begin(struct message_boundary *b, struct str id)
{
	*b = (struct message_boundary){ .octets = "=_", .n = 2 };
	id = str_head(id, ID_OCTETS);
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = str_fold(id.p[i]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			b->octets[b->n++] = id.p[i];
	}
}

/* Count the places in text that begin before its octet `before`, and have an octet behind them. */
static void count(struct message_boundary *b, struct str text, size_t before)
{
	struct str rest = text;
	const char *at;

	while (rest.n > b->n && (at = memmem(rest.p, rest.n - 1, b->octets, b->n)) != NULL) {
		size_t place = (size_t)(at - text.p);
		if (place >= before)
			return;
		const char *digit = at[b->n] ? strchr(digits, at[b->n]) : NULL;
		b->found = true;
		if (digit)
			b->follows[digit - digits]++;
		rest = str_skip(text, place + 1);
	}
}

void message_boundary_look(struct message_boundary *b, struct str piece)
{
	char window[2 * MESSAGE_BOUNDARY_MAX + 1];
	struct str first = str_head(piece, b->n + 1);
	size_t n = b->n_last + first.n;

	if (piece.n == 0)
		return;
	memcpy(window, b->last, b->n_last);
	memcpy(window + b->n_last, first.p, first.n);
	count(b, (struct str){ window, n }, b->n_last);
	count(b, piece, piece.n);
	struct str end = piece.n >= b->n ? piece : (struct str){ window, n };
	b->n_last = end.n < b->n ? end.n : b->n;
	memcpy(b->last, end.p + end.n - b->n_last, b->n_last);
}

bool message_boundary_settle(struct message_boundary *b)
{
	size_t least = 0;

	if (b->n_last == b->n && memcmp(b->last, b->octets, b->n) == 0)
		b->found = true; /* the text ends with it */
	if (!b->found || b->n == MESSAGE_BOUNDARY_MAX)
		return true;
	for (size_t i = 1; i < 16; i++)
		if (b->follows[i] < b->follows[least])
			least = i;
	b->octets[b->n++] = digits[least];
	memset(b->follows, 0, sizeof(b->follows));
	b->found = false;
	b->n_last = 0;
	return false;
}

struct str message_boundary_text(const struct message_boundary *b)
{
	return (struct str){ b->octets, b->n };
}
