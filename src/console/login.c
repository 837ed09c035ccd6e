/*
 * Logging in by name and password or by an address that does so once, and logging out.
 */
#include "console/login.h"

#include "console/page.h"
#include "console/words.h"
#include "os/clock.h"
#include "os/random.h"

#include <string.h>

/*
 * Whether the browser speaks TLS: to us, or to a proxy before us.  That it does is in the Origin
 * of a form, which the gate has let pass; who makes that up changes the cookie that he gets,
 * and nobody else's.
 */
static bool secure(const struct console_shared *s, const struct console_exchange *x)
{
	return s->place.tls ||
	       str_starts_nocase(console_exchange_field(x, "Origin"), STR("https://"));
}

/* A session begins: the cookie, and on to the page. */
static void let_in(struct console_shared *s, struct console_exchange *x,
		   struct console_logins_who who)
{
	uint8_t token[CONSOLE_TOKEN_OCTETS];
	char octets[2 * CONSOLE_TOKEN_OCTETS], room[CONSOLE_COOKIE_ROOM];
	struct buf value = { .p = octets, .cap = sizeof(octets), .max = sizeof(octets) };

	os_random(token, sizeof(token));
	console_logins_begin(&s->logins, who, token, os_clock_mono(), &value);
	const struct console_cookie cookie = { buf_str(&value), CONSOLE_LOGINS_LIFE_MS / 1000,
					       secure(s, x) };
	console_exchange_answer(
		x, &(struct console_answer){
			   .status = 303,
			   .field = { { "Location", STR("/") },
				      { "Set-Cookie", console_head_set_cookie(&cookie, room) } } });
	explicit_bzero(token, sizeof(token));
	explicit_bzero(octets, sizeof(octets));
	explicit_bzero(room, sizeof(room));
}

static void unjudged(struct console_request *r, enum err e)
{
	console_request_untry(r);
	console_page_login(r->x, 503,
			   e == ERR_LIMIT ? STR(CONSOLE_WORDS_BUSY) : STR(CONSOLE_WORDS_NO_MEMORY));
}

static void judged(void *arg, enum err e, enum console_role role)
{
	struct console_request *r = arg;

	if (e != ERR_OK) {
		unjudged(r, e);
		return;
	}
	if (role == CONSOLE_NOBODY) {
		console_page_login(r->x, 401, STR(CONSOLE_WORDS_WRONG));
		return;
	}
	console_request_untry(r);
	let_in(r->site, r->x, (struct console_logins_who){ role, str_of(r->name) });
}

static void by_password(struct console_request *r, const struct console_parameters *form)
{
	struct str name = console_parameter(form, "name");

	if (!console_request_try(r, name)) {
		console_page_login(r->x, 429, STR(CONSOLE_WORDS_OFTEN));
	} else if (!console_desk_open(r->site->desk)) {
		console_page_login(r->x, 401, STR(CONSOLE_WORDS_WRONG));
	} else {
		enum err e = console_desk_ask(r->site->desk, name,
					      console_parameter(form, "password"), judged, r);
		if (e != ERR_OK)
			unjudged(r, e);
	}
}

static void by_invitation(struct console_request *r, struct str token)
{
	if (console_logins_accept(&r->site->logins, token, os_clock_mono()))
		let_in(r->site, r->x, (struct console_logins_who){ CONSOLE_ADMIN, STR_NONE });
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
	const struct console_cookie gone = { STR_NONE, 0, secure(r->site, r->x) };
	char room[CONSOLE_COOKIE_ROOM];

	console_logins_end(&r->site->logins,
			   console_head_cookie(console_exchange_field(r->x, "Cookie")),
			   os_clock_mono());
	console_exchange_answer(
		r->x, &(struct console_answer){
			      .status = 204,
			      .field = { { "Set-Cookie", console_head_set_cookie(&gone, room) },
					 { "Clear-Site-Data", STR("\"cache\", \"storage\"") } } });
}
