/*
 * AUTH as the client says it (RFC 4954): PLAIN (RFC 4616), or LOGIN where that is all there is.
 *
 * The password goes over TLS alone, shows in no trace, and is overwritten as soon as it was taken
 * or the session has ended.
 */
#include "smtp/client_priv.h"

#include "base/text.h"

#include <string.h>

#define LINE_OCTETS 512 /* RFC 4954 section 4: of a command with an initial response */

static const struct str hidden = STR_INIT("(not shown)");

/* A line with what nobody shall see: word as it is, and octets in base64. */
static void write_secret(struct smtp_client *c, struct str word, struct str octets)
{
	CLEANUP(buf_free) struct buf shown = BUF_MAX(LINE_OCTETS);
	const size_t room = word.n + (octets.n + 2) / 3 * 4 + 2;

	/* As it grows it would leave octets where it was. */
	if (!buf_room(&c->out, room))
		return;
	buf_add(&c->out, word);
	text_base64(&c->out, octets);
	buf_add(&c->out, STR("\r\n"));
	buf_add(&shown, word);
	buf_add(&shown, hidden);
	smtp_client_note(c, STR("--> "), buf_str(&shown));
}

/* "\0user\0password", as PLAIN has it, and the two in it. */
static struct str whole(const struct smtp_client *c)
{
	return buf_str(&c->login);
}

static struct str user(const struct smtp_client *c)
{
	return str_head(str_skip(whole(c), 1), c->login_user);
}

static struct str password(const struct smtp_client *c)
{
	return str_skip(whole(c), c->login_user + 2);
}

static void say_plain(struct smtp_client *c)
{
	if (sizeof("AUTH PLAIN \r\n") + (whole(c).n + 2) / 3 * 4 > LINE_OCTETS) {
		smtp_client_write(c, STR("AUTH PLAIN"), STR_NONE);
		c->login_next = SMTP_LOGIN_WHOLE;
	} else {
		write_secret(c, STR("AUTH PLAIN "), whole(c));
		c->login_next = SMTP_LOGIN_OVER;
	}
}

/* There is no logging in here, whatever was said before of TLS. */
static void shut_out(struct smtp_client *c, struct str why)
{
	smtp_client_enter(c, LOGIN);
	smtp_client_shut_ours(c, "4.7.8", why);
}

void smtp_auth_begin(struct smtp_client *c)
{
	if (c->login.n == 0) {
		smtp_client_enter(c, READY);
		return;
	}
	if (!c->in_tls) {
		shut_out(c, STR("the password goes over TLS alone, and there is none"));
		return;
	}
	if (!(c->offer.auth & (SMTP_OFFER_PLAIN | SMTP_OFFER_LOGIN))) {
		shut_out(c, STR("the host offers neither AUTH PLAIN nor AUTH LOGIN"));
		return;
	}
	if (c->offer.auth & SMTP_OFFER_PLAIN) {
		say_plain(c);
	} else {
		smtp_client_write(c, STR("AUTH LOGIN"), STR_NONE);
		c->login_next = SMTP_LOGIN_USER;
	}
	smtp_client_enter(c, LOGIN);
}

/* 334: the next of it is wanted. */
static void go_on(struct smtp_client *c)
{
	switch (c->login_next) {
	case SMTP_LOGIN_USER:
		write_secret(c, STR_NONE, user(c));
		c->login_next = SMTP_LOGIN_PASSWORD;
		return;
	case SMTP_LOGIN_PASSWORD:
		write_secret(c, STR_NONE, password(c));
		break;
	case SMTP_LOGIN_WHOLE:
		write_secret(c, STR_NONE, whole(c));
		break;
	case SMTP_LOGIN_OVER:
		break;
	}
	c->login_next = SMTP_LOGIN_OVER;
}

void smtp_auth_answered(struct smtp_client *c, const struct smtp_reply *reply)
{
	if (reply->code == 334 && c->login_next != SMTP_LOGIN_OVER) {
		go_on(c);
	} else if (reply->code / 100 == 2) {
		buf_wipe(&c->login);
		smtp_client_enter(c, READY);
	} else {
		struct smtp_result r = smtp_results_of(reply, SMTP_STAGE_EHLO);
		r.fate = SMTP_TEMPORARY;
		memcpy(r.enhanced, "4.7.8", sizeof("4.7.8"));
		smtp_client_shut(c, r);
	}
}

enum err smtp_client_login(struct smtp_client *c, const struct smtp_credentials *login)
{
	c->in_tls = login->channel == SMTP_LOGIN_IN_TLS;
	c->login = BUF_MAX(login->user.n + login->password.n + 2);
	c->login_user = login->user.n;
	c->secret = true;
	if (!buf_room(&c->login, c->login.max))
		return ERR_NOMEM;
	buf_addc(&c->login, '\0');
	buf_add(&c->login, login->user);
	buf_addc(&c->login, '\0');
	buf_add(&c->login, login->password);
	return buf_err(&c->login);
}
