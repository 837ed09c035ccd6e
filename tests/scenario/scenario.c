/*
 * Reads scenarios and runs them: scenario FILE...
 */
#include "scenario.h"

#include "base/text.h"
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (1 << 20)

static const char *file_name;
static const struct scenario_mode *running;
static int failures;

void scenario_fail(const struct scenario_step *step, struct str want, struct str got)
{
	CLEANUP(buf_free) struct buf a = BUF_MAX(FILE_MAX);
	CLEANUP(buf_free) struct buf b = BUF_MAX(FILE_MAX);

	text_escape(&a, want);
	text_escape(&b, got);
	fprintf(stderr, "%s:%d: %s: want \"%.*s\", got \"%.*s\"\n", file_name, step->line,
		running->name, STR_ARG(buf_str(&a)), STR_ARG(buf_str(&b)));
	failures++;
}

bool scenario_next(struct str *text, int *line, struct scenario_step *step)
{
	struct str s;

	while (str_line(text, &s)) {
		++*line;
		step->line = *line;
		if (s.n == 0 || s.p[0] == '#')
			continue;
		(void)str_word(&s, &step->word);
		step->rest = str_skip(s, 1);
		return true;
	}
	return false;
}

bool scenario_word(struct str *rest, struct str *key, struct str *value)
{
	struct str word;

	if (!str_word(rest, &word))
		return false;
	*value = word;
	if (!str_cut(value, '=', key)) {
		*key = word;
		*value = STR("");
	}
	return true;
}

int64_t scenario_span(const struct scenario_step *step)
{
	int64_t ms = 0;

	if (time_read_span(step->rest, &ms) != ERR_OK)
		scenario_fail(step, STR("a time"), step->rest);
	return ms;
}

/* The octet that the escape at the start of *s stands for, cut off it. */
static char unescape(struct str *s)
{
	CLEANUP(buf_free) struct buf octet = BUF_MAX(1);
	char c = s->p[1];
	size_t n = 2;

	if (c == 'x' && text_unhex(&octet, str_head(str_skip(*s, 2), 2)) == ERR_OK &&
	    octet.n == 1) {
		c = octet.p[0];
		n = 4;
	} else {
		c = c == 'r' ? '\r' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
	}
	*s = str_skip(*s, n);
	return c;
}

void scenario_unescape(struct buf *out, struct str s)
{
	while (s.n > 0) {
		if (s.p[0] == '\\' && s.n > 1) {
			buf_addc(out, unescape(&s));
		} else {
			buf_addc(out, s.p[0]);
			s = str_skip(s, 1);
		}
	}
}

static void run(struct str text)
{
	static const struct scenario_mode modes[] = {
		{ "as it stands", SIZE_MAX, false },
		{ "octet by octet", 1, false },
		{ "all at once", SIZE_MAX, true },
	};
	struct str rest = text;
	struct scenario_step first = { .line = 0 };
	int line = 0;

	running = &modes[0];
	if (!scenario_next(&rest, &line, &first)) {
		scenario_fail(&first, STR("a scenario"), STR("nothing"));
		return;
	}
	bool server = str_eq(first.word, STR("server"));
	if (!server && !str_eq(first.word, STR("client")))
		scenario_fail(&first, STR("server or client"), first.word);
	for (size_t i = 0; i < (server ? 3 : 2); i++) {
		running = &modes[i];
		if (server)
			scenario_server(text, running);
		else
			scenario_client(text, running);
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		CLEANUP(buf_free) struct buf text = BUF_MAX(FILE_MAX);
		FILE *f = fopen(argv[i], "rb");
		char *p = buf_room(&text, FILE_MAX);
		if (!f || !p) {
			perror(argv[i]);
			return 1;
		}
		text.n = fread(p, 1, FILE_MAX, f);
		(void)fclose(f);
		file_name = argv[i];
		run(buf_str(&text));
	}
	return failures || argc < 2;
}
