/*
 * What one value of the configuration may be: the kinds of which the tables in
 * section.c are made.
 */
#ifndef CONF_VALUE_PRIV_H
#define CONF_VALUE_PRIV_H

#include "conf/conf.h"
#include "conf/reader.h"
#include "conf/words_priv.h"

#define CONF_KEYS_MAX 32 /* in one section */

/* A configuration while it is read. */
struct conf_reading {
	const char *file; /* how messages call it */
	char *dir;        /* absolute: where relative paths begin */
	unsigned line;    /* of what is being looked at; 0: no line */
	struct buf *why;  /* the first thing wrong */
	enum err err;     /* sticky */
	enum conf_reader who;
	struct conf *conf; /* what has been read so far */
	/* The section being read, of those that may be written many times. */
	struct conf_listen listen;
	struct conf_resolver resolver;
	struct conf_route route;
	struct conf_exempt exempt;
	struct conf_console console;
	unsigned set_line[CONF_KEYS_MAX]; /* where its keys were set; 0: not */
	/* Lines of what can be judged only when all is read; 0: not given. */
	unsigned socket_line, state_line, login_line;
	/* Trees of domains, conf_value_once(): of routes; of exemptions, and with all below. */
	void *seen_route, *seen_exempt[2];
};

/*
 * Say what is wrong, once, as "FILE:LINE: ..."; what was written in the file is
 * escaped.  False, so that a reader can end with it.
 */
bool conf_value_refuse(struct conf_reading *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Out of memory.  False. */
bool conf_value_nomem(struct conf_reading *r);

/*
 * One key.  read() puts value at `at`, or refuses it and returns false.  A row
 * with empty() is a list: read() adds one value, empty() drops all.
 */
struct conf_key {
	const char *name;
	bool (*read)(struct conf_reading *r, const struct conf_key *k, struct str value, void *at);
	size_t at;          /* offset of the target in its struct */
	const char *normal; /* the default, as it would be written; NULL: set elsewhere */
	int64_t min, max;   /* of numbers, sizes and times */
	const char *words;  /* of choices: "udp tcp tls" */
	void (*empty)(void *at);
};

/* Kind: what is at the target. */
#define CONF_READER(kind)                                                                          \
	bool conf_value_##kind(struct conf_reading *r, const struct conf_key *k, struct str value, \
			       void *at)

CONF_READER(text);   /* char *: a line of text */
CONF_READER(path);   /* char *: a file; relative to the configuration file, made absolute */
CONF_READER(socket); /* char *: a path of a unix socket, as it is written */
CONF_READER(host);   /* char *: a host name, A-labels in lower case; "" is none */
CONF_READER(peer);   /* char *: what a certificate names, a host or an address; "" is none */
CONF_READER(domain); /* char *: the same with a final dot kept; "." alone is the root */
CONF_READER(domain_or_none); /* char *: the same; "" is none */
CONF_READER(file);           /* char *: a path of a file that can be read; "" is none */
CONF_READER(held);  /* char *: a path of a file that is there, to be read by others; "" is none */
CONF_READER(count); /* unsigned, min to max */
CONF_READER(mode);  /* unsigned: who may read and write, in octal */
CONF_READER(port);  /* uint16_t, not 0 */
CONF_READER(size);  /* uint64_t octets, min to max */
CONF_READER(span);  /* int64_t milliseconds, min to max */
CONF_READER(flag);  /* int: true or false */
CONF_READER(word);  /* int or enum: which of words, from 0 */
CONF_READER(ipv4);  /* struct ip; "" is none */
CONF_READER(ipv6);  /* struct ip; "" is none */
CONF_READER(type);  /* uint16_t: a record type of the DNS by name or TYPEnnn */

/* value is a path, which nobody expands: no "~" and no variable of a shell at its head. */
bool conf_value_is_path(struct conf_reading *r, const struct conf_key *k, struct str value);

/* One network more at the end of *nets; "192.0.2.0/24" or an address alone. */
bool conf_value_net(struct conf_reading *r, const struct conf_key *k, struct str value,
		    struct ip_net **nets, size_t *n);

/* Where that key of the section being read was set; 0: it was not. */
unsigned conf_value_line(const struct conf_reading *r, const struct conf_key *keys,
			 const char *key);

/*
 * Whether domain is new in the tree *seen, in which it is from now on, borrowed; else the section
 * of that title is refused as there already.  So a file of many sections costs n log n.
 */
bool conf_value_once(struct conf_reading *r, void **seen, const char *domain, const char *section,
		     struct str title);

/* The end of such trees, and of r->dir. */
void conf_value_forget(struct conf_reading *r);

/* A copy of s at *at, what was there freed. */
bool conf_value_keep(struct conf_reading *r, char **at, struct str s);

/* path, put below dir where it is relative.  NULL: out of memory. */
char *conf_value_join(const char *dir, struct str path) MUST_USE;

#endif
