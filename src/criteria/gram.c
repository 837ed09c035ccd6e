/*
 * A gram is taken from a stretch of a pattern without wildcards: eight octets of it, or four,
 * two or one where it is shorter.  Of all that a pattern offers it gets one that few others
 * have, so that what many patterns have in common makes none of them a candidate.
 */
#include "criteria/gram.h"

#include <endian.h>
#include <string.h>

#define LARGEST 8
#define WEIGHED 64 /* places of a pattern that are looked at: a line may have 4096 octets */

static bool is_wild(char c)
{
	return c == CRITERIA_GLOB_RUN || c == CRITERIA_GLOB_ONE;
}

/* Cut the next stretch without wildcards off *rest; false: there is none. */
static bool next_stretch(struct str *rest, struct str *stretch)
{
	size_t n = 0;

	while (rest->n && is_wild(rest->p[0]))
		*rest = str_skip(*rest, 1);
	while (n < rest->n && !is_wild(rest->p[n]))
		n++;
	*stretch = str_head(*rest, n);
	*rest = str_skip(*rest, n);
	return n > 0;
}

/* The first eight octets of s as a word, the first of them lowest; zeros where s has fewer. */
static uint64_t word_of(struct str s)
{
	uint64_t word = 0;

	if (s.n >= sizeof(word))
		memcpy(&word, s.p, sizeof(word));
	else
		memcpy(&word, s.p, s.n);
	return le64toh(word);
}

/* Its first octets, of which there are 1 to 8. */
static uint64_t low_octets(uint64_t word, size_t size)
{
	return word << (64 - 8 * size) >> (64 - 8 * size);
}

/* Only the administrator's grams are in the table: no stranger makes its chains long. */
static size_t bucket(const struct criteria *c, const struct criteria_gram *like)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = (like->octets ^ (uintptr_t)like->group) * odd;

	h = ((h ^ h >> 32) + like->size) * odd;
	return (size_t)(h >> 32) & c->mask;
}

static struct criteria_gram *find(const struct criteria *c, const struct criteria_gram *like)
{
	struct criteria_gram *g = c->grams[bucket(c, like)];

	while (g &&
	       !(g->octets == like->octets && g->group == like->group && g->size == like->size))
		g = g->next;
	return g;
}

/* How bad it would be to be found by it: short ones stand in every value, and some have many. */
static size_t badness(const struct criteria *c, const struct criteria_gram *like)
{
	const struct criteria_gram *g = find(c, like);
	size_t common = like->size == 1 ? 256 : like->size == 2 ? 16 : 1;

	return ((g ? g->n_rules : 0) + 1) * common;
}

/* *best, of badness *least, or a better gram of the stretch. */
static void weigh(const struct criteria *c, struct str stretch, struct criteria_gram *best,
		  size_t *least)
{
	struct criteria_gram each = { .group = best->group, .size = LARGEST };

	while (each.size > stretch.n)
		each.size /= 2;
	for (size_t i = 0; i < WEIGHED && i + each.size <= stretch.n && *least > 1; i++) {
		each.octets = low_octets(word_of(str_skip(stretch, i)), each.size);
		size_t bad = badness(c, &each);
		if (bad < *least) {
			*least = bad;
			*best = each;
		}
	}
}

static struct criteria_gram *add(struct criteria *c, const struct criteria_gram *like)
{
	struct criteria_gram **at = &c->grams[bucket(c, like)];
	struct criteria_gram *g = arena_alloc(&c->arena, sizeof(*g));

	if (!g)
		return NULL;
	*g = *like;
	g->index = c->n_grams++;
	g->next = *at;
	*at = g;
	return g;
}

enum err criteria_gram_add(struct criteria *c, struct criteria_rule *rule)
{
	struct criteria_gram best = { .group = rule->group };
	struct str rest = rule->glob.text, stretch;
	size_t least = SIZE_MAX;

	rule->pairs = criteria_gram_pairs(rule->glob.text);
	for (size_t i = 0; i < WEIGHED && next_stretch(&rest, &stretch); i++)
		weigh(c, stretch, &best, &least);
	if (best.size == 0) {
		rule->mate = rule->group->bare;
		rule->group->bare = rule;
		return ERR_OK;
	}
	struct criteria_gram *g = find(c, &best);
	if (!g)
		g = add(c, &best);
	if (!g)
		return ERR_NOMEM;
	g->n_rules++;
	rule->mate = g->rules;
	g->rules = rule;
	rule->group->gram_sizes |= (unsigned)best.size;
	return ERR_OK;
}

const struct criteria_gram *criteria_gram_next(struct criteria_gram_walk *w)
{
	unsigned sizes = w->group->gram_sizes;

	for (; sizes && w->at < w->text.n; w->at++, w->size = 0) {
		struct str rest = str_skip(w->text, w->at);
		uint64_t word = word_of(rest);
		while ((w->size = w->size ? 2 * w->size : 1) <= LARGEST && w->size <= rest.n) {
			struct criteria_gram like = { .group = w->group,
						      .octets = low_octets(word, w->size),
						      .size = w->size };
			const struct criteria_gram *g = w->size & sizes ? find(w->c, &like) : NULL;
			if (g)
				return g;
		}
	}
	return NULL;
}

uint64_t criteria_gram_pairs(struct str text)
{
	uint64_t pairs = 0;

	for (size_t i = 0; i + 1 < text.n; i++) {
		unsigned a = (unsigned char)text.p[i], b = (unsigned char)text.p[i + 1];
		if (!is_wild(text.p[i]) && !is_wild(text.p[i + 1]))
			pairs |= (uint64_t)1 << ((a * 29 + b * 7) & 63);
	}
	return pairs;
}
