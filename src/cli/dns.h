/*
 * The resolver and its event loop, for the commands that look into the DNS by
 * themselves: as the daemon would, without it.
 */
#ifndef CLI_DNS_H
#define CLI_DNS_H

#include "cli/command.h"
#include "cli/trace.h"
#include "loop/loop.h"
#include "routing/pathfinder.h"
#include "routing/settings.h"

struct cli_dns {
	struct loop *loop;
	struct os_reactor reactor;
	struct resolve *resolver;
	size_t waiting;          /* for so many callbacks */
	char asked[IP_TEXT_MAX]; /* the server that was asked last */
	void (*tell)(
		void *arg,
		const struct resolve_event *e); /* who else hears of each message; NULL: nobody */
	void *tell_arg;
};

/*
 * The servers of the configuration, or those of the command's options (cli/servers.h).
 * trace: NULL, or where all messages are noted down; it outlives *out.
 * The exit status; it was said what is wrong.
 */
int cli_dns_open(struct cli *cli, struct cli_trace *trace, struct cli_dns *out);
void cli_dns_close(struct cli_dns *d); /* also the CLEANUP() handler */

/* Run the loop until cli_dns_done() was called as often as d->waiting says.  The exit status. */
int cli_dns_run(struct cli_dns *d);
void cli_dns_done(struct cli_dns *d);

/*
 * Configuration and criteria as the daemon reads them; cli's configuration goes to them.  The exit
 * status; it was said what is wrong.
 */
int cli_dns_settings(struct cli *cli, struct routing_settings **out);

/*
 * Find the way to a recipient's domain with everything asked that REQUIRED wants,
 * so that routing_pathfinder_judge() can judge for each service, by what the sender has said of
 * TLS.  The exit status.
 */
int cli_dns_find(struct cli_dns *d, const struct conf *conf, struct str domain,
		 enum route_sender_tls sender, struct routing_pathfinder **finder,
		 const struct routing_path **path);

#endif
