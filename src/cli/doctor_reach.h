/*
 * Whether the daemon's user can read what the configuration names, and write what the daemon
 * writes: found out by whoever asks, of whom that is not the same.
 */
#ifndef CLI_DOCTOR_REACH_H
#define CLI_DOCTOR_REACH_H

#include "cli/finding.h"
#include "conf/conf.h"
#include "relay/rights.h"

/*
 * Whether the daemon's user is another than who asks, who is not root: the configuration names him,
 * or is the system's, so that root will have started it.  rights: whom the daemon would be, were it
 * started by who asks.  *user is he then.
 */
bool cli_doctor_reach_other(const struct conf *conf, const struct relay_rights *rights,
			    struct os_user *user);

/* rights: as above. */
void cli_doctor_reach(const struct conf *conf, const struct relay_rights *rights,
		      int64_t now_wall_ms, struct cli_findings *findings);

#endif
