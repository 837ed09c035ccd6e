/*
 * Whether the daemon's user comes to a file, and may do there what it has to: out of owners, groups
 * and modes.  Pure.
 */
#ifndef CLI_DOCTOR_REACH_JUDGE_H
#define CLI_DOCTOR_REACH_JUDGE_H

#include "cli/finding.h"
#include "os/way.h"

/* The daemon's user; or whoever is in a group that a socket is for. */
struct cli_doctor_who {
	const char *name, *group; /* that of gid */
	bool by_group;            /* the latter: uid is nobody's, and name goes on behind "user" */
	uid_t uid;
	gid_t gid;           /* his own, */
	const gid_t *groups; /* and all that he is in */
	size_t n_groups;
};

enum cli_doctor_need {
	CLI_DOCTOR_NEED_READ,  /* a file */
	CLI_DOCTOR_NEED_WRITE, /* a file that is read and written; its directory is another */
	CLI_DOCTOR_NEED_ENTER, /* a directory in which files are made */
	CLI_DOCTOR_NEED_GIVEN, /* the same, and root makes it for him where it is missing; */
	CLI_DOCTOR_NEED_MAKE,  /* or he himself does */
	CLI_DOCTOR_NEED_PASS,  /* a directory that leads to a socket: nothing is made */
};

/* What is to be judged. */
struct cli_doctor_reach {
	const char *where; /* "FILE:LINE: ", or "" */
	const char *key;   /* of the configuration */
	const char *path;
	enum cli_doctor_need need;
};

/*
 * At most one finding, with a command that mends all of the way; or that what is there is of a kind
 * that no right makes fit (code file-kind, in words).  What cannot be known is none: a
 * part of the way that was not seen, or that has an access control list; a file that is missing is
 * none either: who reads it tells.
 */
void cli_doctor_reach_judge(const struct cli_doctor_reach *what, const struct os_way *way,
			    const struct cli_doctor_who *who, struct cli_findings *findings);

#endif
