#include "cli/doctor_reach.h"

#include "base/time.h"
#include "cli/doctor_reach_judge.h"
#include "conf/files.h"
#include "conf/read.h"
#include "journal/day.h"
#include "relay/listener.h"
#include "routing/resolver.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHERE_MAX = 8192, PATH_ROOM = 4096, CLIENTS_ROOM = 64 };

struct looking {
	const struct conf *conf;
	struct cli_doctor_who who;
	bool by_root; /* starts it: what is missing is made by root */
	struct cli_findings *findings;
};

/* What mends one file mends another with it: told once. */
static bool is_told(const struct cli_findings *all, const struct cli_finding *one)
{
	for (size_t i = 0; &all->all[i] != one; i++)
		if (strcmp(all->all[i].code, one->code) == 0 &&
		    strcmp(all->all[i].remedy, one->remedy) == 0)
			return true;
	return false;
}

static void look(const struct looking *l, struct cli_doctor_reach what)
{
	CLEANUP(os_way_clear) struct os_way way = { 0 };
	struct cli_findings *f = l->findings;
	size_t before = f->n;

	if (os_way_find(what.path, &way) != ERR_OK)
		return;
	cli_doctor_reach_judge(&what, &way, &l->who, f);
	if (f->n > before && is_told(f, &f->all[f->n - 1]))
		cli_finding_drop_last(f);
}

/* Of a key of the configuration, where that is written. */
static void look_at(const struct looking *l, const struct conf_given_key *g, const char *key,
		    const char *path, enum cli_doctor_need need)
{
	CLEANUP(buf_free) struct buf where = BUF_MAX(WHERE_MAX);

	if (g && l->conf->given.file)
		buf_addf(&where, "%s:%u: ", l->conf->given.file, g->line);
	buf_addc(&where, '\0');
	if (buf_err(&where) == ERR_OK)
		look(l, (struct cli_doctor_reach){ where.p, key, path, need });
}

static void look_at_files(const struct looking *l)
{
	char *path = NULL;

	for (size_t i = 0; conf_files_next(l->conf, CONF_FILES_DAEMON, &i, &path) == ERR_OK && path;
	     free(path)) {
		const struct conf_given_key *g = conf_files_given(l->conf, i);
		bool itself = !g && l->conf->file && i == 1;
		look_at(l, g,
			g        ? g->key
			: itself ? "configuration"
				 : "criteria",
			path, CLI_DOCTOR_NEED_READ);
	}
	if (l->conf->n_resolver == 0)
		look_at(l, NULL, "resolver", ROUTING_RESOLV_CONF, CLI_DOCTOR_NEED_READ);
}

static void look_at_directory(const struct looking *l, const char *key, const char *path)
{
	look_at(l, conf_given_find(&l->conf->given, "root", NULL, key), key, path,
		l->by_root ? CLI_DOCTOR_NEED_GIVEN : CLI_DOCTOR_NEED_MAKE);
}

/* What a daemon that was another user has left there. */
static void look_at_logs(const struct looking *l, int64_t now_wall_ms)
{
	static const struct journal_day_kind *const kinds[] = { &journal_day_out, &journal_day_in,
								&journal_day_records };
	char day[TIME_TEXT_MAX], name[JOURNAL_NAME], path[PATH_ROOM];
	struct str date = time_date(now_wall_ms, day);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		journal_day_name(kinds[i], date, name);
		if (snprintf(path, sizeof(path), "%s/%s", l->conf->log_directory, name) <
		    (int)sizeof(path))
			look_at(l, NULL, "log-directory", path, CLI_DOCTOR_NEED_WRITE);
	}
}

/* The directory that path is in; false: there is none, or no room. */
static bool above(const char *path, char dir[static PATH_ROOM])
{
	if (!str_copy(dir, PATH_ROOM, str_of(path)) || !strrchr(dir, '/'))
		return false;
	char *slash = strrchr(dir, '/');
	slash[slash == dir] = '\0';
	return true;
}

/* The directory in which path is made; the state directory is looked at for itself. */
static void look_above(const struct looking *l, const struct conf_given_key *g, const char *key,
		       const char *path)
{
	char dir[PATH_ROOM];

	if (above(path, dir) && strcmp(dir, l->conf->state_directory) != 0)
		look_at(l, g, key, dir, CLI_DOCTOR_NEED_ENTER);
}

/* Whether those come to a socket for whom its group and mode are. */
static void look_for_clients(struct looking l, const struct conf_given_key *g, const char *key,
			     const struct relay_listener_place *socket)
{
	enum { GROUP_WRITES = 0020, OTHERS_WRITE = 0002 };
	char dir[PATH_ROOM], name[CLIENTS_ROOM];
	gid_t gid = (gid_t)-1;
	bool others = socket->mode & OTHERS_WRITE;

	if (!above(socket->path, dir) ||
	    (!others && (!(socket->mode & GROUP_WRITES) || !socket->group[0] ||
			 os_user_group(socket->group, &gid) != ERR_OK)))
		return;
	(void)snprintf(name, sizeof(name), "of %s%s", others ? "any group" : "group ",
		       others ? "" : socket->group);
	l.who = (struct cli_doctor_who){
		.name = name, .group = socket->group, .by_group = true, .uid = (uid_t)-1, .gid = gid
	};
	look_at(&l, g, key, dir, CLI_DOCTOR_NEED_PASS);
}

static void look_at_store(const struct looking *l)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	const struct conf_given_key *g = conf_given_find(&l->conf->given, "queue", NULL, "store");
	const char *name = strchr(l->conf->queue_store, ':');
	char path[PATH_ROOM];

	for (size_t i = 0; name && i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (snprintf(path, sizeof(path), "%s%s", name + 1, suffixes[i]) < (int)sizeof(path))
			look_at(l, g, "store", path, CLI_DOCTOR_NEED_WRITE);
	if (name)
		look_above(l, g, "store", name + 1);
}

/* Root binds where the daemon's user may not, but makes no directory. */
static void look_at_sockets(struct looking l)
{
	const struct conf *c = l.conf;
	const struct conf_given_key *g = conf_given_find(&c->given, "control", NULL, "socket");

	if (l.by_root)
		l.who.uid = 0;
	look_above(&l, g, "socket", c->control_path);
	look_for_clients(l, conf_given_find(&c->given, "control", NULL, "group"), "group",
			 &(struct relay_listener_place){ "", c->control_path, c->control_group,
							 c->control_mode });
	for (size_t i = 0; i < c->n_listen; i++) {
		const struct conf_listen *at = &c->listen[i];
		if (!at->path)
			continue;
		g = conf_given_find(&c->given, "listen", at->text, NULL);
		look_above(&l, g, "listen", at->path);
		look_for_clients(
			l, g, "listen",
			&(struct relay_listener_place){ "", at->path, at->group, at->mode });
	}
}

bool cli_doctor_reach_other(const struct conf *conf, const struct relay_rights *rights,
			    struct os_user *user)
{
	bool named = conf->user_given || (conf->file && strcmp(conf->file, CONF_SYSTEM_FILE) == 0);

	return !rights->change && rights->user.uid != 0 && named && conf->user[0] &&
	       os_user_find(conf->user, user) == ERR_OK && user->uid != rights->user.uid;
}

void cli_doctor_reach(const struct conf *conf, const struct relay_rights *rights,
		      int64_t now_wall_ms, struct cli_findings *findings)
{
	struct os_user user = rights->user;
	bool other = cli_doctor_reach_other(conf, rights, &user);
	const char *name = other || rights->change ? conf->user : rights->name;
	const struct group *group = getgrgid(user.gid);
	char number[24];
	gid_t *groups = NULL;
	struct looking l = { .conf = conf,
			     .by_root = other || rights->change || user.uid == 0,
			     .findings = findings };

	(void)snprintf(number, sizeof(number), "%lu", (unsigned long)user.gid);
	l.who = (struct cli_doctor_who){
		.name = name,
		.group = group ? group->gr_name : number,
		.uid = user.uid,
		.gid = user.gid,
	};
	if (os_user_groups(name, &user, &groups, &l.who.n_groups) != ERR_OK) {
		findings->err = ERR_NOMEM;
		return;
	}
	l.who.groups = groups;
	look_at_files(&l);
	look_at_directory(&l, "state-directory", conf->state_directory);
	look_at_directory(&l, "log-directory", conf->log_directory);
	look_at_logs(&l, now_wall_ms);
	look_at_store(&l);
	look_at_sockets(l);
	free(groups);
}
