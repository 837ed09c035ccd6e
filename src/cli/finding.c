#include "cli/finding.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 2048, COLUMN = 9 };

/* Takes one.text. */
static void add(struct cli_findings *f, struct cli_finding one, const char *remedy)
{
	struct cli_finding *more = reallocarray(f->all, f->n + 1, sizeof(*more));

	if (more)
		f->all = more;
	one.part = f->part;
	one.remedy = strdup(remedy);
	if (!more || !one.text || !one.remedy) {
		free(one.text);
		free(one.remedy);
		f->err = ERR_NOMEM;
		return;
	}
	f->all[f->n++] = one;
}

void cli_finding_add(struct cli_findings *f, enum cli_level level, const char *code,
		     const char *remedy, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(f, (struct cli_finding){ .level = level, .code = code, .text = strdup(text) }, remedy);
}

void cli_finding_add_line(struct cli_findings *f, enum cli_level level, const char *code,
			  const char *remedy, struct str line)
{
	const struct cli_finding one = { level, NULL, code, str_z(line), true, NULL };

	add(f, one, remedy);
}

struct str cli_finding_level(enum cli_level level)
{
	switch (level) {
	case CLI_LEVEL_OK:
		return STR("ok");
	case CLI_LEVEL_NOTE:
		return STR("note");
	case CLI_LEVEL_WARNING:
		return STR("warning");
	case CLI_LEVEL_PROBLEM:
		return STR("problem");
	}
	return STR("");
}

static void add_one(struct term_text *t, const struct cli_finding *one)
{
	struct str level = cli_finding_level(one->level);
	struct buf *out = &t->text;

	buf_add(out, STR("  "));
	term_text_word(t, level);
	buf_addf(out, "%*s", COLUMN - (int)level.n, "");
	term_text_hang(t);
	if (one->safe)
		buf_add(out, str_of(one->text));
	else
		text_escape(out, str_of(one->text));
	if (one->remedy[0]) {
		buf_addf(out, "\n  %-*s", COLUMN, "  remedy");
		term_text_hang(t);
		text_escape(out, str_of(one->remedy));
	}
	buf_addc(out, '\n');
}

void cli_finding_text(struct term_text *t, const struct cli_findings *f)
{
	const char *part = "";

	for (size_t i = 0; i < f->n; i++) {
		const struct cli_finding *one = &f->all[i];
		if (strcmp(part, one->part) != 0) {
			buf_add(&t->text, i ? STR("\n") : STR(""));
			term_text_add(t, TERM_STRONG, str_of(one->part));
			buf_addc(&t->text, '\n');
		}
		part = one->part;
		add_one(t, one);
	}
}

void cli_finding_json(struct jsonw *j, const char *key, const struct cli_findings *f)
{
	jsonw_array(j, key);
	for (size_t i = 0; i < f->n; i++) {
		const struct cli_finding *one = &f->all[i];
		jsonw_object(j, NULL);
		jsonw_str(j, "part", str_of(one->part));
		jsonw_str(j, "level", cli_finding_level(one->level));
		jsonw_str(j, "code", str_of(one->code));
		jsonw_str(j, "text", str_of(one->text));
		jsonw_str(j, "remedy", str_of(one->remedy));
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

bool cli_finding_has(const struct cli_findings *f, struct str text)
{
	for (size_t i = 0; i < f->n; i++)
		if (str_eq(str_of(f->all[i].text), text))
			return true;
	return false;
}

void cli_finding_drop_last(struct cli_findings *f)
{
	f->n--;
	free(f->all[f->n].text);
	free(f->all[f->n].remedy);
}

void cli_finding_clear(struct cli_findings *f)
{
	while (f->n > 0)
		cli_finding_drop_last(f);
	free(f->all);
	f->all = NULL;
}
