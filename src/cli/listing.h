/*
 * The queue as a list: a line a message, their sum, and a table by domain and code.
 * Pure: the daemon's *messages* (src/control/README.md) in, text out.
 */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "base/jsonw.h"
#include "term/table.h"

#include <jansson.h>

/* Where the lines go. */
struct cli_listing {
	size_t width;        /* columns */
	bool cut;            /* no line is longer; else width means nothing, and all is shown */
	int64_t now_wall_ms; /* for ages */
};

/* ID, state, age, size, when next, code, sender, recipients, what was said. */
void cli_listing_line(struct buf *out, const struct cli_listing *l, const json_t *message);

/* The same as cells of a table with these columns. */
enum { CLI_LISTING_COLUMNS = 9 };
extern const struct term_column cli_listing_columns[];
void cli_listing_row(struct term_table *table, const struct cli_listing *l, const json_t *message);

/* All of a list.  Zero-initialised: none. */
struct cli_listing_sum {
	uint64_t messages, recipients; /* those that wait, or of what failed were not reached */
	uint64_t octets;
	uint64_t active, deferred, held, failed; /* messages */
};

void cli_listing_add(struct cli_listing_sum *sum, const json_t *message);

/* "2 messages, 3 recipients, 12K: 1 deferred, 1 held". */
void cli_listing_sum(struct buf *out, const struct cli_listing_sum *sum);

/*
 * Recipients that wait, or of what failed were not reached, by domain and enhanced code.  rows is
 * an object, empty at first, in which they are gathered.  False: out of memory.
 */
bool cli_listing_gather(json_t *rows, const json_t *message);

/* The most recipients first; code "-" before the first attempt. */
void cli_listing_table(struct buf *out, const json_t *rows);
void cli_listing_table_json(struct jsonw *j, const json_t *rows);

#endif
