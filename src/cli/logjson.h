/*
 * A session of the log as JSON: its data taken out of the lines that say them, and
 * the lines.  Pure.
 */
#ifndef CLI_LOGJSON_H
#define CLI_LOGJSON_H

#include "base/jsonw.h"

/*
 * A block as the journal's reader gives it: an object.  out: of one to mail hosts, which has data;
 * of a client's there are the lines alone.  What a line does not say is left out.
 */
void cli_logjson(struct jsonw *j, struct str block, bool out);

#endif
