/*
 * The file is read for each answer: others change it, too.  It is saved whole or not at all, while
 * its directory is locked as `criteria add` locks it, and only over the text that was seen.
 *
 * What became of mail by each line is `criteria report`'s to say.  It is waited for a moment;
 * what was known before is shown where it takes longer.
 */
#include "console/criteria.h"

#include "base/jsonw.h"
#include "conf/file.h"
#include "conf/read.h"
#include "console/book.h"
#include "console/words.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	WHY_MAX = 1 << 16,
	BODY_MAX = 48 << 20,
	REPORT_PATIENCE_MS = 75,
	REPORT_FIRST_MS = 150, /* where nothing is known yet: "null" helps nobody */
	REPORT_REST = 4,
	PATH_ROOM = 4096
};

/* Below: the file. */

struct place {
	char path[PATH_ROOM]; /* of the file itself, links followed */
	char dir[PATH_ROOM];
	const char *name; /* in dir */
};

static bool find_place(const struct conf *conf, struct place *at)
{
	char *real = realpath(conf->dnssec.criteria, NULL);
	const char *path = real ? real : conf->dnssec.criteria;
	bool ok = str_copy(at->path, sizeof(at->path), str_of(path));

	free(real);
	char *slash = strrchr(at->path, '/');
	if (!ok || !slash)
		return false;
	(void)str_copy(at->dir, sizeof(at->dir),
		       (struct str){ at->path, (size_t)(slash - at->path) + 1 });
	at->name = slash + 1;
	return true;
}

/* Its text; of one that is not there, none.  *there: whether it is. */
static enum err read_text(const char *path, struct buf *text, bool *there)
{
	enum err e = os_file_read(path, text);

	*there = e == ERR_OK;
	return e == ERR_IO && errno == ENOENT ? ERR_OK : e;
}

static void refuse_file(struct console_exchange *x, const char *what, const char *path, enum err e)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);

	buf_addf(&why, "%s cannot be %s: %s", path, what,
		 e == ERR_IO ? strerror(errno) : err_text(e));
	console_request_refuse(x, 503, buf_str(&why));
}

/* Below: GET. */

struct showing {
	struct console_request *r;
	struct loop_timer *patience; /* NULL: it was answered */
	struct buf text;
	bool enabled;
};

static void showing_free(void *work)
{
	struct showing *w = work;

	if (w->patience)
		loop_timer_free(&w->patience);
	buf_free(&w->text);
	free(w);
}

static void show(struct showing *w, const json_t *report)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(BODY_MAX);
	struct console_request *r = w->r;
	char etag[CONSOLE_BOOK_ETAG];

	if (w->patience)
		loop_timer_free(&w->patience);
	console_book_etag(buf_str(&w->text), etag);
	enum err e = console_book_write(&(struct console_book){ buf_str(&w->text),
								r->site->conf->dnssec.criteria,
								w->enabled, report },
					&body);
	if (e != ERR_OK)
		console_request_unbegun(r->x, ERR_NOMEM);
	else
		console_exchange_answer(
			r->x, &(struct console_answer){ .status = 200,
							.type = "application/json",
							.body = buf_str(&body),
							.field = { { "ETag", str_of(etag) } } });
}

static void report_late(void *arg)
{
	struct showing *w = arg;

	show(w, w->r->site->report);
}

static void reported(void *arg, const struct console_hand_end *end)
{
	struct console_shared *s = arg;
	json_t *report = end->exit == 0 ? json_loadb(end->out.p, end->out.n, 0, NULL) : NULL;

	json_decref(s->report);
	s->report = report;
	while (!list_empty(&s->reading)) {
		struct console_request *r =
			CONTAINER_OF(list_shift(&s->reading), struct console_request, link);
		struct showing *w = r->work;
		if (w->patience)
			show(w, report);
	}
	s->reporting = false;
	/* Of a year of mail it takes a while: most of the time nobody is at it. */
	s->report_at = os_clock_mono() + REPORT_REST * (os_clock_mono() - s->report_began);
}

/* What is in force may be another file's by now: a broken one leaves what was known. */
static bool is_enabled(const struct conf *conf)
{
	CLEANUP(conf_free) struct conf *now = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);

	return conf_read(conf->file, &now, &why) == ERR_OK ? now->dnssec.enabled
							   : conf->dnssec.enabled;
}

void console_criteria_get(struct console_request *r)
{
	const struct console_order order = { .kind = CONSOLE_ORDER_REPORT };
	struct console_shared *s = r->site;
	struct showing *w;
	bool there;

	if (!console_request_bare(r) || !(w = console_request_work(r, sizeof(*w), showing_free)))
		return;
	*w = (struct showing){ .r = r,
			       .text = BUF_MAX(CONSOLE_BOOK_MAX),
			       .enabled = is_enabled(s->conf) };
	enum err e = read_text(s->conf->dnssec.criteria, &w->text, &there);
	if (e != ERR_OK) {
		refuse_file(r->x, "read", s->conf->dnssec.criteria, e);
		return;
	}
	if (!s->reporting && os_clock_mono() >= s->report_at) {
		s->report_began = os_clock_mono();
		s->reporting = console_hand(s->hands, &order, STR_NONE, reported, s) == ERR_OK;
	}
	w->patience = s->reporting ? loop_timer_new(s->loop, report_late, w) : NULL;
	if (!w->patience) {
		show(w, s->report);
		return;
	}
	loop_timer_set(w->patience,
		       loop_now(s->loop) + (s->report ? REPORT_PATIENCE_MS : REPORT_FIRST_MS));
	list_add(&s->reading, &r->link);
}

/* Below: PUT. */

static bool nothing(void *arg, struct str json)
{
	(void)arg;
	(void)json;
	return true;
}

/* It is saved.  A daemon that is away reads it at its start. */
static void reloaded(void *arg, const struct console_ask_end *end)
{
	struct console_request *r = arg;
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	char etag[CONSOLE_BOOK_ETAG];

	console_book_etag(console_exchange_body(r->x), etag);
	if (end->how == CONSOLE_ASK_NO) {
		buf_addf(&why, "the file is saved, and the daemon does not take it: %.*s",
			 STR_ARG(end->why));
		console_request_refuse(r->x, 503, buf_str(&why));
		return;
	}
	console_exchange_answer(
		r->x,
		&(struct console_answer){ .status = 204, .field = { { "ETag", str_of(etag) } } });
}

/* {"line","message"} */
static void refuse_line(struct console_exchange *x, unsigned line, struct str why)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(BODY_MAX);
	struct jsonw j = jsonw_to(&body);

	jsonw_object(&j, NULL);
	jsonw_int(&j, "line", line);
	jsonw_str(&j, "message", why);
	jsonw_object_end(&j);
	buf_addc(&body, '\n');
	console_request_json(x, 422, buf_str(&body));
}

/* Whether the request may be done at all; false: it was refused. */
static bool may_save(struct console_request *r)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	unsigned line = 0;

	if (!console_request_bare(r))
		return false;
	if (console_exchange_field(r->x, "If-Match").n == 0) {
		console_request_refuse(r->x, 428,
				       STR("If-Match is missing: send the etag of what was read"));
		return false;
	}
	enum err e = console_book_check(console_exchange_body(r->x), &line, &why);
	if (e == ERR_SYNTAX)
		refuse_line(r->x, line, buf_str(&why));
	else if (e != ERR_OK)
		console_request_unbegun(r->x, e);
	return e == ERR_OK;
}

/* The text that is there is the one that was seen: by its tag, with quotes or without. */
static bool unchanged(struct console_exchange *x, struct str text)
{
	struct str field = console_exchange_field(x, "If-Match"), bare;
	char etag[CONSOLE_BOOK_ETAG];

	console_book_etag(text, etag);
	bare = str_head(str_skip(str_of(etag), 1), strlen(etag) - 2);
	return console_head_match(field, str_of(etag)) || str_eq(str_trim(field), bare);
}

/* In the locked directory.  A new file is for all to read: the daemon is somebody else. */
static enum err replace(const struct place *at, int dir, struct str text, bool there)
{
	enum err e = os_file_replace(dir, at->name, text);

	if (e == ERR_OK && !there && fchmodat(dir, at->name, 0644, 0) < 0)
		return ERR_IO;
	return e;
}

void console_criteria_put(struct console_request *r)
{
	static const struct console_ask_ops ops = { nothing, reloaded };
	CLEANUP(buf_free) struct buf text = BUF_MAX(CONSOLE_BOOK_MAX);
	CLEANUP(os_fd_close) int dir = -1;
	struct place at;
	bool there;

	if (!may_save(r))
		return;
	if (!find_place(r->site->conf, &at) ||
	    (dir = open(at.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    flock(dir, LOCK_EX | LOCK_NB) < 0) {
		refuse_file(r->x, "written", r->site->conf->dnssec.criteria, ERR_IO);
		return;
	}
	enum err e = read_text(at.path, &text, &there);
	if (e != ERR_OK) {
		refuse_file(r->x, "read", at.path, e);
	} else if (!unchanged(r->x, buf_str(&text))) {
		console_request_refuse(r->x, 412,
				       STR("the file was changed meanwhile: read it anew"));
	} else if ((e = replace(&at, dir, console_exchange_body(r->x), there)) != ERR_OK) {
		refuse_file(r->x, "written", at.path, e);
	} else {
		e = console_ask(r->site->asks, r->role, STR("{\"command\":\"reload\"}"), &ops, r);
		if (e != ERR_OK)
			console_request_refuse(r->x, 503, STR(CONSOLE_WORDS_UNTOLD));
	}
}
