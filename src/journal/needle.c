#include "journal/needle.h"

#include <string.h>

void journal_needle_init(struct journal_needle *n, struct str word)
{
	n->word = word;
	memset(n->skip, word.n < UINT8_MAX ? (int)word.n : UINT8_MAX, sizeof(n->skip));
	for (size_t i = 0; i + 1 < word.n; i++) {
		size_t left = word.n - 1 - i;
		for (int c = 0; c < 256; c++)
			if (str_fold((char)c) == str_fold(word.p[i]) && left < n->skip[c])
				n->skip[c] = (uint8_t)left;
	}
}

size_t journal_needle_find(const struct journal_needle *n, struct str s, size_t from)
{
	const struct str word = n->word;

	if (word.n == 0 || s.n < word.n)
		return s.n;
	for (size_t i = from; i <= s.n - word.n; i += n->skip[(uint8_t)s.p[i + word.n - 1]])
		if (str_eq_nocase((struct str){ s.p + i, word.n }, word))
			return i;
	return s.n;
}
