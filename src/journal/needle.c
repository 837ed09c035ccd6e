#include "journal/needle.h"

#include <string.h>

void journal_needle_init(struct journal_needle *n, struct str word)
{
	const uint8_t most = word.n < UINT8_MAX ? (uint8_t)word.n : UINT8_MAX;

	n->word = word;
	n->again = most;
	memset(n->skip, most, sizeof(n->skip));
	for (size_t i = 0; i < word.n; i++) {
		size_t left = word.n - 1 - i;
		if (left >= UINT8_MAX)
			continue;
		if (left == 0)
			n->again = n->skip[(uint8_t)word.p[i]];
		for (int c = 0; c < 256; c++)
			if (str_fold((char)c) == str_fold(word.p[i]))
				n->skip[c] = (uint8_t)left;
	}
}

/* Most of the time goes into the loop of one line. */
size_t journal_needle_find(const struct journal_needle *n, struct str s, size_t from)
{
	const struct str word = n->word;
	const size_t last = word.n - 1;

	if (word.n == 0 || s.n < word.n)
		return s.n;
	for (size_t i = from + last; i < s.n; i += n->again) {
		for (size_t skip; (skip = n->skip[(uint8_t)s.p[i]]) > 0;)
			if ((i += skip) >= s.n)
				return s.n;
		if (str_eq_nocase((struct str){ s.p + i - last, word.n }, word))
			return i - last;
	}
	return s.n;
}
