#include "relay/logkeep.h"

#include "journal/expire.h"
#include "log/log.h"
#include "os/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

struct relay_logkeep {
	struct loop *loop;
	struct loop_timer *timer;
	struct routing_settings *const *settings;
};

static void look(void *arg)
{
	struct relay_logkeep *k = arg;
	const struct conf *conf = (*k->settings)->conf;
	size_t n;

	if (journal_expire(conf->log_directory, conf->log_keep_ms, os_clock_wall(), &n) != ERR_OK)
		log_event(LOG_WARNING, "log-keep", "cannot remove old files in %s: %s",
			  conf->log_directory, strerror(errno));
	if (n)
		log_event(LOG_INFO, "log-keep", "%zu old files removed in %s", n,
			  conf->log_directory);
	loop_timer_set(k->timer, loop_now(k->loop) + DAY_MS);
}

struct relay_logkeep *relay_logkeep_new(struct loop *loop, struct routing_settings *const *settings)
{
	struct relay_logkeep *k = malloc(sizeof(*k));

	if (!k)
		return NULL;
	*k = (struct relay_logkeep){ .loop = loop, .settings = settings };
	k->timer = loop_timer_new(loop, look, k);
	if (!k->timer) {
		free(k);
		return NULL;
	}
	look(k);
	return k;
}

void relay_logkeep_again(struct relay_logkeep *k)
{
	look(k);
}

void relay_logkeep_free(struct relay_logkeep **kp)
{
	struct relay_logkeep *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	loop_timer_free(&k->timer);
	free(k);
}
