/*
 * Conversations as text: a file is a scenario, a line of it is a step.
 *
 *	# a comment; empty lines are passed over
 *	C: text		what the SMTP client says, with its CR LF
 *	C- text		the same without
 *	S: text		what the SMTP server says, with its CR LF
 *	wait 5m		time passes
 *
 * The first step says which side is tested: "server" (scenario_server()) or
 * "client" (scenario_client()).  That side's words are what is expected, the
 * other side's are what it is given.  In both \r \n \0 \\ and \xHH are octets.
 *
 * Each scenario runs twice: as it stands, and octet by octet.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include "base/buf.h"

/* How a scenario is run. */
struct scenario_mode {
	const char *name;
	size_t chunk;     /* octets given at once */
	bool all_at_once; /* a client does not wait for replies; of server scenarios */
};

/* A step: its first word, and the rest of the line. */
struct scenario_step {
	int line;
	struct str word;
	struct str rest;
};

/* The next step of *text, cut off it; false at the end. */
bool scenario_next(struct str *text, int *line, struct scenario_step *step);

/* The next word of *rest, cut off it; "key=value" is taken apart, value empty where it lacks. */
bool scenario_word(struct str *rest, struct str *key, struct str *value);

/* Append s, its escapes read. */
void scenario_unescape(struct buf *out, struct str s);

/* "5m" in milliseconds. */
int64_t scenario_span(const struct scenario_step *step);

/* Say what is wrong with the step, or how it went otherwise than it says; counted. */
void scenario_fail(const struct scenario_step *step, struct str want, struct str got);

/*
 * The server machine, with a policy that the file plays:
 *
 *	server [host=mx] [size=N] [recipients=N] [errors=N] [idle=5m]
 *	offers		what the server says to EHLO, all of it
 *	ask WORDS	the next question is this: MAIL, RCPT, DATA or MESSAGE, and what it holds
 *	| text		a line of the message that the question is about
 *	verdict 250 text
 *	close text	ends the session from our side, by 421
 *	closed		the session is over
 *
 * After idle without a word from the client, the session is ended with 421 4.4.2.
 */
void scenario_server(struct str text, const struct scenario_mode *mode);

/*
 * The client machine:
 *
 *	client [host=us]
 *	from ADDRESS [8bit] [utf8] [ret=full|hdrs] [envid=x]	begins a transaction
 *	to ADDRESS [notify=never,success,failure,delay] [orcpt=x]
 *	| text		a line of its message
 *	send		it is sent
 *	quit
 *	lost WHY	the connection ends
 *	result N FATE CODE ENHANCED STAGE: text
 *	failure FATE CODE ENHANCED STAGE: text
 *	state input|ready|done|close
 *
 * When more time passes than the client has patience, the connection ends: "timed out".
 */
void scenario_client(struct str text, const struct scenario_mode *mode);

#endif
