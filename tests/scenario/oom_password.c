/* Without memory a password is neither right nor wrong, whoever's it is. */
#include "../failing.h"
#include "auth/users.h"
#include "base/test.h"

#define USERS "joe:$1$salt$I7mUw4uf7gbe.mLJ1fX2S.\n" /* "right" */

static const struct {
	const char *label;
	struct str name, password;
	enum auth_verdict with, without; /* memory */
} logins[] = {
	{ "right", STR_INIT("joe"), STR_INIT("right"), AUTH_RIGHT, AUTH_UNJUDGED },
	{ "wrong", STR_INIT("joe"), STR_INIT("wrong"), AUTH_WRONG, AUTH_UNJUDGED },
	{ "no such name", STR_INIT("jim"), STR_INIT("right"), AUTH_WRONG, AUTH_UNJUDGED },
	{ "never right", STR_INIT("joe"), STR_INIT("a\0b"), AUTH_WRONG, AUTH_WRONG },
};

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(100);
	struct auth_users *users = NULL;

	CHECK_INT("users", auth_users_read(STR(USERS), "users", &users, &why), ERR_OK);
	for (size_t i = 0; i < COUNT_OF(logins); i++) {
		countdown = 0;
		enum auth_verdict without =
			auth_users_judge(users, logins[i].name, logins[i].password);
		countdown = -1;
		CHECK_INT(logins[i].label, without, logins[i].without);
		CHECK_INT(logins[i].label,
			  auth_users_judge(users, logins[i].name, logins[i].password),
			  logins[i].with);
	}
	auth_users_free(&users);
	return TEST_EXIT();
}
