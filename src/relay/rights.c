/*
 * Root is asked for by name or not had: a user who is missing is no reason to stay
 * who has every right, for good, and to leave files that only he can read.
 */
#include "relay/rights.h"

#include "base/text.h"
#include "log/log.h"
#include "os/confine.h"
#include "os/file.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOGS_MODE 0750
/* Sockets in it may be for others than the group: they come to what they can name. */
#define STATE_MODE 0751
#define COMMAND_MAX 8192
#define UMASK 027 /* logs are for the group to read, and nothing is for others */

/* Whether name can be given to a shell as it is. */
static bool is_plain(const char *name)
{
	return name[0] != '-' && strspn(name, "0123456789") != strlen(name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(name);
}

bool relay_rights_command(const struct conf *conf, struct buf *out)
{
	if (!is_plain(conf->user))
		return false;
	buf_addf(out,
		 "useradd --system --user-group --no-create-home --home-dir %s "
		 "--shell /usr/sbin/nologin %s",
		 conf->state_directory, conf->user);
	return true;
}

static void where(struct buf *why, const struct conf *conf, const char *key)
{
	conf_given_where(why, &conf->given, "root", NULL, key);
}

static enum err refuse_user(const struct conf *conf, enum err e, struct buf *why)
{
	where(why, conf, "user");
	buf_add(why, STR("user \""));
	text_escape(why, str_of(conf->user));
	if (e == ERR_IO) {
		buf_addf(why, "\": cannot be looked up: %s", strerror(errno));
		return ERR_IO;
	}
	buf_add(why, STR("\": there is no such user: "));
	CLEANUP(buf_free) struct buf command = BUF_MAX(COMMAND_MAX);
	if (relay_rights_command(conf, &command))
		buf_addf(why, "make it with \"%.*s\", ", STR_ARG(buf_str(&command)));
	buf_add(why, STR("name another (user = \"NAME\"), or write user = \"root\""));
	return ERR_IO;
}

static enum err find_other(const struct conf *conf, struct relay_rights *out, struct buf *why)
{
	if (!conf->user[0]) {
		where(why, conf, "user");
		buf_add(why, STR("user is empty, and this is root: name whom to become, or write "
				 "user = \"root\""));
		return ERR_IO;
	}
	enum err e = os_user_find(conf->user, &out->user);
	if (e != ERR_OK)
		return refuse_user(conf, e, why);
	if (out->user.uid == 0 && strcmp(conf->user, "root") != 0) {
		where(why, conf, "user");
		buf_addf(why, "user \"%s\" is root by another name: write user = \"root\"",
			 conf->user);
		return ERR_IO;
	}
	out->change = true;
	(void)snprintf(out->name, sizeof(out->name), "%s", conf->user);
	return ERR_OK;
}

enum err relay_rights_find(const struct conf *conf, struct relay_rights *out, struct buf *why)
{
	*out = (struct relay_rights){ .user = { geteuid(), getegid() } };
	if (geteuid() == 0)
		return find_other(conf, out, why);
	const struct passwd *who = getpwuid(geteuid());
	(void)snprintf(out->name, sizeof(out->name), "%s", who ? who->pw_name : "?");
	if (conf->file && conf->user_given && conf->user[0])
		log_event(LOG_NOTICE, "user", "user=%s is ignored: not started as root",
			  conf->user);
	return ERR_OK;
}

/* By errno. */
static enum err refuse_directory(const struct conf *conf, const char *key, const char *path,
				 struct buf *why)
{
	int saved = errno;

	where(why, conf, key);
	buf_addf(why, "%s: cannot make the directory %s: %s: make it, or name another", key, path,
		 strerror(saved));
	return ERR_IO;
}

/* The directory path, of that key, is there, and the user's. */
static enum err own(const struct conf *conf, const char *key, const char *path, mode_t mode,
		    const struct relay_rights *r, struct buf *why)
{
	bool is_new = access(path, F_OK) < 0;

	if (os_file_mkdirs(path, mode) == ERR_OK && os_file_may_mkdirs(path) == ERR_OK &&
	    (!is_new || !r->change || os_file_give(path, r->user.uid, r->user.gid) == ERR_OK))
		return ERR_OK;
	return refuse_directory(conf, key, path, why);
}

enum err relay_rights_may_make(const struct conf *conf, struct buf *why)
{
	if (os_file_may_mkdirs(conf->state_directory) != ERR_OK)
		return refuse_directory(conf, "state-directory", conf->state_directory, why);
	if (os_file_may_mkdirs(conf->log_directory) != ERR_OK)
		return refuse_directory(conf, "log-directory", conf->log_directory, why);
	return ERR_OK;
}

enum err relay_rights_directories(const struct conf *conf, const struct relay_rights *r,
				  struct buf *why)
{
	enum err e = own(conf, "state-directory", conf->state_directory, STATE_MODE, r, why);

	return e == ERR_OK ? own(conf, "log-directory", conf->log_directory, LOGS_MODE, r, why) : e;
}

enum err relay_rights_become(const struct conf *conf, const struct relay_rights *r, struct buf *why)
{
	if (!r->change)
		return ERR_OK;
	/* Where another has taken from root what this needs, it has taken more than this does. */
	if (os_confine_bound() != ERR_OK && errno != EPERM) {
		buf_addf(why, "cannot empty the bounding set: %s", strerror(errno));
		return ERR_IO;
	}
	if (os_user_become(conf->user, &r->user) != ERR_OK) {
		int saved = errno;
		where(why, conf, "user");
		errno = saved;
		buf_addf(why, "cannot become user %s: %s", conf->user, strerror(errno));
		return ERR_IO;
	}
	return ERR_OK;
}

enum err relay_rights_go(const struct conf *conf, const struct relay_rights *r, struct buf *why)
{
	if (chdir(conf->state_directory) == 0)
		return ERR_OK;
	int saved = errno;
	where(why, conf, "state-directory");
	buf_addf(why, "state-directory: user %s cannot go there: %s: %s",
		 r->change ? conf->user : "of this process", conf->state_directory,
		 strerror(saved));
	return ERR_IO;
}

enum err relay_rights_drop(const struct conf *conf, const struct relay_rights *r, struct buf *why)
{
	enum err e = relay_rights_become(conf, r, why);

	if (e == ERR_OK && (os_confine() != ERR_OK || os_confine_core() != ERR_OK)) {
		buf_addf(why, "cannot give rights up: %s", strerror(errno));
		e = ERR_IO;
	}
	if (e == ERR_OK)
		e = relay_rights_go(conf, r, why);
	(void)umask(UMASK);
	return e;
}
