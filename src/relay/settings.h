/*
 * What the administrator wants: configuration and criteria, read together,
 * whole or not at all, and then immutable.
 *
 * The one thing here that is counted: a reload puts new settings in force while
 * deliveries on all threads still go by the old ones, and no thread can know
 * when the last of the others is through.
 */
#ifndef RELAY_SETTINGS_H
#define RELAY_SETTINGS_H

#include "conf/conf.h"
#include "criteria/criteria.h"
#include "route/verdict.h"
#include "schedule/retry.h"

#include <stdatomic.h>

struct relay_settings {
	atomic_uint holders;
	struct conf *conf;
	struct criteria *criteria; /* NULL: none, or the service is not enabled */
	struct schedule_retry schedule;
};

/*
 * Settings of conf, which becomes theirs also on failure, held once.  *why: one line
 * for each thing wrong.  ERR_SYNTAX, ERR_IO, ERR_NOMEM.
 */
enum err relay_settings_read(struct conf *conf, struct relay_settings **out, struct buf *why)
	MUST_USE;

struct relay_settings *relay_settings_hold(struct relay_settings *s);

/* Also frees, when it was the last holder. */
void relay_settings_drop(struct relay_settings **s);

/* Whose message it is: one that was handed to us, or a report of ours. */
enum relay_settings_author { RELAY_SETTINGS_OTHERS, RELAY_SETTINGS_OURS };

/* The service that a criterion gives; NULL: off.  A report of ours gets requested at most. */
enum route_service relay_settings_service(const struct criterion *k,
					  enum relay_settings_author author);

#endif
