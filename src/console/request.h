/*
 * One request that has passed the gate, and what all of them share.
 */
#ifndef CONSOLE_REQUEST_H
#define CONSOLE_REQUEST_H

#include "base/list.h"
#include "conf/conf.h"
#include "console/ask.h"
#include "console/desk.h"
#include "console/gate.h"
#include "console/hand.h"
#include "console/head.h"
#include "console/http.h"
#include "console/logins.h"
#include "console/target.h"
#include "console/throttle.h"

/* What all requests share. */
struct console_shared {
	struct loop *loop;
	const struct conf *conf;
	struct console_place place;
	struct console_http *http;
	struct console_desk *desk;
	struct console_asks *asks;
	struct console_hands *hands;
	struct console_live *live;
	struct console_series *series;
	/* What became of mail by each criterion: as known last, and who waits for it anew. */
	json_t *report;
	bool reporting;
	int64_t report_began, report_at; /* the last; the next not before */
	struct list reading;             /* struct console_request */
	struct loop_acceptor *invites;
	struct console_logins logins;
	struct console_throttle throttle;
};

/* The handler of its kind has it when its body is there. */
struct console_request {
	struct list link; /* of those that wait for the same */
	struct console_shared *site;
	struct console_exchange *x;
	enum console_asked asked;
	enum console_role role;
	struct str id; /* of a message, in target */
	struct console_target target;
	/* Of its handler; cleared when all is over. */
	void *work;
	void (*clear)(void *work);
	/* Of a login that is being judged: what it counts for, if it was wrong. */
	char name_key[CONSOLE_THROTTLE_KEY + 1], peer_key[CONSOLE_THROTTLE_KEY + 1];
	char name[CONSOLE_LOGINS_NAME_MAX + 1]; /* that was tried, of which the key is cut */
};

/* As the handler's own.  NULL: out of memory, and it was refused. */
void *console_request_work(struct console_request *r, size_t size, void (*clear)(void *work));

/* A parameter that is none of names, which end with NULL, is refused.  False: it was. */
bool console_request_known(struct console_request *r, const char *const *names);

/* Where none is taken: false where there was one, and it was refused. */
bool console_request_bare(struct console_request *r);

/* Whether that name may be tried from there; it counts as wrong until _untry(). */
bool console_request_try(struct console_request *r, struct str name);
/* It was right, or nobody can say. */
void console_request_untry(struct console_request *r);

/* It could not be begun. */
void console_request_unbegun(struct console_exchange *x, enum err e);

/* {"message":why}, with that status. */
void console_request_refuse(struct console_exchange *x, int status, struct str why);

/* The same with a header more; one without a name is none. */
void console_request_refuse_with(struct console_exchange *x, int status, struct str why,
				 struct console_field field);

/* JSON, with that status. */
void console_request_json(struct console_exchange *x, int status, struct str json);

/* 200, and JSON with a line's end, where all of it is there; else it is refused: half is none. */
void console_request_document(struct console_exchange *x, struct buf *json);

#endif
