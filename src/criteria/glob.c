/*
 * Wildcard matching without backtracking.
 *
 * The runs cut a pattern into stretches.  The first is held against the
 * beginning of the text, the last against its end, and each one between is
 * sought once, as far left as it goes: a match further right would leave less
 * for the rest, so no choice is ever taken back.
 */
#include "criteria/glob.h"

#include "base/text.h"

#include <string.h>

struct criteria_glob criteria_glob_of(struct str text)
{
	struct criteria_glob g = { .text = text, .head = text, .any = text.n > 0 };
	size_t first = text.n, last = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != CRITERIA_GLOB_RUN) {
			g.any = false;
			continue;
		}
		if (!g.run)
			first = i;
		last = i;
		g.run = true;
	}
	if (g.run) {
		g.head = str_head(text, first);
		g.middle = str_skip(str_head(text, last), first + 1);
		g.tail = str_skip(text, last + 1);
	}
	return g;
}

/* Octets of the character at the start of s, which is not empty; an octet that is none is one. */
static size_t char_size(struct str s)
{
	size_t n = text_utf8(s, NULL);

	return n ? n : 1;
}

/* Octets of the character at the end of s, which is not empty. */
static size_t last_size(struct str s)
{
	for (size_t n = 1; n <= 4 && n <= s.n; n++)
		if (text_utf8((struct str){ s.p + s.n - n, n }, NULL) == n)
			return n;
	return 1;
}

/* Whether the stretch matches the beginning of s; *used is then how much. */
static bool match_start(struct str stretch, struct str s, size_t *used)
{
	size_t at = 0;

	for (size_t i = 0; i < stretch.n; i++) {
		if (at == s.n)
			return false;
		if (stretch.p[i] == CRITERIA_GLOB_ONE)
			at += char_size(str_skip(s, at));
		else if (stretch.p[i] == s.p[at])
			at++;
		else
			return false;
	}
	*used = at;
	return true;
}

/* Whether the stretch matches the end of s; *left is then what is before it. */
static bool match_end(struct str stretch, struct str s, struct str *left)
{
	for (size_t i = stretch.n; i-- > 0;) {
		if (s.n == 0)
			return false;
		if (stretch.p[i] == CRITERIA_GLOB_ONE)
			s.n -= last_size(s);
		else if (stretch.p[i] == s.p[s.n - 1])
			s.n--;
		else
			return false;
	}
	*left = s;
	return true;
}

/* Stretches of so many octets are tried at each place; longer ones are sought in one walk. */
#define SHORT 64
#define LONGEST 4096 /* a line has no more */
#define WORDS (LONGEST / 64)

/*
 * All places at which the stretch may have begun, at once: bit i is set where the stretch up
 * to its octet i matches what is just before here.
 */
struct walk {
	struct str stretch;
	size_t words; /* of the bits in use */
	uint64_t now[WORDS];
	uint64_t one[WORDS];         /* where a '?' is */
	uint64_t octet[256 * WORDS]; /* for each octet, where it is; .words each */
};

static void walk_init(struct walk *w, struct str stretch)
{
	w->stretch = stretch;
	w->words = (stretch.n + 63) / 64;
	memset(w->now, 0, sizeof(w->now));
	memset(w->one, 0, sizeof(w->one));
	memset(w->octet, 0, 256 * w->words * sizeof(w->octet[0]));
	for (size_t i = 0; i < stretch.n; i++) {
		uint64_t bit = (uint64_t)1 << i % 64;
		if (stretch.p[i] == CRITERIA_GLOB_ONE)
			w->one[i / 64] |= bit;
		else
			w->octet[(unsigned char)stretch.p[i] * w->words + i / 64] |= bit;
	}
}

/* Move all bits of from on by one, as far as allowed; first comes in below.  to may be from. */
static void advance(const struct walk *w, uint64_t *to, const uint64_t *from,
		    const uint64_t *allowed, uint64_t first)
{
	for (size_t i = 0; i < w->words; i++) {
		uint64_t bits = from[i];
		to[i] = (bits << 1 | first) & allowed[i];
		first = bits >> 63;
	}
}

/* Take one character of n octets; whether the stretch ends with it. */
static bool walk_character(struct walk *w, const char *p, size_t n)
{
	uint64_t jumped[WORDS];
	size_t last = w->stretch.n - 1;

	advance(w, jumped, w->now, w->one, 1);
	for (size_t i = 0; i < n; i++)
		advance(w, w->now, w->now, w->octet + (unsigned char)p[i] * w->words, i == 0);
	for (size_t i = 0; i < w->words; i++)
		w->now[i] |= jumped[i];
	return w->now[last / 64] >> last % 64 & 1;
}

static bool find_long(struct str stretch, struct str *s)
{
	struct walk w;

	walk_init(&w, stretch);
	while (s->n) {
		size_t n = char_size(*s);
		bool found = walk_character(&w, s->p, n);
		*s = str_skip(*s, n);
		if (found)
			return true;
	}
	return false;
}

/* Cut *s after the first place where the stretch matches. */
static bool find(struct str stretch, struct str *s)
{
	size_t used;

	if (!str_has(stretch, CRITERIA_GLOB_ONE)) {
		const char *at = s->n ? memmem(s->p, s->n, stretch.p, stretch.n) : NULL;
		if (!at)
			return false;
		*s = str_skip(*s, (size_t)(at - s->p) + stretch.n);
		return true;
	}
	if (stretch.n > SHORT && stretch.n <= LONGEST)
		return s->n >= stretch.n && find_long(stretch, s);
	for (; s->n; *s = str_skip(*s, char_size(*s))) {
		if (match_start(stretch, *s, &used)) {
			*s = str_skip(*s, used);
			return true;
		}
	}
	return false;
}

bool criteria_glob_match(const struct criteria_glob *g, struct str text)
{
	size_t used;

	if (g->any)
		return true;
	if (!match_start(g->head, text, &used))
		return false;
	text = str_skip(text, used);
	if (!g->run)
		return text.n == 0;
	if (!match_end(g->tail, text, &text))
		return false;

	struct str rest = g->middle, stretch;
	for (bool more = true; more;) {
		more = str_cut(&rest, CRITERIA_GLOB_RUN, &stretch);
		if (!more)
			stretch = rest;
		if (stretch.n && !find(stretch, &text))
			return false;
	}
	return true;
}
