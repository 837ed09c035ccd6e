/*
 * What --to and --from take: an address, or "@domain" for all of one.  Pure.
 */
#ifndef CLI_WHOM_H
#define CLI_WHOM_H

#include "base/buf.h"

/*
 * Append what is odd about a word that is to choose by addresses, and what was meant: it is looked
 * for as it stands, and hardly any mail has it.  Nothing where it is an address or "@domain".
 */
void cli_whom_note(struct buf *out, struct str word);

#endif
