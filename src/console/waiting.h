/*
 * What a line would do to mail that waits, beside what it would have done to recorded mail.
 */
#ifndef CONSOLE_WAITING_H
#define CONSOLE_WAITING_H

#include "console/request.h"

/* Before the records are asked.  False: out of memory, and it was refused. */
bool console_waiting_prepare(struct console_request *r, struct str line);

/*
 * Answer with what the records say, an object of JSON that is its own from now on, and
 * with "waiting": null where the daemon tells of none.
 */
void console_waiting_answer(struct console_request *r, json_t *records);

#endif
