/*
 * What the answers of a recursive server show: facts in, findings out.
 *
 * The facts were gathered with the server believed for once, so that its AD is
 * seen also where the channel is not trusted; whether it is trusted is a fact of
 * its own.  No socket, no clock.
 */
#ifndef CLI_DOCTOR_JUDGE_H
#define CLI_DOCTOR_JUDGE_H

#include "cli/finding.h"
#include "resolve/resolve.h"
#include "route/demand.h"

/* From the first begin to the last end of an answer's signatures. */
struct cli_doctor_window {
	bool seen;
	int64_t from_s, to_s;
};

/* What one question came to. */
struct cli_doctor_said {
	bool asked;
	enum dns_outcome outcome;
	unsigned rcode;
	bool ad;    /* authenticated */
	bool aa;    /* by an authoritative server */
	bool seen;  /* the message itself was seen: then ra and rrsig are known */
	bool ra;    /* it offers recursion */
	bool rrsig; /* signatures came with it */
	struct cli_doctor_window window; /* of signatures over what was asked for */
	char why[160];                   /* no answer: in words */
};

#define CLI_DOCTOR_NAME_MAX 300

struct cli_doctor_server {
	char name[IP_TEXT_MAX]; /* "127.0.0.1:53" */
	struct dns_server conf;
	bool set_do; /* Signpost asks it with DO */
	bool trusted;
	char reason[256];  /* why it is trusted, or not */
	bool unprivileged; /* any user of this host may listen on its port */
	char signed_name[CLI_DOCTOR_NAME_MAX], denied_name[CLI_DOCTOR_NAME_MAX],
		bogus_name[CLI_DOCTOR_NAME_MAX]; /* "com. NS" */
	bool denial_decides; /* denied_name is configured: see resolve.h, probe_denial */
	/* By the server's own channel, with AD, and with AD and DO. */
	struct cli_doctor_said positive, positive_do, denial, denial_do, bogus;
	struct cli_doctor_said tcp; /* positive, where the channel is UDP */
	bool validates;             /* set by the judge: Signpost takes it to validate */
};

/* Whether required mail can rely on it: it is trusted, and validates. */
bool cli_doctor_judge(struct cli_doctor_server *s, struct cli_findings *out);

/* Whether it gives any answer. */
bool cli_doctor_tells(const struct cli_doctor_server *s);

/*
 * What becomes of required mail where it can rely on none of these servers, as route/verdict.c has
 * it: "deferred with 4.4.3" where those that would be asked are silent, which excuses the ones that
 * are trusted; else what untrusted says.
 */
const char *cli_doctor_unmet(const struct cli_doctor_server *s, size_t n,
			     enum route_untrusted untrusted);

/*
 * What becomes of the servers, all of which are judged, beside each other: those that
 * are passed over, as the resolver has it (resolve.h: tiers).
 */
void cli_doctor_judge_order(const struct cli_doctor_server *s, size_t n, struct cli_findings *out);

#endif
