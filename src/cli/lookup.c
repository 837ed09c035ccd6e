/*
 * `signpost lookup`: questions asked as the daemon would ask them.
 */
#include "base/unicode.h"
#include "cli/answer.h"
#include "cli/dns.h"

#include <string.h>

enum { TYPES_MAX = 64, NAME_ROOM = 1024 };

static const struct cli_option options[] = {
	{ "server", 's', "ADDR[:PORT]", "ask this server; may be repeated" },
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
	{ 0 },
};

static const char details[] =
	"TYPE is one like MX, A, AAAA (these three by default), TLSA or TYPE65.\n"
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
	} question[TYPES_MAX];
	enum err err;
};

static void asking_clear(struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		dns_answer_free(&a->question[i].answer);
	cli_dns_close(&a->dns);
	cli_trace_clear(&a->trace);
}

/* A name as people write it: what is not ASCII becomes A-labels, the rest stays. */
static enum err read_name(struct str text, struct dns_name *out)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(NAME_ROOM);
	bool plain = true;

	for (size_t i = 0; i < text.n; i++)
		plain &= (unsigned char)text.p[i] < 0x80;
	if (plain)
		return dns_name_from_text(text, out);
	enum err e = unicode_to_ascii(&ascii, text);
	return e == ERR_OK ? dns_name_from_text(buf_str(&ascii), out) : e;
}

static int read_question(struct cli *cli, struct asking *a)
{
	static const uint16_t usual[] = { DNS_TYPE_MX, DNS_TYPE_A, DNS_TYPE_AAAA };
	const char *name = cli_word(cli, 0), *type;

	if (!name)
		return cli_usage(cli, "no NAME to look up");
	if (read_name(str_of(name), &a->name) != ERR_OK)
		return cli_usage(cli, "%s is not a domain name", name);
	while ((type = cli_word(cli, a->n + 1)) != NULL) {
		if (a->n == TYPES_MAX)
			return cli_usage(cli, "more than %d types", TYPES_MAX);
		if (!dns_type_read(str_of(type), &a->question[a->n].type))
			return cli_usage(
				cli, "%s is not a record type: write one like MX or TYPE65", type);
		a->n++;
	}
	for (size_t i = 0; !cli_word(cli, 1) && i < sizeof(usual) / sizeof(usual[0]); i++)
		a->question[a->n++].type = usual[i];
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

static void show(struct cli *cli, const struct asking *a, bool trace)
{
	if (trace)
		cli_trace_text(&cli->out, &a->trace);
	for (size_t i = 0; i < a->n; i++)
		cli_answer_text(&cli->out, a->question[i].answer);
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
	.run = run,
};
