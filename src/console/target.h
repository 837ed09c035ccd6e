/*
 * The target of a request: "/api/queue?state=held&limit=10" (RFC 9112 section 3.2.1), or with
 * scheme and authority before it, as for a proxy (section 3.2.2), taken apart.
 *
 * Pure.  What is not plain is refused rather than mended: a path with an escaped slash, a dot
 * segment or a control character is nobody's bookmark.
 */
#ifndef CONSOLE_TARGET_H
#define CONSOLE_TARGET_H

#include "base/buf.h"

#define CONSOLE_TARGET_MAX 8192   /* octets of a target */
#define CONSOLE_PARAMETERS_MAX 16 /* of a query or a form */

struct console_parameter {
	struct str name, value; /* decoded */
};

struct console_parameters {
	struct console_parameter all[CONSOLE_PARAMETERS_MAX];
	size_t n;
	struct buf text; /* of names and values */
};

struct console_target {
	struct str origin; /* "http://name" of raw, to be judged in the place of Host; or empty */
	struct buf path;   /* decoded; begins with a slash */
	struct console_parameters query;
};

/*
 * ERR_SYNTAX: it is none that we answer; ERR_NOMEM.  *out is to be cleared in either case; raw
 * outlives it.
 */
enum err console_target_read(struct str raw, struct console_target *out) MUST_USE;
void console_target_clear(struct console_target *t);

/*
 * "name=value&name=value", "+" a space (WHATWG application/x-www-form-urlencoded): a query, or
 * the body of a form.  UTF-8 without NUL and without the same name twice.  ERR_SYNTAX,
 * ERR_LIMIT: too many; ERR_NOMEM.  *out is to be cleared in either case.
 */
enum err console_parameters_read(struct str raw, struct console_parameters *out) MUST_USE;
void console_parameters_clear(struct console_parameters *p);

/* What that parameter says; empty where it is not there. */
struct str console_parameter(const struct console_parameters *p, const char *name);

/* The first that is none of names, which end with NULL; empty: there is none. */
struct str console_parameter_unknown(const struct console_parameters *p, const char *const *names);

#endif
