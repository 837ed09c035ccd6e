/*
 * The configuration file as a file: which one, and its octets.
 */
#include "conf/read.h"

#include "conf/file.h"
#include "conf/parse.h"
#include "conf/source.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

const char *conf_default_file(void)
{
	const char *named = getenv("SIGNPOST_CONF");

	if (named && named[0])
		return named;
	return access(CONF_SYSTEM_FILE, F_OK) == 0 ? CONF_SYSTEM_FILE : NULL;
}

/* One octet more than a file may have is enough to see that it has too many. */
static enum err read_file(const char *file, struct buf *text, struct buf *why)
{
	enum err e = conf_file_read(file, CONF_SOURCE_MAX + 1, text);

	if (e != ERR_IO)
		return e;
	const bool absent = errno == ENOENT;
	conf_file_refuse(why, file, e);
	buf_add(why,
		absent ? STR(": write it, or name another by -c FILE or $SIGNPOST_CONF; without "
			     "both, defaults that need no file do")
		       : STR(": name a file that this user may read by -c FILE"));
	return e;
}

static enum err read_for(enum conf_reader who, const char *file, struct conf **out, struct buf *why)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(CONF_SOURCE_MAX + 1);

	if (!file)
		return conf_parse_defaults(out, why);
	enum err e = read_file(file, &text, why);
	return e == ERR_OK ? conf_parse_for(who, file, buf_str(&text), out, why) : e;
}

enum err conf_read(const char *file, struct conf **out, struct buf *why)
{
	return read_for(CONF_READER_DAEMON, file, out, why);
}

enum err conf_read_by_other(const char *file, struct conf **out, struct buf *why)
{
	return read_for(CONF_READER_MAILER, file, out, why);
}

enum err conf_read_without_login(const char *file, struct conf **out, struct buf *why)
{
	return read_for(CONF_READER_ASKER, file, out, why);
}

enum err conf_read_paths(const char *file, struct conf **out, struct buf *why)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(CONF_SOURCE_MAX + 1);

	if (!file)
		return conf_parse_defaults(out, why);
	enum err e = read_file(file, &text, why);
	if (e == ERR_OK)
		e = conf_parse_for(CONF_READER_ASKER, file, buf_str(&text), out, why);
	return e == ERR_SYNTAX ? conf_parse_paths(file, buf_str(&text), out) : e;
}
