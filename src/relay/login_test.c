/* Passwords that are judged elsewhere, and come back. */
#include "relay/login.h"

#include "base/test.h"
#include "conf/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define USERS "joe:$1$salt$I7mUw4uf7gbe.mLJ1fX2S.\n" /* "right" */

static struct loop *loop;
static size_t back, fits;

static void came(void *arg, struct list *item)
{
	struct relay_login *l = CONTAINER_OF(item, struct relay_login, chore.letter.link);

	(void)arg;
	CHECK_INT("a chore", l->chore.letter.kind, RELAY_LETTER_CHORE);
	CHECK_INT("the password is gone", l->password.p == NULL, true);
	back++;
	fits += l->verdict == AUTH_RIGHT;
	relay_login_free(&l);
	loop_stop(loop);
}

/* Of a configuration whose one listener has users, without a certificate: none is needed here. */
static enum err read_doors(char *users, struct relay_doors **doors, struct buf *why)
{
	char none[] = "";
	struct conf_listen listen = {
		.text = none, .tls_certificate = none, .tls_key = none, .auth_file = users
	};
	const struct conf conf = { .listen = &listen, .n_listen = 1 };

	return relay_doors_read(&conf, NULL, doors, why);
}

static struct relay_doors *doors_of(char *users)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct relay_doors *doors = NULL;

	CHECK_INT("doors", read_doors(users, &doors, &why), ERR_OK);
	CHECK_STR("nothing to be told", buf_str(&why), STR(""));
	return doors;
}

static void refuse(char *users, const char *words)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct relay_doors *doors = NULL;

	CHECK_INT(words, read_doors(users, &doors, &why) != ERR_OK, true);
	CHECK_STR(words, str_head(buf_str(&why), str_of(words).n), str_of(words));
	CHECK_INT(words, doors == NULL, true);
}

static void write_file(const char *path, const char *text, unsigned mode)
{
	FILE *f = fopen(path, "w");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0 || chmod(path, mode) < 0)
		abort();
}

static struct relay_login *login(struct relay_doors *doors, struct loop_mailbox *to,
				 const char *word)
{
	struct relay_login *l = relay_login_new(STR("joe"), str_of(word));

	l->chore.back = to;
	l->doors = relay_doors_hold(doors);
	return l;
}

int main(void)
{
	char path[] = "/tmp/relay_login_test.XXXXXX";
	int fd = mkstemp(path);
	struct relay_chores *desk = relay_login_chores();
	size_t asked = 0, right = 0;

	(void)close(fd);
	write_file(path, USERS, 0600);
	loop = loop_new();
	struct loop_mailbox *mailbox = loop_mailbox_new(loop, came, NULL);
	struct relay_doors *doors = doors_of(path);
	for (size_t i = 0; i < 100; i++) {
		struct relay_login *l = login(doors, mailbox, i % 3 ? "wrong" : "right");
		CHECK_INT("asked", relay_login_ask(desk, l), ERR_OK);
		asked++;
		right += i % 3 == 0;
	}
	while (back < asked)
		CHECK_INT("loop", loop_run(loop), ERR_OK);
	CHECK_INT("those that are right, and no others", (long long)fits, (long long)right);

	/* Too many wait: that is said, and the rest goes with the desk. */
	struct relay_login *l = NULL;
	enum err e = ERR_OK;
	for (size_t i = 0; i < 100 * RELAY_LOGIN_WAITING_MAX && e == ERR_OK; i++) {
		l = login(doors, mailbox, "wrong");
		e = relay_login_ask(desk, l);
	}
	CHECK_INT("a bound", e, ERR_LIMIT);
	relay_login_free(&l);
	relay_chores_free(&desk);

	struct list rest, *item;
	loop_mailbox_free(&mailbox, &rest);
	while ((item = list_shift(&rest)) != NULL) {
		l = CONTAINER_OF(item, struct relay_login, chore.letter.link);
		relay_login_free(&l);
	}
	relay_doors_drop(&doors);

	write_file(path, USERS, 0604);
	refuse(path, "auth-file: others may read or write /tmp/relay_login_test.");
	write_file(path, "joe\n", 0600);
	CLEANUP(buf_free) struct buf words = BUF_MAX(1000);
	buf_addf(&words, "%s:1: no colon in the line", path);
	buf_addc(&words, '\0');
	refuse(path, words.p);
	(void)unlink(path);
	refuse(path, "auth-file: cannot read /tmp/relay_login_test.");
	loop_free(&loop);
	return TEST_EXIT();
}
