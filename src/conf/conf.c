/*
 * The configuration file as a file: which one, and its octets.
 */
#include "conf/conf.h"

#include "base/text.h"
#include "conf/file.h"
#include "conf/parse.h"
#include "conf/resolver_priv.h"
#include "conf/section_priv.h"
#include "conf/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *conf_default_file(void)
{
	static const char system[] = "/etc/signpost/signpost.conf";
	const char *named = getenv("SIGNPOST_CONF");

	if (named && named[0])
		return named;
	return access(system, F_OK) == 0 ? system : NULL;
}

enum err conf_read(const char *file, struct conf **out, struct buf *why)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(CONF_SOURCE_MAX + 1);

	if (!file)
		return conf_parse_defaults(out, why);

	/* One octet more than a file may have is enough to see that it has too many. */
	enum err e = conf_file_read(file, CONF_SOURCE_MAX + 1, &text);
	if (e == ERR_IO) {
		int saved = errno;
		text_escape(why, str_of(file));
		buf_addf(why, ":0: cannot be read: %s", strerror(saved));
		errno = saved;
	}
	return e == ERR_OK ? conf_parse(file, buf_str(&text), out, why) : e;
}

void conf_free(struct conf **c)
{
	if (!*c)
		return;
	for (size_t i = 0; i < (*c)->n_listen; i++)
		conf_section_free_listen(&(*c)->listen[i]);
	for (size_t i = 0; i < (*c)->n_resolver; i++)
		conf_resolver_clear(&(*c)->resolver[i]);
	for (size_t i = 0; i < (*c)->n_route; i++)
		conf_section_free_route(&(*c)->route[i]);
	free((*c)->listen);
	free((*c)->resolver);
	free((*c)->route);
	free((*c)->file);
	free((*c)->hostname);
	free((*c)->state_directory);
	free((*c)->log_directory);
	free((*c)->user);
	free((*c)->dnssec.criteria);
	free((*c)->dnssec.criteria_name);
	free((*c)->dnssec.probe);
	free((*c)->dnssec.probe_denial);
	free((*c)->dnssec.probe_bogus);
	free((*c)->queue_path);
	free((*c)->control_path);
	free(*c);
	*c = NULL;
}
