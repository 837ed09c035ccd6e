#include "auth/users.h"

#include "base/test.h"

#define RIGHT "$1$salt$I7mUw4uf7gbe.mLJ1fX2S." /* MD5 of old, for it is quick */

/* What is read, or refused: the words begin so. */
static const struct {
	const char *label;
	struct str text;
	size_t n;
	const char *why;
} texts[] = {
	{ "nothing", STR_INIT(""), 0, NULL },
	{ "remarks", STR_INIT("# who\n\n  \n#a:b\n"), 0, NULL },
	{ "two", STR_INIT("b:" RIGHT "\na@x.example:" RIGHT "\n"), 2, NULL },
	{ "no end of the last, CR LF", STR_INIT("b:" RIGHT "\r\na:" RIGHT), 2, NULL },
	{ "no colon", STR_INIT("# x\na\n"), 0, "users:2: no colon in the line: write NAME:HASH" },
	{ "no name", STR_INIT(":" RIGHT), 0, "users:1: the name before the colon is none" },
	{ "a space", STR_INIT(" a:" RIGHT), 0, "users:1: the name before the colon is none" },
	{ "a control", STR_INIT("a\tb:" RIGHT), 0, "users:1: the name before the colon is none" },
	{ "no UTF-8", STR_INIT("a\xff:" RIGHT), 0, "users:1: the name before the colon is none" },
	{ "clear text", STR_INIT("a:secret"), 0, "users:1: what follows the name is no hash" },
	{ "a role", STR_INIT("a:view:" RIGHT), 0, "users:1: what follows the name is no hash" },
	{ "as passwd has it", STR_INIT("a:x:0:0::/:/bin/sh"), 0,
	  "users:1: what follows the name is no hash" },
	{ "twice", STR_INIT("a:" RIGHT "\nb:" RIGHT "\na:" RIGHT "\n"), 0,
	  "users:3: the user is there already on a line above" },
};

static void check_text(size_t i)
{
	CLEANUP(auth_users_free) struct auth_users *u = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	bool bad = texts[i].why != NULL;

	CHECK_INT(texts[i].label, auth_users_read(texts[i].text, "users", &u, &why),
		  bad ? ERR_SYNTAX : ERR_OK);
	if (bad) {
		CHECK_STR(texts[i].label, str_head(buf_str(&why), str_of(texts[i].why).n),
			  str_of(texts[i].why));
		CHECK_INT("no word of it", str_has(buf_str(&why), '$'), false);
	} else {
		CHECK_INT(texts[i].label, (long long)auth_users_count(u), (long long)texts[i].n);
	}
}

/* The same with roles. */
static const struct {
	const char *label, *text;
	const char *why, *role; /* of alice */
} roles[] = {
	{ "admin", "alice:admin:" RIGHT "\nbob:view:" RIGHT, NULL, "admin" },
	{ "view", "# a:b\nalice:view:" RIGHT "\r\n", NULL, "view" },
	{ "somebody else", "bob:view:" RIGHT, NULL, "" },
	{ "no role", "alice:" RIGHT, "users:1: no role after the name: write NAME:view:HASH", "" },
	{ "another", "alice:root:" RIGHT, "users:1: no role after the name", "" },
	{ "capitals", "alice:View:" RIGHT, "users:1: no role after the name", "" },
	{ "no hash", "alice:view:secret", "users:1: what follows the name is no hash", "" },
	{ "none", "alice:view", "users:1: no role after the name", "" },
};

static void check_roles(void)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++) {
		CLEANUP(auth_users_free) struct auth_users *u = NULL;
		CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
		struct str want = str_of(roles[i].why);
		CHECK_INT(roles[i].label,
			  auth_users_read_roles(str_of(roles[i].text), "users", &u, &why),
			  want.n ? ERR_SYNTAX : ERR_OK);
		CHECK_STR(roles[i].label, str_head(buf_str(&why), want.n), want);
		if (!u)
			continue;
		CHECK_STR(roles[i].label, auth_users_role(u, STR("alice")), str_of(roles[i].role));
		CHECK_INT(roles[i].label, auth_users_judge(u, STR("alice"), STR("right")),
			  roles[i].role[0] != '\0');
	}
}

static const struct {
	const char *label;
	struct str name, password;
	bool fits;
} logins[] = {
	{ "right", STR_INIT("alice"), STR_INIT("right"), true },
	{ "wrong", STR_INIT("alice"), STR_INIT("Right"), false },
	{ "empty", STR_INIT("alice"), STR_INIT(""), false },
	{ "nobody, with somebody's password", STR_INIT("carol"), STR_INIT("right"), false },
	{ "another letter case", STR_INIT("Alice"), STR_INIT("right"), false },
	{ "part of a name", STR_INIT("alic"), STR_INIT("right"), false },
	{ "no name", STR_INIT(""), STR_INIT("right"), false },
	{ "a NUL behind the password", STR_INIT("alice"), STR_INIT("right\0"), false },
	{ "a NUL in the name", STR_INIT("alice\0"), STR_INIT("right"), false },
};

static void check_logins(void)
{
	CLEANUP(auth_users_free) struct auth_users *u = NULL, *none = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);

	CHECK_INT("read",
		  auth_users_read(STR("bob:" RIGHT "\nalice:" RIGHT "\n"), "users", &u, &why),
		  ERR_OK);
	CHECK_INT("read", auth_users_read(STR(""), "users", &none, &why), ERR_OK);
	for (size_t i = 0; u && i < COUNT_OF(logins); i++) {
		CHECK_INT(logins[i].label, auth_users_judge(u, logins[i].name, logins[i].password),
			  logins[i].fits);
		CHECK_INT("nobody is there",
			  auth_users_judge(none, logins[i].name, logins[i].password), false);
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		check_text(i);
	check_logins();
	check_roles();
	return TEST_EXIT();
}
