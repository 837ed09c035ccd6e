/*
 * `signpost console`, and `signpost console login`, which asks it for an address.
 */
#include "base/jsonw.h"
#include "cli/client.h"
#include "cli/command.h"
#include "console/serve.h"
#include "os/file.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_ROOM = 4096 };

static const struct cli_option options[] = {
	{ "json", '\0', NULL, "for machines: JSON, of login" },
	{ 0 },
};

static void show(struct cli *cli, struct str url)
{
	struct jsonw j = jsonw_to(&cli->out);

	if (cli_json(cli)) {
		jsonw_object(&j, NULL);
		jsonw_str(&j, "url", url);
		jsonw_object_end(&j);
	} else {
		buf_add(&cli->out, url);
	}
	buf_addc(&cli->out, '\n');
}

/* One line, which is the address. */
static int ask(struct cli *cli, const char *path)
{
	CLEANUP(os_fd_close) int fd = cli_client_connect_to(path, CLI_CLIENT_SOON_MS);
	char line[LINE_ROOM];
	ssize_t n = 0;

	if (fd < 0) {
		bool forbidden = errno == EACCES || errno == EPERM;
		return cli_fail(forbidden ? CLI_USAGE : CLI_ABSENT,
				"cannot reach the console at %s: %s: %s", path, strerror(errno),
				forbidden ? "who may use the control socket may do this"
					  : "is signpost console running?");
	}
	for (ssize_t got; n < (ssize_t)sizeof(line); n += got) {
		got = recv(fd, line + n, sizeof(line) - (size_t)n, 0);
		if (got <= 0)
			break;
	}
	if (n <= 1 || line[n - 1] != '\n')
		return cli_fail(CLI_ABSENT, "the console at %s gave no address", path);
	show(cli, (struct str){ line, (size_t)n - 1 });
	return CLI_DONE;
}

static int run(struct cli *cli)
{
	const char *verb = cli_word(cli, 0);
	const struct conf *conf;

	if (verb && strcmp(verb, "login") != 0)
		return cli_unknown_word(cli, verb, "login");
	if (cli_word(cli, 1))
		return cli_usage(cli, "login takes no words");
	if (!verb && cli_json(cli))
		return cli_usage(cli, "--json is for login: the console itself prints one line");
	conf = cli_conf(cli);
	if (!conf)
		return cli_conf_exit(cli);
	if (!conf->console.text)
		return cli_fail(CLI_USAGE, "there is no console in the configuration: add "
					   "console \"127.0.0.1:8025\" { }");
	return verb ? ask(cli, conf->console.login_path) : console_serve(conf);
}

const struct cli_command cli_console = {
	.name = "console",
	.usage = "[login]",
	.summary = "serve the web console in the foreground",
	.details = "  login          print an address that logs in once, within 60 s\n",
	.options = options,
	.read = conf_read_without_login,
	.run = run,
};
