/*
 * What other mail servers find of the name with which they are greeted: facts in, findings out.
 */
#ifndef CLI_DOCTOR_NAMES_JUDGE_H
#define CLI_DOCTOR_NAMES_JUDGE_H

#include "cli/doctor_judge.h"

enum { CLI_DOCTOR_BACK_MAX = 8 };

/* An address of the host's, and where its PTR records lead. */
struct cli_doctor_back {
	struct ip ip;
	enum dns_outcome outcome;
	bool same;                      /* one of them is the host's name */
	char name[CLI_DOCTOR_NAME_MAX]; /* DNS_DATA: the first of them */
};

struct cli_doctor_host {
	const char *name;
	bool found, denied; /* there are addresses; there are none of some family, for sure */
	struct cli_doctor_back back[CLI_DOCTOR_BACK_MAX];
	size_t n; /* those on loopback, which nobody else sees, are not among them */
};

void cli_doctor_names_judge(const struct cli_doctor_host *h, struct cli_findings *findings);

#endif
