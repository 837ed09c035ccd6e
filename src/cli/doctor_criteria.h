/* What criteria would do that hardly anybody means.  Pure. */
#ifndef CLI_DOCTOR_CRITERIA_H
#define CLI_DOCTOR_CRITERIA_H

#include "cli/finding.h"
#include "criteria/criteria.h"

enum cli_doctor_service { CLI_DOCTOR_SERVICE_OFF, CLI_DOCTOR_SERVICE_ON };

/*
 * Of criteria that can be read: those that require something while the service is off
 * ("secure-while-off"), and those that require it of all mail ("requires-everything").
 */
void cli_doctor_criteria(const struct criteria *c, enum cli_doctor_service service,
			 struct cli_findings *findings);

/*
 * What is noted of each line, as far as a screen holds it: one that can never match is a warning
 * ("criterion-never"), one that another covers has a remedy ("criterion-covered").  check: the
 * command that notes all of them.
 */
void cli_doctor_criteria_notes(const struct criteria *c, const char *check,
			       struct cli_findings *findings);

#endif
