#include "cli/walk.h"

json_t *cli_walk_next(struct cli_walk *w)
{
	bool more = true;

	while (more) {
		if (!w->asked)
			cli_client_ask(w->client,
				       &(struct cli_request){ .command = "queue-list",
							      .after = w->last[0] ? w->last : NULL,
							      .filter = w->filter });
		w->asked = true;
		json_t *frame = cli_client_next(w->client);
		if (!frame)
			return NULL;
		if (!cli_client_last(frame)) {
			(void)str_copy(w->last, sizeof(w->last),
				       str_of(cli_client_text(frame, "id")));
			return frame;
		}
		w->asked = false;
		more = cli_client_true(frame, "more");
	}
	return NULL;
}
