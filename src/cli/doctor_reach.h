/*
 * Whether the daemon's user can read what the configuration names, and write what the daemon writes:
 * found out by whoever asks, of whom that is not the same.
 */
#ifndef CLI_DOCTOR_REACH_H
#define CLI_DOCTOR_REACH_H

#include "cli/finding.h"
#include "conf/conf.h"
#include "relay/rights.h"

/*
 * rights: whom the daemon would be, were it started by who asks; where that is not root, and the
 * configuration names a user, that user is taken, as root will have started it.
 */
void cli_doctor_reach(const struct conf *conf, const struct relay_rights *rights,
		      int64_t now_wall_ms, struct cli_findings *findings);

#endif
