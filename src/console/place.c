#include "console/place.h"

#include "base/text.h"
#include "os/address.h"
#include "os/confine.h"
#include "os/file.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

/* The state directory as the daemon makes it: whom its sockets let in has to come to them. */
enum { BACKLOG = 128, STATE_MODE = 0751, WEB_MODE = 0660, GROUPS_MAX = 64 };

/* Whom it is going to be: the configuration's user where this is root, else who it is. */
static enum err find_user(const struct conf *conf, struct os_user *out, struct buf *why)
{
	*out = (struct os_user){ geteuid(), getegid() };
	if (geteuid() != 0 || !conf->user[0] || strcmp(conf->user, "root") == 0)
		return ERR_OK;
	if (os_user_find(conf->user, out) == ERR_OK)
		return ERR_OK;
	buf_add(why, STR("signpost: user \""));
	text_escape(why, str_of(conf->user));
	buf_add(why, STR("\": there is no such user: make it, name another (user = \"NAME\"), or "
			 "write user = \"root\""));
	return ERR_IO;
}

static enum err cannot(struct buf *why, const char *where)
{
	int saved = errno;

	buf_add(why, STR("signpost: cannot listen on "));
	text_escape(why, str_of(where));
	buf_addf(why, ": %s", strerror(saved));
	if (saved == EADDRINUSE)
		buf_add(why, STR(": is another console running?"));
	return ERR_IO;
}

static enum err bind_inet(const struct conf_console *c, int *out, struct buf *why)
{
	struct sockaddr_storage address;
	socklen_t n = os_address_of(&c->at, 0, &address);
	const int on = 1;
	CLEANUP(os_fd_close)
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cannot(why, c->text);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (c->at.ip.family == 6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, n) < 0 || listen(fd, BACKLOG) < 0)
		return cannot(why, c->text);
	*out = fd;
	fd = -1;
	return ERR_OK;
}

struct spot {
	const char *path, *group;
	unsigned mode;
};

static enum err bind_unix(const struct spot *at, struct os_user user, struct os_unix *out, int *fd,
			  struct buf *why)
{
	if (at->group[0] && os_user_group(at->group, &user.gid) != ERR_OK) {
		buf_add(why, STR("signpost: group \""));
		text_escape(why, str_of(at->group));
		buf_add(why, STR("\": there is no such group: make it, or name another"));
		return ERR_IO;
	}
	const struct os_unix_access access = { user, at->mode };
	enum err e = os_unix_listen(at->path, &access, BACKLOG, out, fd);
	return e == ERR_IO ? cannot(why, at->path) : e;
}

/*
 * The group of the control socket, which is the primary one of the daemon's user where none is
 * named: the console is somebody else, and gives its socket to that group if it belongs to it.
 */
static gid_t login_group(const struct conf *conf, gid_t own)
{
	gid_t all[GROUPS_MAX];
	int n = getgroups(GROUPS_MAX, all);
	struct os_user daemon;

	if (!conf->user[0] || os_user_find(conf->user, &daemon) != ERR_OK)
		return own;
	for (int i = 0; i < n; i++)
		if (all[i] == daemon.gid)
			return daemon.gid;
	return own;
}

enum err console_place_bind(const struct conf *conf, struct console_place_sockets *out,
			    struct buf *why)
{
	const struct conf_console *c = &conf->console;
	const struct spot login = { c->login_path, conf->control_group, conf->control_mode };
	const struct spot web = { c->path, "", WEB_MODE };
	struct os_user user;
	enum err e = find_user(conf, &user, why);

	if (e != ERR_OK)
		return e;
	/* Of a daemon that never ran there is no directory yet. */
	bool is_new = access(conf->state_directory, F_OK) < 0;
	if (is_new && os_file_mkdirs(conf->state_directory, STATE_MODE) == ERR_OK && geteuid() == 0)
		(void)!os_file_give(conf->state_directory, user.uid, user.gid);
	struct os_user keeper = user;
	keeper.gid = login_group(conf, user.gid);
	e = c->path ? bind_unix(&web, user, &out->http, &out->fd, why)
		    : bind_inet(c, &out->fd, why);
	return e == ERR_OK ? bind_unix(&login, keeper, &out->login, &out->login_fd, why) : e;
}

int console_place_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

void console_place_clear(struct console_place_sockets *s)
{
	os_unix_remove(&s->http);
	os_unix_remove(&s->login);
	os_fd_close(&s->fd);
	os_fd_close(&s->login_fd);
}

enum err console_place_become(const struct conf *conf, struct buf *why)
{
	struct os_user user;
	enum err e = find_user(conf, &user, why);

	if (e != ERR_OK || geteuid() != 0 || user.uid == 0)
		return e;
	if (os_confine_bound() != ERR_OK && errno != EPERM) {
		buf_addf(why, "signpost: cannot empty the bounding set: %s", strerror(errno));
		return ERR_IO;
	}
	if (os_user_become(conf->user, &user) == ERR_OK)
		return ERR_OK;
	buf_addf(why, "signpost: cannot become another user: %s", strerror(errno));
	return ERR_IO;
}

void console_place_url(const struct conf_console *c, struct buf *out)
{
	char text[IP_TEXT_MAX];

	buf_add(out, c->tls_certificate[0] ? STR("https://") : STR("http://"));
	if (c->path)
		buf_add(out, STR("localhost"));
	else if (c->n_hosts > 0 && !ip_loopback(&c->at.ip))
		buf_addf(out, "%s:%u", c->hosts[0], c->at.port);
	else
		buf_add(out, ip_port_text(&c->at, text));
	buf_addc(out, '/');
}
