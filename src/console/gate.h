/*
 * Which requests there are, and who may make them: one table (SPEC section 10).
 *
 * Pure: what the head of a request says goes in; what comes out is what is asked, or the
 * status that refuses it before an octet of its body was read.
 */
#ifndef CONSOLE_GATE_H
#define CONSOLE_GATE_H

#include "base/str.h"

enum console_role { CONSOLE_NOBODY, CONSOLE_VIEW, CONSOLE_ADMIN };

enum console_asked {
	CONSOLE_PAGE, /* the page of the screens, or the login page */
	CONSOLE_LOGIN_PAGE,
	CONSOLE_LOGIN,
	CONSOLE_LOGOUT,
	CONSOLE_METRICS,
	CONSOLE_ASSET, /* a file of the page */
	CONSOLE_ME,
	CONSOLE_STATUS,
	CONSOLE_SERVERS,
	CONSOLE_DOCTOR,
	CONSOLE_CRITERIA,
	CONSOLE_CRITERIA_PUT,
	CONSOLE_CRITERIA_TRY,
	CONSOLE_EXPLAIN,
	CONSOLE_QUEUE,
	CONSOLE_MESSAGE,
	CONSOLE_RETRY,
	CONSOLE_HOLD,
	CONSOLE_RELEASE,
	CONSOLE_REMOVE,
	CONSOLE_BOUNCE,
	CONSOLE_SESSIONS,
	CONSOLE_LIVE,
	CONSOLE_SESSION,
	CONSOLE_ROUTE,
	CONSOLE_LOOKUP,
	CONSOLE_SERIES,
};

#define CONSOLE_BODY_MAX (UINT64_C(1) << 20)     /* octets */
#define CONSOLE_EXPLAIN_MAX (UINT64_C(64) << 20) /* of a message to explain */
#define CONSOLE_FORM_MAX 8192                    /* name and password */

struct console_gate {
	struct str method, path; /* path: decoded */
	enum console_role role;  /* of who is logged in */
	bool twice;              /* Host or Origin is: who reads the other one judges otherwise */
	bool framed;             /* it is plain where its body ends */
	bool host_ours;          /* Host names us */
	bool origin_ours;        /* Origin does, or there is none */
	bool signpost;           /* X-Signpost: 1 */
	bool sized;              /* Content-Length is */
	uint64_t length;
};

struct console_passage {
	int status; /* 0: it may pass; else the answer */
	const char *why;
	enum console_asked asked;
	struct str id;     /* of a message */
	uint64_t body_max; /* octets */
	unsigned methods;  /* that the path has: a bit each */
	bool api;          /* a refusal is JSON */
};

struct console_passage console_gate(const struct console_gate *g);

/* Methods as an Allow field names them. */
#define CONSOLE_GET 1u /* and HEAD */
#define CONSOLE_POST 2u
#define CONSOLE_PUT 4u
const char *console_gate_allow(unsigned methods);

#endif
