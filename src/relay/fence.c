/*
 * resolv.conf is replaced by others while we run, and is followed: where its servers are asked,
 * the directory that it is in stays in reach, as does that of the logs, which whoever rotates them
 * may make anew.  All else are directories that are named.
 */
#include "relay/fence.h"

#include "conf/files.h"
#include "fence/files.h"
#include "fence/words.h"
#include "log/log.h"
#include "routing/resolver.h"
#include "tls/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 256 };

#define EVERYBODYS "/usr" /* converters of charsets, trust anchor */

static enum err add_conf(struct fence_places *p, const struct conf *conf)
{
	char *path = NULL;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK; free(path)) {
		e = conf_files_next(conf, CONF_FILES_DAEMON, &i, &path);
		if (e != ERR_OK || !path)
			return e;
		e = fence_places_add_above(p, path, FENCE_READ);
	}
	return e;
}

static enum err add_system(struct fence_places *p, const struct conf *conf)
{
	enum err e = fence_places_add(p, EVERYBODYS, FENCE_READ);
	struct tls_config_place ca = tls_config_system_ca(0);

	for (size_t i = 1; e == ERR_OK && ca.path; i++) {
		const char *other = getenv(ca.variable);
		e = fence_places_add(p, other ? other : ca.path, FENCE_READ);
		ca = tls_config_system_ca(i);
	}
	if (e != ERR_OK)
		return e;
	return conf->n_resolver ? fence_places_add(p, ROUTING_RESOLV_CONF, FENCE_READ)
				: fence_places_add_above(p, ROUTING_RESOLV_CONF, FENCE_READ);
}

static enum err add_sockets(struct fence_places *p, const struct conf *conf)
{
	enum err e = fence_places_add_above(p, conf->control_path, FENCE_REMOVE);

	for (size_t i = 0; e == ERR_OK && i < conf->n_listen; i++)
		if (conf->listen[i].path)
			e = fence_places_add_above(p, conf->listen[i].path, FENCE_REMOVE);
	return e;
}

static enum err add_own(struct fence_places *p, const struct conf *conf)
{
	const char *store = strchr(conf->queue_store, ':');
	enum err e = fence_places_add(p, conf->state_directory, FENCE_WRITE);

	if (e == ERR_OK)
		e = fence_places_add(p, conf->log_directory, FENCE_WRITE);
	if (e == ERR_OK)
		e = fence_places_add_above(p, conf->log_directory, FENCE_WRITE);
	return e == ERR_OK && store ? fence_places_add_above(p, store + 1, FENCE_WRITE) : e;
}

static enum err places(struct fence_places *p, const struct conf *conf)
{
	enum err e = add_own(p, conf);

	if (e == ERR_OK)
		e = add_sockets(p, conf);
	if (e == ERR_OK)
		e = add_conf(p, conf);
	return e == ERR_OK ? add_system(p, conf) : e;
}

static enum err refuse(struct buf *why, const char *what, enum err e)
{
	if (e == ERR_IO)
		buf_addf(why, "cannot confine itself: %s: %s", what, strerror(errno));
	return e;
}

enum err relay_fence_close(const struct conf *conf, struct relay_fence *out, struct buf *why)
{
	CLEANUP(fence_places_clear) struct fence_places p = { 0 };
	enum err e = places(&p, conf);

	if (e == ERR_OK)
		e = fence_files_close(&p, &out->landlock);
	if (e != ERR_OK)
		return refuse(why, "Landlock", e);
	e = fence_calls_close(FENCE_DAEMON, &out->calls);
	return refuse(why, "seccomp", e);
}

void relay_fence_tell(const struct relay_fence *f)
{
	CLEANUP(buf_free) struct buf calls = BUF_MAX(WORDS_MAX);

	if (f->landlock)
		log_event(LOG_INFO, "confined",
			  "files: state, logs, and the directories of what the configuration "
			  "names, by Landlock %u",
			  f->landlock);
	else
		log_event(LOG_NOTICE, "confined",
			  "files: whatever its user may read and write: this kernel has no "
			  "Landlock");
	fence_words_calls(&f->calls, &calls);
	log_event(f->calls.kind == FENCE_CALLS_CLOSED ? LOG_INFO : LOG_WARNING, "confined", "%.*s",
		  STR_ARG(buf_str(&calls)));
}
