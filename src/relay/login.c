#include "relay/login.h"

#include "smtp/server.h"

#include <stdlib.h>

struct relay_login *relay_login_new(struct str name, struct str password)
{
	struct relay_login *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->name = BUF_MAX(SMTP_SERVER_LINE_MAX);
	l->password = BUF_MAX(SMTP_SERVER_LINE_MAX);
	buf_add(&l->name, name);
	buf_add(&l->password, password);
	if (buf_err(&l->name) != ERR_OK || buf_err(&l->password) != ERR_OK)
		relay_login_free(&l);
	return l;
}

void relay_login_free(struct relay_login **l)
{
	if (*l) {
		buf_free(&(*l)->name);
		buf_wipe(&(*l)->password);
		relay_doors_drop(&(*l)->doors);
	}
	free(*l);
	*l = NULL;
}

static struct relay_login *login_of(struct relay_chore *c)
{
	return CONTAINER_OF(c, struct relay_login, chore);
}

static void judge(struct relay_chore *c)
{
	struct relay_login *l = login_of(c);
	const struct auth_users *users = relay_doors_at(l->doors, l->listen)->users;

	if (users)
		l->verdict = auth_users_judge(users, buf_str(&l->name), buf_str(&l->password));
	buf_wipe(&l->password);
}

static void drop(struct relay_chore *c)
{
	struct relay_login *l = login_of(c);

	relay_login_free(&l);
}

struct relay_chores *relay_login_chores(void)
{
	struct relay_chores *all = relay_chores_new(RELAY_LOGIN_WAITING_MAX, drop);

	if (all)
		relay_chores_take_turns(all);
	return all;
}

enum err relay_login_ask(struct relay_chores *all, struct relay_login *l)
{
	l->chore.work = judge;
	return relay_chores_give(all, &l->chore);
}
