/*
 * What most criteria ask for: any value, one value, or the addresses of one domain.  These
 * are found by a hash of the value, however many there are.
 */
#ifndef CRITERIA_KEY_H
#define CRITERIA_KEY_H

#include "criteria/set_priv.h"

enum criteria_key_kind {
	CRITERIA_KEY_ANY,    /* every value: .text is empty */
	CRITERIA_KEY_VALUE,  /* this value */
	CRITERIA_KEY_DOMAIN, /* a value that has this behind its last '@' */
	CRITERIA_KEY_NONE,   /* a pattern: no key */
};

/* The rules of a group that match the same values; whoever matches one matches all. */
struct criteria_key {
	const struct criteria_group *group;
	enum criteria_key_kind kind;
	bool exact; /* as of the rules; never of ANY */
	struct str text;
	struct criteria_rules rules;
	const struct criteria_rule *best;     /* that decides before the others */
	const struct criteria_rule *observed; /* the first with OBSERVE; NULL: none */
	struct criteria_key *next;            /* in the bucket */
};

/* Which kind a pattern is, and *text what is looked for. */
enum criteria_key_kind criteria_key_kind(const struct criteria_glob *glob, struct str *text);

/* Put the rule, whose group and glob are set, where a match finds it.  ERR_NOMEM. */
enum err criteria_key_add(struct criteria *c, struct criteria_rule *rule) MUST_USE;

/*
 * The keys of a group that a folded value matches, apart from ANY: at most two.  exact: those
 * for which the value's white space counts, or the others.
 */
#define CRITERIA_KEYS_MAX 2
size_t criteria_key_find(const struct criteria *c, const struct criteria_group *g, struct str value,
			 bool exact, const struct criteria_key *found[CRITERIA_KEYS_MAX]);

#endif
