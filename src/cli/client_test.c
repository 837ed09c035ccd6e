/* A daemon that is there, and does nothing: as one that was stopped. */
#include "cli/client.h"

#include "base/test.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 20, ROOM = 64 };

static char directory[] = "/tmp/cli_client_test.XXXXXX";
static char path[ROOM];

/* It listens, and takes nobody. */
static int listener(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)str_copy(at.sun_path, sizeof(at.sun_path), str_of(path));
	(void)unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 0) < 0)
		abort();
	return fd;
}

static const struct {
	const char *command;
	bool soon;
	int64_t usual_ms;
} asks[] = {
	{ "status", true, CLI_CLIENT_SOON_MS },
	{ "queue-retry", false, 60000 },
};

/* What is asked is sent, and nothing comes. */
static void check_ask(size_t i, struct conf *conf)
{
	struct cli cli = { .conf = conf };
	struct cli_request request = { .command = asks[i].command, .soon = asks[i].soon };
	CLEANUP(os_fd_close) int fd = listener();
	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(&cli);

	CHECK_INT("connected", c.status, CLI_DONE);
	cli_client_ask(&c, &request);
	CHECK_INT(asks[i].command, c.patience_ms, asks[i].usual_ms);
	cli.patience_ms = PATIENCE_MS;
	cli_client_ask(&c, &request);
	CHECK_INT(asks[i].command, c.patience_ms, PATIENCE_MS);
	CHECK_INT("no answer", cli_client_next(&c) == NULL, true);
	CHECK_INT("it is not there", c.status, CLI_ABSENT);
}

/* Others wait already, and there is no room for more. */
static void check_crowd(struct conf *conf)
{
	struct cli cli = { .conf = conf, .patience_ms = PATIENCE_MS };
	CLEANUP(os_fd_close) int fd = listener();
	int before[8];
	size_t n = 0;

	while (n < COUNT_OF(before) && (before[n] = cli_client_connect_to(path, PATIENCE_MS)) >= 0)
		n++;
	CHECK_INT("some come in", n > 0 && n < COUNT_OF(before), true);
	CHECK_INT("and then nobody", errno, EAGAIN);
	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(&cli);
	CHECK_INT("it is not there", c.status, CLI_ABSENT);
	while (n > 0)
		os_fd_close(&before[--n]);
}

/* Without a descriptor it is that which is told, and not what came of it. */
static void check_no_descriptor(void)
{
	struct rlimit before, none;

	if (getrlimit(RLIMIT_NOFILE, &before) < 0)
		abort();
	none = (struct rlimit){ 0, before.rlim_max };
	(void)setrlimit(RLIMIT_NOFILE, &none);
	int fd = cli_client_connect_to(path, PATIENCE_MS), error = errno;
	(void)setrlimit(RLIMIT_NOFILE, &before);
	CHECK_INT("none is had", fd, -1);
	CHECK_INT("and why", error, EMFILE);
}

int main(void)
{
	struct conf conf = { .control_path = path };

	if (!mkdtemp(directory))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	for (size_t i = 0; i < COUNT_OF(asks); i++)
		check_ask(i, &conf);
	check_crowd(&conf);
	check_no_descriptor();
	(void)unlink(path);
	(void)rmdir(directory);
	return TEST_EXIT();
}
