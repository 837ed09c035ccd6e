/*
 * KEY = VALUE wherever it stands, read line by line: a string that is never closed, or a
 * brace too many, spoils no more than its line.
 */
#include "conf/paths.h"

#include <string.h>

enum kind { END, WORD, STRING, MARK };

struct token {
	enum kind kind;
	struct str text;
};

static struct token take(struct str *line, enum kind kind, size_t skip, size_t n)
{
	struct token t = { kind, str_head(str_skip(*line, skip), n) };

	*line = str_skip(*line, n + 2 * skip);
	return t;
}

/* What follows a comment's beginning is no concern of ours. */
static struct token next(struct str *line)
{
	size_t n = 0;

	*line = str_trim(*line);
	if (line->n == 0 || line->p[0] == '#' || str_starts(*line, STR("//")))
		return (struct token){ END, STR_NONE };
	char c = line->p[0];
	if (c == '"' || c == '\'') {
		while (n + 1 < line->n && line->p[n + 1] != c)
			n++;
		return take(line, STRING, 1, n);
	}
	while (n < line->n && !strchr(" \t\"'{}=,#", line->p[n]))
		n++;
	return n ? take(line, WORD, 0, n) : take(line, MARK, 0, 1);
}

static void set(struct conf_paths *out, struct str section, struct str key, struct str value)
{
	if (str_eq(key, STR("state-directory")))
		out->state_directory = value;
	else if (str_eq(key, STR("log-directory")))
		out->log_directory = value;
	else if (str_eq(key, STR("socket")) && str_eq(section, STR("control")))
		out->socket = value;
}

struct conf_paths conf_paths_find(struct str text)
{
	struct conf_paths found = { STR_NONE, STR_NONE, STR_NONE };
	struct str section = STR_NONE, line;

	while (str_line(&text, &line)) {
		struct str key = STR_NONE;
		for (struct token t = next(&line); t.kind != END; t = next(&line)) {
			if (t.kind == WORD) {
				key = t.text;
			} else if (str_eq(t.text, STR("{"))) {
				section = key;
			} else if (t.kind == MARK && str_eq(t.text, STR("="))) {
				struct token value = next(&line);
				if (value.kind == WORD || value.kind == STRING)
					set(&found, section, key, value.text);
			}
		}
	}
	return found;
}
