/*
 * A configuration that is in force, key by key, for people to look at.
 */
#ifndef CONF_SHOW_H
#define CONF_SHOW_H

#include "conf/conf.h"

#define CONF_SHOW_VALUES_MAX 1024

/* One key; or, where key is NULL, the section of the keys that follow. */
struct conf_show {
	const char *section; /* "" outside any */
	const char *title;   /* "" where it has none */
	const char *key;
	const char *value[CONF_SHOW_VALUES_MAX]; /* paths that everything depends on: absolute */
	size_t n_value;
	bool list;     /* any number of values; else one */
	bool changed;  /* it is not what it would be by default */
	unsigned line; /* of the file; 0: the default */
};

struct conf_shower;

/* Over c, which must outlive it.  NULL: out of memory. */
struct conf_shower *conf_show_new(const struct conf *c) MUST_USE;
void conf_show_free(struct conf_shower **s); /* also the CLEANUP() handler */

/* The next one, until the next call; NULL at the end. */
const struct conf_show *conf_show_next(struct conf_shower *s);

#endif
