/*
 * In the order of a start, without what it makes.
 */
#include "relay/check.h"

#include "queue/reader.h"
#include "relay/listener.h"
#include "relay/reading.h"
#include "relay/rights.h"
#include "routing/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WHY_MAX (1u << 16)

static enum err check_group(const struct conf *conf, const char *section, const char *title,
			    const char *group, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	gid_t gid = 0;
	enum err e = relay_listener_group(group, &gid, &words);

	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where(why, &conf->given, section, title, "group");
	buf_add(why, buf_str(&words));
	return e;
}

static enum err check_groups(const struct conf *conf, struct buf *why)
{
	enum err e = check_group(conf, "control", NULL, conf->control_group, why);

	for (size_t i = 0; e == ERR_OK && i < conf->n_listen; i++)
		e = check_group(conf, "listen", conf->listen[i].text, conf->listen[i].group, why);
	return e;
}

/* A queue that is not there yet is made by the daemon. */
static enum err check_store(const struct conf *conf, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	CLEANUP(queue_reader_close) struct queue_reader *reader = NULL;
	const char *path = strchr(conf->queue_store, ':') + 1;

	if (access(path, F_OK) < 0 && errno == ENOENT)
		return ERR_OK;
	enum err e = queue_reader_open(conf->queue_store, &reader, &words);
	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where_below(why, &conf->given, "queue", "store");
	buf_add(why, buf_str(&words));
	return e;
}

static enum err check(struct conf **conf, struct buf *why)
{
	CLEANUP(routing_settings_drop) struct routing_settings *settings = NULL;
	struct relay_rights rights;

	enum err e = relay_rights_find(*conf, &rights, why);
	if (e == ERR_OK)
		e = check_groups(*conf, why);
	if (e == ERR_OK)
		e = relay_rights_become(*conf, &rights, why);
	if (e == ERR_OK && rights.change)
		e = relay_reading_again(conf, why);
	if (e != ERR_OK)
		return e;
	e = routing_settings_read(*conf, &settings, why);
	*conf = NULL; /* the settings' */
	if (e != ERR_OK)
		return e;
	relay_reading_tell(why);
	return check_store(settings->conf, why);
}

int relay_check(struct conf *conf)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	enum err e = relay_reading_absolutely(conf);

	if (e == ERR_OK)
		e = check(&conf, &why);
	conf_free(&conf);
	return e == ERR_OK ? 0 : relay_reading_refuse(e, &why);
}
