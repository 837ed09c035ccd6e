/*
 * Queue IDs as text: Crockford's base 32, which has no I, L, O or U, so that an
 * ID read over the telephone can be typed.  Eleven digits hold what is made
 * until the year 3084; all of them have eleven until then, and so sort as text.
 */
#include "queue/id.h"

#define DIGITS_MIN 11
#define DIGITS_MAX 13

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct str queue_id_text(queue_id id, char text[static QUEUE_ID_MAX])
{
	size_t at = QUEUE_ID_MAX;

	while (id || QUEUE_ID_MAX - at < DIGITS_MIN) {
		text[--at] = digits[id & 31];
		id >>= 5;
	}
	return (struct str){ text + at, QUEUE_ID_MAX - at };
}

static int value(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - ('a' - 'A'));
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	for (int i = 0; i < 32; i++)
		if (digits[i] == c)
			return i;
	return -1;
}

bool queue_id_read(struct str text, queue_id *id)
{
	queue_id sum = 0;

	if (text.n < DIGITS_MIN || text.n > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		int v = value(text.p[i]);
		if (v < 0 || sum > UINT64_MAX >> 5)
			return false;
		sum = sum << 5 | (queue_id)v;
	}
	if (sum == 0)
		return false;
	*id = sum;
	return true;
}
