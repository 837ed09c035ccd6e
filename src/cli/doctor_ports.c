#include "cli/doctor_ports.h"

#include "cli/dial.h"
#include "cli/dns.h"
#include "cli/doctor_ports_judge.h"
#include "os/file.h"
#include "relay/listener.h"

#include <errno.h>

enum { WHY_MAX = 1 << 16, FILE_MAX = 16 << 20, PER_DOMAIN = 2 };

#define PATIENCE_MS 3000 /* a host that is there has answered by then */

/* By errno. */
static void say_taken(const struct conf_listen *l, struct str why, struct cli_findings *findings)
{
	if (errno == EACCES || errno == EPERM)
		cli_finding_add(findings, CLI_LEVEL_NOTE, "listen",
				"ask as root, or as the daemon's user",
				"%s: who asks here may not listen there, so that it is not known "
				"whether that is free",
				l->text);
	else if (errno == EADDRNOTAVAIL)
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "listen",
				"name an address of this host in listen (ip address lists them)",
				"%.*s", STR_ARG(why));
	else
		cli_finding_add(
			findings, CLI_LEVEL_WARNING, "listen",
			"see what listens there (ss -ltnp): if that is not systemd, for the "
			"daemon, stop it, or name another address in listen",
			"%.*s", STR_ARG(why));
}

void cli_doctor_listeners(const struct conf *conf, struct cli_findings *findings)
{
	for (size_t i = 0; i < conf->n_listen; i++) {
		const struct conf_listen *l = &conf->listen[i];
		CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
		if (l->path)
			continue;
		if (relay_listener_is_free(l, &why) == ERR_OK)
			cli_finding_add(findings, CLI_LEVEL_OK, "listen", "",
					"%s is free for the daemon", l->text);
		else
			say_taken(l, buf_str(&why), findings);
	}
}

/* NULL: there are none, or none that can be read, which was said. */
static struct criteria *read_criteria(const struct conf *conf)
{
	CLEANUP(buf_free) struct buf file = BUF_MAX(FILE_MAX), why = BUF_MAX(WHY_MAX);
	struct criteria *c = NULL;
	const char *path = conf->dnssec.criteria;

	if (os_file_read(path, &file) != ERR_OK ||
	    criteria_parse(buf_str(&file), str_of(path), &c, &why) != ERR_OK)
		return NULL;
	return c;
}

static bool is_known(const struct cli_doctor_knocks *k, const struct ip_port *at)
{
	for (size_t i = 0; i < k->n; i++)
		if (ip_eq(&k->all[i].at.ip, &at->ip) && k->all[i].at.port == at->port)
			return true;
	return false;
}

/* True: one took a connection. */
static bool knock(const struct routing_path *path, const struct route_verdict *v, struct str domain,
		  struct cli_doctor_knocks *out)
{
	size_t n = v->action == ROUTE_DELIVER ? v->n_target : 0;
	size_t most = out->n + PER_DOMAIN;

	for (size_t i = 0; i < n && out->n < most && out->n < CLI_DOCTOR_KNOCKS_MAX; i++) {
		const struct ip_port *at = &v->target[i].address->at;
		if (is_known(out, at))
			continue;
		struct cli_doctor_knock *k = &out->all[out->n++];
		const struct ip *from = at->ip.family == 4 ? &path->how->bind4 : &path->how->bind6;
		*k = (struct cli_doctor_knock){ domain, *at,
						cli_dial_knock(at, from, PATIENCE_MS) };
		if (k->error == 0)
			return true;
	}
	return false;
}

/* It has no host to be tried, and the verdict says why. */
static void pass_over(const struct route_verdict *v, struct str domain,
		      struct cli_doctor_knocks *out)
{
	struct cli_doctor_hostless *h = &out->hostless[out->n_hostless++];
	struct str why = buf_str(&v->text);

	*h = (struct cli_doctor_hostless){ .domain = domain, .for_now = v->action == ROUTE_DEFER };
	(void)str_copy(h->why, sizeof(h->why), str_head(why, sizeof(h->why) - 1));
}

/* *open: one took a connection.  The exit status. */
static int try_domain(struct cli *cli, struct cli_dns *dns, struct str domain,
		      struct cli_doctor_knocks *out, bool *open)
{
	CLEANUP(routing_pathfinder_free) struct routing_pathfinder *finder = NULL;
	CLEANUP(route_verdict_clear) struct route_verdict v = { 0 };
	const struct routing_path *path = NULL;
	int status = cli_dns_find(dns, cli->conf, domain, ROUTE_SENDER_SILENT, &finder, &path);

	if (status != CLI_DONE)
		return status;
	if (routing_pathfinder_judge(finder, ROUTE_OFF, ROUTE_DANE_USED, &v) != ERR_OK)
		return cli_nomem();
	*open = knock(path, &v, domain, out);
	if (v.action != ROUTE_DELIVER)
		pass_over(&v, domain, out);
	return CLI_DONE;
}

int cli_doctor_outward(struct cli *cli, const char *connect, struct cli_findings *findings)
{
	CLEANUP(criteria_free) struct criteria *c = read_criteria(cli->conf);
	struct str domain[CLI_DOCTOR_DOMAINS_MAX];
	size_t n = cli_doctor_domains(c, str_of(cli->conf->hostname), domain);
	struct cli_doctor_knocks knocks = { .n = 0 };
	struct cli_dns dns;
	bool open = false;
	int status = cli_dns_open(cli, NULL, &dns);

	if (status != CLI_DONE)
		return status;
	for (size_t i = 0; i < n && !open && status == CLI_DONE; i++)
		status = try_domain(cli, &dns, domain[i], &knocks, &open);
	cli_dns_close(&dns);
	if (status == CLI_DONE)
		cli_doctor_knocks_judge(&knocks, connect, findings);
	return status;
}
