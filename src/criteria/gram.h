/*
 * What a value must have in it to match a pattern with wildcards: a gram, some octets in a
 * row that the pattern asks for.  By the grams that stand in a value those patterns are
 * found that may match it, however many there are.
 */
#ifndef CRITERIA_GRAM_H
#define CRITERIA_GRAM_H

#include "criteria/set_priv.h"

/* The rules of a group that are found by the same gram. */
struct criteria_gram {
	const struct criteria_group *group;
	uint64_t octets; /* .size of them, the first lowest */
	size_t size;     /* 1, 2, 4 or 8 */
	size_t index;    /* counted over the whole set */
	size_t n_rules;
	const struct criteria_rule *rules; /* by .mate */
	struct criteria_gram *next;        /* in the bucket */
};

/*
 * Put the rule, a pattern whose group and glob are set, where a walk finds it: with a gram,
 * or, if it asks for no octet, with the group's bare ones.  ERR_NOMEM.
 */
enum err criteria_gram_add(struct criteria *c, struct criteria_rule *rule) MUST_USE;

/*
 * The grams of a group that stand in a folded text, each as often as it does:
 *
 *	struct criteria_gram_walk w = { .c = c, .group = g, .text = text };
 *	while ((gram = criteria_gram_next(&w))) ...
 *
 * An octet costs at most four look-ups.
 */
struct criteria_gram_walk {
	const struct criteria *c;
	const struct criteria_group *group;
	struct str text;
	size_t at;   /* the octet that grams are sought at */
	size_t size; /* of the last that was sought there; 0: none was */
};

const struct criteria_gram *criteria_gram_next(struct criteria_gram_walk *w);

/*
 * The pairs of neighbouring octets in text, wildcards apart, as a set of 64 bits, in which
 * several pairs share one.  What matches a pattern has all of the pattern's.
 */
uint64_t criteria_gram_pairs(struct str text);

#endif
