/* Whether the disk of the logs holds as many days of them as log-keep says. */
#ifndef CLI_DOCTOR_LOGS_H
#define CLI_DOCTOR_LOGS_H

#include "cli/finding.h"
#include "conf/conf.h"

struct cli_doctor_logs {
	const char *directory;
	uint64_t octets;      /* of all logs */
	uint64_t past_octets; /* of those of days that are over */
	uint64_t past_days;   /* so many */
	uint64_t free;        /* octets of its disk, for us */
	int64_t keep_ms;
	int error; /* the directory cannot be read to its end: errno; 0 */
};

/* Nothing is found before a day is over. */
void cli_doctor_logs_judge(const struct cli_doctor_logs *l, struct cli_findings *findings);

void cli_doctor_logs(const struct conf *conf, int64_t now_wall_ms, struct cli_findings *findings);

#endif
