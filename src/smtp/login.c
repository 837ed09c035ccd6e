/*
 * AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN, in the server machine.
 *
 * Who is asked about is the caller's to judge; here a name and a password are made of
 * what the client sends.  Both lie in .secret while they are needed, which never moves, and is
 * overwritten as soon as the machine is in another state than LOGIN and ASKED.
 */
#include "smtp/server_priv.h"

#include "base/text.h"

#include <string.h>

#define SECRET_MAX (2 * SMTP_SERVER_LINE_MAX) /* two lines, decoded */

static void give_up(struct smtp_server *s, int code, struct str text)
{
	smtp_server_enter(s, READY);
	smtp_server_refuse(s, code, text);
}

static void ask(struct smtp_server *s, struct str user, struct str password)
{
	s->ask.login = (struct smtp_login){ user, password };
	smtp_server_wait(s, SMTP_ASK_AUTH, READY, READY);
}

static const struct str malformed = STR_INIT("5.5.2 Not base64, or not what AUTH wants");

/*
 * message = [authzid] UTF8NUL authcid UTF8NUL passwd.  Nobody may act for another: who would
 * is asked about without a name.
 */
static void came_plain(struct smtp_server *s)
{
	struct str rest = buf_str(&s->secret), as, user;

	if (!str_cut(&rest, '\0', &as) || !str_cut(&rest, '\0', &user) || str_has(rest, '\0'))
		give_up(s, 501, malformed);
	else
		ask(s, as.n == 0 || str_eq(as, user) ? user : STR(""), rest);
}

static void expect(struct smtp_server *s, enum smtp_login_step what, struct str challenge)
{
	s->login_step = what;
	smtp_server_enter(s, LOGIN);
	smtp_server_reply(s, 334, challenge);
}

static void came_user(struct smtp_server *s)
{
	s->user_n = s->secret.n;
	expect(s, LOGIN_PASSWORD, STR("UGFzc3dvcmQ6")); /* "Password:" */
}

static void came_password(struct smtp_server *s)
{
	struct str all = buf_str(&s->secret);

	ask(s, str_head(all, s->user_n), str_skip(all, s->user_n));
}

/* What was asked for has come: "=" is the empty one (RFC 4954 section 4). */
static void came(struct smtp_server *s, struct str text)
{
	static void (*const then[])(struct smtp_server * s) = { [LOGIN_PLAIN] = came_plain,
								[LOGIN_USER] = came_user,
								[LOGIN_PASSWORD] = came_password };
	enum err e = str_eq(text, STR("=")) ? ERR_OK : text_unbase64(&s->secret, text);

	if (e == ERR_SYNTAX)
		give_up(s, 501, malformed);
	else if (e != ERR_OK)
		give_up(s, 454, STR("4.7.0 Out of memory, try again later"));
	else
		then[s->login_step](s);
}

void smtp_server_login_line(struct smtp_server *s, struct str line)
{
	if (str_eq(line, STR("*")))
		give_up(s, 501, STR("5.7.0 AUTH given up"));
	else
		came(s, line);
}

static const struct {
	struct str name;
	enum smtp_login_step first;
	struct str challenge;
} mechanisms[] = {
	{ STR_INIT("PLAIN"), LOGIN_PLAIN, STR_INIT("") },
	{ STR_INIT("LOGIN"), LOGIN_USER, STR_INIT("VXNlcm5hbWU6") }, /* "Username:" */
};

/* The secret never moves: a copy would stay where it was. */
static bool make_room(struct smtp_server *s)
{
	s->secret = BUF_MAX(SECRET_MAX);
	s->user_n = 0;
	return buf_room(&s->secret, SECRET_MAX) != NULL;
}

static void begin(struct smtp_server *s, struct str mechanism, struct str initial)
{
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (!str_eq_nocase(mechanism, mechanisms[i].name))
			continue;
		if (!make_room(s)) {
			give_up(s, 454, STR("4.7.0 Out of memory, try again later"));
			return;
		}
		s->login_step = mechanisms[i].first;
		if (initial.n > 0)
			came(s, initial);
		else
			expect(s, mechanisms[i].first, mechanisms[i].challenge);
		return;
	}
	smtp_server_refuse(s, 504, STR("5.5.4 Mechanism unknown: PLAIN and LOGIN are here"));
}

void smtp_server_login(struct smtp_server *s, struct str args)
{
	struct str mechanism, initial = STR(""), more;

	if (s->user.n > 0)
		smtp_server_refuse(s, 503, STR("5.5.1 Logged in already"));
	else if (!str_word(&args, &mechanism))
		smtp_server_refuse(s, 501, STR("5.5.4 Say which mechanism"));
	else if ((void)str_word(&args, &initial), str_word(&args, &more))
		smtp_server_refuse(s, 501, STR("5.5.4 More than a mechanism and its response"));
	else
		begin(s, mechanism, initial);
}
