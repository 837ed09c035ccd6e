/*
 * resolv.conf followed while we run.
 *
 * When the resolver has something to do it looks at the file, once a second at
 * most: nothing wakes up for it.  Where the file has changed, and what it says
 * too, the new servers take over at once and whole: the cache and the probes
 * are emptied, sockets and connections are closed, and every open question is
 * asked anew, from its name on and within the deadline that it has.  An answer
 * never mixes what old and new servers said.
 *
 * A file that may be half written is left alone: one that was changed less than
 * a second ago is looked at again.  Where somebody says that it is to be read now
 * (resolve_reread()) it is, and once more later.  One that is gone, which it must be for two looks,
 * or cannot be read keeps the servers that there are, and why says so until it is read again.
 */
#include "resolve/core_priv.h"

#include "base/text.h"
#include "os/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_MS = 1000, SETTLED_MS = 1000, WHY_MAX = 1024 };

/* What no file looks like, nor one that is not there. */
static const struct resolve_follow_sight unread = { .octets = -1 };

/* Files that are the same in this have the same text, or will soon differ. */
static bool look(const char *path, struct resolve_follow_sight *out)
{
	struct stat s;

	*out = (struct resolve_follow_sight){ 0 };
	if (stat(path, &s) < 0)
		return false;
	out->status_ns = (int64_t)s.st_ctim.tv_sec * 1000000000 + s.st_ctim.tv_nsec;
	out->device = (uint64_t)s.st_dev;
	out->inode = (uint64_t)s.st_ino;
	out->octets = (int64_t)s.st_size;
	out->changed_ns = (int64_t)s.st_mtim.tv_sec * 1000000000 + s.st_mtim.tv_nsec;
	return true;
}

static bool same(const struct resolve_follow_sight *a, const struct resolve_follow_sight *b)
{
	return a->device == b->device && a->inode == b->inode && a->octets == b->octets &&
	       a->changed_ns == b->changed_ns && a->status_ns == b->status_ns;
}

/* Old enough to be whole; where the clock has jumped, the second look at the same file tells. */
static bool is_whole(const struct resolve_follow *f, const struct resolve_follow_sight *now)
{
	int64_t age_ms = os_clock_wall() - now->changed_ns / 1000000;

	return age_ms >= SETTLED_MS || same(now, &f->glimpsed);
}

enum err resolve_follow_init(struct resolve *r, const char *path)
{
	struct resolve_follow *f = &r->follow;

	if (!path)
		return ERR_OK;
	f->why = BUF_MAX(WHY_MAX);
	f->path = strdup(path);
	if (!f->path)
		return ERR_NOMEM;
	/* What changed just now may have changed after it was read for us: it is read again. */
	struct resolve_follow_sight now;
	bool there = look(path, &now);
	f->taken = there && !is_whole(f, &now) ? unread : now;
	f->glimpsed = now;
	f->look_at = r->now + LOOK_MS;
	return ERR_OK;
}

void resolve_follow_clear(struct resolve *r)
{
	free(r->follow.path);
	r->follow.path = NULL;
	buf_free(&r->follow.why);
}

static void note(struct resolve_follow *f, struct str why)
{
	if (str_eq(buf_str(&f->why), why))
		return;
	buf_clear(&f->why);
	buf_add(&f->why, why);
	f->changes++;
}

static void note_error(struct resolve_follow *f, int error)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);

	text_escape(&why, str_of(f->path));
	buf_addf(&why, ": %s", strerror(error));
	note(f, buf_str(&why));
}

/* resolv.conf sets nothing else of a server. */
static bool same_servers(const struct resolve_conf *a, const struct resolve_conf *b)
{
	if (a->n_servers != b->n_servers || a->rotate != b->rotate)
		return false;
	for (size_t i = 0; i < a->n_servers; i++) {
		const struct dns_server *x = &a->servers[i], *y = &b->servers[i];
		if (!ip_port_eq(&x->at, &y->at) || x->scope != y->scope ||
		    x->channel != y->channel || x->trust != y->trust ||
		    x->timeout_ms != y->timeout_ms || x->attempts != y->attempts)
			return false;
	}
	return true;
}

static void take_over(struct resolve *r, const struct resolve_conf *fresh)
{
	struct resolve_tallies before;

	resolve_upstream_tell(r, &before);
	resolve_upstream_close(r);
	resolve_cache_flush(&r->cache, NULL);
	memcpy(r->conf.servers, fresh->servers, sizeof(r->conf.servers));
	r->conf.n_servers = fresh->n_servers;
	r->conf.rotate = fresh->rotate;
	/* Without memory there is no server; the file counts as not read, and is read again. */
	if (resolve_upstream_open(r) == ERR_OK) {
		resolve_upstream_go_on(r, &before);
		resolve_probe_eager(r);
		return;
	}
	resolve_upstream_close(r);
	r->conf.n_servers = 0;
	r->follow.taken = unread;
}

/* In a function of its own, as a configuration is large to clear. */
static void read_anew(struct resolve *r)
{
	CLEANUP(buf_free) struct buf lines = BUF_MAX(WHY_MAX);
	struct resolve_conf fresh = { 0 };
	struct str rest, first;

	enum err e = resolve_conf_system(r->follow.path, &fresh, &lines);
	rest = buf_str(&lines);
	if (e == ERR_SYNTAX && str_line(&rest, &first))
		note(&r->follow, first);
	else if (e != ERR_OK)
		note_error(&r->follow, e == ERR_IO ? errno : ENOMEM);
	if (e != ERR_OK)
		return;
	note(&r->follow, STR(""));
	r->follow.taken = r->follow.glimpsed;
	if (!same_servers(&fresh, &r->conf))
		take_over(r, &fresh);
}

void resolve_follow_look(struct resolve *r)
{
	struct resolve_follow *f = &r->follow;
	struct resolve_follow_sight now;

	if (!f->path || (r->now < f->look_at && !f->at_once))
		return;
	bool at_once = f->at_once;
	f->at_once = false;
	f->look_at = r->now + LOOK_MS;
	bool there = look(f->path, &now);
	int error = errno;
	if (same(&now, &f->taken)) {
		note(f, STR(""));
		return;
	}
	bool again = same(&now, &f->glimpsed), whole = there && is_whole(f, &now);
	f->glimpsed = now;
	if (!there && again)
		note_error(f, error);
	else if (whole || (there && at_once))
		read_anew(r);
	if (there && at_once && !whole) /* what was taken of it may be half of it */
		f->taken = unread;
}
