#include "cli/dns.h"

#include "cli/progress.h"
#include "cli/servers.h"
#include "cli/words.h"
#include "routing/resolver.h"

#include <errno.h>
#include <string.h>

enum {
	WHY_MAX = 4096,
	LINES_MAX = 1 << 20 /* of a criteria file, each line of which may be bad */
};

/* Which server is waited for; and what is told goes on to who asked for it. */
static void told(void *arg, const struct resolve_event *e)
{
	struct cli_dns *d = arg;

	if (e->fate == RESOLVE_SENT && str_copy(d->asked, sizeof(d->asked), e->server))
		cli_progress_say("waiting for %s", d->asked);
	if (d->tell)
		d->tell(d->tell_arg, e);
}

int cli_dns_open(struct cli *cli, struct cli_trace *trace, struct cli_dns *out)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(cli_dns_close) struct cli_dns d = { 0 };
	const struct conf *conf = cli_conf(cli);
	struct resolve_conf r;

	if (!conf)
		return cli_conf_exit(cli);
	if (routing_resolver_conf(conf, &r, &why) != ERR_OK)
		return cli_fail_lines(cli_conf_exit(cli), buf_str(&why));
	if (r.follow)
		(void)cli_fail_lines(CLI_DONE, buf_str(&why));
	int status = cli_servers_read(cli, &r);
	if (status != CLI_DONE)
		return status;
	if (trace)
		cli_trace_follow(trace, &r);
	d.tell = r.trace;
	d.tell_arg = r.trace_arg;
	r.trace = told;
	r.trace_arg = out;
	d.loop = loop_new();
	if (!d.loop)
		return cli_nomem();
	d.reactor = loop_reactor(d.loop);
	d.resolver = resolve_new(&d.reactor, &r);
	explicit_bzero(r.servers, sizeof(r.servers));
	if (!d.resolver)
		return cli_fail(CLI_NO, CLI_WORDS_NO_RESOLVER, strerror(errno));
	*out = d;
	d = (struct cli_dns){ 0 };
	return CLI_DONE;
}

void cli_dns_close(struct cli_dns *d)
{
	resolve_free(&d->resolver);
	loop_free(&d->loop);
}

int cli_dns_run(struct cli_dns *d)
{
	cli_progress_begin("waiting for %s", d->asked[0] ? d->asked : "the DNS");
	bool ran = d->waiting == 0 || loop_run(d->loop) == ERR_OK;
	cli_progress_end();
	if (!ran)
		return cli_fail(CLI_NO, CLI_WORDS_NO_LOOP, strerror(errno));
	return CLI_DONE;
}

void cli_dns_done(struct cli_dns *d)
{
	if (--d->waiting == 0)
		loop_stop(d->loop);
}

struct finding {
	struct cli_dns *dns;
	const struct routing_path *path;
};

static void found(void *arg, const struct routing_path *path)
{
	struct finding *f = arg;

	f->path = path;
	cli_dns_done(f->dns);
}

int cli_dns_settings(struct cli *cli, struct routing_settings **out)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(LINES_MAX);
	struct conf *conf = cli->conf;

	cli->conf = NULL; /* the settings' from here on */
	enum err e = routing_settings_read(conf, out, &why);
	if (e == ERR_NOMEM)
		return cli_nomem();
	return e == ERR_OK ? CLI_DONE : cli_fail_lines(cli_conf_exit(cli), buf_str(&why));
}

int cli_dns_find(struct cli_dns *d, const struct conf *conf, struct str domain,
		 enum route_sender_tls sender, struct routing_pathfinder **finder,
		 const struct routing_path **path)
{
	struct finding f = { .dns = d };
	struct routing_pathfinder_ask ask = { .resolver = d->resolver,
					      .reactor = &d->reactor,
					      .conf = conf,
					      .domain = domain,
					      .service = ROUTE_REQUIRED,
					      .dane = ROUTE_DANE_DEMANDED,
					      .sender_tls = sender };

	*finder = routing_pathfinder_new(&ask, found, &f);
	if (!*finder)
		return cli_nomem();
	d->waiting = 1;
	int status = cli_dns_run(d);
	if (status != CLI_DONE || !f.path || f.path->err != ERR_OK)
		return status != CLI_DONE ? status : cli_nomem();
	*path = f.path;
	return CLI_DONE;
}
