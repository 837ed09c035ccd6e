/*
 * Finding the way to a destination: the resolver asks what the route machine
 * wants to know, and the verdict is passed.  The same code serves a delivery,
 * `signpost route` and `signpost explain`.
 */
#ifndef ROUTING_PATHFINDER_H
#define ROUTING_PATHFINDER_H

#include "conf/conf.h"
#include "resolve/resolve.h"
#include "route/verdict.h"

struct routing_pathfinder;

/* What was found.  All of it lives until routing_pathfinder_free(). */
struct routing_path {
	const struct route_facts *facts; /* with all answers: mx, and a and aaaa of each host */
	struct route_verdict verdict;    /* for what it was asked for, with what TLS is needed */
	const struct conf_delivery *how; /* conf's; what is no domain name has it, too */
	int64_t dns_ms;                  /* from first question to last answer */
	enum err err;                    /* ERR_NOMEM: nothing else is set */
};

typedef void routing_path_done(void *arg, const struct routing_path *path);

struct routing_pathfinder_ask {
	struct resolve *resolver;
	const struct os_reactor *reactor; /* of the same thread */
	const struct conf *conf;          /* outlives the pathfinder */
	struct str domain;                /* as SMTP has it: "bank.example", "[192.0.2.1]" */
	enum route_service service;
	enum route_dane dane;
	enum route_sender_tls sender_tls;
	bool as_required; /* it will be judged for ROUTE_REQUIRED, too: OBSERVE */
};

/*
 * Find the way to a recipient's domain; static routes of conf are applied first,
 * U-labels become A-labels.  done is called once, never from inside this call;
 * the pathfinder is still to be freed, which is legal in done, and before it to
 * give up.  NULL: out of memory.  What is no domain name is bounced by the verdict, 5.1.2.
 */
struct routing_pathfinder *routing_pathfinder_new(const struct routing_pathfinder_ask *ask,
						  routing_path_done *done, void *arg) MUST_USE;
void routing_pathfinder_free(struct routing_pathfinder **p);

/*
 * Judge what was found for another service too (ROUTE_OFF .. ROUTE_REQUIRED); DANE can be demanded
 * only where it was when the way was asked for.  ERR_NOMEM.
 */
enum err routing_pathfinder_judge(const struct routing_pathfinder *p, enum route_service service,
				  enum route_dane dane, struct route_verdict *out) MUST_USE;

#endif
