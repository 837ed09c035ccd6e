/*
 * Whether this host's clock can be right: against the times of the signatures that a server
 * sends along with the probe's answer.
 */
#ifndef CLI_DOCTOR_CLOCK_H
#define CLI_DOCTOR_CLOCK_H

#include "cli/doctor_judge.h"

/* A signature over records of type, in an answer: w spans it too.  What is none is passed over. */
void cli_doctor_clock_add(struct cli_doctor_window *w, struct str rdata, uint16_t type,
			  int64_t now_wall_ms);

/*
 * By the signatures of a server that can be relied on, where there is one; else of the first
 * that sends any.  Nothing is found where none does.
 */
void cli_doctor_clock(const struct cli_doctor_server *s, size_t n, int64_t now_wall_ms,
		      struct cli_findings *findings);

#endif
