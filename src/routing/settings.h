/*
 * What the administrator wants: configuration and criteria, read together,
 * whole or not at all, and then immutable.
 *
 * The one thing here that is counted: a reload puts new settings in force while
 * deliveries on all threads still go by the old ones, and no thread can know
 * when the last of the others is through.
 */
#ifndef ROUTING_SETTINGS_H
#define ROUTING_SETTINGS_H

#include "conf/conf.h"
#include "criteria/criteria.h"
#include "route/verdict.h"
#include "schedule/retry.h"
#include "tls/config.h"

#include <stdatomic.h>

/* Certificates to trust, read once. */
struct routing_settings_tls {
	const char *ca_file; /* conf's */
	struct tls_config *config;
};

struct routing_settings {
	atomic_uint holders;
	struct conf *conf;
	struct criteria *criteria;        /* NULL: none, or the service is not enabled */
	struct schedule_retry schedule;   /* of the section delivery */
	struct schedule_retry *of_route;  /* as conf's routes */
	struct routing_settings_tls *tls; /* how mail hosts are spoken to, by CA file */
	size_t n_tls;
};

/*
 * Settings of conf, which becomes theirs also on failure, held once.  *why: one line
 * for each thing wrong.  ERR_SYNTAX, ERR_IO, ERR_NOMEM.
 */
enum err routing_settings_read(struct conf *conf, struct routing_settings **out, struct buf *why)
	MUST_USE;

/*
 * Whether now would be without criteria because the file is not there that before had them
 * from: whoever writes it anew may have moved it away a moment ago.  An empty file, or enabled =
 * false, is a wish.
 */
bool routing_settings_lost(const struct routing_settings *before,
			   const struct routing_settings *now);

/* When what goes so is tried again; how is of s's conf: of the section delivery, or of a route. */
const struct schedule_retry *routing_settings_schedule(const struct routing_settings *s,
						       const struct conf_delivery *how);

/* The latest time, of those in force, at which what waits may be due (schedule_retry_latest). */
int64_t routing_settings_latest(const struct routing_settings *s, int64_t now_wall_ms);

/*
 * How TLS is spoken to the mail hosts of a route, or of the section delivery: one of the
 * settings' own conf.
 */
const struct tls_config *routing_settings_tls(const struct routing_settings *s,
					      const struct conf_delivery *how);

struct routing_settings *routing_settings_hold(struct routing_settings *s);

/* Also frees, when it was the last holder. */
void routing_settings_drop(struct routing_settings **s);

/* Whose message it is: one that was handed to us, or a report of ours. */
enum routing_settings_author { ROUTING_SETTINGS_OTHERS, ROUTING_SETTINGS_OURS };

/* The service that a criterion gives; NULL: off.  A report of ours gets requested at most. */
enum route_service routing_settings_service(const struct criterion *k,
					    enum routing_settings_author author);

/* Whether it demands DANE, likewise; a report of ours is never held to it. */
enum route_dane routing_settings_dane(const struct criterion *k,
				      enum routing_settings_author author);

#endif
