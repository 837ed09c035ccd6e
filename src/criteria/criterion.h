/*
 * One criterion, as those see it who read the file.
 */
#ifndef CRITERIA_CRITERION_H
#define CRITERIA_CRITERION_H

#include "criteria/modifier.h"

struct criterion {
	struct str header; /* as written, without colon */
	/*
	 * The value, quotes and escapes undone, white space between its words single.
	 * For people: it does not show whether a '*' in it was escaped.
	 */
	struct str pattern;
	struct str line;  /* as written, white space single: "To *@bank.example SECURE" */
	unsigned line_no; /* in the file, from 1 */
	const struct criteria_modifier *modifier; /* what it asks for; that of no modifier, too */
};

#endif
