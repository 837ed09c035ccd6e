/*
 * In the order of a start, without what it makes; but where that would end at the first thing
 * that is wrong, this goes on as far as something can be found out.
 */
#include "relay/check.h"

#include "base/text.h"
#include "journal/journal.h"
#include "os/file.h"
#include "queue/reader.h"
#include "relay/doors.h"
#include "relay/listener.h"
#include "relay/reading.h"
#include "relay/rights.h"
#include "routing/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

/* Whether path is there, or is made at a start: one of the two directories, or on the way there. */
static bool is_made(const struct conf *conf, struct str path)
{
	CLEANUP(buf_free) struct buf below = BUF_MAX(WHY_MAX);

	buf_add(&below, path);
	buf_addc(&below, '/');
	return str_eq(path, str_of(conf->state_directory)) ||
	       str_eq(path, str_of(conf->log_directory)) ||
	       str_starts(str_of(conf->state_directory), buf_str(&below)) ||
	       str_starts(str_of(conf->log_directory), buf_str(&below));
}

/* The directory that path is in. */
static struct str above(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (struct str){ path, slash == path ? 1 : slash ? (size_t)(slash - path) : 0 };
}

/* A directory that is not there, and will be: whose it is then is known, and it is empty. */
static bool to_come(const struct conf *conf, const char *path)
{
	struct str dir = above(path);
	char *name = str_z(dir);
	bool absent = name && access(name, F_OK) < 0 && errno == ENOENT;

	free(name);
	return absent && is_made(conf, dir);
}

static enum err check_place(const struct conf *conf, const struct relay_listener_place *place,
			    const struct os_user *user, struct buf *words)
{
	return to_come(conf, place->path) ? ERR_OK : relay_listener_may_unix(place, user, words);
}

static enum err check_listen(const struct conf *conf, const struct conf_listen *l,
			     const struct os_user *user, struct buf *why)
{
	const struct relay_listener_place place = { "", l->path, l->group, l->mode };
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	enum err e = l->path ? check_place(conf, &place, user, &words)
			     : relay_listener_may_bind(l, &words);

	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where(why, &conf->given, "listen", l->text, NULL);
	buf_add(why, buf_str(&words));
	return e;
}

/* What is wrong, and of that the first. */
struct faults {
	struct buf why;
	enum err err;
};

struct checking {
	struct conf *conf;
	struct relay_rights rights;
	bool user; /* it is known whom the daemon would be */
	/* A place goes by what is read: it is told where nothing is wrong with that. */
	struct faults read, places;
};

/* A step was made; that it went wrong ends nothing, so all is told that can be. */
static bool step(struct faults *f, enum err e)
{
	text_line(&f->why);
	if (f->err == ERR_OK)
		f->err = e;
	return e == ERR_OK;
}

/* The control socket is below the state directory, where none is named. */
static enum err check_control(struct checking *k)
{
	const struct conf *conf = k->conf;
	const struct relay_listener_place control = { RELAY_LISTENER_CONTROL, conf->control_path,
						      conf->control_group, conf->control_mode };
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	enum err e = check_place(conf, &control, &k->rights.user, &words);

	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where_below(&k->places.why, &conf->given, "control", "socket");
	buf_add(&k->places.why, buf_str(&words));
	return e;
}

/* Where mail and commands come in, with the rights with which that is bound. */
static void check_sockets(struct checking *k)
{
	const struct conf *conf = k->conf;
	struct faults *p = &k->places;

	(void)step(p, relay_rights_may_make(conf, &p->why));
	for (size_t i = 0; i < conf->n_listen; i++) {
		const struct conf_listen *l = &conf->listen[i];
		if (step(&k->read, check_group(conf, "listen", l->text, l->group, &k->read.why)) &&
		    (p->err == ERR_OK || !l->path))
			(void)step(p, check_listen(conf, l, &k->rights.user, &p->why));
	}
	if (step(&k->read, check_group(conf, "control", NULL, conf->control_group, &k->read.why)) &&
	    p->err == ERR_OK)
		(void)step(p, check_control(k));
}

/* One that is there and has nothing wrong is written, too; one that is not there is made. */
static enum err check_store_file(const char *path, struct buf *words)
{
	char *dir = str_z(above(path));
	bool there = access(path, F_OK) == 0 || errno != ENOENT;

	if (!dir)
		return ERR_NOMEM;
	enum err e = os_file_may_enter(dir);
	free(dir);
	if (e == ERR_OK && there && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		e = ERR_IO;
	if (e != ERR_OK)
		buf_addf(words, "%s: cannot be written: %s: see to it that the daemon's user may",
			 path, strerror(errno));
	return e;
}

static enum err check_store(const struct conf *conf, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	const char *path = strchr(conf->queue_store, ':') + 1;

	if (to_come(conf, path))
		return ERR_OK;
	enum err e = check_store_file(path, &words);
	if (e == ERR_OK && access(path, F_OK) == 0)
		e = queue_reader_look(conf->queue_store, &words);
	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where_below(why, &conf->given, "queue", "store");
	buf_add(why, buf_str(&words));
	return e;
}

/* The directories that are there, by the user for whom they are. */
static enum err check_directories(const struct conf *conf, const struct relay_rights *rights,
				  struct buf *why)
{
	CLEANUP(journal_close) struct journal *journal = NULL;
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	enum err e = ERR_OK;

	if (access(conf->state_directory, F_OK) == 0 || errno != ENOENT)
		e = relay_rights_go(conf, rights, why);
	if (e != ERR_OK || (access(conf->log_directory, F_OK) < 0 && errno == ENOENT))
		return e;
	e = journal_open(conf->log_directory, &journal, &words);
	if (e == ERR_OK)
		return ERR_OK;
	conf_given_where(why, &conf->given, "root", NULL, "log-directory");
	buf_add(why, buf_str(&words));
	return e;
}

/* The files that the configuration names; then the places, by who the daemon would be. */
static void check_files(struct checking *k)
{
	CLEANUP(routing_settings_drop) struct routing_settings *settings = NULL;
	CLEANUP(relay_doors_drop) struct relay_doors *doors = NULL;
	struct faults *p = &k->places;

	(void)step(&k->read, relay_doors_read(k->conf, NULL, &doors, &k->read.why));
	enum err e = routing_settings_read(k->conf, &settings, &k->read.why);
	k->conf = NULL; /* the settings' */
	if (!step(&k->read, e) || k->read.err != ERR_OK || p->err != ERR_OK)
		return;
	if (step(p, check_directories(settings->conf, &k->rights, &p->why)))
		(void)step(p, check_store(settings->conf, &p->why));
}

static void check(struct checking *k)
{
	struct faults *f = &k->read;

	k->user = step(f, relay_rights_find(k->conf, &k->rights, &f->why));
	check_sockets(k);
	if (k->user && k->rights.change &&
	    (!step(f, relay_rights_become(k->conf, &k->rights, &f->why)) ||
	     !step(f, relay_reading_again(&k->conf, &f->why))))
		return;
	check_files(k);
}

/* The exit status. */
static int tell(struct checking *k)
{
	const struct faults *f = k->read.err == ERR_OK ? &k->places : &k->read;

	if (k->read.err == ERR_OK)
		relay_reading_tell(&k->read.why);
	return f->err == ERR_OK ? 0 : relay_reading_refuse(f->err, &f->why);
}

int relay_check(struct conf *conf)
{
	struct checking k = {
		.conf = conf,
		.read.why = BUF_MAX(WHY_MAX),
		.places.why = BUF_MAX(WHY_MAX),
	};

	if (step(&k.read, relay_reading_absolutely(conf)))
		check(&k);
	int status = tell(&k);
	conf_free(&k.conf);
	buf_free(&k.read.why);
	buf_free(&k.places.why);
	return status;
}
