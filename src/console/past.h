/*
 * Delivery records, newest first: read from the end of the files, so that a day of a million
 * costs no more than what is shown of it.
 */
#ifndef CONSOLE_PAST_H
#define CONSOLE_PAST_H

#include "console/filter.h"

#define CONSOLE_PAST_OCTETS (16u << 20) /* that are looked at in one go */

/*
 * Append the records of dir that pass to *out, as they stand, with commas between; at most
 * f->limit.  *until: the time of the last that was looked at, where there may be more; else "".
 * Octets: at most so many are looked at.  ERR_IO: errno; ERR_NOMEM, ERR_LIMIT by out.
 */
enum err console_past_read(const char *dir, const struct console_filter *f, struct buf *out,
			   char until[static 32]) MUST_USE;

#endif
