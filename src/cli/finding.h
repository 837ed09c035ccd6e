/*
 * What `signpost doctor` finds: a level, what is so, and what to do about it.
 */
#ifndef CLI_FINDING_H
#define CLI_FINDING_H

#include "base/jsonw.h"
#include "term/text.h"

enum cli_level {
	CLI_LEVEL_OK,
	CLI_LEVEL_NOTE,    /* worth to know; nothing need be done */
	CLI_LEVEL_WARNING, /* something will go wrong some day, or for some mail */
	CLI_LEVEL_PROBLEM, /* something does not work */
};

struct cli_finding {
	enum cli_level level;
	const char *part; /* a constant: "dns" */
	const char *code; /* a constant, for machines: "no-answer" */
	char *text;       /* one line, begins with what it is about */
	bool safe;        /* text is escaped already; else, and remedy always, escape it */
	char *remedy;     /* one line; "" where none is needed */
};

/* Zero-initialised but for part, it is empty. */
struct cli_findings {
	const char *part; /* of what is added from here on */
	struct cli_finding *all;
	size_t n;
	enum err err; /* sticky: ERR_NOMEM */
};

/* remedy: "" where none is needed. */
void cli_finding_add(struct cli_findings *f, enum cli_level level, const char *code,
		     const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* The same of a line that somebody else has made, and made safe to show: "FILE:LINE: ...". */
void cli_finding_add_line(struct cli_findings *f, enum cli_level level, const char *code,
			  const char *remedy, struct str line);

/* Whether that is the text of one. */
bool cli_finding_has(const struct cli_findings *f, struct str text);

/* Forget the one that was added last; there is one. */
void cli_finding_drop_last(struct cli_findings *f);

/* "ok", "note", "warning", "problem". */
struct str cli_finding_level(enum cli_level level);

/* Each a line, its remedy another, parts headed by their names. */
void cli_finding_text(struct term_text *out, const struct cli_findings *f);
void cli_finding_json(struct jsonw *j, const char *key, const struct cli_findings *f);

void cli_finding_clear(struct cli_findings *f); /* also the CLEANUP() handler */

#endif
