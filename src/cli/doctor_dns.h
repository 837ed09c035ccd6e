/*
 * Asking each server alone what shows whether it validates.
 */
#ifndef CLI_DOCTOR_DNS_H
#define CLI_DOCTOR_DNS_H

#include "cli/doctor_judge.h"

struct cli_doctor_dns {
	struct cli_doctor_server server[RESOLVE_SERVERS_MAX];
	size_t n;
};

/*
 * Ask all servers of conf, at once, on a loop of its own.  ERR_NOMEM, ERR_IO:
 * errno.  What a server does not answer is a fact, not an error.
 */
enum err cli_doctor_dns(const struct resolve_conf *conf, struct cli_doctor_dns *out) MUST_USE;

#endif
