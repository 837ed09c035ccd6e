/*
 * A criteria set from inside: the criteria in the order of the file, an index from
 * header names to those that ask for them, one from values to those that ask for
 * just these (key.h), and one from what stands in a value to the patterns that ask for
 * it (gram.h).
 */
#ifndef CRITERIA_SET_PRIV_H
#define CRITERIA_SET_PRIV_H

#include "base/arena.h"
#include "criteria/criterion.h"
#include "criteria/glob.h"

/* What a header name names. */
enum criteria_kind {
	CRITERIA_TEXT,      /* a field */
	CRITERIA_ADDRESSES, /* a field of addresses */
	CRITERIA_ENVELOPE_FROM,
	CRITERIA_ENVELOPE_TO,
};

struct criteria_rule {
	struct criterion shown;
	struct criteria_glob glob;
	bool exact; /* the glob wants the white space of a value as it is, not made single */
	struct criteria_group *group;
	uint64_t pairs;                   /* of a pattern: see gram.h */
	const struct criteria_key *key;   /* that it belongs to; NULL: a pattern */
	const struct criteria_rule *next; /* of the key, or of the group's patterns */
	const struct criteria_rule *mate; /* the next of the gram, or of the group's bare */
};

/* Rules in the order of the file. */
struct criteria_rules {
	const struct criteria_rule *first;
	struct criteria_rule *last;
};

/* All criteria of one header: its keys are found by value, its patterns by what they ask for. */
struct criteria_group {
	struct str header;
	enum criteria_kind kind;
	const struct criteria_key *any; /* of "*"; NULL: none */
	bool keys;                      /* there are others */
	bool exact;                     /* one of its rules is */
	unsigned gram_sizes;            /* the sizes of its grams, or-ed; 0: there are none */
	struct criteria_rules patterns;
	const struct criteria_rule *bare; /* the patterns without a gram, by .mate */
	struct criteria_group *next;      /* in the bucket */
};

struct criteria {
	struct arena arena; /* all below, and every string */
	struct str name;
	struct criteria_rule *rules;
	size_t n;
	struct criteria_group **buckets;
	struct criteria_key **keys;
	struct criteria_gram **grams;
	size_t n_grams;
	size_t mask; /* buckets, keys, and grams, - 1 */
	/* What is asked for apart from the fields of the head; NULL where no criterion does. */
	const struct criteria_group *to, *envelope_from, *envelope_to;
	bool asks_head; /* a criterion asks for what only the head tells: `To *` is all mail */
};

/* The criteria of a header, in any case; NULL when there are none. */
const struct criteria_group *criteria_group_find(const struct criteria *c, struct str header);

/* How often a pattern was looked at for a value since m was made: what m has cost, mostly. */
struct criteria_match;
size_t criteria_match_tries(const struct criteria_match *m);

/* How many lines are looked at for one that covers line i: what its notes cost, mostly. */
size_t criteria_note_tries(const struct criteria *c, size_t i);

/* Whether a decides before b, which may be NULL: the stronger, and among equals the first. */
static inline bool criteria_rule_before(const struct criteria_rule *a,
					const struct criteria_rule *b)
{
	if (!b)
		return true;
	int by_strength = criteria_modifier_cmp(a->shown.modifier, b->shown.modifier);
	return by_strength ? by_strength > 0 : a < b;
}

#endif
