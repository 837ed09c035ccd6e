/*
 * A block of the session logs for people: with tones, and for a terminal with what all its lines
 * have in common said once.  Pure.
 */
#ifndef CLI_LOGVIEW_H
#define CLI_LOGVIEW_H

#include "term/text.h"

enum cli_logview {
	CLI_LOGVIEW_WHOLE, /* each line as it stands */
	CLI_LOGVIEW_SHORT, /* day and session in a line of their own, then the time alone */
};

void cli_logview(struct term_text *out, struct str block, enum cli_logview view);

#endif
