/* `signpost serve` */
#include <signal.h>

#include "admin/admin.h"
#include "cli/command.h"
#include "cli/words.h"
#include "relay/check.h"
#include "relay/start.h"

static const struct cli_option options[] = {
	{ "check", '\0', NULL, "only read all that it would read, as the user that it would be" },
	{ 0 },
};

static int run(struct cli *cli)
{
	if (cli_word(cli, 0))
		return cli_usage(cli, CLI_WORDS_NO_WORDS);

	/*
	 * SIGHUP opens the logs anew.  It ends nothing: neither now, before there are logs, nor
	 * when the loop has let go of it and it is again what it was before.
	 */
	(void)signal(SIGHUP, SIG_IGN);
	if (!cli_conf(cli))
		return cli_conf_exit(cli);

	struct conf *conf = cli->conf;
	cli->conf = NULL; /* the daemon's from here on */
	if (cli_options_has(&cli->options, "check"))
		return relay_check(conf);
	return relay_start(conf, &admin_hooks);
}

const struct cli_command cli_serve = {
	.name = "serve",
	.usage = "",
	.summary = "run the daemon in the foreground",
	.options = options,
	.run = run,
};
