#include "cli/since.h"

#include "base/time.h"
#include "os/clock.h"

int cli_since(struct cli *cli, int64_t *wall_ms)
{
	const char *since = cli_options_value(&cli->options, "since");
	int64_t span;

	*wall_ms = 0;
	if (!since)
		return CLI_DONE;
	if (time_read_span(str_of(since), &span) == ERR_OK)
		*wall_ms = os_clock_wall() - span;
	else if (time_read(str_of(since), wall_ms) != ERR_OK)
		return cli_usage(cli, "--since %s: write 2026-11-24T10:00:00Z, 2026-11-24 or 4h",
				 since);
	return CLI_DONE;
}
