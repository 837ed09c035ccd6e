/*
 * The sections of the configuration and their keys, as tables.
 */
#ifndef CONF_SECTION_PRIV_H
#define CONF_SECTION_PRIV_H

#include "conf/value_priv.h"

enum conf_section_kind {
	CONF_SECTION_ONCE,   /* dnssec { }: its keys write into struct conf */
	CONF_SECTION_TITLED, /* listen "title" { }, any number of them */
};

struct conf_section {
	const char *name; /* "root": keys outside any section */
	enum conf_section_kind kind;
	const struct conf_key *keys; /* the last has no name */
	/* Where the keys' targets begin. */
	void *(*base)(struct conf_reading *r);
	/*
	 * It has been read; r->line is that on which it begins.  TITLED: that makes one more.
	 * ONCE: without title, and NULL where there is nothing to look at.
	 */
	bool (*end)(struct conf_reading *r, struct str title);
};

/* All sections, "root" first; the last has no name. */
extern const struct conf_section conf_section_table[];

/* NULL when there is none of that name. */
const struct conf_section *conf_section_find(struct str name);
const struct conf_key *conf_section_key(const struct conf_section *s, struct str name);

/* Read the defaults of all keys of s into its target.  False: out of memory. */
bool conf_section_defaults(struct conf_reading *r, const struct conf_section *s);

#endif
