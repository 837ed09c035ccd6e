#include "relay/reading.h"

#include "conf/read.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum err relay_reading_absolutely(struct conf *conf)
{
	CLEANUP(buf_free) struct buf whole = BUF_MAX(2 * PATH_MAX);
	char here[PATH_MAX];

	if (!conf->file || conf->file[0] == '/' || !getcwd(here, sizeof(here)))
		return ERR_OK;
	buf_addf(&whole, "%s/%s", here, conf->file);
	char *name = str_z(buf_str(&whole));
	if (!name)
		return ERR_NOMEM;
	free(conf->file);
	conf->file = name;
	conf->given.file = name;
	return ERR_OK;
}

/* NULL is "". */
static bool differ(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

/* A socket is bound once, for those who may connect to it. */
static const char *fixed_of_listen(const struct conf_listen *a, const struct conf_listen *b)
{
	if (strcmp(a->text, b->text) != 0)
		return "listen";
	if (a->mode != b->mode)
		return "listen mode";
	return differ(a->group, b->group) ? "listen group" : NULL;
}

static const char *fixed_of_control(const struct conf *a, const struct conf *b)
{
	if (strcmp(a->control_path, b->control_path) != 0)
		return "control socket";
	if (a->control_mode != b->control_mode)
		return "control mode";
	return differ(a->control_group, b->control_group) ? "control group" : NULL;
}

const char *relay_reading_fixed(const struct conf *a, const struct conf *b)
{
	const char *fixed = a->n_listen != b->n_listen ? "listen" : NULL;

	for (size_t i = 0; !fixed && i < a->n_listen; i++)
		fixed = fixed_of_listen(&a->listen[i], &b->listen[i]);
	if (!fixed)
		fixed = fixed_of_control(a, b);
	if (fixed)
		return fixed;
	if (strcmp(a->queue_store, b->queue_store) != 0)
		return "queue store";
	if (differ(a->user, b->user))
		return "user";
	if (strcmp(a->log_directory, b->log_directory) != 0)
		return "log-directory";
	if (a->workers != b->workers)
		return "workers";
	return NULL;
}

enum err relay_reading_again(struct conf **conf, struct buf *why)
{
	struct conf *again = NULL;

	if (!(*conf)->file)
		return ERR_OK;
	enum err e = conf_read((*conf)->file, &again, why);

	if (e != ERR_OK) {
		buf_addf(why, " (read as user %s)", (*conf)->user);
		return e;
	}
	const char *fixed = relay_reading_fixed(*conf, again);
	if (fixed) {
		buf_addf(why, "%s: %s has changed while it was read: start again", (*conf)->file,
			 fixed);
		conf_free(&again);
		return ERR_SYNTAX;
	}
	conf_free(conf);
	*conf = again;
	return ERR_OK;
}

/* "FILE:LINE: ..." stands by itself. */
static bool has_place(struct str line)
{
	struct str file, number;
	uint32_t n;

	return str_cut(&line, ':', &file) && file.n && str_cut(&line, ':', &number) &&
	       str_u32(number, &n) && str_starts(line, STR(" "));
}

void relay_reading_say(struct str lines)
{
	struct str line;

	while (str_line(&lines, &line))
		(void)fprintf(stderr, "%s%.*s\n",
			      has_place(line) ? "" : "signpost: ", STR_ARG(line));
}

void relay_reading_tell(struct buf *why)
{
	relay_reading_say(buf_str(why));
	buf_clear(why);
}

int relay_reading_refuse(enum err e, const struct buf *why)
{
	relay_reading_say(why->n ? buf_str(why) : str_of(err_text(e)));
	return RELAY_READING_REFUSED;
}
