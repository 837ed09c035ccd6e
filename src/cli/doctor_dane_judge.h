/* TLSA records of a listener of our own, against its certificate: facts in, findings out. */
#ifndef CLI_DOCTOR_DANE_JUDGE_H
#define CLI_DOCTOR_DANE_JUDGE_H

#include "cli/doctor_judge.h"

struct cli_doctor_dane {
	const char *certificate;         /* its file */
	char owner[CLI_DOCTOR_NAME_MAX]; /* "_25._tcp.mx.example." */
	char record[80];                 /* one that would fit: "3 1 1 ..." */
	enum dns_outcome outcome;
	enum dns_status status;
	size_t usable, fit; /* of its records */
};

void cli_doctor_dane_judge(const struct cli_doctor_dane *d, struct cli_findings *findings);

#endif
