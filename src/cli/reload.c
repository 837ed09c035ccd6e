/*
 * `signpost reload`: whether a configuration is good the daemon finds, which has a log; to
 * reach it, the paths in it are enough.
 */
#include "cli/client.h"
#include "cli/words.h"
#include "os/file.h"

enum { WHY_MAX = 1 << 16 };

/*
 * Read what leads to the daemon.  *broken: what is wrong with the rest of it, which is said
 * unless the daemon says so itself.
 */
static int read_paths(struct cli *cli, struct buf *broken)
{
	const char *file = cli->conf_file ? cli->conf_file : conf_default_file();
	enum err e = conf_read_paths(file, &cli->conf, broken);

	if (e == ERR_NOMEM)
		return cli_nomem();
	if (e != ERR_OK)
		return cli_fail_lines(CLI_USAGE, buf_str(broken));
	CLEANUP(os_fd_close) int fd = broken->n ? cli_client_connect(cli->conf) : -1;
	return broken->n && fd < 0 ? cli_fail_lines(CLI_USAGE, buf_str(broken)) : CLI_DONE;
}

static int run(struct cli *cli)
{
	CLEANUP(buf_free) struct buf broken = BUF_MAX(WHY_MAX);

	if (cli_word(cli, 0))
		return cli_usage(cli, CLI_WORDS_NO_WORDS);
	int status = read_paths(cli, &broken);
	if (status != CLI_DONE)
		return status;

	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);
	cli_client_ask(&c, &(struct cli_request){ .command = "reload" });
	for (json_t *frame; (frame = cli_client_next(&c)) != NULL;)
		if (cli_client_last(frame))
			break;
	/* Another file than the daemon's, if it has nothing against its own. */
	return c.status == CLI_DONE && broken.n ? cli_fail_lines(CLI_USAGE, buf_str(&broken))
						: c.status;
}

const struct cli_command cli_reload = {
	.name = "reload",
	.usage = "",
	.summary = "have the daemon read configuration and criteria anew",
	.run = run,
};
