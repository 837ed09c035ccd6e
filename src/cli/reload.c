/* `signpost reload` */
#include "cli/client.h"
#include "cli/words.h"

static int run(struct cli *cli)
{
	if (cli_word(cli, 0))
		return cli_usage(cli, CLI_WORDS_NO_WORDS);

	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);
	cli_client_ask(&c, &(struct cli_request){ .command = "reload" });
	for (json_t *frame; (frame = cli_client_next(&c)) != NULL;)
		if (cli_client_last(frame))
			break;
	return c.status;
}

const struct cli_command cli_reload = {
	.name = "reload",
	.usage = "",
	.summary = "have the daemon read configuration and criteria anew",
	.run = run,
};
