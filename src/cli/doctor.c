/*
 * `signpost doctor`: what a newcomer gets wrong, part by part.
 *
 * A part is a row of the table and a function that adds what it finds.
 */
#include "base/text.h"
#include "cli/client.h"
#include "cli/doctor_certificate.h"
#include "cli/doctor_chain.h"
#include "cli/doctor_clock.h"
#include "cli/doctor_criteria.h"
#include "cli/doctor_dane.h"
#include "cli/doctor_dns.h"
#include "cli/doctor_exempt.h"
#include "cli/doctor_limits.h"
#include "cli/doctor_logs.h"
#include "cli/doctor_modes.h"
#include "cli/doctor_names.h"
#include "cli/doctor_open.h"
#include "cli/doctor_ports.h"
#include "cli/doctor_reach.h"
#include "cli/doctor_via.h"
#include "cli/finding.h"
#include "cli/progress.h"
#include "cli/shell.h"
#include "cli/words.h"
#include "conf/file.h"
#include "conf/read.h"
#include "console/users.h"
#include "os/clock.h"
#include "os/file.h"
#include "queue/disk.h"
#include "relay/doors.h"
#include "relay/rights.h"
#include "routing/resolver.h"
#include "routing/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_ROOM = 4096, WHY_MAX = 1 << 16, FILE_MAX = 16 << 20 };

static const char details[] =
	"Each server is asked alone, over each way to it.  Exits 1 if required mail could not\n"
	"be honoured, as no server is both trusted and validating; 2 where configuration or\n"
	"criteria are bad: that is a finding, and all else is checked.\n"
	"\n"
	"With NAME: the chain of trust down to it, zone by zone, and where it breaks, and how.\n"
	"Exits 1 unless it holds.\n";

struct doctor {
	struct cli *cli;
	const struct conf *conf;
	struct cli_findings findings;
	struct cli_doctor_dns *dns;
	enum cli_doctor_daemon daemon;
	bool may_run;               /* this user cannot tell */
	struct relay_rights rights; /* whom a daemon would be that is started here */
	bool user_known;            /* there is that user */
	struct buf broken;          /* what is wrong with the configuration */
	bool no_servers;            /* none can be had as they are configured */
	bool bad;                   /* that, or another file: it was said on standard error */
	bool honoured, told;        /* some server can be relied on; some gives an answer */
	int status; /* other than CLI_DONE: the command ends with it, said already */
};

/* A command of ours that mends it, about the configuration that this one is about. */
static void say_command(const struct doctor *d, struct buf *out, const char *command)
{
	cli_shell_command(out, d->cli->conf_file, command);
	buf_addc(out, '\0');
}

/*
 * A fault in a file is a finding, in the words in which every other command stops at it, and
 * what these say on standard error is said there, too.
 */
static void add_faults(struct doctor *d, const char *code, const char *remedy, struct str lines)
{
	struct str line;

	d->bad = true;
	while (str_line(&lines, &line)) {
		if (cli_finding_has(&d->findings, line))
			continue;
		(void)cli_fail_lines(CLI_USAGE, line);
		cli_finding_add_line(&d->findings, CLI_LEVEL_PROBLEM, code, remedy, line);
	}
}

/*
 * The configuration, read; where it is broken its paths and the defaults, so that all else can
 * be checked.  False: out of memory.
 */
static bool read_configuration(struct doctor *d)
{
	const char *file = d->cli->conf_file ? d->cli->conf_file : conf_default_file();
	enum err e = conf_read_paths(file, &d->cli->conf, &d->broken);

	if (e == ERR_IO || e == ERR_SYNTAX)
		e = conf_read(NULL, &d->cli->conf, &d->broken);
	d->conf = d->cli->conf;
	return e == ERR_OK;
}

static void check_configuration(struct doctor *d)
{
	const struct conf *conf = d->conf;

	if (d->broken.n)
		add_faults(d, "configuration",
			   "correct it: until then nothing starts, and what follows is true of "
			   "the defaults",
			   buf_str(&d->broken));
	else if (conf->file)
		cli_finding_add(&d->findings, CLI_LEVEL_OK, "configuration", "", "%s is good",
				conf->file);
	else
		cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "no-configuration",
				"write /etc/signpost/signpost.conf where something should be "
				"otherwise: signpost config shows what holds",
				"there is no configuration: built-in defaults are used");
}

/* Whom the daemon would be: to root who is missing is what ends a start. */
static void check_user(struct doctor *d)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX), command = BUF_MAX(LINE_ROOM);
	struct os_user user;

	if (d->broken.n) /* by the defaults another may be named than the file does */
		return;
	(void)relay_rights_command(d->conf, &command);
	buf_addc(&command, '\0');
	const char *remedy = command.p && command.p[0] ? command.p : "name another user";
	d->user_known = relay_rights_find(d->conf, &d->rights, &why) == ERR_OK;
	if (!d->user_known)
		add_faults(d, "user", remedy, buf_str(&why));
	else if (!d->rights.change && geteuid() != 0 && d->conf->user[0] &&
		 os_user_find(d->conf->user, &user) == ERR_SYNTAX)
		cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "user", remedy,
				"there is no user %s: the daemon does not start as root",
				d->conf->user);
}

/* There are none, with what makes the first. */
static void no_criteria(struct doctor *d, const char *what)
{
	CLEANUP(buf_free) struct buf add = BUF_MAX(LINE_ROOM);

	say_command(d, &add, "criteria add 'To *'");
	cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "no-criteria", add.p ? add.p : "",
			"no message gets DNSSEC service: %s %s", d->conf->dnssec.criteria, what);
}

static void judge_criteria(struct doctor *d, struct str file)
{
	CLEANUP(criteria_free) struct criteria *c = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX), check = BUF_MAX(LINE_ROOM);
	const char *path = d->conf->dnssec.criteria;
	enum err e = criteria_parse(file, str_of(path), &c, &why);
	size_t n = e == ERR_OK ? criteria_count(c) : 0;

	if (e == ERR_NOMEM)
		d->status = cli_nomem();
	else if (e != ERR_OK)
		add_faults(d, "criteria",
			   "correct the line: until then the daemon keeps the criteria in force, "
			   "and does not start",
			   buf_str(&why));
	else if (n == 0)
		no_criteria(d, "has no criterion");
	else
		cli_finding_add(&d->findings, CLI_LEVEL_OK, "criteria", "", "%s is good: %zu %s",
				path, n, n == 1 ? "criterion" : "criteria");
	if (!c)
		return;
	say_command(d, &check, "criteria check");
	cli_doctor_criteria(c, CLI_DOCTOR_SERVICE_ON, &d->findings);
	cli_doctor_criteria_notes(c, check.p ? check.p : "", &d->findings);
}

/* Nothing is refused for criteria that are not in force; what they ask for is not had. */
static void judge_off(struct doctor *d)
{
	CLEANUP(buf_free) struct buf file = BUF_MAX(FILE_MAX), why = BUF_MAX(WHY_MAX);
	CLEANUP(criteria_free) struct criteria *c = NULL;
	const char *path = d->conf->dnssec.criteria;

	cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "not-enabled",
			"remove enabled = false, if that is not meant",
			"no message gets DNSSEC service: enabled = false");
	if (os_file_read(path, &file) == ERR_OK &&
	    criteria_parse(buf_str(&file), str_of(path), &c, &why) == ERR_OK)
		cli_doctor_criteria(c, CLI_DOCTOR_SERVICE_OFF, &d->findings);
}

static void check_criteria(struct doctor *d)
{
	CLEANUP(buf_free) struct buf file = BUF_MAX(FILE_MAX), why = BUF_MAX(WHY_MAX);
	const struct conf *conf = d->conf;

	if (!conf->dnssec.enabled) {
		judge_off(d);
		return;
	}
	enum err e = os_file_read(conf->dnssec.criteria, &file);
	bool absent = e == ERR_IO && errno == ENOENT;
	if (e == ERR_OK) {
		judge_criteria(d, buf_str(&file));
	} else if (absent && !conf->dnssec.criteria_given) {
		no_criteria(d, "is not there");
	} else {
		CLEANUP(buf_free) struct buf add = BUF_MAX(LINE_ROOM);
		conf_file_refuse_criteria(&why, conf, e);
		say_command(d, &add, "criteria add 'To *'");
		add_faults(d, "criteria",
			   absent && add.p
				   ? add.p
				   : "let this user, and the daemon's, read it, or name another",
			   buf_str(&why));
	}
}

/* What the daemon found of the servers may be older than what is found here.  False: no answer. */
static bool reprobe(struct doctor *d)
{
	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(d->cli);

	cli_client_ask(&c, &(struct cli_request){ .command = "probe", .soon = true });
	for (json_t *frame; (frame = cli_client_next(&c)) != NULL;)
		if (cli_client_last(frame))
			break;
	return c.status == CLI_DONE;
}

static void check_daemon(struct doctor *d)
{
	CLEANUP(buf_free) struct buf serve = BUF_MAX(LINE_ROOM);

	say_command(d, &serve, "serve");
	CLEANUP(os_fd_close) int fd = cli_client_connect(d->conf);
	bool silent = fd < 0 && errno == EAGAIN;
	d->may_run = fd < 0 && (silent || errno == EACCES || errno == EPERM);
	if (fd >= 0)
		silent = !reprobe(d);
	if (silent)
		cli_finding_add(
			&d->findings, CLI_LEVEL_PROBLEM, "daemon-silent",
			"see what it does, and its log; restart it, if nothing comes of that",
			"the daemon is there and does not answer: %s", d->conf->control_path);
	else if (fd >= 0)
		cli_finding_add(&d->findings, CLI_LEVEL_OK, "daemon", "", "the daemon runs");
	else if (d->may_run)
		cli_finding_add(
			&d->findings, CLI_LEVEL_NOTE, "no-right",
			"be root, the daemon's user, or in the group of control { group = ... }",
			"this user has no right to ask the daemon: %s: %s", d->conf->control_path,
			strerror(errno));
	else
		cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "no-daemon", serve.p ? serve.p : "",
				"the daemon is not there: %s: %s", d->conf->control_path,
				strerror(errno));
	d->may_run = d->may_run || silent;
	d->daemon = fd >= 0 && !silent ? CLI_DOCTOR_DAEMON_RUNS : CLI_DOCTOR_NO_DAEMON;
}

/* The daemon says "ready" on a full disk, too. */
static void check_disk(struct doctor *d)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WHY_MAX);
	struct queue_disk disk;

	if (queue_disk_read(d->conf->queue_store, &disk) != ERR_OK) {
		cli_finding_add(&d->findings, CLI_LEVEL_WARNING, "disk",
				"see to it that this user may look there",
				"the disk of %s cannot be asked: %s", d->conf->queue_store,
				strerror(errno));
		return;
	}
	queue_disk_words(&words, &disk);
	if (queue_disk_short(&disk))
		cli_finding_add(&d->findings, CLI_LEVEL_PROBLEM, "disk",
				"make room on that disk, or name another in queue { store = ... }",
				"%.*s", STR_ARG(buf_str(&words)));
	else
		cli_finding_add(&d->findings, CLI_LEVEL_OK, "disk", "", "%.*s",
				STR_ARG(buf_str(&words)));
}

static void check_logs(struct doctor *d)
{
	cli_doctor_logs(d->conf, os_clock_wall(), &d->findings);
}

static void check_exempt(struct doctor *d)
{
	cli_doctor_exempt(d->conf, os_clock_wall(), &d->findings);
}

static void check_certificates(struct doctor *d)
{
	cli_doctor_certificates(d->conf, os_clock_wall(), &d->findings);
}

static void check_modes(struct doctor *d)
{
	cli_doctor_modes(d->conf, &d->findings);
}

static void check_reach(struct doctor *d)
{
	if (d->user_known)
		cli_doctor_reach(d->conf, &d->rights, os_clock_wall(), &d->findings);
}

static void check_open(struct doctor *d)
{
	cli_doctor_open(d->conf, &d->findings);
}

static void check_limits(struct doctor *d)
{
	cli_doctor_limits(d->cli, d->conf, d->daemon, &d->findings);
}

/* The servers as they are configured.  Where they cannot be used that is a finding, told once. */
static bool find_servers(struct doctor *d, struct resolve_conf *out)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(LINE_ROOM);
	const char *part = d->findings.part;
	enum err e = d->no_servers ? ERR_IO : routing_resolver_conf(d->conf, out, &why);

	if (e == ERR_OK)
		return true;
	if (!d->no_servers) {
		d->findings.part = "dns";
		add_faults(d, "resolver", "correct it: until then nothing starts", buf_str(&why));
		d->findings.part = part;
	}
	d->no_servers = true;
	return false;
}

/* Other mail servers look up the name with which they are greeted. */
static void check_hostname(struct doctor *d)
{
	const char *host = d->conf->hostname;
	struct cli_doctor_host facts = { .name = host };
	struct resolve_conf servers;
	struct dns_name name;

	if (!strchr(host, '.') || dns_name_from_text(str_of(host), &name) != ERR_OK) {
		cli_finding_add(&d->findings, CLI_LEVEL_WARNING, "hostname",
				"set hostname to this host's name in the DNS",
				"hostname %s is not fully qualified: mail servers may refuse it",
				host);
		return;
	}
	if (!find_servers(d, &servers))
		return;
	explicit_bzero(servers.servers, sizeof(servers.servers));
	d->status = cli_doctor_names(d->cli, &name, &facts);
	if (d->status == CLI_DONE)
		cli_doctor_names_judge(&facts, &d->findings);
}

static void check_via(struct doctor *d)
{
	struct resolve_conf servers;

	if (d->conf->n_route == 0 || !find_servers(d, &servers))
		return;
	explicit_bzero(servers.servers, sizeof(servers.servers));
	d->status = cli_doctor_via(d->cli, &d->findings);
}

/*
 * What a start reads, read: all that ends it and was not found yet.  Who may read less than the
 * daemon's user would find his own faults.
 */
static void check_reading(struct doctor *d)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX), known = BUF_MAX(WHY_MAX);
	CLEANUP(relay_doors_drop) struct relay_doors *doors = NULL;
	CLEANUP(routing_settings_drop) struct routing_settings *settings = NULL;
	struct conf *again = NULL;
	struct os_user user;

	if (!d->user_known || d->broken.n || cli_doctor_reach_other(d->conf, &d->rights, &user))
		return;
	if (relay_doors_read(d->conf, NULL, &doors, &why) == ERR_OK)
		buf_clear(&why); /* what does nevertheless */
	text_line(&why);
	size_t said = why.n;
	bool read = conf_read(d->conf->file, &again, &known) == ERR_OK;
	if (read)
		again->dnssec.enabled = 0; /* the criteria were judged */
	if (read && routing_settings_read(again, &settings, &why) == ERR_OK)
		why.n = said;
	if (why.n)
		add_faults(d, "unusable", "correct it: until then nothing starts", buf_str(&why));
}

static void check_dane(struct doctor *d)
{
	struct resolve_conf servers;

	if (!strchr(d->conf->hostname, '.') || !find_servers(d, &servers))
		return;
	explicit_bzero(servers.servers, sizeof(servers.servers));
	d->status = cli_doctor_dane(d->cli, &d->findings);
}

static void say_required(struct doctor *d)
{
	if (d->honoured)
		cli_finding_add(&d->findings, CLI_LEVEL_OK, "required", "",
				"required mail can be honoured");
	else
		cli_finding_add(
			&d->findings, CLI_LEVEL_PROBLEM, "required", "see the remedies above",
			"required mail cannot be honoured: no server that gives an answer "
			"is both trusted and validating, so it is %s",
			cli_doctor_unmet(d->dns->server, d->dns->n,
					 d->conf->dnssec.bounce_untrusted ? ROUTE_UNTRUSTED_BOUNCE
									  : ROUTE_UNTRUSTED_DEFER));
}

static void check_dns(struct doctor *d)
{
	struct resolve_conf conf;

	if (!find_servers(d, &conf))
		return;
	if (d->broken.n)
		cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "resolv-conf",
				"correct the configuration",
				"until the configuration is correct its resolver sections are not "
				"known: the servers of /etc/resolv.conf are asked");
	else if (d->conf->n_resolver == 0 && conf.follow)
		cli_finding_add(&d->findings, CLI_LEVEL_NOTE, "resolv-conf",
				"name others in resolver sections, if these will not do",
				"no resolver section: the servers of /etc/resolv.conf are used");
	enum err e = cli_doctor_dns(&conf, d->dns);
	explicit_bzero(conf.servers, sizeof(conf.servers));
	if (e != ERR_OK) {
		d->status = e == ERR_NOMEM ? cli_nomem()
					   : cli_fail(CLI_NO, CLI_WORDS_NO_ASKING, strerror(errno));
		return;
	}
	for (size_t i = 0; i < d->dns->n; i++) {
		d->honoured |= cli_doctor_judge(&d->dns->server[i], &d->findings);
		d->told |= cli_doctor_tells(&d->dns->server[i]);
	}
	cli_doctor_judge_order(d->dns->server, d->dns->n, &d->findings);
	say_required(d);
}

static void check_clock(struct doctor *d)
{
	cli_doctor_clock(d->dns->server, d->dns->n, os_clock_wall(), &d->findings);
}

/* A daemon that runs has them, and who may not ask it does not know. */
static void check_listeners(struct doctor *d)
{
	if (d->daemon == CLI_DOCTOR_NO_DAEMON && !d->may_run)
		cli_doctor_listeners(d->conf, &d->findings);
}

/* Without an answer of the DNS there is no mail host to be tried, and that was said. */
static void check_outward(struct doctor *d)
{
	CLEANUP(buf_free) struct buf connect = BUF_MAX(LINE_ROOM);

	say_command(d, &connect, "connect");
	if (d->told)
		d->status = cli_doctor_outward(d->cli, connect.p ? connect.p : "", &d->findings);
}

/* Who may read less than the console's user knows nothing of a file that is not his. */
static void check_console(struct doctor *d)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(auth_users_free) struct auth_users *users = NULL;
	enum err e = console_users_read(d->conf, &users, &why);

	if (e != ERR_OK && !(e == ERR_IO && errno == EACCES))
		add_faults(d, "console-users",
			   "correct it: until then the console does not start, or keeps the users "
			   "that it has",
			   buf_str(&why));
}

static const struct {
	const char *part;
	void (*check)(struct doctor *d);
} parts[] = {
	{ "configuration", check_configuration },
	{ "configuration", check_user },
	{ "configuration", check_open },
	{ "files", check_modes },
	{ "files", check_reach },
	{ "console", check_console },
	{ "criteria", check_criteria },
	{ "exemptions", check_exempt },
	{ "daemon", check_daemon },
	{ "daemon", check_limits },
	{ "disk", check_disk },
	{ "disk", check_logs },
	{ "tls", check_certificates },
	{ "tls", check_dane },
	{ "names", check_hostname },
	{ "names", check_via },
	{ "dns", check_dns },
	{ "clock", check_clock },
	{ "ports", check_listeners },
	{ "ports", check_outward },
	{ "start", check_reading },
};

static void show_json(struct doctor *d)
{
	struct jsonw j = jsonw_to(&d->cli->out);

	jsonw_object(&j, NULL);
	jsonw_bool(&j, "required", d->honoured);
	cli_finding_json(&j, "findings", &d->findings);
	jsonw_array(&j, "servers");
	for (size_t i = 0; i < d->dns->n; i++) {
		const struct cli_doctor_server *s = &d->dns->server[i];
		jsonw_object(&j, NULL);
		jsonw_str(&j, "server", str_of(s->name));
		jsonw_bool(&j, "trusted", s->trusted);
		jsonw_str(&j, "trust_reason", str_of(s->reason));
		jsonw_bool(&j, "validates", s->validates);
		jsonw_bool(&j, "ad", s->positive.ad);
		jsonw_bool(&j, "ad_with_do", s->positive_do.ad);
		jsonw_bool(&j, "ad_of_denial", s->denial.ad || s->denial_do.ad);
		jsonw_bool(&j, "authoritative", s->positive.aa || s->positive_do.aa);
		jsonw_object_end(&j);
	}
	jsonw_array_end(&j);
	jsonw_object_end(&j);
	buf_addc(&d->cli->out, '\n');
}

static int run(struct cli *cli)
{
	struct doctor d = { .cli = cli, .broken = BUF_MAX(WHY_MAX) };

	if (cli_word(cli, 1))
		return cli_usage(cli, "it takes one NAME, or none");
	if (cli_word(cli, 0))
		return cli_doctor_chain(cli, cli_word(cli, 0));
	d.dns = calloc(1, sizeof(*d.dns));
	if (!d.dns || !read_configuration(&d))
		d.status = cli_nomem();
	for (size_t i = 0; d.status == CLI_DONE && i < sizeof(parts) / sizeof(parts[0]); i++) {
		d.findings.part = parts[i].part;
		cli_progress_begin("checking %s", parts[i].part);
		parts[i].check(&d);
		cli_progress_end();
	}
	if (d.status == CLI_DONE && d.findings.err != ERR_OK)
		d.status = cli_nomem();
	if (d.status == CLI_DONE) {
		if (cli_json(cli))
			show_json(&d);
		else
			cli_finding_text(&cli->text, &d.findings);
		d.status = d.bad ? CLI_USAGE : d.honoured ? CLI_DONE : CLI_NO;
	}
	cli_finding_clear(&d.findings);
	buf_free(&d.broken);
	if (d.dns)
		explicit_bzero(d.dns, sizeof(*d.dns));
	free(d.dns);
	return d.status;
}

const struct cli_command cli_doctor = {
	.name = "doctor",
	.usage = "[NAME]",
	.summary = "check what is often wrong, each finding with its remedy",
	.details = details,
	.options = cli_show_options,
	.run = run,
};
