/*
 * Logging in by name and password or by an address that does so once, and logging out.
 */
#include "console/login.h"

#include "console/page.h"
#include "console/words.h"
#include "os/clock.h"
#include "os/random.h"

enum { COOKIE_MAX = 512 };

/* A session begins: the cookie, and on to the page. */
static void let_in(struct console_shared *s, struct console_exchange *x, enum console_role role)
{
	CLEANUP(buf_wipe) struct buf cookie = BUF_MAX(COOKIE_MAX);
	uint8_t token[CONSOLE_TOKEN_OCTETS];

	os_random(token, sizeof(token));
	buf_add(&cookie, STR(CONSOLE_COOKIE "="));
	console_logins_begin(&s->logins, role, token, os_clock_mono(), &cookie);
	buf_addf(&cookie, "; Path=/; Max-Age=%lld; HttpOnly; SameSite=Strict%s",
		 (long long)(CONSOLE_LOGINS_LIFE_MS / 1000), s->place.tls ? "; Secure" : "");
	console_exchange_answer(
		x, &(struct console_answer){ .status = 303,
					     .field = { { "Location", STR("/") },
							{ "Set-Cookie", buf_str(&cookie) } } });
}

static void judged(void *arg, enum console_role role)
{
	struct console_request *r = arg;

	if (role == CONSOLE_NOBODY) {
		console_page_login(r->x, 401, STR(CONSOLE_WORDS_WRONG));
		return;
	}
	console_throttle_right(&r->site->throttle, str_of(r->name_key));
	console_throttle_right(&r->site->throttle, str_of(r->peer_key));
	let_in(r->site, r->x, role);
}

static void make_key(char key[static CONSOLE_THROTTLE_KEY + 1], struct str kind, struct str what)
{
	CLEANUP(buf_free) struct buf whole = BUF_MAX(kind.n + what.n);

	buf_add(&whole, kind);
	buf_add(&whole, what);
	(void)str_copy(key, CONSOLE_THROTTLE_KEY + 1, buf_str(&whole));
}

/* Names and addresses are counted side by side: neither passes for the other. */
static bool may_try(struct console_request *r, struct str name)
{
	int64_t now = os_clock_mono();

	make_key(r->name_key, STR("name "), name);
	make_key(r->peer_key, STR("from "), console_exchange_peer(r->x));
	bool by_name = console_throttle_try(&r->site->throttle, str_of(r->name_key), now);
	bool by_peer = console_throttle_try(&r->site->throttle, str_of(r->peer_key), now);
	return by_name && by_peer;
}

static void by_password(struct console_request *r, const struct console_parameters *form)
{
	struct str name = console_parameter(form, "name");

	if (!may_try(r, name)) {
		console_page_login(r->x, 429, STR(CONSOLE_WORDS_OFTEN));
	} else if (!console_desk_open(r->site->desk)) {
		console_page_login(r->x, 401, STR(CONSOLE_WORDS_WRONG));
	} else {
		enum err e = console_desk_ask(r->site->desk, name,
					      console_parameter(form, "password"), judged, r);
		if (e != ERR_OK)
			console_page_login(r->x, 503, STR(CONSOLE_WORDS_BUSY));
	}
}

static void by_invitation(struct console_request *r, struct str token)
{
	if (console_logins_accept(&r->site->logins, token, os_clock_mono()))
		let_in(r->site, r->x, CONSOLE_ADMIN);
	else
		console_page_login(r->x, 401, STR(CONSOLE_WORDS_ONCE));
}

void console_login_post(struct console_request *r)
{
	struct console_parameters form;
	enum err e = console_parameters_read(console_exchange_body(r->x), &form);
	struct str token = console_parameter(&r->target.query, "token");

	if (e != ERR_OK)
		console_page_login(r->x, 400, STR(CONSOLE_WORDS_BAD_FORM));
	else if (token.n)
		by_invitation(r, token);
	else
		by_password(r, &form);
	console_parameters_clear(&form);
}

void console_login_page(struct console_request *r)
{
	struct str token = console_parameter(&r->target.query, "token");

	if (!token.n)
		console_page_login(r->x, 200, STR_NONE);
	else if (console_logins_invited(&r->site->logins, token, os_clock_mono()))
		console_page_once(r->x);
	else
		console_page_login(r->x, 401, STR(CONSOLE_WORDS_ONCE));
}

void console_login_end(struct console_request *r)
{
	CLEANUP(buf_free) struct buf gone = BUF_MAX(COOKIE_MAX);

	console_logins_end(&r->site->logins,
			   console_head_cookie(console_exchange_field(r->x, "Cookie")),
			   os_clock_mono());
	buf_addf(&gone, CONSOLE_COOKIE "=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict%s",
		 r->site->place.tls ? "; Secure" : "");
	console_exchange_answer(
		r->x, &(struct console_answer){
			      .status = 204,
			      .field = { { "Set-Cookie", buf_str(&gone) },
					 { "Clear-Site-Data", STR("\"cache\", \"storage\"") } } });
}
