/*
 * `signpost route`: the way to a domain, judged for each service.
 */
#include "base/text.h"
#include "cli/dns.h"
#include "cli/path.h"
#include "cli/question.h"
#include "cli/tree.h"
#include "cli/way.h"
#include "os/clock.h"

enum { INDENT = 12, WHY_MAX = 1 << 20 };

static const struct level {
	struct str words, key;
	enum route_service service;
	enum route_dane dane;
} levels[] = {
	{ STR_INIT("off"), STR_INIT("off"), ROUTE_OFF, ROUTE_DANE_USED },
	{ STR_INIT("requested"), STR_INIT("requested"), ROUTE_REQUESTED, ROUTE_DANE_USED },
	{ STR_INIT("required"), STR_INIT("required"), ROUTE_REQUIRED, ROUTE_DANE_USED },
	{ STR_INIT("with DANE"), STR_INIT("dane"), ROUTE_REQUIRED, ROUTE_DANE_DEMANDED },
};

enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

static void show(struct cli *cli, const struct cli_way *way, const struct routing_path *path,
		 const struct route_verdict *v)
{
	CLEANUP(term_tree_free) struct term_tree tree = TERM_TREE(WHY_MAX);

	cli_way_text(&cli->text, cli->conf, way);
	if (cli_wide(cli)) {
		cli_tree_route(&tree, str_of(cli_word(cli, 0)), path->facts, &v[1]);
		cli_show_tree(cli, &tree, 0);
		buf_addc(&cli->text.text, '\n');
	} else {
		cli_path_text(&cli->text, path->facts, &v[1]);
	}
	for (size_t i = 0; i < LEVELS; i++) {
		buf_addf(&cli->text.text, "%-*.*s", INDENT, STR_ARG(levels[i].words));
		cli_path_verdict(&cli->text, &v[i], INDENT);
	}
}

static void show_json(struct cli *cli, const struct cli_way *way, const struct routing_path *path,
		      const struct route_verdict *v)
{
	struct jsonw j = jsonw_to(&cli->out);

	jsonw_object(&j, NULL);
	jsonw_str(&j, "domain", str_of(cli_word(cli, 0)));
	cli_way_json(&j, way);
	cli_path_json(&j, path->facts);
	jsonw_object(&j, "services");
	for (size_t i = 0; i < LEVELS; i++) {
		jsonw_object(&j, levels[i].key.p);
		cli_path_verdict_json(&j, &v[i]);
		jsonw_object_end(&j);
	}
	jsonw_object_end(&j);
	jsonw_object_end(&j);
	buf_addc(&cli->out, '\n');
}

static int run(struct cli *cli)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(cli_dns_close) struct cli_dns dns = { 0 };
	CLEANUP(routing_pathfinder_free) struct routing_pathfinder *finder = NULL;
	const struct routing_path *path = NULL;
	struct cli_way way = { 0 };
	struct route_verdict v[LEVELS] = { 0 };
	const char *domain = cli_word(cli, 0);

	if (!domain || cli_word(cli, 1))
		return cli_usage(cli, "it takes one DOMAIN");
	if (cli_question_domain(domain, &why) != ERR_OK)
		return cli_usage(cli, "%.*s", STR_ARG(buf_str(&why)));
	int status = cli_dns_open(cli, NULL, &dns);
	if (status == CLI_DONE)
		status = cli_dns_find(&dns, cli->conf, str_of(domain), ROUTE_SENDER_SILENT, &finder,
				      &path);
	if (status == CLI_DONE &&
	    cli_way_find(cli->conf, str_of(domain), os_clock_wall(), &way) != ERR_OK)
		status = cli_nomem();
	for (size_t i = 0; status == CLI_DONE && i < LEVELS; i++)
		if (cli_way_judge(&way, finder, levels[i].service, levels[i].dane, &v[i]) != ERR_OK)
			status = cli_nomem();
	if (status == CLI_DONE)
		(cli_json(cli) ? show_json : show)(cli, &way, path, v);
	for (size_t i = 0; i < LEVELS; i++)
		route_verdict_clear(&v[i]);
	return status;
}

const struct cli_command cli_route = {
	.name = "route",
	.usage = "DOMAIN",
	.summary = "show the route to a domain, and what each service would do with it",
	.options = cli_show_options,
	.read = conf_read_without_login,
	.run = run,
};
