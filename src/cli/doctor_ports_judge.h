/*
 * Whether mail can leave: which domains' mail hosts are tried, and what came of that.  Pure.
 */
#ifndef CLI_DOCTOR_PORTS_JUDGE_H
#define CLI_DOCTOR_PORTS_JUDGE_H

#include "base/ip.h"
#include "cli/finding.h"
#include "criteria/criteria.h"

enum { CLI_DOCTOR_DOMAINS_MAX = 4, CLI_DOCTOR_KNOCKS_MAX = 8, CLI_DOCTOR_WHY_ROOM = 512 };

/*
 * Domains to which mail is known to go: those that criteria name, at most three, and that of the
 * host.  How many; all borrowed.  c: NULL, there are none.
 */
size_t cli_doctor_domains(const struct criteria *c, struct str hostname,
			  struct str out[static CLI_DOCTOR_DOMAINS_MAX]);

/* A mail host's address that was tried. */
struct cli_doctor_knock {
	struct str domain; /* whose mail host it is */
	struct ip_port at;
	int error; /* 0: it takes a connection; else errno */
};

/* A domain that has no mail host to be tried. */
struct cli_doctor_hostless {
	struct str domain;
	bool for_now; /* none could be found out */
	char why[CLI_DOCTOR_WHY_ROOM];
};

struct cli_doctor_knocks {
	struct cli_doctor_knock all[CLI_DOCTOR_KNOCKS_MAX];
	size_t n;
	struct cli_doctor_hostless hostless[CLI_DOCTOR_DOMAINS_MAX];
	size_t n_hostless;
};

/* connect: the command that tries a domain, "signpost connect". */
void cli_doctor_knocks_judge(const struct cli_doctor_knocks *k, const char *connect,
			     struct cli_findings *findings);

#endif
