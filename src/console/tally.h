/*
 * What a line would do to mail that waits, summed up from the pages in which the daemon tells it
 * (*foresight* of src/control/README.md).  Pure.
 */
#ifndef CONSOLE_TALLY_H
#define CONSOLE_TALLY_H

#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>

#define CONSOLE_TALLY_DOMAINS 100 /* so many are told, those of the most messages */

struct console_tally {
	json_t *sums;    /* by key */
	json_t *domains; /* by name: sums by key */
};

/* ERR_NOMEM: clear it all the same. */
enum err console_tally_init(struct console_tally *t) MUST_USE;
void console_tally_clear(struct console_tally *t);

/* One page.  ERR_NOMEM. */
enum err console_tally_add(struct console_tally *t, const json_t *page) MUST_USE;

/*
 * {"looked","more",...,"domains":[...]}, as /api/criteria/try has it under "waiting".  more: there
 * is mail that was not looked at.  NULL: out of memory.
 */
json_t *console_tally_document(const struct console_tally *t, bool more) MUST_USE;

#endif
