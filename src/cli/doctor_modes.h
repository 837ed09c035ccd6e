/*
 * What others of this host may do with the files that the configuration names.
 */
#ifndef CLI_DOCTOR_MODES_H
#define CLI_DOCTOR_MODES_H

#include "cli/finding.h"
#include "conf/conf.h"

#include <sys/types.h>

/* What is at stake. */
enum cli_doctor_stake {
	CLI_DOCTOR_STAKE_REFUSED, /* a secret, which is not taken where others may read it */
	CLI_DOCTOR_STAKE_KEY,     /* a secret that is taken all the same */
	CLI_DOCTOR_STAKE_ORDERS,  /* no secret, but who writes it decides what becomes of mail */
};

/* key: of the configuration.  mode: that of the file, as stat(2) has it. */
void cli_doctor_modes_judge(const char *key, const char *path, enum cli_doctor_stake stake,
			    mode_t mode, struct cli_findings *findings);

/* All files of conf; one that cannot be read is refused with the configuration. */
void cli_doctor_modes(const struct conf *conf, struct cli_findings *findings);

#endif
