#include "base/near.h"

#include "base/text.h"

/* Octets of the first character of s; an octet that begins none is one; 0 at the end. */
static size_t first_size(struct str s)
{
	size_t n = text_utf8(s, NULL);

	return n || s.n == 0 ? n : 1;
}

/* Cut what both begin with, character by character. */
static void cut_common(struct str *a, struct str *b)
{
	size_t n;

	while ((n = first_size(*a)) > 0 && n <= b->n &&
	       str_eq_nocase(str_head(*a, n), str_head(*b, n))) {
		*a = str_skip(*a, n);
		*b = str_skip(*b, n);
	}
}

static struct str rest_of(struct str s)
{
	return str_skip(s, first_size(s));
}

static bool swapped(struct str a, struct str b)
{
	size_t n = first_size(a), m = first_size(b);

	return str_starts_nocase(str_skip(a, n), str_head(b, m)) &&
	       str_starts_nocase(str_skip(b, m), str_head(a, n)) &&
	       str_eq_nocase(rest_of(str_skip(a, n)), rest_of(str_skip(b, m)));
}

bool near_eq(struct str a, struct str b)
{
	cut_common(&a, &b);
	if (a.n == 0 && b.n == 0)
		return true;
	return str_eq_nocase(rest_of(a), b) || str_eq_nocase(a, rest_of(b)) ||
	       str_eq_nocase(rest_of(a), rest_of(b)) || swapped(a, b);
}

void near_offer(struct near *n, struct str known)
{
	if (n->meant.n == 0 && near_eq(n->word, known))
		n->meant = known;
}
