#include "console/site.h"

#include "base/jsonw.h"
#include "conf/file.h"
#include "console/command.h"
#include "console/criteria.h"
#include "console/daemon.h"
#include "console/invite.h"
#include "console/live.h"
#include "console/login.h"
#include "console/page.h"
#include "console/series.h"
#include "console/sessions.h"
#include "console/users.h"
#include "console/words.h"
#include "loop/acceptor.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 1 << 16, PEM_MAX = 1 << 20 };

/* The page of the screens for who is logged in, else that which lets in. */
static void page(struct console_request *r)
{
	if (r->role == CONSOLE_NOBODY)
		console_page_login(r->x, 200, STR_NONE);
	else if (!console_page_file(r->x, STR("index.html")))
		console_request_refuse(r->x, 404, STR(CONSOLE_WORDS_NOT_FOUND));
}

static void asset(struct console_request *r)
{
	bool page = str_ends(r->id, STR(".html"));

	if (page || !console_page_file(r->x, r->id))
		console_request_refuse(r->x, 404, STR(CONSOLE_WORDS_NOT_FOUND));
}

/* Who is asking, so that the page shows what he may do. */
static void me(struct console_request *r)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(WORDS_MAX);
	struct jsonw j = jsonw_to(&body);

	if (!console_request_bare(r))
		return;
	jsonw_object(&j, NULL);
	jsonw_str(&j, "name",
		  console_logins_name(&r->site->logins,
				      console_head_cookie(console_exchange_field(r->x, "Cookie")),
				      os_clock_mono()));
	jsonw_str(&j, "role", r->role == CONSOLE_ADMIN ? STR("admin") : STR("view"));
	jsonw_str(&j, "hostname", str_of(r->site->conf->hostname));
	jsonw_object_end(&j);
	console_request_document(r->x, &body);
}

static void (*const handlers[])(struct console_request *r) = {
	[CONSOLE_PAGE] = page,
	[CONSOLE_LOGIN_PAGE] = console_login_page,
	[CONSOLE_LOGIN] = console_login_post,
	[CONSOLE_LOGOUT] = console_login_end,
	[CONSOLE_ASSET] = asset,
	[CONSOLE_ME] = me,
	[CONSOLE_STATUS] = console_daemon_status,
	[CONSOLE_SERVERS] = console_daemon_servers,
	[CONSOLE_QUEUE] = console_daemon_queue,
	[CONSOLE_MESSAGE] = console_daemon_message,
	[CONSOLE_RETRY] = console_daemon_errand,
	[CONSOLE_HOLD] = console_daemon_errand,
	[CONSOLE_RELEASE] = console_daemon_errand,
	[CONSOLE_REMOVE] = console_daemon_errand,
	[CONSOLE_BOUNCE] = console_daemon_errand,
	[CONSOLE_DOCTOR] = console_command_doctor,
	[CONSOLE_ROUTE] = console_command_route,
	[CONSOLE_LOOKUP] = console_command_lookup,
	[CONSOLE_EXPLAIN] = console_command_explain,
	[CONSOLE_CRITERIA_TRY] = console_command_try,
	[CONSOLE_CRITERIA] = console_criteria_get,
	[CONSOLE_CRITERIA_PUT] = console_criteria_put,
	[CONSOLE_SESSIONS] = console_sessions_list,
	[CONSOLE_SESSION] = console_sessions_show,
	[CONSOLE_LIVE] = console_live_open,
	[CONSOLE_SERIES] = console_series_get,
	[CONSOLE_METRICS] = console_command_metrics,
};

static void request_free(void *arg)
{
	struct console_request *r = arg;

	console_target_clear(&r->target);
	list_drop(&r->link);
	if (r->work)
		r->clear(r->work);
	free(r);
}

/* What the head says, as the gate wants it. */
static struct console_gate gate_of(const struct console_shared *s, struct console_exchange *x,
				   const struct console_target *target)
{
	struct str origin = console_exchange_field(x, "Origin");
	struct str cookie = console_head_cookie(console_exchange_field(x, "Cookie"));
	struct console_gate g = {
		.method = console_exchange_method(x),
		.path = buf_str(&target->path),
		.role = console_logins_role(&s->logins, cookie, os_clock_mono()),
		.framed = console_head_framed(console_exchange_times(x, "Content-Length"),
					      console_exchange_times(x, "Transfer-Encoding"),
					      console_exchange_field(x, "Transfer-Encoding")),
		.twice = console_exchange_times(x, "Host") > 1 ||
			 console_exchange_times(x, "Origin") > 1,
		.host_ours =
			target->origin.n > 0
				? console_head_origin(&s->place, target->origin)
				: console_head_host(&s->place, console_exchange_field(x, "Host")),
		.origin_ours = origin.n == 0 || console_head_origin(&s->place, origin),
		.signpost = str_eq(console_exchange_field(x, "X-Signpost"), STR("1")),
	};

	g.sized = str_u64(console_exchange_field(x, "Content-Length"), &g.length);
	return g;
}

static void refuse(struct console_exchange *x, const struct console_passage *p)
{
	CLEANUP(buf_free) struct buf body = BUF_MAX(WORDS_MAX);
	struct jsonw j = jsonw_to(&body);
	struct console_answer a = { .status = p->status, .type = "application/json" };

	jsonw_object(&j, NULL);
	jsonw_str(&j, "message", str_of(p->why));
	jsonw_object_end(&j);
	buf_addc(&body, '\n');
	a.body = buf_str(&body);
	if (p->status == 405)
		a.field[0] =
			(struct console_field){ "Allow", str_of(console_gate_allow(p->methods)) };
	console_exchange_answer(x, &a);
}

static void head(void *arg, struct console_exchange *x, uint64_t *body_max)
{
	struct console_shared *s = arg;
	struct console_request *r = calloc(1, sizeof(*r));

	if (!r) {
		console_request_refuse(x, 503, STR(CONSOLE_WORDS_NO_MEMORY));
		return;
	}
	*r = (struct console_request){ .site = s, .x = x };
	list_init(&r->link);
	console_exchange_keep(x, r, request_free);
	enum err e = console_target_read(console_exchange_target(x), &r->target);
	if (e != ERR_OK) {
		console_request_refuse(x, e == ERR_SYNTAX ? 400 : 503,
				       e == ERR_SYNTAX ? STR(CONSOLE_WORDS_BAD_TARGET)
						       : STR(CONSOLE_WORDS_NO_MEMORY));
		return;
	}
	struct console_gate g = gate_of(s, x, &r->target);
	struct console_passage p = console_gate(&g);
	r->asked = p.asked;
	r->role = g.role;
	r->id = p.id;
	*body_max = p.body_max;
	if (p.status)
		refuse(x, &p);
}

static void whole(void *arg, struct console_exchange *x)
{
	struct console_request *r = console_exchange_own(x);

	(void)arg;
	if (r->asked < sizeof(handlers) / sizeof(handlers[0]) && handlers[r->asked])
		handlers[r->asked](r);
	else
		console_request_refuse(x, 404, STR(CONSOLE_WORDS_NOT_FOUND));
}

static const struct console_http_ops ops = { head, whole };

/* The users as they are and as they are going to be. */
struct change {
	const struct console_desk *desk;
	const struct auth_users *next;
};

static bool stays(void *arg, struct str name)
{
	const struct change *c = arg;

	return console_desk_same(c->desk, c->next, name);
}

/* Whoever was removed, or has another role or password now, is logged out. */
static void take_users(struct console_shared *s, struct auth_users *users)
{
	console_logins_review(&s->logins, stays, &(struct change){ s->desk, users });
	console_desk_users(s->desk, users);
}

enum err console_site_reload(struct console_shared *s, struct buf *why)
{
	struct auth_users *users = NULL;
	enum err e = console_users_read(s->conf, &users, why);

	if (e == ERR_OK && users)
		take_users(s, users);
	return e;
}

/* Certificate and key, each with a NUL at its end as the library wants it. */
static enum err read_tls(const struct conf *conf, struct buf *certificate, struct buf *key,
			 struct buf *why)
{
	static const char *const name[] = { "tls-certificate", "tls-key" };
	const struct conf_console *c = &conf->console;
	const char *const file[] = { c->tls_certificate, c->tls_key };
	struct buf *const to[] = { certificate, key };

	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]) && file[i][0]; i++) {
		enum err e = i == 0 ? conf_file_read(file[i], PEM_MAX, to[i])
				    : conf_file_secret(file[i], PEM_MAX, to[i]);
		if (e != ERR_OK) {
			console_users_refuse(conf, name[i], file[i], e, why);
			return e == ERR_NOMEM ? e : ERR_IO;
		}
		buf_addc(to[i], '\0');
	}
	return ERR_OK;
}

static enum err serve(struct console_shared *s, int fd, struct buf *why)
{
	CLEANUP(buf_wipe) struct buf certificate = BUF_MAX(PEM_MAX + 1), key = BUF_MAX(PEM_MAX + 1);
	enum err e = read_tls(s->conf, &certificate, &key, why);

	if (e != ERR_OK) {
		os_fd_close(&fd);
		return e;
	}
	return console_http_new(
		s->loop, &(struct console_http_place){ fd, buf_str(&certificate), buf_str(&key) },
		&ops, s, &s->http, why);
}

enum err console_site_new(struct loop *loop, const struct console_site_setup *setup,
			  struct console_shared **out, struct buf *why)
{
	const struct conf_console *c = &setup->conf->console;
	struct console_shared *s = calloc(1, sizeof(*s));
	int fd = setup->fd, login_fd = setup->login_fd;
	enum err e = ERR_NOMEM;

	if (s) {
		*s = (struct console_shared){ .loop = loop,
					      .conf = setup->conf,

					      .place = { c->at, c->tls_certificate[0] != '\0',
							 c->hosts, c->n_hosts } };
		list_init(&s->reading);
		s->desk = console_desk_new(loop);
		s->asks = console_asks_new(loop, setup->conf->control_path);
		s->hands = console_hands_new(loop, setup->spawner);
		s->live = console_live_new(loop, setup->conf->log_directory);
		s->series = s->asks ? console_series_new(loop, s->asks) : NULL;
	}
	if (s && s->desk && s->hands && s->live && s->series)
		e = console_site_reload(s, why);
	if (e == ERR_OK) {
		e = console_invite_serve(s, login_fd);
		login_fd = -1;
	}
	if (e == ERR_OK) {
		e = serve(s, fd, why);
		fd = -1;
	}
	os_fd_close(&fd);
	os_fd_close(&login_fd);
	if (e != ERR_OK) {
		console_site_free(&s);
		return e == ERR_SYNTAX ? ERR_IO : e;
	}
	*out = s;
	return ERR_OK;
}

bool console_site_whole(const struct console_shared *s)
{
	return console_hands_whole(s->hands);
}

void console_site_free(struct console_shared **sp)
{
	struct console_shared *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	console_desk_free(&s->desk);
	console_series_free(&s->series);
	console_asks_free(&s->asks);
	console_hands_free(&s->hands);
	console_http_free(&s->http);
	console_live_free(&s->live);
	if (s->invites)
		loop_acceptor_free(&s->invites);
	json_decref(s->report);
	explicit_bzero(&s->logins, sizeof(s->logins));
	free(s);
}
