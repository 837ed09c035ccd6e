/*
 * `signpost lookup`: questions asked as the daemon would ask them.
 */
#include "cli/answer.h"
#include "cli/dns.h"
#include "cli/question.h"
#include "cli/tree.h"

/* A word of the command line may be long, and stands in a note up to three times. */
enum { NOTE_MAX = 1 << 20, TREE_MAX = 1 << 26 };

static const struct cli_option options[] = {
	{ "server", 's', "ADDR[:PORT]", "ask this server, as does @ADDR; may be repeated" },
	{ "tls", '\0', "NAME", "over TLS; the server must prove this name, or address" },
	{ "pin", '\0', "BASE64", "over TLS; SHA-256 of its key; may be repeated" },
	{ "tls-ca", '\0', "FILE", "trust these certificates in place of the system's" },
	{ "tcp", '\0', NULL, "over TCP" },
	{ "tsig", '\0', "KEY", "NAME:ALGORITHM:BASE64, or a file that holds it" },
	{ "embedded", '\0', NULL, "by the validator inside; it asks the servers given, if any" },
	{ "anchor", '\0', "FILE", "its trust anchor" },
	{ "trace", '\0', NULL, "what became of each message, before the answers" },
	{ "do", '\0', NULL, "with DO, which asks for DNSSEC records" },
	{ "no-ad", '\0', NULL, "without AD, as for mail with the service off" },
	{ "require", '\0', NULL, "exit 1 unless all is secure" },
	{ "json", '\0', NULL, "for machines: JSON" },
	CLI_COLOR_OPTION,
	{ 0 },
};

static const char details[] =
	"TYPE is one like MX, A, AAAA (these three by default), TLSA or TYPE65; name and types\n"
	"in any order. Of an address its reverse name is asked for PTR, of a mail address its\n"
	"domain.\n"
	"Exits 0 whatever the answer says, 1 where there was none.\n";

struct asking {
	struct cli_dns dns;
	struct cli_trace trace;
	struct dns_name name;
	unsigned flags;
	size_t n;
	struct question {
		struct asking *all;
		uint16_t type;
		struct dns_answer *answer;
	} question[CLI_QUESTION_TYPES_MAX];
	enum err err;
};

static void asking_clear(struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		dns_answer_free(&a->question[i].answer);
	cli_dns_close(&a->dns);
	cli_trace_clear(&a->trace);
}

/* @ADDR, as dig has it, is --server ADDR; not behind "--", as whoever made the words knows. */
static void take_servers(struct cli *cli)
{
	struct cli_options *o = &cli->options;

	for (size_t i = o->n_free; i-- > 0;)
		if (cli_question_is_server(o->word, o->n_word, i))
			cli_options_turn(o, i, &options[0], o->word[i] + 1);
}

static int read_question(struct cli *cli, struct asking *a)
{
	CLEANUP(buf_free) struct buf note = BUF_MAX(NOTE_MAX);
	struct cli_question q;

	enum err e = cli_question_read(cli->options.word, cli->options.n_word, &q, &note);
	if (e == ERR_NOMEM || buf_err(&note) != ERR_OK)
		return cli_nomem();
	if (e != ERR_OK)
		return cli_usage(cli, "%.*s", STR_ARG(buf_str(&note)));
	if (note.n)
		(void)cli_fail(CLI_DONE, "a note: %.*s", STR_ARG(buf_str(&note)));
	a->name = q.name;
	while (a->n < q.n) {
		a->question[a->n].type = q.type[a->n];
		a->n++;
	}
	a->flags = cli_options_has(&cli->options, "no-ad") ? 0 : RESOLVE_AD | RESOLVE_PROBED;
	if (cli_options_has(&cli->options, "do"))
		a->flags |= RESOLVE_DO;
	return CLI_DONE;
}

static void answered(void *arg, uint64_t id, const struct dns_answer *answer)
{
	struct question *q = arg;

	(void)id;
	enum err e = dns_answer_copy(answer, &q->answer);
	if (e != ERR_OK)
		q->all->err = e;
	cli_dns_done(&q->all->dns);
}

static int ask_all(struct asking *a)
{
	a->dns.waiting = a->n;
	for (size_t i = 0; i < a->n; i++) {
		struct question *q = &a->question[i];
		q->all = a;
		struct resolve_question ask = { .name = a->name,
						.type = q->type,
						.flags = a->flags };
		if (!resolve_ask(a->dns.resolver, &ask, answered, q))
			return cli_nomem();
	}
	int status = cli_dns_run(&a->dns);
	return status == CLI_DONE && a->err != ERR_OK ? cli_nomem() : status;
}

/* The exit status that the answers make. */
static int judge(const struct cli *cli, const struct asking *a)
{
	bool require = cli_options_has(&cli->options, "require");
	int status = CLI_DONE;

	for (size_t i = 0; i < a->n; i++) {
		const struct dns_answer *answer = a->question[i].answer;
		if (answer->outcome == DNS_NO_ANSWER || (require && answer->status != DNS_SECURE))
			status = CLI_NO;
	}
	return status;
}

static void show_tree(struct cli *cli, const struct asking *a)
{
	CLEANUP(term_tree_free) struct term_tree tree = TERM_TREE(TREE_MAX);
	const struct dns_answer *answer[CLI_QUESTION_TYPES_MAX];

	for (size_t i = 0; i < a->n; i++)
		answer[i] = a->question[i].answer;
	cli_tree_answers(&tree, answer, a->n);
	cli_show_tree(cli, &tree, 0);
}

static void show(struct cli *cli, const struct asking *a, bool trace)
{
	if (trace)
		cli_trace_text(&cli->text.text, &a->trace);
	if (cli_wide(cli)) {
		show_tree(cli, a);
		return;
	}
	for (size_t i = 0; i < a->n; i++)
		cli_answer_text(&cli->text, a->question[i].answer);
}

/* The answers; with --trace an object that has them as a member. */
static void show_json(struct cli *cli, const struct asking *a, bool trace)
{
	struct jsonw j = jsonw_to(&cli->out);

	if (trace) {
		jsonw_object(&j, NULL);
		cli_trace_json(&j, "trace", &a->trace);
	}
	jsonw_array(&j, trace ? "answers" : NULL);
	for (size_t i = 0; i < a->n; i++)
		cli_answer_json(&j, NULL, a->question[i].answer);
	jsonw_array_end(&j);
	if (trace)
		jsonw_object_end(&j);
	buf_addc(&cli->out, '\n');
}

static int run(struct cli *cli)
{
	CLEANUP(asking_clear) struct asking a = { 0 };
	bool trace = cli_options_has(&cli->options, "trace");

	take_servers(cli);
	int status = read_question(cli, &a);

	if (status == CLI_DONE)
		status = cli_dns_open(cli, trace ? &a.trace : NULL, &a.dns);
	if (status == CLI_DONE)
		status = ask_all(&a);
	if (status != CLI_DONE)
		return status;
	(cli_json(cli) ? show_json : show)(cli, &a, trace);
	return judge(cli, &a);
}

const struct cli_command cli_lookup = {
	.name = "lookup",
	.usage = "NAME [TYPE...]",
	.summary = "ask the DNS as the daemon would",
	.details = details,
	.options = options,
	.read = conf_read_without_login,
	.run = run,
};
