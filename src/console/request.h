/*
 * One request that has passed the gate, and what all of them share.
 */
#ifndef CONSOLE_REQUEST_H
#define CONSOLE_REQUEST_H

#include "conf/conf.h"
#include "console/desk.h"
#include "console/gate.h"
#include "console/head.h"
#include "console/http.h"
#include "console/logins.h"
#include "console/target.h"
#include "console/throttle.h"

/* What all requests share. */
struct console_shared {
	struct loop *loop;
	const struct conf *conf;
	const char *program;
	struct console_place place;
	struct console_http *http;
	struct console_desk *desk;
	struct loop_acceptor *invites;
	struct console_logins logins;
	struct console_throttle throttle;
};

/* The handler of its kind has it when its body is there. */
struct console_request {
	struct console_shared *site;
	struct console_exchange *x;
	enum console_asked asked;
	enum console_role role;
	struct str id; /* of a message, in target */
	struct console_target target;
	/* Of a login that is being judged: what it counts for, if it was wrong. */
	char name_key[CONSOLE_THROTTLE_KEY + 1], peer_key[CONSOLE_THROTTLE_KEY + 1];
};

/* {"message":why}, with that status. */
void console_request_refuse(struct console_exchange *x, int status, struct str why);

/* JSON, with that status. */
void console_request_json(struct console_exchange *x, int status, struct str json);

#endif
