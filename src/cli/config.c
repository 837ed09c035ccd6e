/*
 * `signpost config`: the configuration that the daemon would run with, key by key, in its
 * own syntax, with a comment of where each value comes from.
 */
#include "base/jsonw.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/words.h"
#include "conf/file.h"
#include "conf/show.h"

enum { COLUMN = 48, LINE_ROOM = 1 << 20 };

static const struct cli_option options[] = {
	{ "changed", '\0', NULL, "only what is not the default" },
	{ "json", '\0', NULL, "for machines: JSON" },
	{ 0 },
};

/* As it can be read again: "${" would be refused there. */
static void add_quoted(struct buf *out, const char *value)
{
	buf_addc(out, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\' || (value[0] == '$' && value[1] == '{'))
			buf_addc(out, '\\');
		buf_addc(out, *value);
	}
	buf_addc(out, '"');
}

static void add_value(struct buf *out, const struct conf_show *k)
{
	if (k->list)
		buf_addc(out, '{');
	for (size_t i = 0; i < k->n_value; i++) {
		if (i)
			buf_add(out, STR(", "));
		add_quoted(out, k->value[i]);
	}
	if (k->list)
		buf_addc(out, '}');
}

/* "FILE:LINE", or "default". */
static void add_origin(struct buf *out, const struct conf *conf, const struct conf_show *k)
{
	if (k->line == 0) {
		buf_add(out, STR("default"));
		return;
	}
	text_escape(out, str_of(conf->file));
	buf_addf(out, ":%u", k->line);
}

static void end_line(struct buf *out, struct buf *line, const struct conf *conf,
		     const struct conf_show *k)
{
	while (line->n < COLUMN)
		buf_addc(line, ' ');
	buf_add(line, STR(" # "));
	add_origin(line, conf, k);
	buf_add(out, buf_str(line));
	buf_addc(out, '\n');
}

/* What is being shown. */
struct view {
	const struct conf *conf;
	bool open;               /* a section's brace is */
	struct conf_show within; /* its section, until it is shown */
	bool waiting;            /* it is not shown yet: perhaps nothing of it is */
};

static void close_section(struct buf *out, struct view *v)
{
	if (v->open)
		buf_add(out, STR("}\n"));
	v->open = false;
	v->waiting = false;
}

static void open_section(struct buf *out, struct view *v)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_ROOM);

	buf_addf(&line, "%s ", v->within.section);
	if (v->within.title[0]) {
		add_quoted(&line, v->within.title);
		buf_addc(&line, ' ');
	}
	buf_addc(&line, '{');
	end_line(out, &line, v->conf, &v->within);
	v->open = true;
	v->waiting = false;
}

static void show_text(struct buf *out, struct view *v, const struct conf_show *k)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_ROOM);

	if (!k->key) {
		close_section(out, v);
		v->within = *k;
		v->waiting = true;
		if (k->changed)
			open_section(out, v);
		return;
	}
	if (v->waiting)
		open_section(out, v);
	buf_addf(&line, "%s%s = ", v->open ? "\t" : "", k->key);
	add_value(&line, k);
	end_line(out, &line, v->conf, k);
}

static void show_json(struct jsonw *j, const struct conf *conf, const struct conf_show *k)
{
	CLEANUP(buf_free) struct buf origin = BUF_MAX(LINE_ROOM);

	if (!k->key)
		return;
	add_origin(&origin, conf, k);
	jsonw_object(j, NULL);
	jsonw_str(j, "section", str_of(k->section));
	jsonw_str(j, "title", str_of(k->title));
	jsonw_str(j, "key", str_of(k->key));
	if (k->list)
		jsonw_array(j, "value");
	for (size_t i = 0; i < k->n_value; i++)
		jsonw_str(j, k->list ? NULL : "value", str_of(k->value[i]));
	if (k->list)
		jsonw_array_end(j);
	jsonw_str(j, "from", buf_str(&origin));
	jsonw_bool(j, "changed", k->changed);
	jsonw_object_end(j);
}

static int show(struct cli *cli, const struct conf *conf)
{
	CLEANUP(conf_show_free) struct conf_shower *s = conf_show_new(conf);
	bool changed = cli_options_has(&cli->options, "changed");
	struct jsonw j = jsonw_to(&cli->out);
	struct view v = { .conf = conf };

	if (!s)
		return cli_nomem();
	if (cli_json(cli))
		jsonw_array(&j, NULL);
	for (const struct conf_show *k; (k = conf_show_next(s)) != NULL;) {
		if (changed && !k->changed && k->key)
			continue;
		if (cli_json(cli))
			show_json(&j, conf, k);
		else
			show_text(&cli->out, &v, k);
	}
	if (cli_json(cli)) {
		jsonw_array_end(&j);
		buf_addc(&cli->out, '\n');
	} else {
		close_section(&cli->out, &v);
	}
	return CLI_DONE;
}

static int run(struct cli *cli)
{
	if (cli_word(cli, 0))
		return cli_usage(cli, CLI_WORDS_NO_WORDS);
	CLEANUP(buf_free) struct buf why = BUF_MAX(LINE_ROOM);
	const struct conf *conf = cli_conf(cli);

	if (!conf)
		return cli_conf_exit(cli);
	if (conf_file_criteria(conf, &why) != ERR_OK)
		return cli_fail_lines(cli_conf_exit(cli), buf_str(&why));
	return show(cli, conf);
}

const struct cli_command cli_config = {
	.name = "config",
	.usage = "",
	.summary = "show the configuration in force, and where each value comes from",
	.details = "Without a resolver section the servers of /etc/resolv.conf are asked: doctor\n"
		   "shows them.  Secrets are not shown.\n",
	.options = options,
	.read = conf_read_without_login,
	.run = run,
};
