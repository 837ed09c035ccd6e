#include "relay/doors.h"

#include "base/hash.h"
#include "base/text.h"
#include "conf/file.h"
#include "os/file.h"

#include <stdlib.h>
#include <sys/stat.h>

#define WORDS_MAX 8192

struct relay_doors {
	atomic_uint holders;
	struct relay_doors *users; /* whose users these are; NULL: its own */
	size_t n;
	struct relay_door door[];
};

static void where(struct buf *why, const struct conf *conf, size_t i, const char *key)
{
	conf_given_where(why, &conf->given, "listen", conf->listen[i].text, key);
	buf_addf(why, "%s: ", key);
}

/* A key that others may read is no secret: said, and taken all the same. */
static void look_at_key(const struct conf *conf, size_t i, struct buf *why)
{
	const char *path = conf->listen[i].tls_key;
	struct stat st;

	if (stat(path, &st) < 0 || !(st.st_mode & S_IROTH))
		return;
	where(why, conf, i, "tls-key");
	buf_add(why, STR("others may read "));
	text_escape(why, str_of(path));
	buf_add(why, STR(": take that from them (chmod o=), and have a new key\n"));
}

static enum err read_tls(const struct conf *conf, size_t i, struct tls_tickets *tickets,
			 struct tls_config **out, struct buf *why)
{
	const struct conf_listen *l = &conf->listen[i];
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);

	if (!l->tls_certificate[0])
		return ERR_OK;
	enum err e = tls_config_server(l->tls_certificate, l->tls_key, out, &words);
	if (e == ERR_OK && tickets)
		e = tls_ticket_use(*out, tickets);
	if (e == ERR_OK) {
		look_at_key(conf, i, why);
		return ERR_OK;
	}
	bool key = str_starts(buf_str(&words), str_of(l->tls_key));
	where(why, conf, i, key ? "tls-key" : "tls-certificate");
	text_escape(why, buf_str(&words));
	buf_add(why,
		STR(": name PEM files, the chain and its key, that the daemon's user may read"));
	return e;
}

static enum err read_users(const struct conf *conf, size_t i, struct auth_users **out,
			   struct buf *why)
{
	const char *path = conf->listen[i].auth_file;
	CLEANUP(buf_wipe) struct buf text = BUF_MAX(AUTH_USERS_FILE_MAX);

	if (!path[0])
		return ERR_OK;
	enum err e = conf_file_secret(path, AUTH_USERS_FILE_MAX, &text);
	if (e == ERR_OK)
		return auth_users_read(buf_str(&text), path, out, why);
	const char *words = os_file_why(e);
	where(why, conf, i, "auth-file");
	if (e == ERR_SYNTAX) {
		buf_add(why, STR("others may read or write "));
		text_escape(why, str_of(path));
		buf_add(why, STR(": take that from them (chmod o=)"));
		return ERR_SYNTAX;
	}
	buf_add(why, STR("cannot read "));
	text_escape(why, str_of(path));
	buf_addf(why, ": %s: name a file that the daemon's user may read", words);
	return e;
}

/* All that is wrong is told; what was wrong first counts. */
static enum err first(enum err before, enum err e)
{
	return before == ERR_OK ? e : before;
}

static struct relay_doors *doors_new(size_t n)
{
	struct relay_doors *d = calloc(1, sizeof(*d) + n * sizeof(d->door[0]));

	if (d) {
		atomic_init(&d->holders, 1);
		d->n = n;
	}
	return d;
}

enum err relay_doors_read(const struct conf *conf, struct tls_tickets *tickets,
			  struct relay_doors **out, struct buf *why)
{
	struct relay_doors *d = doors_new(conf->n_listen);
	enum err e = d ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; e != ERR_NOMEM && i < d->n; i++) {
		e = first(e, read_tls(conf, i, tickets, &d->door[i].tls, why));
		text_line(why);
		e = first(e, read_users(conf, i, &d->door[i].users, why));
		text_line(why);
	}
	if (e == ERR_OK)
		*out = d;
	else
		relay_doors_drop(&d);
	return e;
}

enum err relay_doors_renew(struct relay_doors *old, const struct conf *conf,
			   struct tls_tickets *tickets, struct relay_doors **out, struct buf *why)
{
	struct relay_doors *d = doors_new(conf->n_listen);
	enum err e = d ? ERR_OK : ERR_NOMEM;

	if (d)
		d->users = relay_doors_hold(old->users ? old->users : old);
	for (size_t i = 0; e == ERR_OK && i < d->n; i++) {
		d->door[i].users = old->door[i].users;
		e = read_tls(conf, i, tickets, &d->door[i].tls, why);
	}
	if (e == ERR_OK)
		*out = d;
	else
		relay_doors_drop(&d);
	return e;
}

struct relay_doors *relay_doors_hold(struct relay_doors *d)
{
	if (d)
		(void)atomic_fetch_add_explicit(&d->holders, 1, memory_order_relaxed);
	return d;
}

void relay_doors_drop(struct relay_doors **dp)
{
	struct relay_doors *d = *dp;

	*dp = NULL;
	if (!d || atomic_fetch_sub_explicit(&d->holders, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < d->n; i++) {
		tls_config_free(&d->door[i].tls);
		if (!d->users)
			auth_users_free(&d->door[i].users);
	}
	relay_doors_drop(&d->users);
	free(d);
}

const struct relay_door *relay_doors_at(const struct relay_doors *d, size_t listen)
{
	return &d->door[listen];
}

static uint64_t stamp_of(const char *path, uint64_t before)
{
	static const uint64_t seed[2] = { 0 };
	struct stat st = { 0 };

	if (path[0] && stat(path, &st) < 0)
		st.st_ino = 0;
	const int64_t what[] = { (int64_t)before,     (int64_t)st.st_dev, (int64_t)st.st_ino,
				 (int64_t)st.st_size, st.st_mtim.tv_sec,  st.st_mtim.tv_nsec };
	return hash_octets(seed, (struct str){ (const char *)what, sizeof(what) });
}

uint64_t relay_doors_stamp(const struct conf *conf)
{
	uint64_t stamp = 0;

	for (size_t i = 0; i < conf->n_listen; i++) {
		stamp = stamp_of(conf->listen[i].tls_certificate, stamp);
		stamp = stamp_of(conf->listen[i].tls_key, stamp);
	}
	return stamp;
}
