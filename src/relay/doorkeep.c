#include "relay/doorkeep.h"

#include "log/log.h"

#include <stdlib.h>

#define EVERY_MS 10000
#define WORDS_MAX 8192

struct relay_doorkeep {
	struct relay_doorkeep_conf conf;
	struct loop_timer *timer;
	uint64_t known; /* what the files were */
};

void relay_doorkeep_know(struct relay_doorkeep *k, uint64_t stamp)
{
	k->known = stamp;
}

static void renew(struct relay_doorkeep *k)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WORDS_MAX);
	const struct conf *conf = (*k->conf.settings)->conf;
	struct relay_doors *fresh = NULL;
	enum err e = relay_doors_renew(*k->conf.doors, conf, k->conf.tickets, &fresh, &why);

	if (e != ERR_OK) {
		log_event(LOG_ERR, "certificates",
			  "changed, and cannot be used; those in force stay: error=\"%.*s\"",
			  STR_ARG(why.n ? buf_str(&why) : str_of(err_text(e))));
		return;
	}
	relay_doors_drop(k->conf.doors);
	*k->conf.doors = fresh;
	log_event(LOG_INFO, "certificates", "changed, and read anew");
	k->conf.renewed(k->conf.arg);
}

static void look(void *arg)
{
	struct relay_doorkeep *k = arg;
	uint64_t known = k->known;

	k->known = relay_doors_stamp((*k->conf.settings)->conf);
	if (k->known != known)
		renew(k);
	loop_timer_set(k->timer, loop_now(k->conf.loop) + EVERY_MS);
}

struct relay_doorkeep *relay_doorkeep_new(const struct relay_doorkeep_conf *conf)
{
	struct relay_doorkeep *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->conf = *conf;
	k->timer = loop_timer_new(conf->loop, look, k);
	if (!k->timer) {
		free(k);
		return NULL;
	}
	k->known = relay_doors_stamp((*conf->settings)->conf);
	loop_timer_set(k->timer, loop_now(conf->loop) + EVERY_MS);
	return k;
}

void relay_doorkeep_free(struct relay_doorkeep **kp)
{
	struct relay_doorkeep *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	loop_timer_free(&k->timer);
	free(k);
}
