#include "console/logins.h"

#include "base/test.h"

#include <string.h>

#define HOUR INT64_C(3600000)

static struct console_logins l;

/* The text of a session or invitation that begins at that time. */
static struct str begin(struct buf *out, unsigned char seed, enum console_role role, int64_t now)
{
	uint8_t token[CONSOLE_TOKEN_OCTETS];

	memset(token, seed, sizeof(token));
	token[0] = (uint8_t)now;
	buf_clear(out);
	if (role == CONSOLE_NOBODY)
		console_logins_invite(&l, token, now, out);
	else
		console_logins_begin(&l, (struct console_logins_who){ role, STR("vera") }, token,
				     now, out);
	return buf_str(out);
}

static void check_sessions(void)
{
	CLEANUP(buf_free) struct buf a = BUF_MAX(100), b = BUF_MAX(100);
	struct str vera = begin(&a, 1, CONSOLE_VIEW, 0), adam = begin(&b, 2, CONSOLE_ADMIN, HOUR);

	CHECK_INT("length", (long long)vera.n, 64);
	CHECK_INT("view", console_logins_role(&l, vera, 0), CONSOLE_VIEW);
	CHECK_INT("admin", console_logins_role(&l, adam, HOUR), CONSOLE_ADMIN);
	CHECK_STR("name", console_logins_name(&l, vera, 0), STR("vera"));
	CHECK_STR("nobody", console_logins_name(&l, STR("ab"), 0), STR(""));
	CHECK_INT("part", console_logins_role(&l, str_head(vera, 63), 0), CONSOLE_NOBODY);
	CHECK_INT("none", console_logins_role(&l, STR(""), 0), CONSOLE_NOBODY);
	CHECK_INT("no hex", console_logins_role(&l, STR("zz"), 0), CONSOLE_NOBODY);
	CHECK_INT("last moment", console_logins_role(&l, vera, 12 * HOUR - 1), CONSOLE_VIEW);
	CHECK_INT("over", console_logins_role(&l, vera, 12 * HOUR), CONSOLE_NOBODY);
	CHECK_INT("the other is not", console_logins_role(&l, adam, 12 * HOUR), CONSOLE_ADMIN);
	CHECK_INT("no invitation", console_logins_accept(&l, adam, HOUR), false);
	console_logins_end(&l, adam, HOUR);
	CHECK_INT("logged out", console_logins_role(&l, adam, HOUR), CONSOLE_NOBODY);
}

static void check_invitations(void)
{
	CLEANUP(buf_free) struct buf a = BUF_MAX(100);
	struct str once = begin(&a, 3, CONSOLE_NOBODY, 0);

	CHECK_INT("no session", console_logins_role(&l, once, 0), CONSOLE_NOBODY);
	CHECK_INT("looked at", console_logins_invited(&l, once, 59999), true);
	CHECK_INT("too late", console_logins_accept(&l, once, 60000), false);
	CHECK_INT("in time", console_logins_accept(&l, once, 59999), true);
	CHECK_INT("once", console_logins_accept(&l, once, 59999), false);
	CHECK_INT("gone", console_logins_invited(&l, once, 59999), false);
}

/* The table is full: the session that ends first makes room, no other. */
static void check_full(void)
{
	CLEANUP(buf_free) struct buf first = BUF_MAX(100), second = BUF_MAX(100), x = BUF_MAX(100);

	l = (struct console_logins){ 0 };
	struct str a = begin(&first, 4, CONSOLE_ADMIN, 1), b = begin(&second, 5, CONSOLE_ADMIN, 2);
	for (int i = 2; i < CONSOLE_LOGINS_MAX; i++)
		(void)begin(&x, 6, CONSOLE_VIEW, 100 + i);
	CHECK_INT("all fit", console_logins_role(&l, a, 1000), CONSOLE_ADMIN);
	(void)begin(&x, 7, CONSOLE_VIEW, 999);
	CHECK_INT("the oldest", console_logins_role(&l, a, 1000), CONSOLE_NOBODY);
	CHECK_INT("the next", console_logins_role(&l, b, 1000), CONSOLE_ADMIN);
}

int main(void)
{
	check_sessions();
	check_invitations();
	check_full();
	return TEST_EXIT();
}
